import { ErrorCode } from '../../protocol/errors.ts';
import type { Group } from './group.ts';
import { groupRecord } from './group-record.ts';
import { EMPTY_BYTES, type JoinResult, type Member, metadataOf } from './member.ts';
import type { Turn } from './turn.ts';

/*
 * How a classic group moves from one generation to the next: wait for everybody's JoinGroup, hand out the generation,
 * wait for the leader's assignment. The requests that cause it are in join.ts and membership.ts.
 */

/** A member whose first JoinGroup is parked cannot send heartbeats; a client that went away meanwhile is dropped after this. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000;

const joinTimer = (group: Group) => `join\0${group.groupId}`;
const syncTimer = (group: Group) => `sync\0${group.groupId}`;
export const sessionTimer = (group: Group, memberId: string) => `session\0${group.groupId}\0${memberId}`;

/** The timers that may run for a group, to be cancelled with it. */
export function cancelTimers(group: Group, turn: Turn): void {
  turn.cancel(joinTimer(group));
  turn.cancel(syncTimer(group));
  for (const memberId of [...group.members.keys(), ...group.pendingJoin]) turn.cancel(sessionTimer(group, memberId));
}

/** Starts a rebalance where the state allows it, else sees whether the one that runs is complete now. */
export function rebalance(group: Group, turn: Turn): void {
  if (group.state === 'Stable' || group.state === 'CompletingRebalance' || group.state === 'Empty') {
    prepareRebalance(group, turn);
  } else {
    tryCompleteJoin(group, turn);
  }
}

export function prepareRebalance(group: Group, turn: Turn): void {
  if (group.state === 'CompletingRebalance') {
    for (const member of group.members.values()) member.assignment = EMPTY_BYTES;
    releaseSyncs(group, ErrorCode.REBALANCE_IN_PROGRESS, turn);
  }
  turn.cancel(syncTimer(group));
  const initial = group.state === 'Empty';
  group.transition('PreparingRebalance', turn.now);
  if (initial) {
    const delay = turn.settings.initialRebalanceDelayMs;
    scheduleInitialJoin(group, delay, Math.max(group.rebalanceTimeoutMs - delay, 0), turn);
  } else if (group.everyoneJoined) {
    completeJoin(group, turn);
  } else {
    scheduleJoin(group, turn);
  }
}

/** Completes the running rebalance when nobody is missing. The first one of a group always waits for its delay. */
export function tryCompleteJoin(group: Group, turn: Turn): void {
  if (group.state === 'PreparingRebalance' && group.previousState !== 'Empty' && group.everyoneJoined) {
    completeJoin(group, turn);
  }
}

function scheduleInitialJoin(group: Group, delayMs: number, remainingMs: number, turn: Turn): void {
  turn.timer(joinTimer(group), delayMs, (later) => {
    if (group.state !== 'PreparingRebalance') return;
    if (!group.newMemberAdded || remainingMs === 0) {
      completeJoin(group, later);
      return;
    }
    group.newMemberAdded = false;
    const next = Math.min(later.settings.initialRebalanceDelayMs, remainingMs);
    scheduleInitialJoin(group, next, Math.max(remainingMs - delayMs, 0), later);
  });
}

function scheduleJoin(group: Group, turn: Turn): void {
  turn.timer(joinTimer(group), group.rebalanceTimeoutMs, (later) => {
    if (group.state === 'PreparingRebalance') completeJoin(group, later);
  });
}

/**
 * Ends the join phase: dynamic members that did not come back are out, static ones stay, and everybody who waits is
 * told the new generation. When not even one member came back it waits for another round.
 */
function completeJoin(group: Group, turn: Turn): void {
  turn.cancel(joinTimer(group));
  for (const member of [...group.members.values()]) {
    if (member.awaitingJoin !== null || member.groupInstanceId !== null) continue;
    turn.cancel(sessionTimer(group, member.memberId));
    group.remove(member.memberId);
  }
  if (!group.electJoinedLeader() && group.members.size > 0) {
    scheduleJoin(group, turn);
    return;
  }
  group.newMemberAdded = false;
  group.nextGeneration(turn.now);
  if (group.state === 'Empty') {
    turn.append([groupRecord(group)], {});
    return;
  }
  for (const member of group.members.values()) {
    releaseJoin(group, member, currentGeneration(group, member), turn);
    touch(group, member, turn);
    member.isNew = false;
    group.pendingSync.add(member.memberId);
  }
  scheduleSync(group, turn);
}

