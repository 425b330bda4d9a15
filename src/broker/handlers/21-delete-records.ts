/*
 * DeleteRecords (key 21)
 *
 * 0  offsets before which everything goes; -1 is the high watermark (KIP-107)
 * 2  flexible
 */
import { DeleteRecords } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { ResponseInput } from '../../protocol/schema/index.ts';
import { type Handler, handler, type RequestContext } from '../handler.ts';
import { longPoll } from '../replica/long-poll.ts';
import type { ReplicaManager } from '../replica/manager.ts';
import type { PartitionReplica } from '../replica/replica.ts';

type TopicResponse = NonNullable<ResponseInput<typeof DeleteRecords>['topics']>[number];
type PartitionResponse = NonNullable<TopicResponse['partitions']>[number];

const HIGH_WATERMARK = -1;
const NO_LOW_WATERMARK = -1;

/** One partition of a request: refused at once, or done when every live replica has cut its log, too. */
interface Deletion {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly replica: PartitionReplica | null;
  readonly offset: number;
}

export function deleteRecordsHandler(replicas: ReplicaManager): Handler {
  return handler({
    api: DeleteRecords,
    versions: '0-2',
    handle(request, context, reply) {
      const topics = request.topics.map(({ name, partitions }) => ({
        name,
        deletions: partitions.map(({ partitionIndex, offset }) =>
          begin(name, partitionIndex, offset, context, replicas),
        ),
      }));
      const pending = topics.flatMap(({ deletions }) => deletions).filter(({ replica }) => replica !== null);
      const attempt = (last: boolean): boolean => {
        if (!last && !pending.every((deletion) => isDone(deletion))) return false;
        reply({ topics: topics.map(({ name, deletions }) => ({ name, partitions: deletions.map(conclude) })) });
        return true;
      };
      if (attempt(request.timeoutMs <= 0)) return;
      longPoll({
        scheduler: context.node.scheduler,
        maxWaitMs: request.timeoutMs,
        watched: pending.flatMap(({ replica }) => (replica === null ? [] : [replica.watchers])),
        attempt,
      });
    },
  });
}

function begin(
  topic: string,
  partitionIndex: number,
  offset: number,
  context: RequestContext,
  replicas: ReplicaManager,
): Deletion {
  const refuse = (errorCode: number): Deletion => ({ partitionIndex, errorCode, replica: null, offset });
  const replica = replicas.get(topic, partitionIndex);
  const image = context.node.image().topics.get(topic);
  if (image?.partitions[partitionIndex] === undefined) return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (replica === undefined) return refuse(replicas.missing(topic, partitionIndex));
  if (!replica.isLeader) return refuse(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  if (image.internal) return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION);
  if (!replica.log.config.cleanupPolicy.delete) return refuse(ErrorCode.POLICY_VIOLATION);
  const target = offset === HIGH_WATERMARK ? replica.highWatermark : offset;
  if (target < 0 || target > replica.highWatermark) return refuse(ErrorCode.OFFSET_OUT_OF_RANGE);
  if (!replica.deleteRecordsBefore(target)) return refuse(ErrorCode.KAFKA_STORAGE_ERROR);
  return { partitionIndex, errorCode: ErrorCode.NONE, replica, offset: target };
}

function isDone({ replica, offset }: Deletion): boolean {
  return replica === null || !replica.isLeader || replica.lowWatermark() >= offset;
}

function conclude({ partitionIndex, errorCode, replica, offset }: Deletion): PartitionResponse {
  if (replica === null) return { partitionIndex, errorCode, lowWatermark: NO_LOW_WATERMARK };
  if (!replica.isLeader) {
    return { partitionIndex, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, lowWatermark: NO_LOW_WATERMARK };
  }
  const lowWatermark = replica.lowWatermark();
  const isCut = lowWatermark >= offset;
  return { partitionIndex, errorCode: isCut ? ErrorCode.NONE : ErrorCode.REQUEST_TIMED_OUT, lowWatermark };
}
