import kafkajs, { type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import './mend-kafkajs.ts';
import { type ConsumerSettings, consumerSettings } from './consumer-settings.ts';
import { pause } from './pause.ts';
import type { ConsumerRole, Report } from './roles.ts';

/** A fetch is answered with a few batches: enough to be at work, without reading ahead. */
const BYTES_PER_FETCH = 65_536;
const FETCH_WAIT_MS = 100;

/**
 * A consumer of kafkajs with the habits of the Java client, where they matter to an incident: it works in polls of
 * max.poll.records, heartbeats while it processes, and leaves the group by itself when a poll takes longer than
 * max.poll.interval.ms. Then it goes on processing what it holds, cannot commit it, and joins again.
 */
export async function consume(role: ConsumerRole, report: (report: Report) => void): Promise<never> {
  const settings = consumerSettings(role.properties);
  const kafka = new kafkajs.Kafka({
    clientId: role.clientId,
    brokers: [...role.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 100, retries: 1_000_000, maxRetryTime: 1000 },
  });
  let session = new Session(kafka, role, settings, report);
  // A deployment that is stopped in order leaves its group.
  process.once('SIGTERM', () => void session.leave().finally(() => process.exit()));
  for (;;) {
    await pause(await session.untilOverdue());
    session = new Session(kafka, role, settings, report);
  }
}

/** One membership, from joining to leaving. */
class Session {
  readonly #consumer: Consumer;
  readonly #role: ConsumerRole;
  readonly #settings: ConsumerSettings;
  readonly #report: (report: Report) => void;
  #over: (remainingMs: number) => void = () => undefined;

  constructor(kafka: Kafka, role: ConsumerRole, settings: ConsumerSettings, report: (report: Report) => void) {
    this.#role = role;
    this.#settings = settings;
    this.#report = report;
    this.#consumer = kafka.consumer({
      groupId: role.group,
      sessionTimeout: settings.sessionTimeoutMs,
      heartbeatInterval: settings.heartbeatIntervalMs,
      rebalanceTimeout: settings.maxPollIntervalMs,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: BYTES_PER_FETCH,
    });
  }

  /** Resolves when a poll took too long and the group was left: with what the application still needs for it, in ms. */
  async untilOverdue(): Promise<number> {
    const over = new Promise<number>((resolve) => {
      this.#over = resolve;
    });
    this.#consumer.on('consumer.group_join', () => this.#report({ event: 'working' }));
    this.#consumer.on('consumer.crash', ({ payload }) =>
      this.#report({ event: 'trouble', message: payload.error.message }),
    );
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.#role.topic, fromBeginning: this.#settings.fromBeginning });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: (payload) => this.#process(payload),
    });
    const remaining = await over;
    await this.leave();
    return remaining;
  }

  leave(): Promise<void> {
    return this.#consumer.disconnect();
  }

  async #process(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, commitOffsetsIfNecessary, uncommittedOffsets, isRunning, isStale } = payload;
    const { maxPollRecords, maxPollIntervalMs, processingMs, autoCommit, commitEachRecord } = this.#settings;
    for (let at = 0; at < batch.messages.length && isRunning() && !isStale(); at += maxPollRecords) {
      const poll = batch.messages.slice(at, at + maxPollRecords);
      const stuck = poll.findIndex(({ offset }) => this.#isStuckAt(batch.partition, Number(offset)));
      const done = stuck < 0 ? poll : poll.slice(0, stuck);
      // Automatic commits tell the position, and the position is behind what was handed to the application.
      if (autoCommit) {
        for (const { offset } of poll) resolveOffset(offset);
        await commitOffsetsIfNecessary(uncommittedOffsets());
      }
      const needed = done.length * processingMs;
      await this.#work(payload, Math.min(needed, maxPollIntervalMs));
      // What it holds does not fit its memory: gone without a word, with all of it processed and nothing of it committed.
      if (done.length > (this.#role.crashAbove ?? Number.POSITIVE_INFINITY)) process.kill(process.pid, 'SIGKILL');
      if (needed > maxPollIntervalMs) return this.#over(needed - maxPollIntervalMs);
      if (!autoCommit) {
        for (const { offset } of done) {
          resolveOffset(offset);
          if (commitEachRecord) await commitOffsetsIfNecessary(uncommittedOffsets());
        }
        await commitOffsetsIfNecessary(uncommittedOffsets());
      }
      if (stuck >= 0) await this.#work(payload, Number.POSITIVE_INFINITY);
    }
  }

  #isStuckAt(partition: number, offset: number): boolean {
    const { stuckAt } = this.#role;
    return stuckAt !== undefined && stuckAt.partition === partition && offset === stuckAt.offset;
  }

  /** Processes for so long, heartbeating as the Java client's own thread does. */
  async #work({ heartbeat, isRunning, isStale }: EachBatchPayload, forMs: number): Promise<void> {
    for (let left = forMs; left > 0 && isRunning() && !isStale(); ) {
      const step = Math.min(left, this.#settings.heartbeatIntervalMs);
      await pause(step);
      left -= step;
      await heartbeat();
    }
  }
}
