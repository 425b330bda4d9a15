import type { ClusterClient } from '../client/cluster-client.ts';
import { FindCoordinator, OffsetCommit, Produce } from '../protocol/api/index.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import { encodeBatch, type RecordInput } from '../records/index.ts';

/** What had happened on a topic before its clients come: records that lie there, and how far a group had read them. */
export interface History {
  readonly topic: string;
  readonly group: string;
  /** Of each partition, by its number. Records are made when they are written. */
  readonly partitions: readonly {
    readonly count: number;
    readonly record: (offset: number) => RecordInput;
    readonly committed: number;
  }[];
}

const TIMEOUT_MS = 10_000;
const PAUSE_MS = 5;
/** A consumer that begins in the middle is sent whole batches: they should not be large. */
const RECORDS_PER_BATCH = 200;
/** The last versions that speak of topics by name. */
const PRODUCE_BY_NAME = 12;
const COMMIT_BY_NAME = 9;

/** Writes a history at once, in a few requests; real clients would need as long as it took. Rejects where that fails. */
export async function writeHistory(client: ClusterClient, { topic, group, partitions }: History): Promise<void> {
  const offsets = partitions.map(({ committed }) => committed);
  await Promise.all([writeRecords(client, topic, partitions), commitOffsets(client, { group, topic, offsets })]);
}

/** Writes records to the partitions of a topic, by their numbers. Rejects where a broker refuses one. */
export async function writeRecords(
  client: ClusterClient,
  topic: string,
  partitions: readonly Pick<History['partitions'][number], 'count' | 'record'>[],
): Promise<void> {
  const { body } = await client.metadata([topic]);
  const leaders = body.topics.flatMap((each) => each.partitions);
  await Promise.all(
    partitions.map(async ({ count, record }, index) => {
      const leader = leaders.find(({ partitionIndex }) => partitionIndex === index)?.leaderId ?? -1;
      // A request holds one batch of a partition; a connection keeps their order.
      const requests: Promise<void>[] = [];
      for (let at = 0; at < count; at += RECORDS_PER_BATCH) {
        const records = Array.from({ length: Math.min(RECORDS_PER_BATCH, count - at) }, (_, i) => record(at + i));
        requests.push(writeBatch(client, leader, topic, index, encodeBatch({ records })));
      }
      await Promise.all(requests);
    }),
  );
}

/** Writes one batch as it is. Rejects with Kafka's name of the error. */
export async function writeBatch(
  client: ClusterClient,
  leader: number,
  topic: string,
  index: number,
  records: Buffer,
): Promise<void> {
  const topicData = [{ name: topic, partitionData: [{ index, records }] }];
  const request = { acks: -1, timeoutMs: TIMEOUT_MS, topicData };
  const { body } = await client.call(leader, Produce, request, { maxVersion: PRODUCE_BY_NAME });
  const code = body.responses[0]?.partitionResponses[0]?.errorCode ?? ErrorCode.NONE;
  if (code !== ErrorCode.NONE) throw new Error(`writing to ${topic}-${index}: ${errorName(code)}`);
}

/** Kafka's way of asking for patience, while __consumer_offsets is being made. */
const PATIENCE: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.NOT_COORDINATOR,
]);

export interface Commits {
  readonly group: string;
  readonly topic: string;
  /** By partition. */
  readonly offsets: readonly number[];
}

/** Commits for a group from outside of it, which a coordinator allows while the group has no members. Rejects with Kafka's name of the error. */
export async function commitOffsets(client: ClusterClient, commits: Commits): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  for (;;) {
    const code = await tryCommits(client, commits);
    if (code === ErrorCode.NONE) return;
    if (!PATIENCE.has(code) || performance.now() > end) {
      throw new Error(`committing for ${commits.group}: ${errorName(code)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function tryCommits(client: ClusterClient, { group, topic, offsets }: Commits): Promise<number> {
  const coordinator = await findCoordinator(client, group);
  if (typeof coordinator === 'number') return coordinator;
  const partitions = offsets.map((committedOffset, partitionIndex) => ({ partitionIndex, committedOffset }));
  const request = { groupId: group, topics: [{ name: topic, partitions }] };
  const options = { maxVersion: COMMIT_BY_NAME };
  const { body } = await client.call(coordinator.nodeId, OffsetCommit, request, options);
  return body.topics[0]?.partitions.find(({ errorCode }) => errorCode !== ErrorCode.NONE)?.errorCode ?? ErrorCode.NONE;
}

/** The coordinator of a group, or the error code that a broker gave instead. */
export async function findCoordinator(client: ClusterClient, group: string): Promise<{ nodeId: number } | number> {
  const found = await client.call('any', FindCoordinator, { keyType: 0, coordinatorKeys: [group] });
  const [coordinator] = found.body.coordinators;
  if (coordinator === undefined) return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  if (coordinator.errorCode !== ErrorCode.NONE) return coordinator.errorCode;
  client.learn(coordinator.nodeId, coordinator);
  return coordinator;
}
