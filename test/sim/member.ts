import {
  FindCoordinator,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  OffsetCommit,
  OffsetFetch,
  SyncGroup,
} from '../../src/protocol/api/index.ts';
import { decodeAssignment, encodeAssignment, encodeSubscription } from '../../src/protocol/consumer-protocol.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts';
import { type ClientWorld, keyOf } from './client.ts';
import type { CommitOp } from './history.ts';
import { type Position, type ReaderOptions, SimReader } from './reader.ts';
import type { Task } from './task.ts';

const SESSION_MS = 3000;
const REBALANCE_MS = 4000;
const HEARTBEAT_MS = 500;

type Joined = ResponseOf<typeof JoinGroup>;

/** A consumer of a group: joins, assigns when it leads, reads what it owns, commits how far it is. */
export class SimMember extends SimReader {
  readonly #group: string;
  readonly #instance: string | null;
  #coordinator = -1;
  #memberId = '';
  #generation = -1;
  #nextHeartbeatMs = 0;
  #owned: Position[] | null = null;

  constructor(shared: ClientWorld, name: string, seed: number, group: string, options: ReaderOptions) {
    super(shared, name, seed, options);
    this.#group = group;
    this.#instance = this.random.below(4) === 0 ? name : null;
  }

  /** Whether it is part of the group as far as it knows. */
  get isMember(): boolean {
    return this.#owned !== null;
  }

  get generation(): number {
    return this.#generation;
  }

