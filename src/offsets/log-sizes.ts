import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { groupBy } from '../cluster/group-by.ts';
import { DescribeLogDirs } from '../protocol/api/index.ts';
import { byTopic, keyOf } from './partitions.ts';

/**
 * Bytes of partitions in their leaders' log directories. Partitions whose broker does not tell (it needs DESCRIBE on the
 * cluster) are missing. Never rejects for a broker's fault.
 */
export async function logSizes(
  client: ClusterClient,
  partitions: readonly { readonly topic: string; readonly partition: number; readonly leader: number }[],
  after: number,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const byLeader = groupBy(partitions, ({ leader }) => leader);
  await Promise.all(
    [...byLeader].map(async ([leader, own]) => {
      const topics = byTopic(own).map(({ topic, items }) => ({
        topic,
        partitions: [...new Set(items.map(({ partition }) => partition))],
      }));
      try {
        const { body } = await client.call(leader, DescribeLogDirs, { topics }, { after });
        for (const directory of body.results) {
          for (const { name, partitions: told } of directory.topics) {
            for (const { partitionIndex, partitionSize, isFutureKey } of told) {
              if (!isFutureKey) sizes.set(keyOf(name, partitionIndex), partitionSize);
            }
          }
        }
      } catch (error) {
        // Sizes are an estimate for the preview: without them it says that they are unknown.
        asClientError(error);
      }
    }),
  );
  return sizes;
}
