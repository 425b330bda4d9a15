import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { Fetch } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { batches, isControl, lastOffset, probeBatch, RecordError, records } from '../records/index.ts';
import { problemOf } from './problem.ts';
import type { Commit, Group } from './snapshot.ts';
import type { TopicTable } from './topic-table.ts';

/** The last version that speaks of topics by name. */
const BY_NAME = 12;
/** A little more than a batch of the producers' default batch.size: one batch from each partition. */
const BYTES_PER_PARTITION = 20_000;
/** A batch that is larger than that is sent whole, but only for the first partition of a request. */
const BYTES_ALONE = 1_048_576;
const PARTITIONS_PER_REQUEST = 100;
/** So many partitions with large batches are asked for once more, one by one; the others stay unknown. */
const ALONE_AT_MOST = 32;

/** One offset of one partition, and the commits that stand there. */
interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly commits: Commit[];
  readonly leader: number;
}

/**
 * Fetches the record at every committed offset that is behind the high watermark and notes its timestamp in the commit.
 * Reads none at all where there are more than `atMost`. All requests are in flight together; what cannot be fetched or read leaves the timestamp unknown, with the broker's reason where it refused. Control records,
 * which nobody consumes, are stepped over. Never rejects for a broker's fault.
 */
export async function readCommitTimestamps(
  client: ClusterClient,
  table: TopicTable,
  groups: Iterable<Group>,
  atMost: number,
  after: number,
): Promise<void> {
  const found = positions(table, groups);
  if ([...found.values()].reduce((sum, places) => sum + places.size, 0) > atMost) return;
  const requests = [...rounds(found)].flatMap((round) => split(round));
  const unread = await Promise.all(requests.map((part) => fetchPart(client, part, BYTES_PER_PARTITION, after)));
  const large = unread.flat().slice(0, ALONE_AT_MOST);
  await Promise.all(large.map((position) => fetchPart(client, [position], BYTES_ALONE, after + 1)));
}

/** Where groups that are behind stand, each place once, in groups of those that share a partition. */
function positions(table: TopicTable, groups: Iterable<Group>): Map<string, Map<number, Position>> {
  const found = new Map<string, Map<number, Position>>();
  for (const { commits } of groups) {
    for (const commit of commits) {
      const { topic, partition, offset } = commit;
      const facts = table.partition(topic, partition);
      if (offset === null || facts === undefined || facts.leader === null || facts.problem) continue;
      if (offset < (facts.start ?? 0) || offset >= (facts.highWatermark ?? 0)) continue;
      const key = `${topic}-${partition}`;
      let places = found.get(key);
      if (places === undefined) {
        places = new Map();
        found.set(key, places);
      }
      const known = places.get(offset);
      if (known) known.commits.push(commit);
      else places.set(offset, { topic, partition, offset, commits: [commit], leader: facts.leader });
    }
  }
  return found;
}

/** A request may name a partition once: the first round has the first position of every partition, and so on. */
function* rounds(found: Map<string, Map<number, Position>>): Generator<Position[]> {
  const queues = [...found.values()].map((places) => [...places.values()]);
  for (let i = 0; ; i++) {
    const round = queues.flatMap((queue) => queue[i] ?? []);
    if (round.length === 0) return;
    yield round;
  }
}

/** The requests of one round: one leader each, and not too much to answer at once. */
function split(round: readonly Position[]): Position[][] {
  const open = new Map<number, Position[]>();
  const parts: Position[][] = [];
  for (const position of round) {
    const part = open.get(position.leader);
    if (part !== undefined && part.length < PARTITIONS_PER_REQUEST) {
      part.push(position);
      continue;
    }
    const begun = [position];
    open.set(position.leader, begun);
    parts.push(begun);
  }
  return parts;
}

/** Asks for one part; returns the positions whose batch did not fit. */
async function fetchPart(
  client: ClusterClient,
  part: readonly Position[],
  bytes: number,
  after: number,
): Promise<Position[]> {
  const [first] = part;
  if (first === undefined) return [];
  const byTopic = new Map<string, Map<number, Position>>();
  for (const position of part) {
    const known = byTopic.get(position.topic);
    if (known) known.set(position.partition, position);
    else byTopic.set(position.topic, new Map([[position.partition, position]]));
  }
  const topics = [...byTopic].map(([topic, places]) => ({
    topic,
    partitions: [...places.values()].map(({ partition, offset }) => ({
      partition,
      fetchOffset: offset,
      partitionMaxBytes: bytes,
    })),
  }));
  try {
    const body = { maxWaitMs: 0, minBytes: 0, maxBytes: bytes * part.length, topics };
    const answer = await client.call(first.leader, Fetch, body, { after, maxVersion: BY_NAME });
    const unread: Position[] = [];
    for (const { topic, partitions } of answer.body.responses) {
      for (const { partitionIndex, errorCode, records: bytesRead } of partitions) {
        const position = byTopic.get(topic)?.get(partitionIndex);
        if (position === undefined) continue;
        if (errorCode !== ErrorCode.NONE) {
          // That the offset is out of range is plain from the offsets themselves.
          if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) continue;
          const trouble = problemOf(
            `${topic}-${partitionIndex}`,
            errorCode,
            'reading a record needs READ on its topic',
          );
          for (const commit of position.commits) commit.timestampProblem = trouble;
          continue;
        }
        if (bytesRead === null || probeBatch(bytesRead, 0) <= 0) {
          unread.push(position);
          continue;
        }
        const time = timestampAt(bytesRead, position.offset);
        for (const commit of position.commits) commit.timestampMs = time;
      }
    }
    return unread;
  } catch (error) {
    // The commits stay without a time; what is wrong with the broker is said where its offsets were asked for.
    asClientError(error);
    return [];
  }
}

/** The timestamp of the first data record at or behind `offset`; null where the bytes hold none, or none that can be read. */
export function timestampAt(bytes: Buffer, offset: number): number | null {
  try {
    for (const { position } of batches(bytes)) {
      if (lastOffset(bytes, position) < offset || isControl(bytes, position)) continue;
      for (const record of records(bytes, position)) {
        if (record.offset >= offset) return record.timestamp < 0 ? null : record.timestamp;
      }
    }
    return null;
  } catch (error) {
    if (error instanceof RecordError) return null;
    throw error;
  }
}
