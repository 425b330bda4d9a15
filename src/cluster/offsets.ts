import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { ListOffsets } from '../protocol/api/index.ts';
import { ErrorCode, isStaleMetadata } from '../protocol/errors.ts';
import { problemFrom, problemOf } from './problem.ts';
import type { Want } from './selection.ts';
import type { Partition, Topic } from './snapshot.ts';
import type { TopicTable } from './topic-table.ts';

const CONSUMER = -1;
/** Asked by this replica id a leader tells its log end, which it hides from consumers behind the high watermark. */
const DEBUGGING = -2;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;

type Told = { readonly offset: number; readonly timestamp: number };

/** One thing that ListOffsets can be asked of a partition. */
interface Question {
  readonly asked: (want: Want) => boolean | undefined;
  readonly timestamp: number;
  readonly isolationLevel: number;
  readonly replicaId: number;
  /** First version of ListOffsets that knows the question. */
  readonly since: number;
  /** Whether failing to answer is the partition's problem, or only leaves one value unknown. */
  readonly vital: boolean;
  readonly put: (partition: Partition, told: Told) => void;
}

const CONSUMER_VIEW = { isolationLevel: READ_UNCOMMITTED, replicaId: CONSUMER, since: 1, vital: true } as const;

const QUESTIONS: readonly Question[] = [
  {
    ...CONSUMER_VIEW,
    asked: (want) => want.offsets,
    timestamp: EARLIEST,
    put: (partition, told) => {
      partition.start = told.offset;
    },
  },
  {
    ...CONSUMER_VIEW,
    asked: (want) => want.offsets,
    timestamp: LATEST,
    put: (partition, told) => {
      partition.highWatermark = told.offset;
    },
  },
  {
    ...CONSUMER_VIEW,
    asked: (want) => want.lastStable,
    timestamp: LATEST,
    isolationLevel: READ_COMMITTED,
    since: 2,
    put: (partition, told) => {
      partition.lastStableOffset = told.offset;
    },
  },
  {
    ...CONSUMER_VIEW,
    asked: (want) => want.logEnd,
    timestamp: LATEST,
    replicaId: DEBUGGING,
    vital: false,
    put: (partition, told) => {
      partition.logEnd = told.offset;
    },
  },
  {
    ...CONSUMER_VIEW,
    asked: (want) => want.maxTimestamp,
    timestamp: MAX_TIMESTAMP,
    since: 7,
    vital: false,
    put: (partition, told) => {
      if (told.offset >= 0) partition.maxTimestamp = { offset: told.offset, timestampMs: told.timestamp };
    },
  },
];

/** Partitions that one request asks about: large answers would hold back those behind them, small ones cost time each. */
const PARTITIONS_PER_REQUEST = 2_000;

export type Wanted = ReadonlyMap<string, readonly number[]>;

/** Partitions that were asked of the wrong broker, by topic. */
export interface Asked {
  readonly stale: Map<string, number[]>;
  readonly depth: number;
}

/**
 * Asks the leader of each wanted partition for its offsets, everything in flight together, and writes them into the
 * table. Partitions without a leader are not asked about; failures become the partition's problem. Never rejects for a
 * broker's fault.
 */
export async function readOffsets(
  client: ClusterClient,
  table: TopicTable,
  wanted: Wanted,
  want: Want,
  after: number,
): Promise<Asked> {
  const questions = QUESTIONS.filter(({ asked }) => asked(want));
  const stale = new Map<string, number[]>();
  const reading: Promise<void>[] = [];
  for (const [node, requests] of byLeader(table, wanted)) {
    for (const topics of requests) {
      for (const question of questions) {
        reading.push(
          ask(client, node, question, topics, table, after, (topic, partition) => {
            const known = stale.get(topic);
            if (known === undefined) stale.set(topic, [partition]);
            else if (!known.includes(partition)) known.push(partition);
          }),
        );
      }
    }
  }
  await Promise.all(reading);
  return { stale, depth: reading.length > 0 ? after + 1 : after };
}

type TopicOf = { readonly name: string; readonly partitions: number[] };

/** The requests for each leader, as lists of topics with at most PARTITIONS_PER_REQUEST partitions each. */
function byLeader(table: TopicTable, wanted: Wanted): Map<number, TopicOf[][]> {
  const leaders = new Map<number, { requests: TopicOf[][]; size: number }>();
  for (const [name, partitions] of wanted) {
    for (const id of partitions) {
      const leader = table.partition(name, id)?.leader ?? null;
      if (leader === null) continue;
      let entry = leaders.get(leader);
      if (entry === undefined) {
        entry = { requests: [[]], size: 0 };
        leaders.set(leader, entry);
      }
      if (entry.size === PARTITIONS_PER_REQUEST) {
        entry.requests.push([]);
        entry.size = 0;
      }
      entry.size += 1;
      const request = entry.requests.at(-1) ?? [];
      const last = request.at(-1);
      if (last?.name === name) last.partitions.push(id);
      else request.push({ name, partitions: [id] });
    }
  }
  return new Map([...leaders].map(([leader, { requests }]) => [leader, requests]));
}

async function ask(
  client: ClusterClient,
  node: number,
  question: Question,
  topics: readonly TopicOf[],
  table: TopicTable,
  after: number,
  isStale: (topic: string, partition: number) => void,
): Promise<void> {
  const { timestamp, isolationLevel, replicaId, since, vital, put } = question;
  try {
    if (!(await client.speaks(node, ListOffsets, since))) return;
    const asked = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })),
    }));
    const { body } = await client.call(node, ListOffsets, { replicaId, isolationLevel, topics: asked }, { after });
    for (const { name, partitions } of body.topics) {
      const topic = table.get(name);
      if (topic === undefined) continue;
      for (const told of partitions) {
        const partition = table.partition(name, told.partitionIndex);
        if (partition === undefined) continue;
        if (told.errorCode === ErrorCode.NONE) put(partition, told);
        else if (vital) {
          if (isStaleMetadata(told.errorCode)) isStale(name, told.partitionIndex);
          partition.problem ??= problemOf(`${name}-${told.partitionIndex}`, told.errorCode);
        }
      }
    }
  } catch (error) {
    const failure = asClientError(error);
    if (!vital) return;
    for (const { name, partitions } of topics) {
      for (const id of partitions) {
        const partition = table.partition(name, id);
        if (partition) partition.problem ??= problemFrom(`${name}-${id}`, failure);
      }
    }
  }
}

/** Every partition of the topics that pass the filter. */
export function allPartitions(
  topics: Iterable<Topic>,
  filter: (topic: string, partition: number) => boolean,
): Map<string, number[]> {
  const wanted = new Map<string, number[]>();
  for (const { topic, partitions } of topics) {
    const ids = partitions.filter(({ partition }) => filter(topic, partition)).map(({ partition }) => partition);
    if (ids.length > 0) wanted.set(topic, ids);
  }
  return wanted;
}
