import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { Fetch, ListOffsets } from '../protocol/api/index.ts';
import { partitionOf } from '../protocol/coordinator-partition.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { RecordError } from '../records/index.ts';
import { groupBy } from './group-by.ts';
import { GroupHistoryBuilder } from './group-history.ts';
import type { GroupHistory } from './history.ts';
import { problem, problemFrom, problemOf } from './problem.ts';
import type { Partition, Problem, Snapshot } from './snapshot.ts';

const OFFSETS_TOPIC = '__consumer_offsets';
/** The last version of Fetch that speaks of topics by name. */
const BY_NAME = 12;
const BYTES_PER_FETCH = 1_048_576;
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
 * Reads what the newest records of `__consumer_offsets` tell of some groups: only the partitions that hold them, every
 * partition once however many of the groups it holds, all partitions at the same time, each from a bounded distance
 * behind its end. Never rejects for a broker's fault: what cannot be read is the problem of the groups concerned.
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
  const histories = await Promise.all(
    [...holders].map(([id, groups]) => {
      const facts = topic.partitions.find(({ partition }) => partition === id);
      return readPartition(client, id, facts, groups, { atMost, sinceMs: request.sinceMs });
    }),
  );
  return histories.flat().sort(byGroup);
}

const byGroup = (a: GroupHistory, b: GroupHistory): number => (a.group < b.group ? -1 : 1);

function unread(group: string, partition: number | null, trouble: Problem): GroupHistory {
  const told = new GroupHistoryBuilder([]).history(group);
  return { group, partition, fromMs: null, toMs: null, complete: false, ...told, problem: trouble };
}

interface Bounds {
  readonly atMost: number;
  readonly sinceMs: number | null;
}

async function readPartition(
  client: ClusterClient,
  id: number,
  facts: Partition | undefined,
  groups: readonly string[],
  bounds: Bounds,
): Promise<GroupHistory[]> {
  const scope = `${OFFSETS_TOPIC}-${id}`;
  if (facts === undefined || facts.leader === null || facts.start === null || facts.highWatermark === null) {
    const trouble = facts?.problem ?? problemOf(scope, ErrorCode.LEADER_NOT_AVAILABLE);
    return groups.map((group) => unread(group, id, trouble));
  }
  const { leader, start, highWatermark: end } = facts;
  const builder = new GroupHistoryBuilder(groups);
  let trouble: Problem | null = null;
  let depth = 0;
  let first = Math.max(start, end - bounds.atMost);
  let next = first;
  try {
    if (bounds.sinceMs !== null) {
      first = next = Math.max(first, await offsetAt(client, leader, id, bounds.sinceMs, end));
      depth = 1;
    }
    while (next < end) {
      const answer = await fetchFrom(client, leader, id, next, depth);
      depth += 1;
      if (answer.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE && answer.logStartOffset > next) {
        // Old segments were removed while we read.
        first = next = answer.logStartOffset;
        continue;
      }
      if (answer.errorCode !== ErrorCode.NONE) {
        trouble = refusal(scope, answer.errorCode);
        break;
      }
      const behind = builder.take(answer.records ?? Buffer.alloc(0), next);
      // Nothing more can be read here: the rest was compacted away, or the log was cut.
      if (behind <= next) break;
      next = behind;
    }
  } catch (error) {
    if (error instanceof RecordError) {
      const message = `a batch at or behind offset ${next} cannot be read: ${error.message}`;
      trouble = problem(scope, 'UNDECODABLE', message, 'kmedic segments verify tells more, on the broker.');
    } else trouble = problemFrom(scope, asClientError(error));
  }
  if (trouble === null && builder.undecoded > 0) {
    const message = `${builder.undecoded} records are of a newer Kafka, or damaged: they were left out`;
    trouble = problem(scope, 'UNDECODABLE', message);
  }
  return groups.map((group) => ({
    group,
    partition: id,
    fromMs: builder.fromMs,
    toMs: builder.toMs,
    complete: first === start && next >= end && trouble === null,
    ...builder.history(group),
    problem: trouble,
  }));
}

function refusal(scope: string, code: number): Problem {
  const told = problemOf(scope, code);
  return code === ErrorCode.TOPIC_AUTHORIZATION_FAILED
    ? problem(scope, told.name, 'not authorised to read __consumer_offsets', NEEDS_READ)
    : told;
}

/** The first offset at or after a time; the end where there is none, and 0 where the broker does not tell. */
async function offsetAt(client: ClusterClient, leader: number, id: number, atMs: number, end: number): Promise<number> {
  const partitions = [{ partitionIndex: id, timestamp: atMs }];
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: OFFSETS_TOPIC, partitions }] };
  const answer = await client.call(leader, ListOffsets, body);
  const told = answer.body.topics[0]?.partitions[0];
  if (told === undefined || told.errorCode !== ErrorCode.NONE) return 0;
  return told.offset < 0 ? end : told.offset;
}

async function fetchFrom(client: ClusterClient, leader: number, partition: number, fetchOffset: number, after: number) {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: BYTES_PER_FETCH }];
  const topics = [{ topic: OFFSETS_TOPIC, partitions }];
  const body = { maxWaitMs: 0, minBytes: 0, maxBytes: BYTES_PER_FETCH, topics };
  const answer = await client.call(leader, Fetch, body, { after, maxVersion: BY_NAME });
  const told = answer.body.responses[0]?.partitions[0];
  return told ?? { errorCode: answer.body.errorCode, logStartOffset: -1, records: null };
}
