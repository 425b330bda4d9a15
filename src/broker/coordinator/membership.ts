import type { Heartbeat, LeaveGroup, SyncGroup } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts';
import type { Group } from './group.ts';
import { groupRecord } from './group-record.ts';
import { EMPTY_BYTES, type SyncResult } from './member.ts';
import {
  dropMember,
  noteSync,
  prepareRebalance,
  rebalance,
  releaseSync,
  releaseSyncs,
  sessionTimer,
  touch,
  tryCompleteJoin,
} from './rebalance.ts';
import type { ReplyTo, Turn } from './turn.ts';

/** SyncGroup for a group that exists: parked until the leader's assignment is written down. */
export function sync(group: Group, request: RequestOf<typeof SyncGroup>, turn: Turn, reply: ReplyTo<SyncResult>): void {
  const { memberId } = request;
  const errorCode = checkSync(group, request);
  const member = group.members.get(memberId);
  if (errorCode !== ErrorCode.NONE || member === undefined) {
    turn.release(reply, { errorCode });
    return;
  }
  noteSync(group, memberId, turn);
  if (member.awaitingSync !== null) releaseSync(group, member, ErrorCode.REBALANCE_IN_PROGRESS, turn);
  member.awaitingSync = reply;
  if (group.state === 'Stable') {
    releaseSync(group, member, ErrorCode.NONE, turn);
    return;
  }
  if (group.isLeader(memberId)) storeAssignments(group, request, turn);
}

function checkSync(group: Group, request: RequestOf<typeof SyncGroup>): number {
  if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const errorCode = group.checkMember(request.memberId, request.groupInstanceId);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  if (request.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION;
  const { protocolType, protocolName } = request;
  if (protocolType !== null && protocolType !== group.protocolType) return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  if (protocolName !== null && protocolName !== group.protocolName) return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

function storeAssignments(group: Group, request: RequestOf<typeof SyncGroup>, turn: Turn): void {
  const generation = group.generationId;
  const assignments = new Map<string, Buffer>();
  for (const { memberId, assignment } of request.assignments) assignments.set(memberId, Buffer.from(assignment));
  turn.append([groupRecord(group, assignments)], {
    settled: (errorCode, later) => {
      // A rebalance may have begun while the record was on its way.
      if (group.state !== 'CompletingRebalance' || group.generationId !== generation) return;
      const failed = errorCode !== ErrorCode.NONE;
      for (const member of group.members.values()) {
        member.assignment = (failed ? undefined : assignments.get(member.memberId)) ?? EMPTY_BYTES;
      }
      if (!failed) group.transition('Stable', later.now);
      releaseSyncs(group, errorCode, later);
      if (failed) prepareRebalance(group, later);
    },
  });
}

/** Heartbeat for a group that exists; the error code. */
export function heartbeat(group: Group, request: RequestOf<typeof Heartbeat>, turn: Turn): number {
  if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const errorCode = group.checkMember(request.memberId, request.groupInstanceId);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  if (request.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION;
  const member = group.members.get(request.memberId);
  if (member !== undefined) touch(group, member, turn);
  return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

export type LeavingMember = RequestOf<typeof LeaveGroup>['members'][number];
export type LeaveResult = ResponseInput<typeof LeaveGroup>;

/** LeaveGroup for a group that exists: a result per member, and at most one rebalance for all of them. */
export function leave(group: Group, leaving: readonly LeavingMember[], turn: Turn): LeaveResult {
  if (group.state === 'Dead') return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE };
  let left = 0;
  const members = leaving.map(({ memberId, groupInstanceId }) => {
    if (group.pendingJoin.has(memberId)) {
      turn.cancel(sessionTimer(group, memberId));
      group.remove(memberId);
      return { memberId, groupInstanceId, errorCode: ErrorCode.NONE };
    }
    // An administrator names a static member by its instance alone.
    const id = memberId === '' && groupInstanceId !== null ? (group.memberIdOf(groupInstanceId) ?? '') : memberId;
    const errorCode = group.checkMember(id, groupInstanceId);
    const member = group.members.get(id);
    if (errorCode === ErrorCode.NONE && member !== undefined) {
      dropMember(group, member, turn);
      left++;
    }
    return { memberId, groupInstanceId, errorCode };
  });
  if (left > 0) rebalance(group, turn);
  else tryCompleteJoin(group, turn);
  return { errorCode: ErrorCode.NONE, members };
}
