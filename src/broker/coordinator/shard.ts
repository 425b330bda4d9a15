import { type CoordinatorRecord, decodeCoordinatorRecord } from '../../protocol/coordinator-record.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { ZERO_UUID } from '../../protocol/schema/index.ts';
import { Group } from './group.ts';
import { groupFromRecord, groupTombstone, isStorable, newGroupRecord } from './group-record.ts';
import { type JoinRequest, join } from './join.ts';
import type { JoinResult } from './member.ts';
import { type CommittedOffset, OffsetStore, offsetFromRecord, offsetTombstone } from './offset-store.ts';
import { cancelTimers, rebalance, releaseJoin, releaseSync, touch } from './rebalance.ts';
import type { ReplyTo, Turn } from './turn.ts';

/** A partition of a topic, as a deletion names it. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * The groups and offsets of one partition of `__consumer_offsets`: the state machine that its log is the history of.
 * Everything that changes it comes in with a Turn; what the outside is to do about it goes out as the turn's effects.
 */
export class GroupShard {
  readonly #groups = new Map<string, Group>();
  readonly offsets = new OffsetStore();

  group(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  groups(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Applies a record of the log, as it is read after the node became leader. Returns what it was. */
  replay(key: Buffer | null, value: Buffer | null, nowMs: number): CoordinatorRecord {
    const record = decodeCoordinatorRecord(key, value);
    if (record.kind === 'OffsetCommit') {
      const { group, topic, partition } = record.key;
      this.putOffset(group, topic, partition, record.value === null ? null : offsetFromRecord(record.value), nowMs);
    } else if (record.kind === 'GroupMetadata') {
      const groupId = record.key.group;
      if (record.value === null) this.#groups.delete(groupId);
      else this.#groups.set(groupId, groupFromRecord(groupId, record.value, nowMs));
    }
    return record;
  }

  /** The whole log was replayed: the members' sessions begin anew. */
  loaded(turn: Turn): void {
    for (const group of this.#groups.values()) {
      for (const member of group.members.values()) touch(group, member, turn);
      if (group.state === 'Stable' && group.members.size > turn.settings.maxSize) rebalance(group, turn);
    }
  }

  /** A commit makes its group, where there is none: a "simple" one, which never has members. */
  putOffset(groupId: string, topic: string, partition: number, committed: CommittedOffset | null, nowMs: number): void {
    this.offsets.put(groupId, topic, partition, committed);
    if (committed !== null && !this.#groups.has(groupId)) this.#groups.set(groupId, new Group(groupId, nowMs));
  }

  removeOffsets(groupId: string, removed: readonly TopicPartition[]): void {
    for (const { topic, partition } of removed) this.offsets.put(groupId, topic, partition, null);
  }

  /** JoinGroup. Only a request without a member id makes a group. */
  join(request: JoinRequest, turn: Turn, reply: ReplyTo<JoinResult>): void {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = turn.settings;
    const { groupId, memberId, sessionTimeoutMs } = request;
    const existing = this.#groups.get(groupId);
    if (groupId === '') {
      turn.release(reply, { errorCode: ErrorCode.INVALID_GROUP_ID, memberId });
    } else if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      turn.release(reply, { errorCode: ErrorCode.INVALID_SESSION_TIMEOUT, memberId });
    } else if (!texts(request).every(isStorable)) {
      turn.release(reply, { errorCode: ErrorCode.INVALID_REQUEST, memberId: '' });
    } else if (existing !== undefined) {
      join(existing, request, turn, reply);
    } else if (memberId !== '') {
      turn.release(reply, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID, memberId });
    } else {
      this.#joinFirst(request, turn, reply);
    }
  }

  /** The group is written down before its first member hears of it. */
  #joinFirst(request: JoinRequest, turn: Turn, reply: ReplyTo<JoinResult>): void {
    const { groupId } = request;
    const group = new Group(groupId, turn.now);
    if (!group.supports(request.protocolType, request.protocols)) {
      turn.release(reply, { errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId: '' });
      return;
    }
    this.#groups.set(groupId, group);
    turn.append([newGroupRecord(group)], {
      settled: (errorCode, later) => {
        if (errorCode === ErrorCode.NONE) {
          // Whoever came second was not held up: the group may have members by now, or be deleted.
          this.join(request, later, reply);
          return;
        }
        const untouched = group.members.size === 0 && group.pendingJoin.size === 0 && group.generationId === 0;
        if (untouched && this.#groups.get(groupId) === group && this.offsets.keys(groupId).length === 0) {
          this.#groups.delete(groupId);
        }
        later.release(reply, { errorCode, memberId: '' });
      },
    });
  }