/** Members that never ask for their assignment are out after the rebalance timeout (KAFKA-12890). */
function scheduleSync(group: Group, turn: Turn): void {
  const generation = group.generationId;
  turn.timer(syncTimer(group), group.rebalanceTimeoutMs, (later) => {
    if (group.generationId !== generation || group.pendingSync.size === 0) return;
    if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return;
    for (const memberId of [...group.pendingSync]) {
      later.cancel(sessionTimer(group, memberId));
      group.remove(memberId);
    }
    prepareRebalance(group, later);
  });
}

export function noteSync(group: Group, memberId: string, turn: Turn): void {
  if (group.pendingSync.delete(memberId) && group.pendingSync.size === 0) turn.cancel(syncTimer(group));
}

/** What a member is told of the generation that it is in; only the leader hears of the others. */
export function currentGeneration(group: Group, member: Member): JoinResult {
  const isLeader = group.isLeader(member.memberId);
  return {
    errorCode: ErrorCode.NONE,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    memberId: member.memberId,
    members: isLeader ? memberList(group) : [],
  };
}

export function memberList(group: Group): NonNullable<JoinResult['members']> {
  const protocol = group.protocolName ?? '';
  return [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataOf(member, protocol),
  }));
}

export function releaseJoin(group: Group, member: Member, response: JoinResult, turn: Turn): void {
  const reply = member.awaitingJoin;
  if (reply === null) return;
  group.park(member, null);
  turn.release(reply, response);
}

/** Answers every parked SyncGroup: with the member's assignment, or with an error. */
export function releaseSyncs(group: Group, errorCode: number, turn: Turn): void {
  for (const member of group.members.values()) {
    if (member.awaitingSync === null) continue;
    releaseSync(group, member, errorCode, turn);
    touch(group, member, turn);
  }
}

export function releaseSync(group: Group, member: Member, errorCode: number, turn: Turn): void {
  const reply = member.awaitingSync;
  if (reply === null) return;
  member.awaitingSync = null;
  const answer = {
    errorCode,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment: member.assignment,
  };
  turn.release(reply, errorCode === ErrorCode.NONE ? answer : { errorCode });
}

/** Starts the member's session anew. */
export function touch(group: Group, member: Member, turn: Turn): void {
  const timeout = member.isNew && member.awaitingJoin !== null ? NEW_MEMBER_JOIN_TIMEOUT_MS : member.sessionTimeoutMs;
  member.deadlineMs = turn.now + timeout;
  // A timer that fires early looks at the deadline again: a heartbeat costs no timer.
  if (member.timerAtMs > member.deadlineMs) watch(group, member, turn);
}

function watch(group: Group, member: Member, turn: Turn): void {
  member.timerAtMs = member.deadlineMs;
  turn.timer(sessionTimer(group, member.memberId), member.deadlineMs - turn.now, (later) => {
    if (group.members.get(member.memberId) !== member || group.state === 'Dead') return;
    member.timerAtMs = Number.POSITIVE_INFINITY;
    if (later.now < member.deadlineMs) {
      watch(group, member, later);
      return;
    }
    // Who waits for the group is alive as far as it can show; its session starts anew with the answer.
    const parked = member.awaitingJoin !== null || member.awaitingSync !== null;
    if (parked && !member.isNew) return;
    dropMember(group, member, later);
    rebalance(group, later);
  });
}

/** Takes a member out and answers what it waits for; the caller sees to the rebalance. */
export function dropMember(group: Group, member: Member, turn: Turn): void {
  turn.cancel(sessionTimer(group, member.memberId));
  releaseJoin(group, member, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID }, turn);
  releaseSync(group, member, ErrorCode.UNKNOWN_MEMBER_ID, turn);
  group.remove(member.memberId);
}

/** Takes back a member id that was handed out and never used. */
export function dropPending(group: Group, memberId: string, turn: Turn): void {
  turn.cancel(sessionTimer(group, memberId));
  group.remove(memberId);
  tryCompleteJoin(group, turn);
}
