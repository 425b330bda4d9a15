import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClusterClient } from '../../src/client/cluster-client.ts';
import { readBack } from '../../src/offsets/commit.ts';
import { entriesOf, Journal } from '../../src/offsets/journal.ts';
import { makeUndo } from '../../src/offsets/make-undo.ts';
import { applyNow, BY, clientFor, commitsNow, planTo } from '../offsets/world.ts';
import { until } from '../until.ts';
import { type RealKafka, startKafka } from './harness.ts';
import { kafkaMissing } from './jars.ts';

const TOPICS = Array.from({ length: 10 }, (_, i) => `t${i}`);
const PARTITIONS = 1_000;
const MINUTES = 60_000;

let real: RealKafka;
let client: ClusterClient;
let state: string;

beforeAll(async () => {
  if (kafkaMissing() !== null) return;
  state = mkdtempSync(join(tmpdir(), 'kmedic-offsets-'));
  // Each partition has two index files, which are as long as they may become until they are rolled.
  real = await startKafka('4.3.1', { heapMb: 1_536, config: ['log.index.size.max.bytes=4096'] });
  client = clientFor(real.bootstrap);
  // The coordinator is there, and has loaded, when it answers: the 10,000 come afterwards, for they keep a node busy.
  await client.metadata([]);
  expect(await readBack(client, 'big', null, 0, 2 * MINUTES)).toEqual(new Map());
  const admin = new Kafka({
    brokers: [...real.addresses],
    logLevel: logLevel.NOTHING,
    requestTimeout: 2 * MINUTES,
  }).admin();
  await admin.connect();
  for (const topic of TOPICS) {
    await admin.createTopics({
      waitForLeaders: false,
      timeout: 2 * MINUTES,
      topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }],
    });
  }
  await admin.disconnect();
}, 6 * MINUTES);

afterAll(async () => {
  client?.close();
  await real?.close();
  if (state !== undefined) rmSync(state, { recursive: true, force: true });
  // Of 10,000 partitions it has 60,000 files to delete.
}, 5 * MINUTES);

it.skipIf(kafkaMissing() !== null)(
  '10,000 partitions of a real Apache Kafka: at most 3 sequential round trips to commit and to read back',
  async () => {
    const journal = new Journal(join(state, 'journal.ndjson'));
    const scope = TOPICS.map((topic) => ({ topic, partitions: null }));
    const all = TOPICS.length * PARTITIONS;
    // A node takes a while to open 10,000 logs after they were created.
    let seen: unknown;
    const plan = await until(
      () => `the plan knows all ${all} partitions: ${JSON.stringify(seen)}`,
      async () => {
        const made = await planTo(client, ['big'], 'start', { scope });
        const totals = made.groups[0]?.totals;
        seen = totals;
        return totals?.partitions === all && totals.unresolved === 0 && made;
      },
      { withinMs: 3 * MINUTES, everyMs: 1_000 },
    );
    const document = await applyNow({ client, journal }, plan);
    expect(document.groups[0]).toMatchObject({ result: 'applied' });
    expect(document.roundTrips).toBeLessThanOrEqual(3);
    expect(document.roundTrips).toBeGreaterThanOrEqual(2);
    expect(Object.keys(await commitsNow(client, 'big'))).toHaveLength(all);

    const undone = await applyNow(
      { client, journal },
      await makeUndo(client, entriesOf(journal.read(), plan.id, null), BY),
    );
    expect(undone.groups[0]).toMatchObject({ result: 'applied' });
    expect(undone.roundTrips).toBeLessThanOrEqual(3);
    expect(await commitsNow(client, 'big')).toEqual({});
  },
  5 * MINUTES,
);
