import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type Kafka as KafkaClient } from 'kafkajs';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../../src/broker/shell/index.ts';

/*
 * The broker as kafkajs sees it: somebody else's client, encoder and decoder. Snappy, lz4 and zstd come from the
 * packages that kafkajs' users plug in, so that their framing is not ours either.
 */

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
const require = createRequire(import.meta.url);

type Bytes = (input: Uint8Array) => Uint8Array;
const snappy = require('snappyjs') as { compress: Bytes; uncompress: Bytes };
const lz4 = require('lz4js') as { compress: Bytes; decompress: Bytes };
const zstd = require('@bokuweb/zstd-wasm') as { init(): Promise<void>; compress: Bytes; decompress: Bytes };

function plug(type: number, compress: Bytes, decompress: Bytes): void {
  (CompressionCodecs as unknown as Record<number, unknown>)[type] = () => ({
    compress: async (encoder: { buffer: Buffer }) => Buffer.from(compress(encoder.buffer)),
    decompress: async (buffer: Buffer) => Buffer.from(decompress(buffer)),
  });
}
plug(CompressionTypes.Snappy, snappy.compress, snappy.uncompress);
plug(CompressionTypes.LZ4, lz4.compress, lz4.decompress);
plug(
  CompressionTypes.ZSTD,
  (input) => zstd.compress(input),
  (input) => zstd.decompress(input),
);

const cleanUp: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const run of cleanUp.splice(0).reverse()) await run();
});

async function start(options: Partial<Parameters<typeof startCluster>[0]> = {}): Promise<EmbeddedCluster> {
  const cluster = await startCluster({ nodes: 1, ...options });
  cleanUp.push(() => cluster.close());
  return cluster;
}

function client(cluster: EmbeddedCluster): KafkaClient {
  return new Kafka({
    brokers: cluster.brokers.map(({ host, port }) => `${host}:${port}`),
    clientId: 'test',
    logLevel: logLevel.NOTHING,
    // Half a minute: kafkajs takes half as long again each time, and 8 times would be over before a dead node is fenced.
    retry: { initialRetryTime: 30, maxRetryTime: 1000, retries: 36 },
  });
}

/** Reads until `count` records have come. */
async function consume(kafka: KafkaClient, groupId: string, topic: string, count: number) {
  // It cannot be told to leave a long poll: short ones make it quick.
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  cleanUp.push(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen: {
    partition: number;
    offset: string;
    key: string | undefined;
    value: string | undefined;
    headers: unknown;
  }[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ partition, message }) => {
          const headers = Object.fromEntries(
            Object.entries(message.headers ?? {}).map(([key, value]) => [key, String(value)]),
          );
          seen.push({
            partition,
            offset: message.offset,
            key: message.key?.toString(),
            value: message.value?.toString(),
            headers,
          });
          if (seen.length === count) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return seen;
}

async function producer(kafka: KafkaClient, options: Parameters<KafkaClient['producer']>[0] = {}) {
  const made = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, ...options });
  await made.connect();
  cleanUp.push(() => made.disconnect());
  return made;
}

