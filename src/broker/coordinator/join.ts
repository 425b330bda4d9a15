import { ErrorCode } from '../../protocol/errors.ts';
import type { Group } from './group.ts';
import { groupRecord } from './group-record.ts';
import { type JoinResult, type Member, type MemberProtocol, matches, newMember } from './member.ts';
import {
  currentGeneration,
  dropPending,
  memberList,
  prepareRebalance,
  rebalance,
  releaseJoin,
  releaseSync,
  sessionTimer,
  touch,
  tryCompleteJoin,
} from './rebalance.ts';
import type { ReplyTo, Turn } from './turn.ts';

/** A JoinGroup request, with what its version implies worked out. */
export interface JoinRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  /** Version 0 has none: the session timeout stands in. */
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  /** v4+: a new dynamic member is given its id first, and joins with it (KIP-394). */
  readonly requiresKnownMemberId: boolean;
  /** v9+: a static leader that comes back can be told to leave the assignment as it is (KIP-814). */
  readonly canSkipAssignment: boolean;
}

type Reply = ReplyTo<JoinResult>;

/** JoinGroup for a group that exists. The answer may come much later, when the rebalance completes. */
export function join(group: Group, request: JoinRequest, turn: Turn, reply: Reply): void {
  const refuse = (errorCode: number, memberId = request.memberId) => turn.release(reply, { errorCode, memberId });
  if (!hasRoom(group, request.memberId, turn)) {
    group.remove(request.memberId);
    refuse(ErrorCode.GROUP_MAX_SIZE_REACHED, '');
    tryCompleteJoin(group, turn);
    return;
  }
  if (group.state === 'Dead') {
    refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  } else if (!group.supports(request.protocolType, request.protocols)) {
    refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  } else if (request.memberId !== '') {
    joinKnown(group, request, turn, reply);
  } else if (request.groupInstanceId !== null) {
    joinStatic(group, request, request.groupInstanceId, turn, reply);
  } else if (request.requiresKnownMemberId) {
    const memberId = `${request.clientId}-${turn.uuid()}`;
    group.pendingJoin.add(memberId);
    turn.timer(sessionTimer(group, memberId), request.sessionTimeoutMs, (later) => {
      if (group.pendingJoin.has(memberId)) dropPending(group, memberId, later);
    });
    refuse(ErrorCode.MEMBER_ID_REQUIRED, memberId);
  } else {
    addAndRebalance(group, request, `${request.clientId}-${turn.uuid()}`, turn, reply);
  }
}

/** group.max.size counts members, and during a rebalance those who wait: late rejoiners lose their place. */
function hasRoom(group: Group, memberId: string, turn: Turn): boolean {
  const { maxSize } = turn.settings;
  switch (group.state) {
    case 'Empty':
    case 'Dead':
      return true;
    case 'PreparingRebalance':
      return group.members.get(memberId)?.awaitingJoin != null || group.awaitingJoin < maxSize;
    default:
      return group.members.has(memberId) || group.members.size < maxSize;
  }
}

function joinKnown(group: Group, request: JoinRequest, turn: Turn, reply: Reply): void {
  const { memberId } = request;
  if (group.pendingJoin.has(memberId)) {
    if (request.groupInstanceId === null) addAndRebalance(group, request, memberId, turn, reply);
    else turn.release(reply, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID, memberId });
    return;
  }
  const errorCode = group.checkMember(memberId, request.groupInstanceId);
  const member = group.members.get(memberId);
  if (errorCode !== ErrorCode.NONE || member === undefined) {
    turn.release(reply, { errorCode, memberId });
    return;
  }
  const unchanged = matches(member, request.protocols);
  // The answer to its last JoinGroup may have been lost; a Stable leader that joins again asks for a rebalance.
  const repeat =
    unchanged && (group.state === 'CompletingRebalance' || (group.state === 'Stable' && !group.isLeader(memberId)));
  if (repeat) {
    turn.release(reply, currentGeneration(group, member));
    return;
  }
  // Only one of two parked requests of one member can be answered by the rebalance.
  releaseJoin(group, member, { errorCode: ErrorCode.REBALANCE_IN_PROGRESS, memberId }, turn);
  group.update(member, request);
  group.park(member, reply);
  rebalance(group, turn);
}

function joinStatic(group: Group, request: JoinRequest, instanceId: string, turn: Turn, reply: Reply): void {
  const memberId = `${instanceId}-${turn.uuid()}`;
  const old = group.members.get(group.memberIdOf(instanceId) ?? '');
  if (old === undefined) addAndRebalance(group, request, memberId, turn, reply);
  else replaceStatic(group, old, request, memberId, turn, reply);
}

function addAndRebalance(group: Group, request: JoinRequest, memberId: string, turn: Turn, reply: Reply): void {
  const member = newMember({
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: request.protocols,
    isNew: true,
  });
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true;
  // It may be pending, with a timer of its own.
  turn.cancel(sessionTimer(group, memberId));
  group.add(member, request.protocolType, reply);
  touch(group, member, turn);
  rebalance(group, turn);
}

/**
 * A static member is back under a new id. Nothing is rebalanced when the group is Stable and its protocol stays: the
 * new id is written down, and the member gets its generation back.
 */
function replaceStatic(
  group: Group,
  old: Member,
  request: JoinRequest,
  memberId: string,
  turn: Turn,
  reply: Reply,
): void {
  const leaderBefore = group.leaderId ?? '';
  turn.cancel(sessionTimer(group, old.memberId));
  releaseJoin(group, old, { errorCode: ErrorCode.FENCED_INSTANCE_ID, memberId: old.memberId }, turn);
  releaseSync(group, old, ErrorCode.FENCED_INSTANCE_ID, turn);
  const member = group.replaceStatic(old, memberId);
  const before = { ...member };
  group.update(member, request);
  group.park(member, reply);
  touch(group, member, turn);

  if (group.state === 'CompletingRebalance') {
    // The leader may be assigning to the old id right now.
    prepareRebalance(group, turn);
  } else if (group.state !== 'Stable') {
    tryCompleteJoin(group, turn);
  } else if (group.selectProtocol() !== group.protocolName) {
    rebalance(group, turn);
  } else {
    turn.append([groupRecord(group)], {
      settled: (errorCode, later) => {
        if (group.members.get(memberId) !== member || member.awaitingJoin !== reply) return;
        if (errorCode !== ErrorCode.NONE) {
          releaseJoin(group, member, { errorCode, memberId: '' }, later);
          group.update(member, before);
          later.cancel(sessionTimer(group, memberId));
          touch(group, group.replaceStatic(member, old.memberId), later);
          return;
        }
        releaseJoin(group, member, staticAnswer(group, member, request, leaderBefore), later);
        touch(group, member, later);
      },
    });
  }
}

function staticAnswer(group: Group, member: Member, request: JoinRequest, leaderBefore: string): JoinResult {
  const current = currentGeneration(group, member);
  if (!request.canSkipAssignment) {
    // A leader of an older client must not take itself for one, or it would assign anew: it is told of its old id.
    return { ...current, leader: leaderBefore, members: [] };
  }
  const isLeader = group.isLeader(member.memberId);
  return { ...current, members: isLeader ? memberList(group) : [], skipAssignment: isLeader };
}
