import { DescribeTopicPartitions } from '../../protocol/api/75-describe-topic-partitions.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts';
import { handler } from '../handler.ts';
import type { MetadataImage } from '../image.ts';
import { invalidTopicName } from '../metadata/topic-name.ts';
import { describePartition, TOPIC_OPERATIONS } from './describe-partitions.ts';

/**
 * DescribeTopicPartitions (KIP-966): topics in the order of their names, as many partitions as the limit allows, and a
 * cursor for the rest. The eligible replicas are never null: Java clients cannot take that.
 */
type Request = RequestOf<typeof DescribeTopicPartitions>;
type Response = ResponseInput<typeof DescribeTopicPartitions>;
type TopicAnswer = NonNullable<Response['topics']>[number];

export const describeTopicPartitionsHandler = handler<typeof DescribeTopicPartitions>({
  api: DescribeTopicPartitions,
  versions: '0',
  handle(request, context, reply) {
    const limit = Math.min(
      request.responsePartitionLimit,
      context.node.config.number('max.request.partition.size.limit'),
    );
    if (limit < 1 || (request.cursor !== null && request.cursor.partitionIndex < 0)) {
      const topics = request.topics.map(({ name }) => ({ name, errorCode: ErrorCode.INVALID_REQUEST }));
      reply({ topics });
      return;
    }
    reply(describe(request, context.node.image(), limit));
  },
});

function describe(request: Request, image: MetadataImage, limit: number): Response {
  const asked = request.topics.length > 0 ? request.topics.map((topic) => topic.name) : [...image.topics.keys()];
  const { cursor } = request;
  const names = [...new Set(asked)].filter((name) => cursor === null || name >= cursor.topicName).sort();
  const topics: TopicAnswer[] = [];
  let left = limit;
  for (const name of names) {
    const topic = image.topics.get(name);
    if (topic === undefined) {
      // A topic that was deleted while its partitions were paged through is not an error.
      if (name !== cursor?.topicName) topics.push({ name, errorCode: missingError(name) });
      continue;
    }
    const from = name === cursor?.topicName ? cursor.partitionIndex : 0;
    if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: from } };
    const page = topic.partitions.slice(from, from + left);
    topics.push({
      errorCode: ErrorCode.NONE,
      name,
      topicId: topic.id,
      isInternal: topic.internal,
      topicAuthorizedOperations: TOPIC_OPERATIONS,
      partitions: page.map((partition) => ({
        ...describePartition(image, partition),
        errorCode: ErrorCode.NONE,
        eligibleLeaderReplicas: partition.elr,
        lastKnownElr: partition.lastKnownElr,
      })),
    });
    left -= page.length;
    const next = from + page.length;
    if (next < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: next } };
  }
  return { topics };
}

function missingError(name: string): number {
  return invalidTopicName(name) === null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
}
