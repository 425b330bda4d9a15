import kafkajs, { type Consumer, type EachBatchPayload, type Kafka, type Message, type Producer } from 'kafkajs';
import type { EmbeddedCluster } from '../broker/shell/index.ts';
import type { RunningClients, Scenario } from './scenario.ts';

/**
 * An order service: a producer writes orders, three consumers of the group `payments` read them. One of them, pay-3, got
 * stuck on a record that it cannot process: it keeps its membership by heartbeats, and never commits beyond that record.
 * The records carry timestamps of the last minutes, so that the incident is a minute old when it is first looked at.
 */

const TOPIC = 'orders';
const GROUP = 'payments';
/** Records of each partition at the start; those of partition 2 beyond STUCK_AT are the backlog. */
const COUNTS = [4_800, 4_780, 4_800] as const;
const STUCK_AT = 1_207;
const STUCK_FOR_MS = 62_000;
/** How far back the oldest record lies. */
const HISTORY_MS = 30 * 60_000;

const TRAFFIC_EVERY_MS = 200;
/** Records per partition and turn: together about 80 a second, 58 of them in the stuck partition. */
const TRAFFIC = [2, 2, 12] as const;

const HEARTBEAT_MS = 500;
const RECORDS_PER_REQUEST = 5_000;

export const orderService: Scenario = {
  name: 'demo',
  story: 'an order service with 3 consumers; one of them has been stuck for a minute',
  group: GROUP,
  partition: `${TOPIC}:2`,
  cluster: {
    topics: [{ name: TOPIC, partitions: COUNTS.length, replicationFactor: 3 }],
    // The three consumers start together: waiting briefly for all of them saves two rebalances.
    config: { 'group.initial.rebalance.delay.ms': '100' },
  },
  begin,
};

async function begin(cluster: EmbeddedCluster): Promise<RunningClients> {
  const brokers = cluster.brokers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  const stopping = new AbortController();
  const producer = client('order-service', brokers).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  const workers = COUNTS.map((_, index) => new Worker(client(`pay-${index + 1}`, brokers), stopping.signal));
  let traffic: NodeJS.Timeout | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(traffic);
    stopping.abort();
    await Promise.allSettled([producer.disconnect(), ...workers.map((worker) => worker.stop())]);
  };
  try {
    await producer.connect();
    // The group forms while the records are written.
    await Promise.all([writeHistory(producer), ...workers.map((worker) => worker.start())]);
    // Before everybody is ready: who gets a partition that another one has read to its end needs something to read.
    traffic = setInterval(() => {
      // Records that could not be written are missing orders, not a reason to end the demonstration.
      producer.sendBatch({ topicMessages: [{ topic: TOPIC, messages: liveOrders() }] }).catch(() => undefined);
    }, TRAFFIC_EVERY_MS);
    await Promise.all(workers.map((worker) => worker.ready));
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function client(clientId: string, brokers: string[]): Kafka {
  return new kafkajs.Kafka({ clientId, brokers, logLevel: kafkajs.logLevel.NOTHING, retry: { initialRetryTime: 50 } });
}

async function writeHistory(producer: Producer): Promise<void> {
  const now = Date.now();
  const messages = COUNTS.flatMap((count, partition) =>
    Array.from({ length: count }, (_, offset) => order(partition, offset, historyTime(partition, offset, count, now))),
  );
  for (let at = 0; at < messages.length; at += RECORDS_PER_REQUEST) {
    await producer.send({ topic: TOPIC, messages: messages.slice(at, at + RECORDS_PER_REQUEST) });
  }
}

/** Times rise evenly up to now; in the stuck partition, the record that nobody gets past is a minute old. */
function historyTime(partition: number, offset: number, count: number, now: number): number {
  const stuck = now - STUCK_FOR_MS;
  if (partition !== 2) return Math.round(now - HISTORY_MS * (1 - (offset + 1) / count));
  if (offset < STUCK_AT) return Math.round(stuck - HISTORY_MS * (1 - offset / STUCK_AT));
  return Math.round(stuck + (STUCK_FOR_MS * (offset - STUCK_AT)) / (count - STUCK_AT));
}

function order(partition: number, number: number, timestamp: number): Message & { partition: number } {
  const id = `${partition}-${number}`;
  return {
    partition,
    key: id,
    value: JSON.stringify({ order: id, cents: 100 + ((number * 37) % 9_900) }),
    timestamp: String(timestamp),
  };
}

function liveOrders(): Message[] {
  const now = Date.now();
  return TRAFFIC.flatMap((count, partition) =>
    Array.from({ length: count }, (_, index) => order(partition, now * 100 + index, now)),
  );
}

/** One consumer of the group. Whoever gets partition 2 is stuck at STUCK_AT. */
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
    this.#consumer = kafka.consumer({ groupId: GROUP, heartbeatInterval: HEARTBEAT_MS, maxWaitTimeInMs: 200 });
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
      if (batch.partition === 2 && Number(offset) >= STUCK_AT) {
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
