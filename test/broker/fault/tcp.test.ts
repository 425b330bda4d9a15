import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type Kafka as KafkaClient } from 'kafkajs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedCluster, type StartClusterOptions, startCluster } from '../../../src/broker/shell/index.ts';

/* Faults as somebody else's client sees them, over real sockets. */

const { Kafka, logLevel } = kafkajs;
/** Dead and frozen brokers are fenced soon. */
const QUICK = { 'broker.session.timeout.ms': '1500', 'broker.heartbeat.interval.ms': '200' };
const PATIENCE = { timeout: 30_000, interval: 50 };

const cleanUp: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUp.splice(0).reverse()) await run();
});

async function start(options: Partial<StartClusterOptions> = {}): Promise<EmbeddedCluster> {
  const cluster = await startCluster({ nodes: 3, config: QUICK, ...options });
  cleanUp.push(() => cluster.close());
  return cluster;
}

function client(cluster: EmbeddedCluster, requestTimeout = 30_000): KafkaClient {
  return new Kafka({
    brokers: cluster.brokers.map(({ host, port }) => `${host}:${port}`),
    clientId: 'test',
    logLevel: logLevel.NOTHING,
    requestTimeout,
    connectionTimeout: 2000,
    retry: { initialRetryTime: 30, maxRetryTime: 500, retries: 60 },
  });
}

async function producerOf(kafka: KafkaClient) {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.LegacyPartitioner,
    // kafkajs asks who leads after an error, but not after a time-out: then only the age of what it knows makes it ask.
    metadataMaxAge: 1000,
  });
  await producer.connect();
  cleanUp.push(() => producer.disconnect());
  return producer;
}

async function adminOf(kafka: KafkaClient) {
  const admin = kafka.admin();
  await admin.connect();
  cleanUp.push(() => admin.disconnect());
  return admin;
}

