import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Running, runBin } from './run-bin.ts';

/*
 * The bundled broker's process is killed while clients produce, idempotent and not, and commit offsets: its files are sound
 * as they lie there, and after it has started again.
 */

const { CompressionTypes, Kafka, logLevel } = kafkajs;
let data = '';
let broker: Running | null = null;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'kmedic-kill-'));
});
afterEach(async () => {
  broker?.child.kill('SIGKILL');
  await broker?.ended;
  rmSync(data, { recursive: true, force: true });
});

const SMALL = ['log.segment.bytes=16384', 'log.index.interval.bytes=512', 'offsets.topic.num.partitions=2'];

async function start(): Promise<Running> {
  const config = SMALL.flatMap((each) => ['--config', each]);
  const topics = ['--topic', 'orders:2:3', '--topic', 'payments:1:3'];
  const running = new Running(['broker', 'start', '--port', '23010', '--data-dir', data, ...config, ...topics]);
  await running.said('listening on');
  return running;
}

interface Verdict {
  readonly code: number | null;
  readonly corrupt: readonly unknown[];
  readonly records: number;
}

async function verify(): Promise<Verdict> {
  const { out, code } = await runBin(['segments', 'verify', data, '--deep', '-o', 'json']);
  const { files, partitions } = JSON.parse(out) as {
    files: { file: string; findings: { severity: string; code: string; detail: string }[] }[];
    partitions: { records: number }[];
  };
  const corrupt = files.flatMap(({ file, findings }) =>
    findings.filter(({ severity }) => severity === 'corrupt').map((found) => ({ file, ...found })),
  );
  return {
    code,
    corrupt,
    records: partitions.reduce((sum, { records }) => sum + records, 0),
  };
}

it('are sound after a kill, and after the next start', async () => {
  broker = await start();
  const brokers = ['127.0.0.1:23010', '127.0.0.1:23011', '127.0.0.1:23012'];
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 3 } });
  const plain = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  const other = kafka.producer();
  const consumer = kafka.consumer({ groupId: 'readers', maxWaitTimeInMs: 50 });
  await Promise.all([plain.connect(), other.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: ['orders', 'payments'], fromBeginning: true });
  let consumed = 0;
  let enough: () => void = () => undefined;
  const read = new Promise<void>((resolve) => {
    enough = resolve;
  });
  await consumer.run({
    autoCommitThreshold: 5,
    eachMessage: async () => {
      if (++consumed === 400) enough();
    },
  });
  let acknowledged = 0;
  let stopped = false;
  const produce = async (): Promise<void> => {
    for (let i = 0; !stopped; i++) {
      const messages = Array.from({ length: 5 }, (_, n) => ({ key: `k${n}`, value: `${i} ${'x'.repeat(300)}` }));
      await plain.send({
        topic: 'orders',
        messages,
        compression: i % 2 === 0 ? CompressionTypes.GZIP : CompressionTypes.None,
      });
      acknowledged += 5;
    }
  };
  const simple = async (): Promise<void> => {
    for (let i = 0; !stopped; i++) {
      await other.send({ topic: 'payments', messages: [{ key: 'p', value: `${i} ${'y'.repeat(200)}` }] });
    }
  };
  // They end with the broker, whatever they are waiting for then.
  const producing = [produce(), simple()];
  const clients = Promise.allSettled(producing);
  await Promise.race([read, Promise.all(producing)]);
  const atLeast = acknowledged;
  broker.child.kill('SIGKILL');
  stopped = true;
  await broker.ended;
  const killed = await verify();
  expect(killed.corrupt).toEqual([]);
  expect(killed.code).toBe(0);
  expect(killed.records).toBeGreaterThan(atLeast);

  await Promise.allSettled([consumer.disconnect(), plain.disconnect(), other.disconnect()]);
  await clients;
  broker = await start();
  broker.child.kill('SIGTERM');
  expect((await broker.ended).code).toBe(0);
  const again = await verify();
  expect([again.corrupt, again.code]).toEqual([[], 0]);
  expect(again.records).toBeGreaterThanOrEqual(atLeast);
}, 120_000);
