import { decodeSubscription } from '../../protocol/consumer-protocol.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { ProtocolError } from '../../protocol/schema/index.ts';
import { type JoinResult, type Member, type MemberProtocol, metadataOf, newMember } from './member.ts';
import type { ReplyTo } from './turn.ts';

/** Kafka's names, as DescribeGroups and ListGroups show them. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

const CONSUMER_PROTOCOL_TYPE = 'consumer';

/** A classic group: who is in it, in which generation, and who waits for what. Its rules are in the files beside it. */
export class Group {
  readonly groupId: string;
  state: GroupState = 'Empty';
  previousState: GroupState = 'Empty';
  /** When the group came into its state; -1 where an old record does not say. */
  stateTimestampMs: number;
  generationId = 0;
  /** null: the group has never had a member, and only holds commits (a "simple" group). */
  protocolType: string | null = null;
  protocolName: string | null = null;
  leaderId: string | null = null;
  readonly members = new Map<string, Member>();
  /** Member ids that were handed out (MEMBER_ID_REQUIRED) and have not joined yet. */
  readonly pendingJoin = new Set<string>();
  /** Members of this generation that have not asked for their assignment yet. */
  readonly pendingSync = new Set<string>();
  /** Someone joined since the initial rebalance delay was last extended. */
  newMemberAdded = false;
  /** Of the current generation; null where it is not known (other protocol types, undecodable subscriptions). */
  subscribedTopics: ReadonlySet<string> | null = null;
  readonly #memberIdByInstance = new Map<string, string>();
  readonly #offers = new Map<string, number>();

  constructor(groupId: string, nowMs: number) {
    this.groupId = groupId;
    this.stateTimestampMs = nowMs;
  }

