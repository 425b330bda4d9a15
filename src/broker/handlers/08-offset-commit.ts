import { OffsetCommit } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { type CommitItem, commit } from '../coordinator/commit.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import { type Handler, handler } from '../handler.ts';
import { topicOf } from './topic-names.ts';

export function offsetCommit(groups: GroupCoordinator): Handler {
  return handler({
    api: OffsetCommit,
    versions: '2-10',
    handle(request, { apiVersion, node }, reply) {
      const image = node.image();
      const items: CommitItem[] = [];
      // What is no partition of a topic is answered here; the rest of the request goes on.
      const answers = request.topics.map((topic) => {
        const found = topicOf(image, apiVersion, topic);
        const partitions = topic.partitions.map((partition) => {
          const { partitionIndex } = partition;
          if (typeof found === 'number') return { partitionIndex, errorCode: found, item: -1 };
          if (found.partitions[partitionIndex] === undefined) {
            return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, item: -1 };
          }
          const item = items.push({
            topic: found.name,
            topicId: found.id,
            partition: partitionIndex,
            offset: partition.committedOffset,
            leaderEpoch: partition.committedLeaderEpoch,
            metadata: partition.committedMetadata,
          });
          return { partitionIndex, errorCode: ErrorCode.NONE, item: item - 1 };
        });
        return { name: topic.name, topicId: topic.topicId, partitions };
      });
      const answer = (codes: readonly number[]) =>
        reply({
          topics: answers.map(({ name, topicId, partitions }) => ({
            name,
            topicId,
            partitions: partitions.map(({ partitionIndex, errorCode, item }) => ({
              partitionIndex,
              errorCode: codes[item] ?? errorCode,
            })),
          })),
        });
      if (items.length === 0) {
        answer([]);
        return;
      }
      const { groupId, memberId, groupInstanceId, retentionTimeMs } = request;
      const generationId = request.generationIdOrMemberEpoch;
      const outcome = groups.run(groupId, (shard, turn) =>
        commit(
          shard,
          { groupId, generationId, memberId, groupInstanceId, apiVersion, retentionTimeMs, offsets: items },
          turn,
          answer,
        ),
      );
      if (outcome !== undefined) answer(items.map(() => outcome.refused));
    },
  });
}