  /** DeleteGroups: only what nobody uses. Answers with the error code. */
  delete(groupId: string, turn: Turn, reply: ReplyTo<number>): void {
    const group = this.#groups.get(groupId);
    if (group === undefined || group.state === 'Dead') turn.release(reply, ErrorCode.GROUP_ID_NOT_FOUND);
    else if (group.state !== 'Empty') turn.release(reply, ErrorCode.NON_EMPTY_GROUP);
    else this.deleteGroup(group, turn, reply);
  }

  /** Removes an empty group with all that it committed; meanwhile it is Dead, and comes back where that fails. */
  deleteGroup(group: Group, turn: Turn, reply: ReplyTo<number>): void {
    const { groupId } = group;
    const before = group.stateTimestampMs;
    const keys = this.offsets.keys(groupId);
    group.transition('Dead', turn.now);
    turn.append(groupTombstones(groupId, keys), {
      apply: () => {
        this.removeOffsets(groupId, keys);
        const unused = group.state === 'Dead' || (group.state === 'Empty' && group.pendingJoin.size === 0);
        const empty = this.offsets.keys(groupId).length === 0;
        if (unused && empty && this.#groups.get(groupId) === group) this.#groups.delete(groupId);
      },
      settled: (errorCode, later) => {
        if (errorCode === ErrorCode.NONE) {
          cancelTimers(group, later);
        } else {
          group.state = 'Empty';
          group.stateTimestampMs = before;
        }
        later.release(reply, errorCode);
      },
    });
  }

  /** OffsetDelete: the offsets of topics that the group does not subscribe to. Answers with the error code per item. */
  deleteOffsets(
    groupId: string,
    items: readonly TopicPartition[],
    turn: Turn,
    reply: ReplyTo<{ readonly errorCode: number; readonly codes: readonly number[] }>,
  ): void {
    const refuse = (errorCode: number) => turn.release(reply, { errorCode, codes: [] });
    const group = this.#groups.get(groupId);
    if (groupId === '') {
      refuse(ErrorCode.INVALID_GROUP_ID);
      return;
    }
    if (group === undefined || group.state === 'Dead') {
      refuse(ErrorCode.GROUP_ID_NOT_FOUND);
      return;
    }
    if (group.state !== 'Empty' && !group.usesConsumerProtocol) {
      refuse(ErrorCode.NON_EMPTY_GROUP);
      return;
    }
    const subscribed = items.map(({ topic }) => group.isSubscribedTo(topic));
    const answer = (errorCode: number) => ({
      errorCode: ErrorCode.NONE,
      codes: subscribed.map((held) => (held ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : errorCode)),
    });
    const removed = items.filter(({ topic, partition }, index) => {
      if (subscribed[index]) return false;
      return (
        this.offsets.get(groupId, topic, partition) !== undefined || this.offsets.isAnnounced(groupId, topic, partition)
      );
    });
    if (removed.length === 0) {
      turn.release(reply, answer(ErrorCode.NONE));
      return;
    }
    turn.append(
      removed.map(({ topic, partition }) => offsetTombstone(groupId, topic, partition)),
      {
        apply: () => this.removeOffsets(groupId, removed),
        settled: (errorCode, later) => later.release(reply, answer(errorCode)),
      },
    );
  }

  /** A topic is gone, and with it every commit to it, of live groups as well. A new topic of that name keeps its own. */
  topicDeleted(topic: string, topicId: string, turn: Turn): void {
    for (const groupId of this.offsets.groups()) {
      const removed = this.offsets.keys(groupId, topic).filter(({ partition }) => {
        const stored = this.offsets.get(groupId, topic, partition)?.topicId ?? ZERO_UUID;
        return stored === topicId || stored === ZERO_UUID;
      });
      if (removed.length === 0) continue;
      turn.append(
        removed.map(({ partition }) => offsetTombstone(groupId, topic, partition)),
        { apply: () => this.removeOffsets(groupId, removed) },
      );
    }
  }

  /** Another node is the coordinator from now on: whoever is parked has to look for it. */
  abandon(turn: Turn): void {
    for (const group of this.#groups.values()) {
      for (const member of group.members.values()) {
        releaseJoin(group, member, { errorCode: ErrorCode.NOT_COORDINATOR, memberId: member.memberId }, turn);
        releaseSync(group, member, ErrorCode.NOT_COORDINATOR, turn);
      }
    }
  }
}

/** What a JoinGroup would have written down as text. */
function texts({ clientId, groupInstanceId, protocolType, protocols }: JoinRequest): string[] {
  return [clientId, groupInstanceId ?? '', protocolType, ...protocols.map(({ name }) => name)];
}

/** The records that remove a whole group: each of its offsets, then itself. */
function groupTombstones(groupId: string, keys: readonly TopicPartition[]) {
  return [...keys.map(({ topic, partition }) => offsetTombstone(groupId, topic, partition)), groupTombstone(groupId)];
}
