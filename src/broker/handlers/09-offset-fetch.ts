import { OffsetFetch } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { type RequestOf, ZERO_UUID } from '../../protocol/schema/index.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import type { CommittedOffset } from '../coordinator/offset-store.ts';
import type { GroupShard } from '../coordinator/shard.ts';
import { type Handler, handler } from '../handler.ts';
import type { MetadataImage } from '../image.ts';
import { BY_TOPIC_ID } from './topic-names.ts';

/** v2+: an error for the whole request, and null topics for all that the group committed (KIP-88). */
const HAS_TOP_LEVEL_ERROR = 2;
/** v8+: several groups in one request (KIP-709). */
const BATCHED = 8;

type FetchedTopics = RequestOf<typeof OffsetFetch>['groups'][number]['topics'];

interface PartitionAnswer {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly metadata: string;
  readonly errorCode: number;
}

interface GroupAnswer {
  readonly errorCode: number;
  readonly topics: { readonly name: string; readonly topicId: string; readonly partitions: PartitionAnswer[] }[];
}

export function offsetFetch(groups: GroupCoordinator): Handler {
  return handler({
    api: OffsetFetch,
    versions: '1-10',
    handle(request, { apiVersion, node }, reply) {
      const image = node.image();
      if (apiVersion >= BATCHED) {
        reply({
          groups: request.groups.map(({ groupId, topics }) => ({
            groupId,
            ...fetchGroup(groups, image, apiVersion, groupId, topics),
          })),
        });
        return;
      }
      const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null;
      const answer = fetchGroup(groups, image, apiVersion, request.groupId, topics);
      if (apiVersion >= HAS_TOP_LEVEL_ERROR || answer.errorCode === ErrorCode.NONE) {
        reply(answer);
        return;
      }
      const failed = topics?.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partition) => partitionAnswer(partition, undefined, answer.errorCode)),
      }));
      reply({ topics: failed ?? [] });
    },
  });
}

function fetchGroup(
  groups: GroupCoordinator,
  image: MetadataImage,
  apiVersion: number,
  groupId: string,
  topics: FetchedTopics,
): GroupAnswer {
  const answer = groups.run(groupId, (shard) =>
    topics === null ? allOf(shard, image, apiVersion, groupId) : named(shard, image, apiVersion, groupId, topics),
  );
  return 'refused' in answer
    ? { errorCode: answer.refused, topics: [] }
    : { errorCode: ErrorCode.NONE, topics: answer };
}

function allOf(shard: GroupShard, image: MetadataImage, apiVersion: number, groupId: string): GroupAnswer['topics'] {
  const topics: GroupAnswer['topics'] = [];
  for (const [name, partitions] of shard.offsets.ofGroup(groupId)) {
    const topicId = image.topics.get(name)?.id ?? ZERO_UUID;
    // Without an id there is no way to say which topic it was.
    if (apiVersion >= BY_TOPIC_ID && topicId === ZERO_UUID) continue;
    const answers = [...partitions].map(([partition, committed]) => partitionAnswer(partition, committed));
    topics.push({ name, topicId, partitions: answers });
  }
  return topics;
}

function named(
  shard: GroupShard,
  image: MetadataImage,
  apiVersion: number,
  groupId: string,
  topics: NonNullable<FetchedTopics>,
): GroupAnswer['topics'] {
  return topics.map(({ name, topicId, partitionIndexes }) => {
    const byId = apiVersion >= BY_TOPIC_ID;
    const topicName = byId ? image.topicsById.get(topicId)?.name : name;
    const partitions = partitionIndexes.map((partition) => {
      if (topicName === undefined) return partitionAnswer(partition, undefined, ErrorCode.UNKNOWN_TOPIC_ID);
      const committed = shard.offsets.get(groupId, topicName, partition);
      // Committed to an earlier topic of that name.
      const stale = byId && committed !== undefined && ![ZERO_UUID, topicId].includes(committed.topicId);
      return partitionAnswer(partition, stale ? undefined : committed);
    });
    return { name, topicId, partitions };
  });
}

/** Nothing committed is offset -1 without an error. */
function partitionAnswer(
  partitionIndex: number,
  committed: CommittedOffset | undefined,
  errorCode: number = ErrorCode.NONE,
): PartitionAnswer {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode,
  };
}
