import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterEach, expect, test } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../../src/broker/shell/index.ts';

/* Compaction by the clock, on real files, seen by kafkajs. */

const { Kafka, logLevel } = kafkajs;
const dataDir = mkdtempSync(join(tmpdir(), 'kmedic-compaction-'));
let cluster: EmbeddedCluster | undefined;

afterEach(async () => {
  await cluster?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const CONFIG = {
  'log.cleaner.backoff.ms': '20',
  'log.cleaner.min.cleanable.ratio': '0',
  'log.roll.ms': '1',
  'offsets.topic.num.partitions': '1',
};

async function start() {
  cluster = await startCluster({
    nodes: 1,
    dataDir,
    config: CONFIG,
    topics: [{ name: 't', partitions: 1, replicationFactor: 1, configs: { 'cleanup.policy': 'compact' } }],
  });
  const brokers = cluster.brokers.map(({ host, port }) => `${host}:${port}`);
  return new Kafka({ brokers, clientId: 'test', logLevel: logLevel.NOTHING });
}

/** How far a partition is compacted, by the checkpoint on disk. */
function cleanPoint(topic: string): number {
  let text: string;
  try {
    text = readFileSync(join(dataDir, 'node-1', 'cleaner-offset-checkpoint'), 'utf8');
  } catch {
    return 0;
  }
  return Number(new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

interface Seen {
  readonly key: string;
  readonly value: string;
  readonly offset: number;
}

/** Reads from the log's start up to the record at `last`, and commits each record for itself. */
async function readTo(kafka: kafkajs.Kafka, groupId: string, last: number): Promise<Seen[]> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic: 't', fromBeginning: true });
  const seen: Seen[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message: { key, value, offset } }: kafkajs.EachMessagePayload) => {
      seen.push({ key: String(key), value: String(value), offset: Number(offset) });
      if (Number(offset) === last) resolve();
    };
    consumer.run({ eachMessage, autoCommitThreshold: 1 }).catch(reject);
  });
  await consumer.disconnect();
  return seen;
}

test('a consumer reads the latest value of each key, and group offsets survive in a compacted log', async () => {
  let kafka = await start();
  const following = readTo(kafka, 'follower', 119);
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const latest = new Map<string, string>();
  for (let round = 0; round < 30; round++) {
    const messages = ['a', 'b', 'c', 'd'].map((key) => ({ key, value: `${key}${round}` }));
    await producer.send({ topic: 't', messages });
    for (const { key, value } of messages) latest.set(key, value);
  }
  await producer.disconnect();
  await following;
  await expect.poll(() => cleanPoint('t'), { timeout: 20_000 }).toBeGreaterThan(100);
  // How many commits there are depends on how many records each fetch found.
  await expect.poll(() => cleanPoint('__consumer_offsets'), { timeout: 20_000 }).toBeGreaterThan(0);

  const seen = await readTo(kafka, 'late', 119);
  // Four keys in the clean part, and the last rounds, which are not clean yet.
  expect(seen.length).toBeLessThan(4 + 20);
  expect(new Map(seen.map(({ key, value }) => [key, value]))).toEqual(latest);
  expect(seen.map(({ offset }) => offset)).toEqual(seen.map(({ offset }) => offset).sort((a, b) => a - b));

  await cluster?.close();
  kafka = await start();
  const admin = kafka.admin();
  await admin.connect();
  for (const groupId of ['follower', 'late']) {
    const [offsets] = await admin.fetchOffsets({ groupId, topics: ['t'] });
    expect(offsets?.partitions).toMatchObject([{ partition: 0, offset: '120' }]);
  }
  await admin.disconnect();
}, 60_000);
