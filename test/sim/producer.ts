import { InitProducerId, Produce } from '../../src/protocol/api/index.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import type { ResponseOf } from '../../src/protocol/schema/index.ts';
import { encodeBatch } from '../../src/records/index.ts';
import { type ClientWorld, keyOf, SimClient } from './client.ts';
import type { Answer } from './connection.ts';
import type { SendOp } from './history.ts';
import type { SimTopic } from './options.ts';
import { type Task, wait } from './task.ts';

type ProduceResponse = ResponseOf<typeof Produce>;
export type PartitionAnswer = ProduceResponse['responses'][number]['partitionResponses'][number];

/** The errors after which a record is certainly not in the log: the leader looked at them before it appended. */
const NOT_APPENDED: ReadonlySet<number> = new Set([
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INVALID_RECORD,
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.INVALID_PRODUCER_EPOCH,
]);
/** The producer id, or what the broker knows of it, is of no more use. */
const FATAL: ReadonlySet<number> = new Set([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.UNKNOWN_PRODUCER_ID,
]);
const REQUEST_TIMEOUT_MS = 3000;

interface Batch {
  readonly ops: readonly SendOp[];
  readonly baseSequence: number;
}

/** What is told of each acknowledgement at once, to be compared with what the cluster holds. */
export type Acknowledged = (op: SendOp, node: number) => void;

export interface ProducerOptions {
  readonly acks: -1 | 0 | 1;
  readonly idempotent: boolean;
  readonly topics: readonly SimTopic[];
  readonly everyMs: number;
  readonly acknowledged: Acknowledged;
}

/**
 * Writes records, each value once. One that is not idempotent never sends again what may have arrived; an idempotent
 * one sends up to five batches ahead and repeats them, in order, until it knows what became of each.
 */
export class SimProducer extends SimClient {
  readonly #options: ProducerOptions;
  readonly #version: number;
  #counter = 0;
  #producerId = -1;
  #producerEpoch = -1;
  readonly #sequences = new Map<string, number>();

  constructor(shared: ClientWorld, name: string, seed: number, options: ProducerOptions) {
    super(shared, name, seed);
    this.#options = options;
    this.#version = this.version(3, 13);
  }

  *run(): Task {
    yield* this.refresh();
    while (!this.shared.stopping) {
      yield* this.sleep(1 + this.random.below(2 * this.#options.everyMs));
      const topic = this.#options.topics[this.random.below(this.#options.topics.length)];
      if (topic === undefined) return;
      const partition = this.random.below(topic.partitions);
      if (this.#options.idempotent) yield* this.#writeIdempotent(topic.name, partition);
      else yield* this.#writeOnce(topic.name, partition);
    }
  }

  /** One record to each partition with acks=all, until it is acknowledged or time is over: does the cluster live? */
  *probe(topic: string, partition: number, deadline: number): Task<boolean> {
    while (this.now < deadline) {
      if (!(yield* this.refresh())) continue;
      const op = yield* this.#writeOnce(topic, partition);
      if (op?.outcome === 'ok') return true;
      yield* this.sleep(200);
    }
    return false;
  }

  *#writeOnce(topic: string, partition: number): Task<SendOp | null> {
    const node = this.leader(topic, partition);
    if (node < 0) {
      yield* this.#lookAround();
      return null;
    }
    const ops = this.#newOps(topic, partition);
    const answer = yield* this.#produce(node, topic, partition, { ops, baseSequence: -1 });
    this.#settle(ops, answer, node);
    if (ops[0]?.outcome !== 'ok') yield* this.#lookAround();
    return ops[0] ?? null;
  }

  *#writeIdempotent(topic: string, partition: number): Task {
    if (this.#producerId < 0 && !(yield* this.#newProducerId())) return;
    const key = keyOf(topic, partition);
    let sequence = this.#sequences.get(key) ?? 0;
    let window: Batch[] = [];
    for (let left = 1 + this.random.below(5); left > 0; left--) {
      const ops = this.#newOps(topic, partition);
      window.push({ ops, baseSequence: sequence });
      sequence += ops.length;
    }
    this.#sequences.set(key, sequence);
    while (window.length > 0) {
      const node = this.leader(topic, partition);
      const answers = node < 0 ? [] : yield* this.#pipeline(node, topic, partition, window);
      const rest: Batch[] = [];
      for (const [index, batch] of window.entries()) {
        const answer = answers[index] ?? null;
        // A batch behind one that failed comes out of order; it is repeated with it.
        const isFirst = rest.length === 0;
        if (answer !== null && isDone(answer)) this.#settle(batch.ops, answer, node);
        else if (answer !== null && isFirst && FATAL.has(answer.errorCode)) {
          this.#giveUp(window.slice(index));
          return;
        } else rest.push(batch);
      }
      window = rest;
      if (window.length === 0) return;
      if (this.shared.stopping) {
        this.#giveUp(window);
        return;
      }
      yield* this.#lookAround();
    }
  }

  /** Nobody will ever know what became of these; whatever comes next gets a new producer id. */
  #giveUp(batches: readonly Batch[]): void {
    for (const { ops } of batches) for (const op of ops) op.completed = this.now;
    this.#producerId = -1;
    this.#sequences.clear();
  }

  *#lookAround(): Task {
    yield* this.sleep(20 + this.random.below(100));
    yield* this.refresh();
  }

