import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { Fetch, ListOffsets } from '../protocol/api/index.ts';
import { partitionOf } from '../protocol/coordinator-partition.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { OFFSETS_TOPIC } from '../protocol/internal-topics.ts';
import type { ResponseOf } from '../protocol/schema/index.ts';
import { RecordError } from '../records/index.ts';
import { groupBy } from './group-by.ts';
import { GroupHistoryBuilder } from './group-history.ts';
import type { GroupHistory } from './history.ts';
import { problem, problemFrom, problemOf } from './problem.ts';
import type { Partition, Problem, Snapshot } from './snapshot.ts';

/** The last version of Fetch that speaks of topics by name. */
const BY_NAME = 12;
const BYTES_PER_PARTITION = 1_048_576;
const BYTES_PER_FETCH = 8 * BYTES_PER_PARTITION;
const NEEDS_READ = 'It needs READ on the topic __consumer_offsets: without it the history of groups stays unknown.';

export interface HistoryRequest {
  readonly groups: readonly string[];
  /** Offsets that are looked back over in all, shared by the partitions that are read: what bounds bytes, time and memory. */
  readonly offsetsInAll: number;
  /** And in one partition. */
  readonly offsetsEach: number;
  /** Nothing older than this (ms since 1970) is read; null: whatever the other bounds allow. */
  readonly sinceMs: number | null;
}

/** About 130 bytes each: some 13 MB of one partition, and 50 MB in all, in the worst case. */
export const HISTORY_BOUNDS = { offsetsInAll: 400_000, offsetsEach: 100_000 } as const;

/**
 * Reads what the newest records of `__consumer_offsets` tell of some groups: only the partitions that hold them, each
 * once however many of the groups it holds, and from a bounded distance behind its end. One fetch asks a leader for all
 * of its partitions, and the leaders are asked at the same time. Never rejects for a broker's fault: what cannot be read
 * is the problem of the groups concerned.
 */
export async function readHistories(
  client: ClusterClient,
  snapshot: Snapshot,
  request: HistoryRequest,
): Promise<GroupHistory[]> {
  const topic = snapshot.topics.find(({ topic: name }) => name === OFFSETS_TOPIC);
  if (topic === undefined || topic.problem !== null || topic.partitions.length === 0) {
    const trouble =
      topic?.problem ??
      problem(
        `topic ${OFFSETS_TOPIC}`,
        'UNKNOWN_TOPIC_OR_PARTITION',
        'the topic that holds the history of groups cannot be seen: it needs DESCRIBE, and exists only once a group has',
      );
    return request.groups.map((group) => unread(group, null, trouble)).sort(byGroup);
  }
  const holders = groupBy(new Set(request.groups), (group) => partitionOf(group, topic.partitions.length));
  const atMost = Math.min(request.offsetsEach, Math.floor(request.offsetsInAll / Math.max(1, holders.size)));
  const readings = [...holders].map(([id, groups]) => {
    const facts = topic.partitions.find(({ partition }) => partition === id);
    return new PartitionReading(id, groups, facts, atMost);
  });
  const byLeader = groupBy(
    readings.filter(({ open }) => open),
    ({ leader }) => leader,
  );
  await Promise.all([...byLeader].map(([leader, own]) => readFrom(client, leader, own, request.sinceMs)));
  return readings.flatMap((reading) => reading.histories()).sort(byGroup);
}

const byGroup = (a: GroupHistory, b: GroupHistory): number => (a.group < b.group ? -1 : 1);

function unread(group: string, partition: number | null, trouble: Problem): GroupHistory {
  const told = new GroupHistoryBuilder([]).history(group);
  return { group, partition, fromMs: null, toMs: null, complete: false, ...told, problem: trouble };
}

/** Reads all partitions of one leader, a round of them in each fetch, until each is at its end or has failed. */
async function readFrom(
  client: ClusterClient,
  leader: number,
  readings: readonly PartitionReading[],
  sinceMs: number | null,
): Promise<void> {
  let depth = 0;
  try {
    if (sinceMs !== null) {
      await skipTo(client, leader, readings, sinceMs);
      depth += 1;
    }
    for (let open = [...readings]; ; depth++) {
      open = open.filter((reading) => reading.open);
      if (open.length === 0) return;
      const partitions = open.map(({ id, next }) => ({
        partition: id,
        fetchOffset: next,
        partitionMaxBytes: BYTES_PER_PARTITION,
      }));
      const body = {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: BYTES_PER_FETCH,
        topics: [{ topic: OFFSETS_TOPIC, partitions }],
      };
      const answer = await client.call(leader, Fetch, body, { after: depth, maxVersion: BY_NAME });
      const told = new Map(
        answer.body.responses.flatMap((each) => each.partitions.map((part) => [part.partitionIndex, part])),
      );
      let progress = false;
      for (const reading of open) progress = reading.take(told.get(reading.id), answer.body.errorCode) || progress;
      // A leader that gives nothing more to any of them is at an end that the offsets did not promise.
      if (!progress) return;
    }
  } catch (error) {
    const failure = problemFrom(`broker ${leader}`, asClientError(error));
    for (const reading of readings) reading.fail(failure);
  }
}

