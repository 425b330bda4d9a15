import kafkajs, { type Consumer, type EachBatchPayload, type Kafka, type Message } from 'kafkajs';
import './clients/mend-kafkajs.ts';
import type { EmbeddedCluster } from '../broker/shell/index.ts';
import { ClusterClient } from '../client/cluster-client.ts';
import { openKafkajsChannel } from '../client/kafkajs-channel.ts';
import { type History, writeHistory } from './history.ts';

/**
 * An order service: a producer writes orders, three consumers of the group `payments` read them. One of them, pay-3, got
 * stuck on a record that it cannot process: it keeps its membership by heartbeats, and never commits beyond that record.
 * What happened before is written at once, with timestamps of the last minutes, so that the incident is a minute old when
 * it is first looked at; from then on the clients are real ones.
 */

const TOPIC = 'orders';
const GROUP = 'payments';
/** Records of each partition at the start; those of partition 2 beyond STUCK_AT are the backlog. */
const COUNTS = [4_800, 4_780, 4_800] as const;
const STUCK_PARTITION = 2;
const STUCK_AT = 1_207;
const STUCK_FOR_MS = 62_000;
/** How far back the oldest record lies. */
const HISTORY_MS = 30 * 60_000;

const TRAFFIC_EVERY_MS = 200;
/** Records per partition and turn: together about 80 a second, 58 of them in the stuck partition. */
const TRAFFIC = [2, 2, 12] as const;

const HEARTBEAT_MS = 500;
/** A fetch is answered with a few batches: enough to be at work, without reading a backlog that nobody gets to. */
const BYTES_PER_FETCH = 16_384;
/** Also how long it takes to stop: kafkajs waits for its last fetch, and sleeps as long where it has nothing to fetch. */
const FETCH_WAIT_MS = 50;
const TIMEOUT_MS = 10_000;

/** The clients, at work until they are stopped. */
export interface RunningClients {
  stop(): Promise<void>;
}

/** The incident of the demonstration; its clients run in this process, so that it is there in an instant. */
export const orderService = {
  story: 'an order service with 3 consumers; one of them has been stuck for a minute',
  group: GROUP,
  partition: `${TOPIC}:2`,
  cluster: {
    topics: [{ name: TOPIC, partitions: COUNTS.length, replicationFactor: 3 }],
    // The three consumers start together: waiting briefly for all of them saves two rebalances.
    config: { 'group.initial.rebalance.delay.ms': '30' },
  },
  begin,
} as const;

async function begin(cluster: EmbeddedCluster): Promise<RunningClients> {
  await writePast(cluster);
  const brokers = cluster.brokers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  const stopping = new AbortController();
  const producer = client('order-service', brokers).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  const write = (): Promise<unknown> =>
    // Records that could not be written are missing orders, not a reason to end the demonstration.
    producer.sendBatch({ topicMessages: [{ topic: TOPIC, messages: liveOrders() }] }).catch(() => undefined);
  const workers = COUNTS.map((_, index) => new Worker(client(`pay-${index + 1}`, brokers), stopping.signal));
  let traffic: NodeJS.Timeout | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(traffic);
    stopping.abort();
    await Promise.allSettled([producer.disconnect(), ...workers.map((worker) => worker.stop())]);
  };
  try {
    await Promise.all([producer.connect(), ...workers.map((worker) => worker.start())]);
    // Before everybody is ready: who gets a partition that was read to its end needs something to read.
    traffic = setInterval(() => void write(), TRAFFIC_EVERY_MS);
    await write();
    await Promise.all(workers.map((worker) => worker.ready));
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writePast({ brokers }: EmbeddedCluster): Promise<void> {
  const settings = { clientId: 'order-service', connectTimeoutMs: TIMEOUT_MS, requestTimeoutMs: TIMEOUT_MS };
  const past = new ClusterClient({ ...settings, bootstrap: brokers, tls: null, sasl: null }, openKafkajsChannel);
  try {
    await writeHistory(past, history(Date.now()));
  } finally {
    past.close();
  }
}

function history(now: number): History {
  const partitions = COUNTS.map((count, partition) => ({
    committed: partition === STUCK_PARTITION ? STUCK_AT : count,
    count,
    record: (offset: number) => {
      const { key, value } = order(partition, offset);
      return { key, value, timestamp: historyTime(partition, offset, count, now) };
    },
  }));
  return { topic: TOPIC, group: GROUP, partitions };
}

function client(clientId: string, brokers: string[]): Kafka {
  return new kafkajs.Kafka({ clientId, brokers, logLevel: kafkajs.logLevel.NOTHING, retry: { initialRetryTime: 50 } });
}

/** Times rise evenly up to now; in the stuck partition, the record that nobody gets past is a minute old. */
function historyTime(partition: number, offset: number, count: number, now: number): number {
  const stuck = now - STUCK_FOR_MS;
  if (partition !== STUCK_PARTITION) return Math.round(now - HISTORY_MS * (1 - (offset + 1) / count));
  if (offset < STUCK_AT) return Math.round(stuck - HISTORY_MS * (1 - offset / STUCK_AT));
  return Math.round(stuck + (STUCK_FOR_MS * (offset - STUCK_AT)) / (count - STUCK_AT));
}

function order(partition: number, number: number): { key: string; value: string } {
  const id = `${partition}-${number}`;
  return { key: id, value: `{"order":"${id}","cents":${100 + ((number * 37) % 9_900)}}` };
}

function liveOrders(): Message[] {
  const now = Date.now();
  return TRAFFIC.flatMap((count, partition) =>
    Array.from({ length: count }, (_, index) => ({
      ...order(partition, now * 100 + index),
      partition,
      timestamp: String(now),
    })),
  );
}

/** One consumer of the group. Whoever gets that partition is stuck at STUCK_AT. */
class Worker {
  readonly ready: Promise<void>;
  readonly #consumer: Consumer;
  readonly #stopping: AbortSignal;
  #seen: () => void = () => undefined;

  constructor(kafka: Kafka, stopping: AbortSignal) {
    this.ready = new Promise((resolve) => {
      this.#seen = resolve;
    });
    this.#stopping = stopping;
    this.#consumer = kafka.consumer({
      groupId: GROUP,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: BYTES_PER_FETCH,
    });
  }

  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    await this.#consumer.run({ eachBatchAutoResolve: false, eachBatch: (payload) => this.#process(payload) });
  }

  /** After `stopping` is aborted: kafkajs waits for the batch that is being processed. */
  async stop(): Promise<void> {
    await this.#consumer.disconnect();
  }

  async #process(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, commitOffsetsIfNecessary, uncommittedOffsets } = payload;
    for (const { offset } of batch.messages) {
      if (batch.partition === STUCK_PARTITION && Number(offset) >= STUCK_AT) {
        await commitOffsetsIfNecessary(uncommittedOffsets());
        this.#seen();
        return this.#stuck(payload);
      }
      resolveOffset(offset);
    }
    await commitOffsetsIfNecessary(uncommittedOffsets());
    if (Number(batch.lastOffset()) + 1 >= (COUNTS[batch.partition] ?? 0)) this.#seen();
  }

  /** Never gets on, and never falls out of the group either. */
  async #stuck({ heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    while (isRunning() && !isStale() && !this.#stopping.aborted) {
      await heartbeat();
      await pause(HEARTBEAT_MS, this.#stopping);
    }
  }
}

function pause(ms: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stopping.addEventListener('abort', done, { once: true });
    if (stopping.aborted) done();
  });
}
