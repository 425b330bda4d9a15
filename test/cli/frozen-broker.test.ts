import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { FindCoordinator, OffsetCommit } from '../../src/protocol/api/index.ts';
import { RawClient } from '../kafka/raw-client.ts';
import { runOffsets } from './offsets-cli.ts';

/*
 * A broker that accepts and never answers, and a partition without a leader: every command that reads gives all that the
 * others tell, says what is missing, and takes no longer than its time-out allows.
 */

const TIMEOUT_MS = 1500;
/** The bootstrap may meet the frozen broker first, and something has to be asked of it then; the rest is a slow machine. */
const LIMIT_MS = 2 * TIMEOUT_MS + 3000;
const GROUPS = ['ga', 'gb', 'gc', 'gd', 'ge', 'gf'];
const FROZEN = 3;

interface Row {
  readonly [field: string]: unknown;
}

let cluster: EmbeddedCluster;
let bootstrap: string;
const state = mkdtempSync(join(tmpdir(), 'kmedic-frozen-'));

async function ask(...argv: string[]) {
  const began = performance.now();
  const { out, err, code } = await runOffsets({ bootstrap, state }, [
    ...argv,
    '-o',
    'json',
    '--timeout',
    `${TIMEOUT_MS}ms`,
  ]);
  const took = performance.now() - began;
  if (out === '') throw new Error(`kmedic ${argv.join(' ')}: ${code} ${err}`);
  return { document: JSON.parse(out) as Row, code, took };
}

const rows = (document: Row, field: string): Row[] => document[field] as Row[];
/** Commits 0 for every partition, as a client without members, once the group has a coordinator. */
async function commit(group: string): Promise<void> {
  const attempt = async (): Promise<void> => {
    const asked = await RawClient.open(bootstrap.split(',')[0] ?? '');
    const { host, port, errorCode } = await asked.ask(FindCoordinator, 2, { key: group });
    asked.close();
    expect(errorCode).toBe(0);
    const client = await RawClient.open(`${host}:${port}`);
    const partitions = [0, 1, 2].map((partitionIndex) => ({
      partitionIndex,
      committedOffset: 0,
      committedMetadata: '',
    }));
    const { topics } = await client.ask(OffsetCommit, 7, {
      ...{ groupId: group, generationIdOrMemberEpoch: -1, memberId: '' },
      topics: ['orders', 'fragile'].map((name) => ({ name, partitions })),
    });
    client.close();
    expect(topics.flatMap((topic) => topic.partitions).filter((one) => one.errorCode !== 0)).toEqual([]);
  };
  await vi.waitFor(attempt, { timeout: 30_000, interval: 50 });
}

const errorScopes = (document: Row): string[] => rows(document, 'errors').map(({ scope }) => String(scope));

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 3,
    // Whoever is silent stays in the metadata.
    config: { 'broker.session.timeout.ms': '600000', 'offsets.topic.num.partitions': '6' },
  });
  bootstrap = cluster.brokers.map(({ host, port }) => `${host}:${port}`).join(',');
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const assigned = (topic: string, replicas: readonly number[][]) => ({
    ...{ topic, numPartitions: -1, replicationFactor: -1 },
    replicaAssignment: replicas.map((list, partition) => ({ partition, replicas: list })),
  });
  await admin.createTopics({
    topics: [
      assigned('orders', [
        [1, 2, 3],
        [2, 3, 1],
        [3, 1, 2],
      ]),
      assigned('fragile', [[1], [2], [3]]),
    ],
  });
  const producer = kafka.producer();
  await producer.connect();
  for (const topic of ['orders', 'fragile']) {
    await producer.send({ topic, messages: [0, 1, 2].map((partition) => ({ partition, value: 'x' })) });
  }
  await producer.disconnect();
  await admin.disconnect();
  for (const group of GROUPS) await commit(group);
}, 60_000);

afterAll(async () => {
  await cluster.close();
  rmSync(state, { recursive: true, force: true });
});