/** Moves readings to the first offset at or after a time; to the end where there is none. */
async function skipTo(
  client: ClusterClient,
  leader: number,
  readings: readonly PartitionReading[],
  sinceMs: number,
): Promise<void> {
  const partitions = readings.map(({ id }) => ({ partitionIndex: id, timestamp: sinceMs }));
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: OFFSETS_TOPIC, partitions }] };
  const answer = await client.call(leader, ListOffsets, body);
  for (const { partitionIndex, errorCode, offset } of answer.body.topics.flatMap((each) => each.partitions)) {
    const reading = readings.find(({ id }) => id === partitionIndex);
    // One that does not tell is read as far back as the other bounds allow.
    if (errorCode === ErrorCode.NONE) reading?.skip(offset < 0 ? Number.POSITIVE_INFINITY : offset);
  }
}

type Fetched = ResponseOf<typeof Fetch>['responses'][number]['partitions'][number];

/** One partition while it is read. */
class PartitionReading {
  readonly id: number;
  readonly leader: number;
  /** The next offset to ask for. */
  next: number;
  readonly #groups: readonly string[];
  readonly #start: number;
  readonly #end: number;
  #first: number;
  #trouble: Problem | null = null;
  readonly #builder: GroupHistoryBuilder;

  constructor(id: number, groups: readonly string[], facts: Partition | undefined, atMost: number) {
    this.id = id;
    this.#groups = groups;
    this.#builder = new GroupHistoryBuilder(groups);
    this.leader = facts?.leader ?? -1;
    this.#start = facts?.start ?? 0;
    this.#end = facts?.highWatermark ?? 0;
    this.next = this.#first = Math.max(this.#start, this.#end - atMost);
    if (this.leader < 0 || facts === undefined || facts.start === null || facts.highWatermark === null) {
      this.#trouble = facts?.problem ?? problemOf(this.#scope, ErrorCode.LEADER_NOT_AVAILABLE);
    }
  }

  get open(): boolean {
    return this.#trouble === null && this.next < this.#end;
  }

  get #scope(): string {
    return `${OFFSETS_TOPIC}-${this.id}`;
  }

  skip(offset: number): void {
    this.next = this.#first = Math.max(this.#first, Math.min(offset, this.#end));
  }

  fail(trouble: Problem): void {
    if (this.open) this.#trouble = { ...trouble, scope: this.#scope };
  }

  /** Takes what a fetch brought; whether that leads on. */
  take(told: Fetched | undefined, errorOfAll: number): boolean {
    const code = told?.errorCode ?? errorOfAll;
    if (told !== undefined && code === ErrorCode.OFFSET_OUT_OF_RANGE && told.logStartOffset > this.next) {
      // Old segments were removed while we read.
      this.next = this.#first = told.logStartOffset;
      return true;
    }
    if (code !== ErrorCode.NONE) {
      this.#trouble = refusal(this.#scope, code);
      return true;
    }
    const before = this.next;
    try {
      this.next = this.#builder.take(told?.records ?? Buffer.alloc(0), before);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      const message = `a batch at or behind offset ${before} cannot be read: ${error.message}`;
      this.#trouble = problem(this.#scope, 'UNDECODABLE', message, 'kmedic segments verify tells more, on the broker.');
    }
    return this.next > before;
  }

  histories(): GroupHistory[] {
    const { fromMs, toMs, undecoded } = this.#builder;
    const complete = this.#first === this.#start && this.next >= this.#end && this.#trouble === null && undecoded === 0;
    const message = `${undecoded} records are of a newer Kafka, or damaged: they were left out`;
    const trouble = this.#trouble ?? (undecoded > 0 ? problem(this.#scope, 'UNDECODABLE', message) : null);
    return this.#groups.map((group) => ({
      group,
      partition: this.id,
      fromMs,
      toMs,
      complete,
      ...this.#builder.history(group),
      problem: trouble,
    }));
  }
}

function refusal(scope: string, code: number): Problem {
  const told = problemOf(scope, code);
  return code === ErrorCode.TOPIC_AUTHORIZATION_FAILED
    ? problem(scope, told.name, 'not authorised to read __consumer_offsets', NEEDS_READ)
    : told;
}
