import { Fetch, ListOffsets } from '../../src/protocol/api/index.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import type { ResponseOf } from '../../src/protocol/schema/index.ts';
import { batches, isControl, nextOffset, records } from '../../src/records/index.ts';
import { type ClientWorld, keyOf, SimClient } from './client.ts';
import type { SimTopic } from './options.ts';
import type { Task } from './task.ts';

type FetchResponse = ResponseOf<typeof Fetch>;
type Fetched = FetchResponse['responses'][number]['partitions'][number];

const EARLIEST = -2;
const LATEST = -1;
const MAX_WAIT_MS = 300;

export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read; -1 where it is to be looked up. */
  offset: number;
}

/** Told of every record that a client was given, at the moment of it. */
export type Polled = (key: string, offset: number, value: string) => void;

export interface ReaderOptions {
  readonly topics: readonly SimTopic[];
  readonly polled: Polled;
}

/** Reads partitions from their start on, in sessions or without, by name or by id. */
export class SimReader extends SimClient {
  protected readonly options: ReaderOptions;
  readonly #version: number;
  readonly #isolation: number;
  readonly #usesSessions: boolean;
  readonly #sessions = new Map<number, { id: number; epoch: number; assigned: string }>();

  constructor(shared: ClientWorld, name: string, seed: number, options: ReaderOptions) {
    super(shared, name, seed);
    this.options = options;
    this.#version = this.version(4, 17);
    this.#isolation = this.random.below(2);
    this.#usesSessions = this.#version >= 7 && this.random.below(2) === 0;
  }

