import type { Admin, ITopicConfig } from 'kafkajs';
import { until } from './until.ts';

/**
 * Makes topics and waits until every partition has a leader. kafkajs’s own `waitForLeaders` fails on a busy cluster: a
 * topic comes to each broker in its own time, and one that is not there yet is an error to it.
 */
export async function createTopics(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics: [...topics] });
  const wanted = topics.reduce(
    (sum, { numPartitions = 1, replicaAssignment }) => sum + (replicaAssignment?.length ?? numPartitions),
    0,
  );
  let led: readonly string[] = [];
  await until(
    () => `${wanted} partitions with a leader, of ${topics.map(({ topic }) => topic)}: ${led}`,
    async () => {
      const known = await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) }).catch(() => null);
      led = (known?.topics ?? []).flatMap(({ name, partitions }) =>
        partitions.filter(({ leader }) => leader >= 0).map(({ partitionId }) => `${name}-${partitionId}`),
      );
      return led.length === wanted;
    },
  );
}