describe('every command that reads', () => {
  let before: { lag: Row; groups: Row; isr: Row; shown: ReadonlyMap<string, Row> };
  const coordinator = (group: string): unknown =>
    rows(before.groups, 'groups').find((row) => row['group'] === group)?.['coordinator'];

  beforeAll(async () => {
    const shown = new Map<string, Row>();
    for (const group of GROUPS) shown.set(group, (await ask('offsets', 'show', group)).document);
    before = {
      lag: (await ask('lag')).document,
      groups: (await ask('groups', 'list')).document,
      isr: (await ask('isr')).document,
      shown,
    };
    // Else nothing below would be about both cases.
    expect(new Set(GROUPS.map((group) => coordinator(group) === FROZEN))).toEqual(new Set([true, false]));
    await cluster.inject({ fault: 'freeze', on: FROZEN, for: 600_000 });
  }, 60_000);

  it('lag: what the others lead and coordinate is there, the rest is named', { timeout: 60_000 }, async () => {
    const { document, code, took } = await ask('lag');
    expect(took).toBeLessThan(LIMIT_MS);
    expect(code).toBe(5);
    const known = (from: Row): Row[] =>
      rows(from, 'groups')
        .filter(({ group }) => coordinator(String(group)) !== FROZEN)
        .flatMap((group) => rows(group, 'partitions'))
        .filter(({ leader }) => leader !== FROZEN)
        .map(({ group, topic, partition, committed, start, end, lag }) => ({
          group,
          topic,
          partition,
          committed,
          start,
          end,
          lag,
        }));
    expect(known(before.lag).length).toBeGreaterThan(0);
    expect(known(document)).toEqual(known(before.lag));
    expect(errorScopes(document)).toContain(`broker ${FROZEN}`);
  });

  it('groups list', { timeout: 60_000 }, async () => {
    const { document, code, took } = await ask('groups', 'list');
    expect(took).toBeLessThan(LIMIT_MS);
    expect(code).toBe(5);
    const names = (from: Row): unknown[] =>
      rows(from, 'groups').flatMap(({ group, state: is }) =>
        coordinator(String(group)) === FROZEN ? [] : [[group, is]],
      );
    expect(names(document)).toEqual(names(before.groups));
  });

  it('groups describe, offsets show: of a group whose coordinator answers', { timeout: 60_000 }, async () => {
    const group = GROUPS.find((name) => coordinator(name) !== FROZEN) ?? '';
    const described = await ask('groups', 'describe', group);
    expect(described.took).toBeLessThan(LIMIT_MS);
    expect(rows(described.document, 'groups')).toMatchObject([{ group, state: 'Empty' }]);
    const { document, took } = await ask('offsets', 'show', group);
    expect(took).toBeLessThan(LIMIT_MS);
    const committed = (from: Row | undefined): unknown[] =>
      rows(from ?? {}, 'groups')
        .flatMap((one) => rows(one, 'offsets'))
        .map(({ topic, partition, offset }) => [topic, partition, offset]);
    expect(committed(before.shown.get(group)).length).toBe(6);
    expect(committed(document)).toEqual(committed(before.shown.get(group)));
  });

  it('isr: every row, and LEADER-SILENT where it leads', { timeout: 60_000 }, async () => {
    const { document, code, took } = await ask('isr');
    expect(took).toBeLessThan(LIMIT_MS);
    expect(code).toBe(5);
    const seen = (from: Row): unknown[] =>
      rows(from, 'partitions')
        .map(({ topic, partition, leader, replicas, isr }) => [topic, partition, leader, replicas, isr].join(' '))
        .sort();
    expect(seen(document)).toEqual(seen(before.isr));
    for (const { leader, verdict } of rows(document, 'partitions')) {
      expect([leader, verdict === 'LEADER-SILENT']).toEqual([leader, leader === FROZEN]);
    }
  });

  it('isr can-restart, cluster', { timeout: 60_000 }, async () => {
    const restart = await ask('isr', 'can-restart', '1');
    expect(restart.took).toBeLessThan(LIMIT_MS);
    expect(restart.document).toMatchObject({ safe: false, silent: [FROZEN] });
    const { document, took } = await ask('cluster');
    expect(took).toBeLessThan(LIMIT_MS);
    expect(rows(document, 'brokers').map(({ broker, status }) => [broker, status])).toEqual([
      [1, 'up'],
      [2, 'up'],
      [3, 'silent'],
    ]);
  });

  it('and without a leader: nobody waits, everything else is complete', { timeout: 60_000 }, async () => {
    await cluster.clear();
    await cluster.stopNode(FROZEN);
    const { document, took } = await ask('isr');
    expect(took).toBeLessThan(LIMIT_MS);
    const offline = rows(document, 'partitions').filter(({ verdict }) => verdict === 'OFFLINE');
    expect(offline.map(({ topic, partition }) => `${topic}-${partition}`)).toEqual(['fragile-2']);
    const lag = await ask('lag');
    expect(lag.took).toBeLessThan(LIMIT_MS);
    const unknown = rows(lag.document, 'groups').flatMap((group) =>
      rows(group, 'partitions').flatMap(({ topic, partition, end }) => (end === null ? [`${topic}-${partition}`] : [])),
    );
    expect(unknown).toEqual(GROUPS.map(() => 'fragile-2'));
    for (const argv of [['groups', 'list'], ['cluster'], ['offsets', 'show', 'ga']]) {
      const answer = await ask(...argv);
      expect([argv, answer.took < LIMIT_MS]).toEqual([argv, true]);
    }
  });
});
