import type { Answer, ClusterClient } from '../client/cluster-client.ts';
import { DescribeTopicPartitions } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import type { RequestInput } from '../protocol/schema/index.ts';
import type { Topic } from './snapshot.ts';

export interface DescribedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number | null;
  /** -1 where the broker does not tell. */
  readonly leaderEpoch: number;
  readonly replicas: number[];
  readonly isr: number[];
  readonly offlineReplicas: number[];
  readonly elr: number[] | null;
  readonly lastKnownElr: number[] | null;
}

/** Brokers answer with so many partitions at most (max.request.partition.size.limit), unless they are told to send fewer. */
const PARTITIONS_PER_REQUEST = 2_000;

/**
 * Partitions with their eligible leader replicas (KIP-966), everything in flight together. Empty where no broker serves
 * it (before Kafka 3.8): then the metadata is all there is. Rejects with a ClientError.
 */
export async function describePartitions(
  client: ClusterClient,
  topics: readonly Topic[],
  after: number,
): Promise<DescribedPartition[]> {
  if (topics.length === 0 || !(await client.speaks('any', DescribeTopicPartitions))) return [];
  const pages = await Promise.all(chunks(topics).map((chunk) => readPages(client, chunk, after)));
  return pages.flat();
}

/** Lists of topics that fit one answer each; a topic with more partitions than that takes several pages. */
function chunks(topics: readonly Topic[]): Topic[][] {
  const found: Topic[][] = [[]];
  let size = 0;
  for (const topic of topics) {
    if (size > 0 && size + topic.partitions.length > PARTITIONS_PER_REQUEST) {
      found.push([]);
      size = 0;
    }
    size += topic.partitions.length;
    found.at(-1)?.push(topic);
  }
  return found;
}

async function readPages(
  client: ClusterClient,
  topics: readonly Topic[],
  after: number,
): Promise<DescribedPartition[]> {
  const found: DescribedPartition[] = [];
  const asked = topics.map(({ topic }) => ({ name: topic }));
  let cursor: RequestInput<typeof DescribeTopicPartitions>['cursor'] = null;
  let depth = after;
  // Every page brings a partition at least: a broker that turns in circles is left after that many.
  for (let left = topics.reduce((sum, { partitions }) => sum + partitions.length, 0); left >= 0; left--) {
    const request = { topics: asked, responsePartitionLimit: PARTITIONS_PER_REQUEST, cursor };
    const answer: Answer<typeof DescribeTopicPartitions> = await client.call('any', DescribeTopicPartitions, request, {
      after: depth,
    });
    depth = answer.depth;
    for (const { name, errorCode, partitions } of answer.body.topics) {
      if (name === null || errorCode !== ErrorCode.NONE) continue;
      for (const entry of partitions) {
        found.push({
          topic: name,
          partition: entry.partitionIndex,
          leader: entry.leaderId < 0 ? null : entry.leaderId,
          leaderEpoch: entry.leaderEpoch,
          replicas: entry.replicaNodes,
          isr: entry.isrNodes,
          offlineReplicas: entry.offlineReplicas,
          elr: entry.eligibleLeaderReplicas,
          lastKnownElr: entry.lastKnownElr,
        });
      }
    }
    cursor = answer.body.nextCursor;
    if (cursor === null) break;
  }
  return found;
}