async function socketTo({ brokers }: EmbeddedCluster, id: number): Promise<Socket> {
  const broker = brokers.find((each) => each.id === id);
  const socket = connect(broker?.port ?? 0, broker?.host);
  cleanUp.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const TOPIC = { name: 't', partitions: 3, replicationFactor: 3 };

describe('faults over TCP', () => {
  it('kill: sockets are reset, a producer moves on, and the broker comes back on its port', async () => {
    const cluster = await start({ topics: [TOPIC] });
    const kafka = client(cluster);
    const producer = await producerOf(kafka);
    await producer.send({ topic: 't', messages: [0, 1, 2].map((partition) => ({ partition, value: 'before' })) });
    const socket = await socketTo(cluster, 2);
    const broken = once(socket, 'error');
    await cluster.inject({ fault: 'kill', on: 2, for: 4000 });
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
    await expect(socketTo(cluster, 2)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await producer.send({
      topic: 't',
      acks: -1,
      messages: [0, 1, 2].map((partition) => ({ partition, value: 'during' })),
    });
    await vi.waitFor(() => expect(cluster.faults()).toEqual([]), PATIENCE);
    const admin = await adminOf(kafka);
    await vi.waitFor(async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['t'] });
      expect(topics[0]?.partitions.every(({ isr }) => isr.length === 3)).toBe(true);
    }, PATIENCE);
    expect((await admin.fetchTopicOffsets('t')).map(({ offset }) => offset)).toEqual(['2', '2', '2']);
  }, 60_000);

  it('freeze: it accepts connections and answers nobody; a client times out and moves on', async () => {
    const cluster = await start({ topics: [TOPIC] });
    const kafka = client(cluster, 1000);
    const producer = await producerOf(kafka);
    await producer.send({ topic: 't', messages: [0, 1, 2].map((partition) => ({ partition, value: 'before' })) });
    await cluster.inject({ fault: 'freeze', on: 2 });
    const socket = await socketTo(cluster, 2);
    const answered = vi.fn<() => void>();
    socket.on('data', answered);
    // ApiVersions in version 0, as every client begins.
    socket.write(Buffer.from('0000000a00120000000000010000', 'hex'));
    await producer.send({
      topic: 't',
      acks: -1,
      messages: [0, 1, 2].map((partition) => ({ partition, value: 'during' })),
    });
    expect(answered).not.toHaveBeenCalled();
    await cluster.clear({ fault: 'freeze' });
    await vi.waitFor(() => expect(answered).toHaveBeenCalled(), PATIENCE);
    const admin = await adminOf(kafka);
    await vi.waitFor(async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['t'] });
      expect(topics[0]?.partitions.every(({ isr }) => isr.length === 3)).toBe(true);
    }, PATIENCE);
  }, 60_000);

  it('error: a producer that is refused every second time writes each record once', async () => {
    const cluster = await start({ topics: [{ name: 't', partitions: 1, replicationFactor: 3 }] });
    const kafka = client(cluster);
    await cluster.inject({ fault: 'error', api: ['Produce'], error: 'NOT_LEADER_OR_FOLLOWER', every: 2, for: 60_000 });
    const producer = await producerOf(kafka);
    for (let i = 0; i < 10; i++) await producer.send({ topic: 't', messages: [{ value: `v${i}` }] });
    const admin = await adminOf(kafka);
    expect((await admin.fetchTopicOffsets('t')).map(({ offset }) => offset)).toEqual(['10']);
  }, 60_000);

  it('drop-response and duplicate-request: an idempotent producer writes each record once', async () => {
    const cluster = await start({ topics: [{ name: 't', partitions: 1, replicationFactor: 3 }] });
    const kafka = client(cluster);
    await cluster.inject({ fault: 'duplicate-request', api: ['Produce'], every: 2 });
    await cluster.inject({ fault: 'drop-response', api: ['Produce'], every: 3, how: 'close' });
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    cleanUp.push(() => producer.disconnect());
    for (let i = 0; i < 12; i++) await producer.send({ topic: 't', messages: [{ value: `v${i}` }] });
    const admin = await adminOf(kafka);
    expect((await admin.fetchTopicOffsets('t')).map(({ offset }) => offset)).toEqual(['12']);
  }, 60_000);

  it.each([
    ['move-coordinator', (_leader: number) => ({ fault: 'move-coordinator', group: 'g' }) as const],
    ['disk-full', (leader: number) => ({ fault: 'disk-full', on: leader }) as const],
  ])(
    '%s: a consumer whose coordinator goes finds the new one, and goes on',
    async (_name, faultOn) => {
      const cluster = await start({
        topics: [{ name: 't', partitions: 1, replicationFactor: 3 }],
        config: { ...QUICK, 'offsets.topic.num.partitions': '1' },
      });
      const kafka = client(cluster);
      const producer = await producerOf(kafka);
      const consumer = kafka.consumer({
        groupId: 'g',
        maxWaitTimeInMs: 200,
        heartbeatInterval: 300,
        sessionTimeout: 6000,
      });
      await consumer.connect();
      cleanUp.push(() => consumer.disconnect());
      await consumer.subscribe({ topics: ['t'], fromBeginning: true });
      const seen: string[] = [];
      await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
      await producer.send({ topic: 't', messages: [{ value: 'a' }] });
      await vi.waitFor(() => expect(seen).toContain('a'), PATIENCE);
      const admin = await adminOf(kafka);
      const coordinator = async (): Promise<number> => {
        const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] });
        return topics[0]?.partitions[0]?.leader ?? -1;
      };
      const before = await coordinator();
      await cluster.inject(faultOn(before));
      // A full disk shows with the next write: the commit of this record, at the latest.
      await producer.send({ topic: 't', messages: [{ value: 'b' }] });
      await vi.waitFor(async () => expect(await coordinator()).not.toBe(before), PATIENCE);
      await vi.waitFor(() => expect(seen).toContain('b'), PATIENCE);
      await vi.waitFor(async () => {
        const offsets = await admin.fetchOffsets({ groupId: 'g', topics: ['t'] });
        expect(offsets[0]?.partitions[0]?.offset).toBe('2');
      }, PATIENCE);
    },
    60_000,
  );

  it('kill on real files: what was not flushed is gone, and the log opens again', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kmedic-fault-'));
    cleanUp.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const topic = { name: 't', partitions: 1, replicationFactor: 1, configs: { 'flush.messages': '10' } };
    const cluster = await start({ nodes: 1, dataDir, topics: [topic] });
    const kafka = client(cluster);
    const producer = await producerOf(kafka);
    for (let i = 0; i < 13; i++) await producer.send({ topic: 't', messages: [{ value: `v${i}` }] });
    await cluster.inject({ fault: 'kill', on: 1, for: 300, lose: ['unflushed', 'torn'] });
    await vi.waitFor(() => expect(cluster.faults()).toEqual([]), PATIENCE);
    const admin = await adminOf(kafka);
    await vi.waitFor(async () => {
      const [end] = await admin.fetchTopicOffsets('t');
      expect(Number(end?.offset)).toBeGreaterThanOrEqual(10);
      expect(Number(end?.offset)).toBeLessThan(13);
    }, PATIENCE);
  }, 60_000);

  it('disk-full: the broker halts, its sockets are reset, and it is back when there is space', async () => {
    const halted: [number, string, boolean][] = [];
    const cluster = await start({ topics: [TOPIC], halted: (...args) => void halted.push(args) });
    const kafka = client(cluster);
    const producer = await producerOf(kafka);
    const broken = once(await socketTo(cluster, 2), 'error');
    await cluster.inject({ fault: 'disk-full', on: 2 });
    await producer.send({ topic: 't', acks: -1, messages: [0, 1, 2].map((partition) => ({ partition, value: 'a' })) });
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
    await expect(socketTo(cluster, 2)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(halted).toEqual([[2, expect.stringContaining('ENOSPC'), false]]);
    await cluster.clear();
    const admin = await adminOf(kafka);
    await vi.waitFor(async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['t'] });
      expect(topics[0]?.partitions.every(({ isr }) => isr.length === 3)).toBe(true);
    }, PATIENCE);
  }, 60_000);

  it('disk-full on real files of a broker with other log directories: other replicas lead, until a restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kmedic-fault-'));
    cleanUp.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const cluster = await start({ dataDir, topics: [TOPIC] });
    const kafka = client(cluster);
    const producer = await producerOf(kafka);
    await cluster.inject({ fault: 'disk-full', on: 2, jbod: 'yes' });
    await producer.send({ topic: 't', acks: -1, messages: [0, 1, 2].map((partition) => ({ partition, value: 'a' })) });
    const admin = await adminOf(kafka);
    const partitions = async () => (await admin.fetchTopicMetadata({ topics: ['t'] })).topics[0]?.partitions ?? [];
    await vi.waitFor(async () => expect((await partitions()).map(({ leader }) => leader)).not.toContain(2), PATIENCE);
    await cluster.clear();
    expect((await partitions()).every(({ isr }) => !isr.includes(2))).toBe(true);
    await cluster.inject({ fault: 'restart', on: 2 });
    await vi.waitFor(
      async () => expect((await partitions()).every(({ isr }) => isr.length === 3)).toBe(true),
      PATIENCE,
    );
  }, 60_000);

  it('faults do not outlive the process: those of an earlier run are removed', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kmedic-fault-'));
    cleanUp.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const first = await startCluster({ nodes: 1, dataDir });
    await first.inject({ fault: 'slow-disk', on: 1, delay: 1 });
    expect(first.faults()).toMatchObject([{ fault: 'slow-disk', on: [1], leftMs: null }]);
    await first.close();
    const second = await start({ nodes: 1, dataDir });
    expect(second.faults()).toEqual([]);
    await second.clear();
    await second.inject({ fault: 'slow-disk', on: 1, delay: 1 });
    expect(second.faults()).toHaveLength(1);
  });

  it('says why a fault cannot be', async () => {
    const cluster = await start();
    await expect(cluster.inject({ fault: 'cut-link', on: 2, to: [7] })).rejects.toThrow('there is no broker 7');
    await expect(cluster.inject({ fault: 'stop' })).rejects.toThrow('needs an end');
    expect(cluster.faults()).toEqual([]);
  });
});