  transition(to: GroupState, nowMs: number): void {
    this.previousState = this.state;
    this.state = to;
    this.stateTimestampMs = nowMs;
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  memberIdOf(groupInstanceId: string): string | undefined {
    return this.#memberIdByInstance.get(groupInstanceId);
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  /** The largest rebalance timeout of all members: how long a rebalance waits. */
  get rebalanceTimeoutMs(): number {
    let timeout = 0;
    for (const member of this.members.values()) timeout = Math.max(timeout, member.rebalanceTimeoutMs);
    return timeout;
  }

  /** Members that are parked in JoinGroup. */
  awaitingJoin = 0;

  get everyoneJoined(): boolean {
    return this.awaitingJoin === this.members.size && this.pendingJoin.size === 0;
  }

  /** Whether a member offering this could be part of the group: same type, and one protocol that everybody has. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && protocols.length > 0;
    return (
      this.protocolType === protocolType &&
      protocols.some((protocol) => (this.#offers.get(protocol.name) ?? 0) === this.members.size)
    );
  }

  add(member: Member, protocolType: string, reply: ReplyTo<JoinResult> | null): void {
    if (this.members.size === 0) this.protocolType = protocolType;
    this.leaderId ??= member.memberId;
    this.members.set(member.memberId, member);
    if (member.groupInstanceId !== null) this.#memberIdByInstance.set(member.groupInstanceId, member.memberId);
    this.#count(member.protocols, 1);
    this.pendingJoin.delete(member.memberId);
    this.park(member, reply);
  }

  /** Sets or clears what answers the member's JoinGroup. */
  park(member: Member, reply: ReplyTo<JoinResult> | null): void {
    if (member.awaitingJoin !== null) this.awaitingJoin--;
    member.awaitingJoin = reply;
    if (reply !== null) this.awaitingJoin++;
  }

  update(member: Member, fields: Pick<Member, 'protocols' | 'rebalanceTimeoutMs' | 'sessionTimeoutMs'>): void {
    this.#count(member.protocols, -1);
    member.protocols = fields.protocols;
    member.rebalanceTimeoutMs = fields.rebalanceTimeoutMs;
    member.sessionTimeoutMs = fields.sessionTimeoutMs;
    this.#count(member.protocols, 1);
  }

  /** Takes a member, or a pending one, out of the group. What it waits for must have been answered before. */
  remove(memberId: string): void {
    const member = this.members.get(memberId);
    if (member !== undefined) {
      this.park(member, null);
      this.members.delete(memberId);
      this.#count(member.protocols, -1);
      if (member.groupInstanceId !== null && this.memberIdOf(member.groupInstanceId) === memberId) {
        this.#memberIdByInstance.delete(member.groupInstanceId);
      }
    }
    if (this.isLeader(memberId)) this.leaderId = this.members.keys().next().value ?? null;
    this.pendingJoin.delete(memberId);
    this.pendingSync.delete(memberId);
  }

  /** Gives a static member a new id in the place of its old one, with everything else unchanged. */
  replaceStatic(old: Member, memberId: string): Member {
    const member = newMember({ ...old, memberId, isNew: old.isNew });
    this.park(old, null);
    this.members.delete(old.memberId);
    this.members.set(memberId, member);
    if (member.groupInstanceId !== null) this.#memberIdByInstance.set(member.groupInstanceId, memberId);
    if (this.isLeader(old.memberId)) this.leaderId = memberId;
    if (this.pendingSync.delete(old.memberId)) this.pendingSync.add(memberId);
    return member;
  }

  /** Whether the caller is the member it says to be: NONE, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID (KIP-345). */
  checkMember(memberId: string, groupInstanceId: string | null): number {
    if (groupInstanceId !== null) {
      const current = this.memberIdOf(groupInstanceId);
      if (current === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
      if (current !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
    }
    return this.members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
  }

  /** Makes sure that the leader takes part in the coming generation. False when nobody does. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false;
    if (this.members.get(this.leaderId)?.awaitingJoin) return true;
    for (const member of this.members.values()) {
      if (member.awaitingJoin === null) continue;
      this.leaderId = member.memberId;
      return true;
    }
    return false;
  }

  nextGeneration(nowMs: number): void {
    this.generationId++;
    this.pendingSync.clear();
    this.protocolName = this.members.size === 0 ? null : this.selectProtocol();
    this.transition(this.members.size === 0 ? 'Empty' : 'CompletingRebalance', nowMs);
    this.noteSubscriptions();
  }

  /** Each member votes for the first of its protocols that everybody has; most votes win, the earlier vote a tie. */
  selectProtocol(): string | null {
    const votes = new Map<string, number>();
    for (const member of this.members.values()) {
      const choice = member.protocols.find(({ name }) => this.#offers.get(name) === this.members.size);
      if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    let winner: string | null = null;
    let most = 0;
    for (const [name, count] of votes) {
      if (count > most) [winner, most] = [name, count];
    }
    return winner;
  }

  /** Works out `subscribedTopics` from what the members sent under the chosen protocol. */
  noteSubscriptions(): void {
    this.subscribedTopics = this.#subscriptions();
  }

  /** An unknown subscription of a consumer group counts as one to everything. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.usesConsumerProtocol;
  }

  #subscriptions(): Set<string> | null {
    if (this.protocolType === null) return null;
    if (this.members.size === 0) return new Set();
    const protocolName = this.protocolName;
    if (!this.usesConsumerProtocol || protocolName === null) return null;
    const topics = new Set<string>();
    try {
      for (const member of this.members.values()) {
        const subscription = decodeSubscription(metadataOf(member, protocolName));
        // Empty bytes are no subscription either.
        if (subscription === null) return null;
        for (const topic of subscription.topics) topics.add(topic);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return null;
    }
    return topics;
  }

  #count(protocols: readonly MemberProtocol[], by: 1 | -1): void {
    for (const name of new Set(protocols.map((protocol) => protocol.name))) {
      const count = (this.#offers.get(name) ?? 0) + by;
      if (count === 0) this.#offers.delete(name);
      else this.#offers.set(name, count);
    }
  }
}
