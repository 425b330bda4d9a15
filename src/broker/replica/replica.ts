import { LogError } from '../../log/error.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import type { AppendOrigin } from '../../log/types.ts';
import { validateClientBatch } from '../../log/validate-batch.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { TopicConfig } from '../config/topic-config.ts';
import { type Scheduler, type Timer, wallTime } from '../env.ts';
import type { PartitionImage } from '../image.ts';
import { type AlterPartitionRequest, type AnswerTo, type IsrCandidate, isAnswer } from '../network.ts';
import type { Acks, AppendOutcome, Replica } from '../node.ts';
import { LeaderState } from './leader-state.ts';
import { Watchers } from './watchers.ts';

/** What a replica needs of the node that it lives on. */
export interface ReplicaEnv {
  readonly nodeId: number;
  readonly scheduler: Scheduler;
  /** replica.lag.time.max.ms */
  lagMaxMs(): number;
  /** Whether a broker is alive, and not about to stop: only such may join an ISR. */
  mayJoinIsr(broker: number): boolean;
  /** The epoch of a registered broker, as this node knows it; -1 for none. */
  brokerEpoch(broker: number): number;
  alterPartition(
    request: Omit<AlterPartitionRequest, 'brokerId' | 'brokerEpoch'>,
    done: AnswerTo<'alterPartition'>,
  ): void;
  /** The disk failed under this replica. */
  failed(replica: PartitionReplica, error: unknown): void;
}

type Role =
  | { readonly kind: 'leader'; readonly state: LeaderState }
  | { readonly kind: 'follower'; readonly leader: number; readonly leaderEpoch: number };

/** An append that is in the log, and waits until the whole ISR has it. */
interface WaitingAppend {
  /** Satisfied once the high watermark is here. */
  readonly requiredOffset: number;
  readonly outcome: AppendOutcome;
  readonly done: (outcome: AppendOutcome) => void;
  readonly timer: Timer;
}

const NO_LEADER = -1;
/** How long to wait before asking the controller again when it could not be reached. */
const ALTER_PARTITION_RETRY_MS = 200;

/** One replica of a partition: its log, and what this node has to do for it as leader or follower. */
export class PartitionReplica implements Replica {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly log: PartitionLog;
  /** Woken when there is more to read, and when the role changes. */
  readonly watchers = new Watchers();
  readonly #config: () => TopicConfig;
  readonly #env: ReplicaEnv;
  #role: Role = { kind: 'follower', leader: NO_LEADER, leaderEpoch: -1 };
  #highWatermark: number;
  #waiting: WaitingAppend[] = [];
  #closed = false;

  constructor(
    id: { readonly topic: string; readonly topicId: string; readonly partition: number },
    log: PartitionLog,
    highWatermark: number,
    config: () => TopicConfig,
    env: ReplicaEnv,
  ) {
    this.topic = id.topic;
    this.topicId = id.topicId;
    this.partition = id.partition;
    this.log = log;
    this.#config = config;
    this.#env = env;
    this.#highWatermark = Math.min(Math.max(highWatermark, log.logStartOffset), log.logEndOffset);
  }

  get isLeader(): boolean {
    return this.#role.kind === 'leader';
  }

  get leaderEpoch(): number {
    return this.#role.kind === 'leader' ? this.#role.state.leaderEpoch : this.#role.leaderEpoch;
  }

  /** The node that leads, as far as this one knows; -1 where nobody does. */
  get leader(): number {
    return this.#role.kind === 'leader' ? this.#env.nodeId : this.#role.leader;
  }

  get highWatermark(): number {
    return this.#highWatermark;
  }