describe('kafkajs', () => {
  it('reads what it wrote with every codec, keys, headers and nulls included', async () => {
    await zstd.init();
    const kafka = client(await start({ topics: [{ name: 't', partitions: 1, replicationFactor: 1 }] }));
    const sender = await producer(kafka);
    const types = [
      CompressionTypes.None,
      CompressionTypes.GZIP,
      CompressionTypes.Snappy,
      CompressionTypes.LZ4,
      CompressionTypes.ZSTD,
    ];
    for (const compression of types) {
      await sender.send({
        topic: 't',
        compression,
        messages: [
          { key: `k${compression}`, value: 'x'.repeat(1000), headers: { codec: String(compression) } },
          { key: null, value: null },
        ],
      });
    }
    const seen = await consume(kafka, 'g', 't', 2 * types.length);
    expect(seen).toEqual(
      types.flatMap((type, index) => [
        {
          partition: 0,
          offset: String(2 * index),
          key: `k${type}`,
          value: 'x'.repeat(1000),
          headers: { codec: String(type) },
        },
        { partition: 0, offset: String(2 * index + 1), key: undefined, value: undefined, headers: {} },
      ]),
    );
  });

  it('writes idempotently to three replicas and goes on from its commit', async () => {
    const cluster = await start({ nodes: 3, topics: [{ name: 't', partitions: 3, replicationFactor: 3 }] });
    const kafka = client(cluster);
    const sender = await producer(kafka, { idempotent: true, maxInFlightRequests: 1 });
    const send = (from: number, to: number) =>
      sender.send({
        topic: 't',
        acks: -1,
        messages: Array.from({ length: to - from }, (_, index) => ({
          key: `${from + index}`,
          value: `${from + index}`,
        })),
      });
    await send(0, 50);
    await send(50, 100);
    const first = await consume(kafka, 'g', 't', 100);
    expect(new Set(first.map(({ value }) => value)).size).toBe(100);
    await send(100, 130);
    const second = await consume(kafka, 'g', 't', 30);
    expect(second.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, index) => 100 + index),
    );
  });

  it('finds everything again after a restart on the data directory', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kmedic-restart-'));
    cleanUp.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const cluster = await start({ nodes: 3, dataDir, topics: [{ name: 't', partitions: 2, replicationFactor: 3 }] });
    const before = client(cluster);
    const sender = await producer(before);
    // acks=1: what the leader alone has at the stop must survive it, too.
    await sender.send({ topic: 't', acks: 1, messages: Array.from({ length: 40 }, (_, i) => ({ value: `a${i}` })) });
    await consume(before, 'g', 't', 40);
    await sender.send({ topic: 't', acks: 1, messages: Array.from({ length: 20 }, (_, i) => ({ value: `b${i}` })) });
    await sender.disconnect();
    await cluster.close();

    const after = client(await start({ nodes: 3, dataDir }));
    const rest = await consume(after, 'g', 't', 20);
    expect(rest.map(({ value }) => value).sort()).toEqual(Array.from({ length: 20 }, (_, i) => `b${i}`).sort());
    const all = await consume(after, 'other', 't', 60);
    expect(all).toHaveLength(60);
  });

  it('goes on through the loss of the node that leads', async () => {
    const cluster = await start({ nodes: 3, topics: [{ name: 't', partitions: 1, replicationFactor: 3 }] });
    const kafka = client(cluster);
    const admin = kafka.admin();
    await admin.connect();
    cleanUp.push(() => admin.disconnect());
    const leader = async () =>
      (await admin.fetchTopicMetadata({ topics: ['t'] })).topics[0]?.partitions[0]?.leader ?? -1;
    const sender = await producer(kafka);
    await sender.send({ topic: 't', acks: -1, messages: [{ value: 'before' }] });
    // Makes __consumer_offsets while all three nodes are there to hold it.
    await consume(kafka, 'g', 't', 1);
    const first = await leader();
    await cluster.stopNode(first);
    await sender.send({ topic: 't', acks: -1, messages: [{ value: 'after' }] });
    expect(await leader()).not.toBe(first);
    const seen = await consume(kafka, 'g', 't', 1);
    expect(seen.map(({ value }) => value)).toEqual(['after']);
    await cluster.startNode(first);
  });

  it('loses nothing to nodes that are killed one after the other', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kmedic-kill-'));
    cleanUp.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const config = {
      'min.insync.replicas': '2',
      'broker.session.timeout.ms': '1000',
      'broker.heartbeat.interval.ms': '100',
    };
    const topics = [{ name: 't', partitions: 1, replicationFactor: 3 }];
    const cluster = await start({ nodes: 3, dataDir, config, topics });
    const kafka = client(cluster);
    const sender = await producer(kafka, { idempotent: true, maxInFlightRequests: 1 });
    const sent: string[] = [];
    for (const id of [1, 2, 3]) {
      for (const when of ['before', 'without']) {
        if (when === 'without') await cluster.stopNode(id, { abrupt: true });
        const value = `${when} ${id}`;
        await sender.send({ topic: 't', acks: -1, messages: [{ value }] });
        sent.push(value);
      }
      await cluster.startNode(id);
    }
    const seen = await consume(kafka, 'g', 't', sent.length);
    expect(seen.map(({ value }) => value)).toEqual(sent);
  }, 60_000);

  it('deletes records, and looks up offsets by time', async () => {
    const kafka = client(await start({ topics: [{ name: 't', partitions: 1, replicationFactor: 1 }] }));
    const sender = await producer(kafka);
    for (const timestamp of ['1000', '2000', '3000']) {
      await sender.send({ topic: 't', messages: [{ value: timestamp, timestamp }] });
    }
    const admin = kafka.admin();
    await admin.connect();
    cleanUp.push(() => admin.disconnect());
    expect(await admin.fetchTopicOffsetsByTimestamp('t', 1500)).toEqual([{ partition: 0, offset: '1' }]);
    await admin.deleteTopicRecords({ topic: 't', partitions: [{ partition: 0, offset: '2' }] });
    expect(await admin.fetchTopicOffsets('t')).toEqual([{ partition: 0, offset: '3', high: '3', low: '2' }]);
  });
});