  *#newProducerId(): Task<boolean> {
    const { hosts } = this.world;
    const node = hosts[this.random.below(hosts.length)]?.id ?? 1;
    const request = { transactionalId: null, transactionTimeoutMs: 60_000 };
    const answer = yield* this.ask(node, InitProducerId, this.version(0, 5), request);
    if (answer.kind !== 'answer' || answer.body.errorCode !== ErrorCode.NONE) {
      yield* this.sleep(100);
      return false;
    }
    this.#producerId = answer.body.producerId;
    this.#producerEpoch = answer.body.producerEpoch;
    return true;
  }

  #newOps(topic: string, partition: number): SendOp[] {
    return Array.from({ length: 1 + this.random.below(3) }, () => {
      const op: SendOp = {
        kind: 'send',
        process: this.name,
        key: keyOf(topic, partition),
        value: `${this.name}:${this.#counter++}`,
        acks: this.#options.acks,
        inOrder: true,
        invoked: this.now,
        completed: Number.POSITIVE_INFINITY,
        outcome: 'unknown',
        offset: -1,
        leaderEpoch: -1,
      };
      this.shared.history.push(op);
      return op;
    });
  }

  #settle(ops: readonly SendOp[], answer: PartitionAnswer | null, node: number): void {
    for (const [index, op] of ops.entries()) {
      op.completed = this.now;
      if (answer === null) continue;
      if (answer.errorCode === ErrorCode.NONE) {
        op.outcome = 'ok';
        op.offset = answer.baseOffset < 0 ? -1 : answer.baseOffset + index;
        // An answer that was held back may have been given at any time since it was asked for.
        if (!this.world.holdsAnswersBack) op.leaderEpoch = this.#epochAt(node, op.key);
        this.#options.acknowledged(op, node);
      } else if (NOT_APPENDED.has(answer.errorCode)) op.outcome = 'fail';
    }
  }

  /** The latest epoch in which a node may have led a partition: who does not lead any more did so in an earlier one. */
  #epochAt(node: number, key: string): number {
    const dash = key.lastIndexOf('-');
    const replica = this.world.host(node).runtime?.replicas.get(key.slice(0, dash), Number(key.slice(dash + 1)));
    return replica === undefined ? -1 : replica.leaderEpoch - (replica.isLeader ? 0 : 1);
  }

  *#pipeline(
    node: number,
    topic: string,
    partition: number,
    window: readonly Batch[],
  ): Task<(PartitionAnswer | null)[]> {
    const connection = this.connection(node);
    if (connection === null) return [];
    return yield* wait<(PartitionAnswer | null)[]>((done) => {
      const answers: (PartitionAnswer | null)[] = [];
      let left = window.length;
      for (const [index, batch] of window.entries()) {
        const body = this.#body(node, topic, partition, batch);
        connection.request(Produce, this.#version, body, REQUEST_TIMEOUT_MS, true, (answer) => {
          answers[index] = partitionAnswer(answer);
          left--;
          if (left === 0) done(answers);
        });
      }
    });
  }

  *#produce(node: number, topic: string, partition: number, batch: Batch): Task<PartitionAnswer | null> {
    const body = this.#body(node, topic, partition, batch);
    const expectsAnswer = this.#options.acks !== 0;
    return partitionAnswer(yield* this.ask(node, Produce, this.#version, body, REQUEST_TIMEOUT_MS, expectsAnswer));
  }

  #body(node: number, topic: string, partition: number, { ops, baseSequence }: Batch) {
    for (const op of ops) op.leaderEpoch = this.#epochAt(node, op.key);
    const records = encodeBatch({
      timestamp: this.now,
      records: ops.map(({ value }) => ({ key: `k${value.length % 3}${Number(value.slice(-1)) % 4}`, value })),
      ...(baseSequence < 0 ? {} : { producerId: this.#producerId, producerEpoch: this.#producerEpoch, baseSequence }),
    });
    const partitionData = [{ index: partition, records }];
    const named = this.#version >= 13 ? { topicId: this.topicId(topic) } : { name: topic };
    return {
      acks: this.#options.acks,
      timeoutMs: 1000 + this.random.below(1500),
      topicData: [{ ...named, partitionData }],
    };
  }
}

function partitionAnswer(answer: Answer<typeof Produce>): PartitionAnswer | null {
  if (answer.kind !== 'answer') return null;
  return answer.body.responses[0]?.partitionResponses[0] ?? null;
}

function isDone(answer: PartitionAnswer): boolean {
  return answer.errorCode === ErrorCode.NONE || answer.errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER;
}