  get owned(): readonly string[] {
    return (this.#owned ?? []).map(({ topic, partition }) => keyOf(topic, partition));
  }

  override *run(): Task {
    yield* this.refresh();
    while (!this.shared.membersStopping) {
      if (this.#owned === null) yield* this.#join();
      else if (this.now >= this.#nextHeartbeatMs) yield* this.#heartbeat();
      else {
        if (this.#owned.length > 0) yield* this.poll(this.#owned);
        if (this.random.below(3) === 0) yield* this.#commit();
        if (this.random.below(150) === 0) yield* this.#leave();
      }
      yield* this.sleep(20 + this.random.below(150));
    }
  }

  *#join(): Task {
    if (this.#coordinator < 0) yield* this.#find();
    const subscription = encodeSubscription(0, { topics: this.options.topics.map(({ name }) => name) });
    const joined = yield* this.#askCoordinator(
      JoinGroup,
      9,
      {
        groupId: this.#group,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: REBALANCE_MS,
        memberId: this.#memberId,
        groupInstanceId: this.#instance,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: subscription }],
      },
      REBALANCE_MS + 2000,
    );
    if (joined === null) return;
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.#memberId = joined.memberId;
    if (joined.errorCode !== ErrorCode.NONE) return this.#startOver(joined.errorCode);
    this.#memberId = joined.memberId;
    this.#generation = joined.generationId;
    const leads = joined.leader === joined.memberId && !joined.skipAssignment;
    const synced = yield* this.#askCoordinator(
      SyncGroup,
      5,
      {
        groupId: this.#group,
        generationId: joined.generationId,
        memberId: joined.memberId,
        groupInstanceId: this.#instance,
        protocolType: 'consumer',
        protocolName: joined.protocolName,
        assignments: leads ? this.#assign(joined) : [],
      },
      REBALANCE_MS + 2000,
    );
    if (synced === null) return;
    if (synced.errorCode !== ErrorCode.NONE) return this.#startOver(synced.errorCode);
    yield* this.#take(synced.assignment);
  }

  *#take(assignment: Buffer): Task {
    const owned = (decodeAssignment(assignment)?.assignedPartitions ?? []).flatMap(({ topic, partitions }) =>
      partitions.map((partition): Position => ({ topic, partition, offset: -1 })),
    );
    this.shared.history.push({
      kind: 'owned',
      process: this.name,
      group: this.#group,
      memberId: this.#memberId,
      generation: this.#generation,
      keys: owned.map(({ topic, partition }) => keyOf(topic, partition)),
      at: this.now,
    });
    for (const position of owned) {
      const committed = yield* this.#committed(position);
      if (committed === null) return;
      if (committed >= 0) this.seek(position, committed);
    }
    this.#owned = owned;
    this.#nextHeartbeatMs = this.now + HEARTBEAT_MS;
  }

  /** Each partition goes to one member, in turn. */
  #assign({ members }: Joined) {
    const all = this.options.topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
    );
    return members.map(({ memberId }, index) => {
      const own = all.filter((_, at) => at % members.length === index);
      const topics = [...new Set(own.map(({ topic }) => topic))];
      const assignedPartitions = topics.map((topic) => ({
        topic,
        partitions: own.filter((one) => one.topic === topic).map(({ partition }) => partition),
      }));
      return { memberId, assignment: encodeAssignment(0, { assignedPartitions }) };
    });
  }

  *#heartbeat(): Task {
    this.#nextHeartbeatMs = this.now + HEARTBEAT_MS;
    const answer = yield* this.#askCoordinator(Heartbeat, 4, {
      groupId: this.#group,
      generationId: this.#generation,
      memberId: this.#memberId,
      groupInstanceId: this.#instance,
    });
    if (answer !== null) this.#judge(answer.errorCode);
  }

  *#commit(): Task {
    const positions = (this.#owned ?? []).filter(({ offset }) => offset >= 0);
    const position = positions[this.random.below(Math.max(1, positions.length))];
    if (position === undefined) return;
    const { topic, partition, offset } = position;
    const op: CommitOp = {
      kind: 'commit',
      process: this.name,
      group: this.#group,
      key: keyOf(topic, partition),
      offset,
      invoked: this.now,
      completed: Number.POSITIVE_INFINITY,
      outcome: 'unknown',
    };
    this.shared.history.push(op);
    const committed = { partitionIndex: partition, committedOffset: offset, committedMetadata: '' };
    const answer = yield* this.#askCoordinator(OffsetCommit, 9, {
      groupId: this.#group,
      generationIdOrMemberEpoch: this.#generation,
      memberId: this.#memberId,
      groupInstanceId: this.#instance,
      topics: [{ name: topic, partitions: [committed] }],
    });
    const errorCode = answer?.topics[0]?.partitions[0]?.errorCode;
    if (errorCode === undefined) return;
    op.completed = this.now;
    if (errorCode === ErrorCode.NONE) op.outcome = 'ok';
    else if (REFUSED.has(errorCode)) op.outcome = 'fail';
    this.#judge(errorCode);
  }

  *#committed({ topic, partition }: Position): Task<number | null> {
    const invoked = this.now;
    const answer = yield* this.#askCoordinator(OffsetFetch, 9, {
      groups: [{ groupId: this.#group, topics: [{ name: topic, partitionIndexes: [partition] }] }],
      requireStable: true,
    });
    const group = answer?.groups[0];
    const found = group?.topics[0]?.partitions[0];
    if (group === undefined || found === undefined) return null;
    const errorCode = group.errorCode === ErrorCode.NONE ? found.errorCode : group.errorCode;
    if (errorCode !== ErrorCode.NONE) {
      this.#judge(errorCode);
      return null;
    }
    this.shared.history.push({
      kind: 'committed',
      process: this.name,
      group: this.#group,
      key: keyOf(topic, partition),
      offset: found.committedOffset,
      invoked,
      completed: this.now,
    });
    return found.committedOffset;
  }

  *#leave(): Task {
    yield* this.#askCoordinator(LeaveGroup, 5, {
      groupId: this.#group,
      members: [{ memberId: this.#memberId, groupInstanceId: this.#instance }],
    });
    this.#memberId = '';
    this.#owned = null;
  }

  *#find(): Task {
    const { hosts } = this.world;
    const node = hosts[this.random.below(hosts.length)]?.id ?? 1;
    const request = { keyType: 0, coordinatorKeys: [this.#group] };
    const answer = yield* this.ask(node, FindCoordinator, 4 + this.random.below(3), request, 1000);
    const found = answer.kind === 'answer' ? answer.body.coordinators[0] : undefined;
    if (found?.errorCode === ErrorCode.NONE) this.#coordinator = found.nodeId;
    else yield* this.sleep(100);
  }

  *#askCoordinator<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    timeoutMs = 2000,
  ): Task<ResponseOf<A> | null> {
    if (this.#coordinator < 0) yield* this.#find();
    if (this.#coordinator < 0) return null;
    const answer = yield* this.ask(this.#coordinator, api, version, body, timeoutMs);
    if (answer.kind === 'answer') return answer.body;
    this.#coordinator = -1;
    return null;
  }

  /** What an error means for this member's standing. */
  #judge(errorCode: number): void {
    if (errorCode === ErrorCode.NOT_COORDINATOR) this.#coordinator = -1;
    else if (REJOIN.has(errorCode)) this.#startOver(errorCode);
  }

  #startOver(errorCode: number): void {
    if (errorCode === ErrorCode.NOT_COORDINATOR) this.#coordinator = -1;
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID || errorCode === ErrorCode.FENCED_INSTANCE_ID) this.#memberId = '';
    this.#owned = null;
  }
}

const REJOIN: ReadonlySet<number> = new Set([
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
]);
/** The coordinator looked at the commit and wrote nothing. */
const REFUSED: ReadonlySet<number> = new Set([...REJOIN, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]);
