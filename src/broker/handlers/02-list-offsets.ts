/*
 * ListOffsets (key 2)
 *
 *  1  one offset per partition
 *  2  isolation level (KIP-98)
 *  4  current leader epoch (KIP-320)
 *  5  OFFSET_NOT_AVAILABLE instead of LEADER_NOT_AVAILABLE (KIP-207)
 *  6  flexible
 *  7  -3: the record with the largest timestamp (KIP-734)
 *  8  -4: the first offset that is on local disk (KIP-405)
 *  9  -5: the last offset in tiered storage (KIP-1005)
 * 10  a time-out (KIP-1075)
 * 11  -6: the first offset that is not in tiered storage yet (KIP-1023)
 */
import { ListOffsets } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts';
import { RecordError } from '../../records/index.ts';
import { type Handler, handler, type RequestContext } from '../handler.ts';
import type { ReplicaManager } from '../replica/manager.ts';
import { checkLeaderEpoch } from '../replica/read.ts';
import type { PartitionReplica } from '../replica/replica.ts';

type Request = RequestOf<typeof ListOffsets>;
type PartitionRequest = Request['topics'][number]['partitions'][number];
type TopicResponse = NonNullable<ResponseInput<typeof ListOffsets>['topics']>[number];
type PartitionResponse = NonNullable<TopicResponse['partitions']>[number];

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;
/** The lowest version that may ask for each special timestamp. */
const SPECIAL_SINCE = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
]);
const LEADER_EPOCH_FROM = 4;
const OFFSET_NOT_AVAILABLE_FROM = 5;

const CONSUMER = -1;
/** A replica id for tools: it sees the log's end, as followers do. */
const DEBUG_CONSUMER = -2;

interface Answer {
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}
const NOTHING: Answer = { offset: -1, timestamp: -1, leaderEpoch: -1 };

export function listOffsetsHandler(replicas: ReplicaManager): Handler {
  return handler({
    api: ListOffsets,
    versions: '1-11',
    handle(request, context, reply) {
      const topics: TopicResponse[] = request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((asked) => listOne(name, asked, request, context, replicas)),
      }));
      reply({ topics });
    },
  });
}

function listOne(
  topic: string,
  asked: PartitionRequest,
  request: Request,
  context: RequestContext,
  replicas: ReplicaManager,
): PartitionResponse {
  const { partitionIndex, timestamp } = asked;
  const fail = (errorCode: number): PartitionResponse => ({ partitionIndex, errorCode });
  const since = timestamp >= 0 ? 1 : SPECIAL_SINCE.get(timestamp);
  if (since === undefined || context.apiVersion < since) return fail(ErrorCode.UNSUPPORTED_VERSION);
  const replica = replicas.get(topic, partitionIndex);
  if (replica === undefined) return fail(replicas.missing(topic, partitionIndex));
  const error =
    request.replicaId === DEBUG_CONSUMER && asked.currentLeaderEpoch < 0
      ? ErrorCode.NONE
      : checkLeaderEpoch(replica, asked.currentLeaderEpoch);
  if (error !== ErrorCode.NONE) return fail(error);
  const unavailable =
    context.apiVersion >= OFFSET_NOT_AVAILABLE_FROM ? ErrorCode.OFFSET_NOT_AVAILABLE : ErrorCode.LEADER_NOT_AVAILABLE;
  const isConsumer = request.replicaId === CONSUMER;
  // A new leader does not know yet what was visible under the last one, until its own epoch has become so.
  const epochStart = replica.leaderState?.epochStartOffset ?? 0;
  const isSettling = isConsumer && replica.highWatermark < epochStart;
  if (isSettling && (timestamp === LATEST || timestamp === MAX_TIMESTAMP)) return fail(unavailable);
  try {
    const answer = lookUp(replica, timestamp, visibleEnd(replica, request));
    // A record that may exist, but is not visible yet, must not be reported as absent.
    if (answer === null && isSettling) return fail(unavailable);
    const { offset, timestamp: found, leaderEpoch } = answer ?? NOTHING;
    const epoch = context.apiVersion >= LEADER_EPOCH_FROM ? { leaderEpoch } : {};
    return { partitionIndex, errorCode: ErrorCode.NONE, offset, timestamp: found, ...epoch };
  } catch (failure) {
    if (failure instanceof RecordError) return fail(ErrorCode.CORRUPT_MESSAGE);
    replica.failed(failure);
    return fail(ErrorCode.KAFKA_STORAGE_ERROR);
  }
}

function visibleEnd(replica: PartitionReplica, request: Request): number {
  if (request.replicaId !== CONSUMER) return replica.log.logEndOffset;
  return request.isolationLevel === 1 ? replica.lastStableOffset : replica.highWatermark;
}

/** Null where no visible record fits. */
function lookUp(replica: PartitionReplica, timestamp: number, end: number): Answer | null {
  const { log } = replica;
  switch (timestamp) {
    case LATEST:
      return { offset: end, timestamp: -1, leaderEpoch: replica.leaderEpoch };
    // Without tiered storage everything is local, and nothing waits to be uploaded.
    case EARLIEST:
    case EARLIEST_LOCAL:
    case EARLIEST_PENDING_UPLOAD:
      return { offset: log.logStartOffset, timestamp: -1, leaderEpoch: log.epochOf(log.logStartOffset) };
    case LATEST_TIERED:
      return NOTHING;
    default: {
      const found = timestamp === MAX_TIMESTAMP ? log.maxTimestampOffset(end) : log.offsetForTimestamp(timestamp, end);
      return found === null
        ? null
        : { offset: found.offset, timestamp: found.timestampMs, leaderEpoch: found.leaderEpoch };
    }
  }
}