  get lastStableOffset(): number {
    return this.log.lastStableOffset(this.#highWatermark);
  }

  /** Whether the topic names this replica as throttled, while it leads or follows. */
  isThrottled(as: 'leader' | 'follower'): boolean {
    return this.#config().throttled[as].has(this.partition, this.#env.nodeId);
  }

  /** Null on a follower. */
  get leaderState(): LeaderState | null {
    return this.#role.kind === 'leader' ? this.#role.state : null;
  }

  /** Follows the metadata: this node leads the partition. */
  lead(image: PartitionImage): void {
    const now = this.#env.scheduler.now();
    const confirmed = { isr: image.isr, partitionEpoch: image.partitionEpoch };
    if (this.#role.kind === 'leader' && this.#role.state.leaderEpoch === image.leaderEpoch) {
      this.#role.state.confirm(confirmed, image.replicas, now);
    } else {
      this.#abandonAppends();
      this.log.assignLeaderEpoch(image.leaderEpoch);
      const state = new LeaderState({
        nodeId: this.#env.nodeId,
        leaderEpoch: image.leaderEpoch,
        epochStartOffset: this.log.logEndOffset,
        replicas: image.replicas,
        confirmed,
        now,
      });
      this.#role = { kind: 'leader', state };
      this.watchers.wake();
    }
    this.advanceHighWatermark();
  }

  /** Follows the metadata: another node leads the partition, or nobody (-1). True when that is news. */
  follow(leader: number, leaderEpoch: number): boolean {
    const { kind } = this.#role;
    if (kind === 'follower' && this.#role.leader === leader && this.#role.leaderEpoch === leaderEpoch) return false;
    this.#role = { kind: 'follower', leader, leaderEpoch };
    this.#abandonAppends();
    this.watchers.wake();
    return true;
  }

  /**
   * Appends as the leader; `done` when `acks` is satisfied. Errors of the batch are outcomes; errors of the disk are
   * reported to the node, and the outcome is KAFKA_STORAGE_ERROR.
   */
  append(
    records: Buffer,
    acks: Acks,
    timeoutMs: number,
    origin: AppendOrigin,
    done: (outcome: AppendOutcome) => void,
  ): void {
    const state = this.leaderState;
    if (state === null || this.#closed) {
      done(failure(ErrorCode.NOT_LEADER_OR_FOLLOWER));
      return;
    }
    if (acks === -1 && !state.hasEnoughInSync(this.#config().minInsyncReplicas)) {
      done(failure(ErrorCode.NOT_ENOUGH_REPLICAS));
      return;
    }
    const appended = this.#appendToLog(records, state.leaderEpoch, origin);
    if ('errorCode' in appended) {
      done(appended);
      return;
    }
    const outcome: AppendOutcome = { errorCode: ErrorCode.NONE, message: null, recordErrors: [], ...appended };
    if (!this.advanceHighWatermark()) this.watchers.wake();
    if (acks !== -1 || this.#highWatermark > appended.lastOffset) {
      done(outcome);
      return;
    }
    const waiting: WaitingAppend = {
      requiredOffset: appended.lastOffset + 1,
      outcome,
      done,
      timer: this.#env.scheduler.after(timeoutMs, () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        done({ ...outcome, errorCode: ErrorCode.REQUEST_TIMED_OUT });
      }),
    };
    this.#waiting.push(waiting);
  }

  #appendToLog(
    records: Buffer,
    leaderEpoch: number,
    origin: AppendOrigin,
  ): AppendOutcome | ReturnType<PartitionLog['appendAsLeader']> {
    try {
      if (origin === 'client') {
        const rejection = validateClientBatch(records, this.#config(), wallTime(this.#env.scheduler));
        if (rejection !== null) {
          return { ...failure(rejection.errorCode, rejection.message), recordErrors: rejection.recordErrors };
        }
      }
      return this.log.appendAsLeader(records, leaderEpoch, { origin });
    } catch (error) {
      if (error instanceof LogError) return failure(error.errorCode, error.message);
      this.failed(error);
      return failure(ErrorCode.KAFKA_STORAGE_ERROR);
    }
  }

  /** Takes in what a follower's fetch says of it: progress moves the high watermark, and may bring it into the ISR. */
  followerFetched(follower: number, fetchOffset: number, logStartOffset: number): void {
    const state = this.leaderState;
    if (state === null) return;
    const before = state.followerLogStart(follower);
    state.fetched(follower, fetchOffset, logStartOffset, this.log.logEndOffset, this.#env.scheduler.now());
    this.#expandIsr(state, follower);
    if (!this.advanceHighWatermark() && logStartOffset !== before) this.watchers.wake();
  }

  /** Cuts the log's start, at the leader; followers cut theirs when they hear of it. False where the disk fails. */
  deleteRecordsBefore(offset: number): boolean {
    try {
      if (!this.log.advanceLogStartOffset(offset)) return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
    this.clampHighWatermark();
    this.watchers.wake();
    return true;
  }

  /** The offset before which no replica on a living broker has records. */
  lowWatermark(): number {
    const { logStartOffset } = this.log;
    return this.leaderState?.lowWatermark(logStartOffset, (id) => this.#env.mayJoinIsr(id)) ?? logStartOffset;
  }

  /** Moves the high watermark as far as it may go. True when it moved (and everyone who waits was told). */
  advanceHighWatermark(): boolean {
    const state = this.leaderState;
    if (state === null) return false;
    const to = state.highWatermark(this.log.logEndOffset, {
      minIsr: this.#config().minInsyncReplicas,
      lagMaxMs: this.#env.lagMaxMs(),
      now: this.#env.scheduler.now(),
      mayJoin: (broker) => this.#env.mayJoinIsr(broker),
    });
    return to !== null && this.#moveHighWatermark(to);
  }

  /** A follower learns the high watermark from its leader. */
  learnHighWatermark(highWatermark: number): void {
    this.#moveHighWatermark(Math.min(highWatermark, this.log.logEndOffset));
  }

  /** The log was cut, or begins later: what was visible follows. */
  clampHighWatermark(): void {
    const { logStartOffset, logEndOffset } = this.log;
    this.#highWatermark = Math.min(Math.max(this.#highWatermark, logStartOffset), logEndOffset);
  }

  /** Asks the controller to take out of the ISR who has not kept up. */
  shrinkIsr(): void {
    const state = this.leaderState;
    const isr = state?.shrunk(this.log.logEndOffset, this.#env.lagMaxMs(), this.#env.scheduler.now());
    if (state && isr) this.#propose(state, isr, []);
  }

  /** The replica goes away: who waits for it is told to look elsewhere, or why it is gone. */
  close(errorCode: number = ErrorCode.NOT_LEADER_OR_FOLLOWER): void {
    this.#closed = true;
    this.#role = { kind: 'follower', leader: NO_LEADER, leaderEpoch: this.leaderEpoch };
    this.#abandonAppends(errorCode);
    this.watchers.wake();
  }

  /** The disk failed under a read or an append of this replica. */
  failed(error: unknown): void {
    this.#env.failed(this, error);
  }

  #expandIsr(state: LeaderState, follower: number): void {
    const isr = state.expanded(follower, this.#highWatermark);
    if (isr === null || !this.#env.mayJoinIsr(follower)) return;
    this.#propose(state, isr, [{ brokerId: follower, brokerEpoch: this.#env.brokerEpoch(follower) }]);
  }

  #propose(state: LeaderState, isr: readonly number[], joining: readonly IsrCandidate[]): void {
    state.propose(isr);
    const { topicId, partition } = this;
    const { leaderEpoch, partitionEpoch } = state;
    const request = { topicId, partition, leaderEpoch, partitionEpoch, newIsr: isr, joining };
    this.#env.alterPartition(request, (response) => {
      if (this.leaderState !== state || !state.proposalInFlight) return;
      if (!isAnswer(response) || isPassing(response.errorCode)) {
        this.#env.scheduler.after(ALTER_PARTITION_RETRY_MS, () => {
          if (this.leaderState === state && state.partitionEpoch === partitionEpoch) this.#propose(state, isr, joining);
        });
        return;
      }
      // What the controller made of the ISR comes with the metadata; until then it may be what was proposed, and the high
      // watermark goes on waiting for both. Kafka acts on the answer alone, which may overtake what the controller knew
      // when it agreed: a higher min.insync.replicas, say, for which whoever leaves the ISR stays eligible.
      const isRefused = response.errorCode === ErrorCode.INELIGIBLE_REPLICA;
      const isAsBefore = response.errorCode === ErrorCode.NONE && response.partitionEpoch === state.partitionEpoch;
      if (!isRefused && !isAsBefore) return;
      state.withdraw();
      this.advanceHighWatermark();
    });
  }

  #moveHighWatermark(to: number): boolean {
    if (to <= this.#highWatermark) return false;
    this.#highWatermark = to;
    if (this.#waiting.length > 0) {
      const satisfied = this.#waiting.filter((append) => append.requiredOffset <= to);
      if (satisfied.length > 0) this.#waiting = this.#waiting.filter((append) => append.requiredOffset > to);
      for (const append of satisfied) settle(append, append.outcome);
    }
    this.watchers.wake();
    return true;
  }

  #abandonAppends(errorCode: number = ErrorCode.NOT_LEADER_OR_FOLLOWER): void {
    const abandoned = this.#waiting;
    this.#waiting = [];
    for (const append of abandoned) {
      settle(append, { ...append.outcome, errorCode });
    }
  }
}

function settle(append: WaitingAppend, outcome: AppendOutcome): void {
  append.timer.cancel();
  append.done(outcome);
}

/** The controller has moved or does not know this broker yet: the same question will get an answer later. */
function isPassing(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.NOT_CONTROLLER ||
    errorCode === ErrorCode.STALE_BROKER_EPOCH ||
    errorCode === ErrorCode.REQUEST_TIMED_OUT
  );
}

export function failure(errorCode: number, message: string | null = null): AppendOutcome {
  return { errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, message, recordErrors: [] };
}
