import { ErrorCode } from '../../protocol/errors.ts';
import type { Group } from './group.ts';
import { type CommittedOffset, offsetRecord } from './offset-store.ts';
import { touch } from './rebalance.ts';
import type { GroupShard } from './shard.ts';
import type { ReplyTo, Turn } from './turn.ts';

/** Who commits, and as what. */
export interface CommitRequest {
  readonly groupId: string;
  /** Below 0: nobody's generation, as of an administrator or a consumer that assigns itself. */
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly apiVersion: number;
  /** -1 leaves it to the broker's retention. */
  readonly retentionTimeMs: number;
  readonly offsets: readonly CommitItem[];
}

export interface CommitItem {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string | null;
}

/** OffsetCommit v9 introduced GROUP_ID_NOT_FOUND for a group that is gone. */
const KNOWS_GROUP_ID_NOT_FOUND = 9;

/** OffsetCommit. Answers with an error code per item of the request, in its order. */
export function commit(shard: GroupShard, request: CommitRequest, turn: Turn, reply: ReplyTo<readonly number[]>): void {
  const all = (errorCode: number) => request.offsets.map(() => errorCode);
  const refusal = mayCommit(shard.group(request.groupId), request);
  if (refusal !== ErrorCode.NONE) {
    turn.release(reply, all(refusal));
    return;
  }
  keepAlive(shard.group(request.groupId), request, turn);

  const { groupId } = request;
  const tooLarge = (item: CommitItem) => (item.metadata?.length ?? 0) > turn.settings.offsetMetadataMaxLength;
  const accepted = request.offsets.filter((item) => !tooLarge(item));
  const codes = (errorCode: number) =>
    request.offsets.map((item) => (tooLarge(item) ? ErrorCode.OFFSET_METADATA_TOO_LARGE : errorCode));
  if (accepted.length === 0) {
    turn.release(reply, codes(ErrorCode.NONE));
    return;
  }
  const commits = accepted.map((item) => ({ item, committed: committedOffset(request, item, turn.now) }));
  const announce = (by: 1 | -1) => {
    for (const item of accepted) shard.offsets.announce(groupId, item.topic, item.partition, by);
  };
  announce(1);
  turn.append(
    commits.map(({ item, committed }) => offsetRecord(groupId, item.topic, item.partition, committed)),
    {
      apply: () => {
        for (const { item, committed } of commits) {
          shard.putOffset(groupId, item.topic, item.partition, committed, turn.now);
        }
      },
      settled: (errorCode, later) => {
        announce(-1);
        later.release(reply, codes(errorCode));
      },
    },
  );
}

function committedOffset(request: CommitRequest, item: CommitItem, now: number): CommittedOffset {
  return {
    offset: item.offset,
    leaderEpoch: item.leaderEpoch,
    metadata: item.metadata ?? '',
    commitTimestampMs: now,
    expireTimestampMs: request.retentionTimeMs < 0 ? -1 : now + request.retentionTimeMs,
    topicId: item.topicId,
  };
}

/** The rules of who may commit; NONE or the error for every partition of the request. */
function mayCommit(group: Group | undefined, request: CommitRequest): number {
  const { generationId, memberId, groupInstanceId } = request;
  if (group === undefined) {
    if (generationId < 0) return ErrorCode.NONE;
    return request.apiVersion >= KNOWS_GROUP_ID_NOT_FOUND ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
  }
  if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  if (generationId < 0 && group.state === 'Empty') return ErrorCode.NONE;
  if (generationId < 0 && memberId === '' && groupInstanceId === null) return ErrorCode.UNKNOWN_MEMBER_ID;
  const errorCode = group.checkMember(memberId, groupInstanceId);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  if (generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION;
  return group.state === 'CompletingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

/** A member that commits is alive. */
function keepAlive(group: Group | undefined, request: CommitRequest, turn: Turn): void {
  const member = group?.members.get(request.memberId);
  if (group !== undefined && member !== undefined) touch(group, member, turn);
}
