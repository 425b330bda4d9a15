import { ErrorCode } from '../../protocol/errors.ts';
import type { Scheduler } from '../env.ts';
import type {
  ReplicaFetchedPartition,
  ReplicaFetchPartition,
  ReplicaFetchRequest,
  ReplicaFetchResponse,
} from '../network.ts';
import { longPoll } from './long-poll.ts';
import { NO_RECORDS, readReplica } from './read.ts';
import type { PartitionReplica } from './replica.ts';
import type { ReplicationQuota } from './throttle.ts';
import type { Watchers } from './watchers.ts';

/** What the leader's side needs to know. */
export interface ReplicaFetchSource {
  readonly scheduler: Scheduler;
  /** leader.replication.throttled.rate, over all followers. */
  readonly quota: ReplicationQuota;
  find(topicId: string, partition: number): PartitionReplica | undefined;
  /** The epoch of a registered broker: a fetch of an earlier incarnation must not count as progress (KIP-903). */
  brokerEpoch(broker: number): number | undefined;
}

/**
 * Serves followers: takes their progress, and answers with what they lack, or once there is something new (records, or
 * a high watermark that they do not know), or when their wait is over.
 */
export class ReplicaFetchServer {
  readonly #source: ReplicaFetchSource;
  /** The long poll of each follower. A newer fetch of the same follower replaces it. */
  readonly #polls = new Map<number, { readonly giveUp: () => void }>();

  constructor(source: ReplicaFetchSource) {
    this.#source = source;
  }

  serve(request: ReplicaFetchRequest, reply: (response: ReplicaFetchResponse) => void): void {
    const follower = request.replicaId;
    this.#polls.get(follower)?.giveUp();
    if (this.#source.brokerEpoch(follower) !== request.replicaEpoch) {
      reply({ errorCode: ErrorCode.STALE_BROKER_EPOCH, partitions: [] });
      return;
    }
    const attempt = (last: boolean, first: boolean): boolean => {
      const { partitions, urgent, bytes } = this.#collect(request, first);
      if (!last && !urgent && bytes < Math.max(1, request.minBytes)) return false;
      this.#polls.delete(follower);
      this.#tellHighWatermarks(follower, partitions);
      this.#meter(partitions);
      reply({ errorCode: ErrorCode.NONE, partitions });
      return true;
    };
    if (attempt(request.maxWaitMs <= 0, true)) return;
    const poll = longPoll({
      scheduler: this.#source.scheduler,
      maxWaitMs: request.maxWaitMs,
      watched: this.#watched(request),
      attempt: (last) => attempt(last, false),
    });
    const giveUp = (): void => {
      poll.cancel();
      this.#polls.delete(follower);
      reply({ errorCode: ErrorCode.NONE, partitions: [] });
    };
    this.#polls.set(follower, { giveUp });
  }

  #watched(request: ReplicaFetchRequest): Watchers[] {
    const watched: Watchers[] = [];
    for (const { topicId, partition } of request.partitions) {
      const replica = this.#source.find(topicId, partition);
      if (replica !== undefined) watched.push(replica.watchers);
    }
    return watched;
  }

  #collect(
    request: ReplicaFetchRequest,
    first: boolean,
  ): { partitions: ReplicaFetchedPartition[]; urgent: boolean; bytes: number } {
    const partitions: ReplicaFetchedPartition[] = [];
    let urgent = false;
    let bytes = 0;
    for (const asked of request.partitions) {
      const replica = this.#source.find(asked.topicId, asked.partition);
      const fetched =
        replica === undefined
          ? failed(asked, ErrorCode.UNKNOWN_TOPIC_ID)
          : isStranger(replica, request.replicaId)
            ? failed(asked, ErrorCode.NOT_LEADER_OR_FOLLOWER)
            : this.#isHeldBack(replica, request.replicaId)
              ? fetchOne(replica, asked, 0, false)
              : fetchOne(replica, asked, Math.min(request.partitionMaxBytes, request.maxBytes - bytes), bytes === 0);
      bytes += fetched.records.length;
      if (replica !== undefined && fetched.errorCode === ErrorCode.NONE && fetched.diverging === null) {
        // What it asks for is progress, because its log is a prefix of this one; but only once.
        if (first) replica.followerFetched(request.replicaId, asked.fetchOffset, asked.logStartOffset);
        if (replica.leaderState?.knownHighWatermark(request.replicaId) !== replica.highWatermark) urgent = true;
        if (asked.logStartOffset < fetched.logStartOffset) urgent = true;
        partitions.push({ ...fetched, highWatermark: replica.highWatermark });
      } else {
        urgent = true;
        partitions.push(fetched);
      }
    }
    return { partitions, urgent, bytes };
  }

  /** Whether a throttled replica gets nothing for now. One that is in sync always does: it would fall out of the ISR. */
  #isHeldBack(replica: PartitionReplica, follower: number): boolean {
    if (!replica.isThrottled('leader') || replica.leaderState?.isr.includes(follower) === true) return false;
    return this.#source.quota.isExceeded();
  }

  #meter(partitions: readonly ReplicaFetchedPartition[]): void {
    for (const { topicId, partition, records } of partitions) {
      if (this.#source.find(topicId, partition)?.isThrottled('leader') === true) {
        this.#source.quota.record(records.length);
      }
    }
  }

  #tellHighWatermarks(follower: number, partitions: readonly ReplicaFetchedPartition[]): void {
    for (const { topicId, partition, errorCode, highWatermark } of partitions) {
      if (errorCode !== ErrorCode.NONE) continue;
      this.#source.find(topicId, partition)?.leaderState?.toldHighWatermark(follower, highWatermark);
    }
  }
}

function fetchOne(
  replica: PartitionReplica,
  asked: ReplicaFetchPartition,
  maxBytes: number,
  atLeastOneBatch: boolean,
): ReplicaFetchedPartition {
  const read = readReplica(replica, {
    fetchOffset: asked.fetchOffset,
    currentLeaderEpoch: asked.currentLeaderEpoch,
    lastFetchedEpoch: asked.lastFetchedEpoch,
    maxBytes,
    atLeastOneBatch,
    isolation: 'log_end',
  });
  return {
    topicId: asked.topicId,
    partition: asked.partition,
    errorCode: read.errorCode,
    highWatermark: read.highWatermark,
    logStartOffset: read.logStartOffset,
    diverging: read.diverging,
    records: read.records,
  };
}

/** A broker that this leader knows no replica on: one of them has not heard yet that replicas were moved. */
function isStranger(replica: PartitionReplica, broker: number): boolean {
  return replica.leaderState !== null && !replica.leaderState.isFollower(broker);
}

function failed(asked: ReplicaFetchPartition, errorCode: number): ReplicaFetchedPartition {
  return {
    topicId: asked.topicId,
    partition: asked.partition,
    errorCode,
    highWatermark: -1,
    logStartOffset: -1,
    diverging: null,
    records: NO_RECORDS,
  };
}