  *run(): Task {
    const positions = this.options.topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition): Position => ({ topic: name, partition, offset: -1 })),
    );
    while (!this.shared.stopping) {
      yield* this.poll(positions);
      yield* this.sleep(20 + this.random.below(200));
    }
  }

  /** Reads a partition from its start to its end as it is when this begins; false when time is over before. */
  *readAll(topic: string, partition: number, deadline: number): Task<boolean> {
    const position: Position = { topic, partition, offset: -1 };
    while (this.now < deadline) {
      const end = yield* this.listOffset(topic, partition, LATEST);
      if (end !== null && position.offset >= end) return true;
      yield* this.poll([position]);
    }
    return false;
  }

  /** One turn: fetches from one of the leaders. */
  protected *poll(positions: readonly Position[]): Task {
    for (const position of positions) {
      if (position.offset < 0 && !(yield* this.#reset(position))) return;
    }
    const leaders = [...new Set(positions.map(({ topic, partition }) => this.leader(topic, partition)))];
    const node = leaders[this.random.below(leaders.length)] ?? -1;
    if (node < 0) {
      yield* this.sleep(50);
      yield* this.refresh();
      return;
    }
    const here = positions.filter(({ topic, partition }) => this.leader(topic, partition) === node);
    const invoked = this.now;
    const answer = yield* this.ask(node, Fetch, this.#version, this.#request(node, here), 2000);
    if (answer.kind !== 'answer') {
      this.#sessions.delete(node);
      yield* this.refresh();
      return;
    }
    const { body } = answer;
    if (body.errorCode !== ErrorCode.NONE) {
      this.#sessions.delete(node);
      return;
    }
    this.#note(node, body.sessionId, here);
    let isStale = false;
    for (const { topic, topicId, partitions } of body.responses) {
      for (const fetched of partitions) {
        const position = here.find(
          (one) =>
            one.partition === fetched.partitionIndex &&
            (this.#version >= 13 ? this.topicId(one.topic) === topicId : one.topic === topic),
        );
        if (position !== undefined && !this.#take(position, fetched, invoked)) isStale = true;
      }
    }
    if (isStale) yield* this.refresh();
  }

  /** Looks an offset up; null where nobody knows. */
  protected *listOffset(topic: string, partition: number, timestamp: number): Task<number | null> {
    const node = this.leader(topic, partition);
    const asked = { partitionIndex: partition, timestamp };
    const request = { replicaId: -1, topics: [{ name: topic, partitions: [asked] }] };
    const answer = node < 0 ? null : yield* this.ask(node, ListOffsets, this.version(1, 11), request, 1000);
    const found = answer?.kind === 'answer' ? answer.body.topics[0]?.partitions[0] : undefined;
    if (found?.errorCode === ErrorCode.NONE) return found.offset;
    yield* this.sleep(50);
    yield* this.refresh();
    return null;
  }

  /** Where reading begins when nothing says otherwise. */
  *#reset(position: Position): Task<boolean> {
    const start = yield* this.listOffset(position.topic, position.partition, EARLIEST);
    if (start === null) return false;
    this.seek(position, start);
    return true;
  }

  protected seek(position: Position, offset: number): void {
    position.offset = offset;
    const key = keyOf(position.topic, position.partition);
    this.shared.history.push({ kind: 'seek', process: this.name, key, offset, at: this.now });
  }

  #take(position: Position, fetched: Fetched, invoked: number): boolean {
    if (fetched.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      position.offset = -1;
      return true;
    }
    if (fetched.errorCode !== ErrorCode.NONE) return false;
    const key = keyOf(position.topic, position.partition);
    const polled: [number, string][] = [];
    const bytes = fetched.records ?? Buffer.alloc(0);
    for (const { position: at } of batches(bytes)) {
      if (isControl(bytes, at)) continue;
      for (const { offset, value } of records(bytes, at)) {
        if (offset < position.offset) continue;
        const text = value?.toString() ?? '';
        polled.push([offset, text]);
        position.offset = offset + 1;
        this.options.polled(key, offset, text);
      }
    }
    if (polled.length > 0) {
      const { name: process, now: completed } = this;
      this.shared.history.push({ kind: 'poll', process, key, invoked, completed, records: polled });
    } else if (bytes.length > 0) {
      // Compaction may leave batches without records: step over them.
      position.offset = Math.max(position.offset, endOf(bytes));
    }
    return true;
  }

  #request(node: number, positions: readonly Position[]) {
    const session = this.#sessions.get(node);
    const byTopic = new Map<string, Position[]>();
    for (const position of positions) {
      byTopic.set(position.topic, [...(byTopic.get(position.topic) ?? []), position]);
    }
    const assigned = assignedText(positions);
    // A session that was made for other partitions is given up rather than changed.
    const goesOn = session !== undefined && session.assigned === assigned;
    return {
      replicaId: -1,
      maxWaitMs: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: 100 + this.random.below(5000),
      isolationLevel: this.#isolation,
      ...(this.#usesSessions ? { sessionId: goesOn ? session.id : 0, sessionEpoch: goesOn ? session.epoch : 0 } : {}),
      topics: [...byTopic].map(([topic, ofTopic]) => ({
        ...(this.#version >= 13 ? { topicId: this.topicId(topic) } : { topic }),
        partitions: ofTopic.map(({ partition, offset }) => ({
          partition,
          fetchOffset: offset,
          partitionMaxBytes: 50 + this.random.below(3000),
        })),
      })),
      forgottenTopicsData: [],
    };
  }

  #note(node: number, sessionId: number, positions: readonly Position[]): void {
    if (!this.#usesSessions || sessionId === 0) return;
    const known = this.#sessions.get(node);
    const epoch = known?.id === sessionId ? known.epoch + 1 : 1;
    this.#sessions.set(node, { id: sessionId, epoch, assigned: assignedText(positions) });
  }
}

function assignedText(positions: readonly Position[]): string {
  return positions.map(({ topic, partition }) => keyOf(topic, partition)).join();
}

function endOf(bytes: Buffer): number {
  let end = 0;
  for (const { position } of batches(bytes)) {
    end = nextOffset(bytes, position);
  }
  return end;
}
