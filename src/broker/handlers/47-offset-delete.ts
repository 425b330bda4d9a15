import { OffsetDelete } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import type { TopicPartition } from '../coordinator/shard.ts';
import { type Handler, handler } from '../handler.ts';

export function offsetDelete(groups: GroupCoordinator): Handler {
  return handler({
    api: OffsetDelete,
    versions: '0',
    handle(request, { node }, reply) {
      const { topics: known } = node.image();
      const items: TopicPartition[] = [];
      const answers = request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          const exists = known.get(name)?.partitions[partitionIndex] !== undefined;
          const item = exists ? items.push({ topic: name, partition: partitionIndex }) - 1 : -1;
          return { partitionIndex, item };
        }),
      }));
      const outcome = groups.run(request.groupId, (shard, turn) =>
        shard.deleteOffsets(request.groupId, items, turn, ({ errorCode, codes }) => {
          if (errorCode !== ErrorCode.NONE) {
            reply({ errorCode });
            return;
          }
          const topics = answers.map(({ name, partitions }) => ({
            name,
            partitions: partitions.map(({ partitionIndex, item }) => ({
              partitionIndex,
              errorCode: codes[item] ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            })),
          }));
          reply({ errorCode, topics });
        }),
      );
      if (outcome !== undefined) reply({ errorCode: outcome.refused });
    },
  });
}
