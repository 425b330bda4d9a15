import { ListPartitionReassignments } from '../../protocol/api/46-list-partition-reassignments.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { handler } from '../handler.ts';

/** ListPartitionReassignments (KIP-455): partitions that replicas are being added to, or removed from. */
export const listPartitionReassignmentsHandler = handler<typeof ListPartitionReassignments>({
  api: ListPartitionReassignments,
  versions: '0',
  handle(request, context, reply) {
    const asked = request.topics && new Map(request.topics.map((topic) => [topic.name, topic.partitionIndexes]));
    const topics = [...context.node.image().topics.values()].flatMap((topic) => {
      const wanted = asked?.get(topic.name);
      if (asked && wanted === undefined) return [];
      const partitions = topic.partitions
        .filter((partition) => wanted === undefined || wanted.includes(partition.partition))
        .filter((partition) => partition.addingReplicas.length + partition.removingReplicas.length > 0)
        .map(({ partition, replicas, addingReplicas, removingReplicas }) => ({
          partitionIndex: partition,
          replicas,
          addingReplicas,
          removingReplicas,
        }));
      return partitions.length === 0 ? [] : [{ name: topic.name, partitions }];
    });
    reply({ errorCode: ErrorCode.NONE, errorMessage: null, topics });
  },
});
