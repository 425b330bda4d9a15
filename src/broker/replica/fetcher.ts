import { ErrorCode, errorName } from '../../protocol/errors.ts';
import { baseOffset } from '../../records/index.ts';
import type { Log, Scheduler, Timer } from '../env.ts';
import { isAnswer, type Network, type ReplicaFetchedPartition, type ReplicaFetchPartition } from '../network.ts';
import type { PartitionReplica } from './replica.ts';
import type { ReplicationQuota } from './throttle.ts';

export interface FetcherOptions {
  readonly nodeId: number;
  readonly leader: number;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly log: Log;
  brokerEpoch(): number;
  /** follower.replication.throttled.rate, over all leaders that this node follows. */
  readonly quota: ReplicationQuota;
  /** replica.fetch.wait.max.ms, replica.fetch.response.max.bytes and replica.fetch.max.bytes. */
  maxWaitMs(): number;
  maxBytes(): number;
  partitionMaxBytes(): number;
  /** replica.socket.timeout.ms: how long an answer may take beyond the wait. */
  graceMs(): number;
  /** Logs were cut: how far each is durable has to be written down before anything is appended to them. */
  truncated(): void;
}

interface Followed {
  readonly replica: PartitionReplica;
  readonly leaderEpoch: number;
  /** Not asked for before this time, after an error. */
  notBeforeMs: number;
  /** Whether the last answer brought it up to the high watermark: what is in sync is never throttled. */
  inSync: boolean;
}

/** How long a follower waits after an error, or while it is throttled (Kafka's replica.fetch.backoff.ms). */
const BACKOFF_MS = 1000;

/**
 * Follows one leader: a single fetch after the other, for all partitions that this node follows there. What comes is
 * appended; where the logs part, this one is cut to the last offset that both have.
 */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #followed = new Map<PartitionReplica, Followed>();
  #inFlight = false;
  /** Number of the newest fetch: answers to older ones are not looked at. */
  #generation = 0;
  #retry: Timer | null = null;
  #stopped = false;

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#followed.size;
  }

  /** Follows one more partition, from the next turn on: a long poll for the others is given up for it. */
  add(replica: PartitionReplica, leaderEpoch: number): void {
    this.#followed.set(replica, { replica, leaderEpoch, notBeforeMs: 0, inSync: false });
    this.#inFlight = false;
    this.#generation++;
    this.#schedule(0);
  }

  remove(replica: PartitionReplica): void {
    this.#followed.delete(replica);
  }

  stop(): void {
    this.#stopped = true;
    this.#followed.clear();
    this.#retry?.cancel();
  }

  #schedule(delayMs: number): void {
    if (this.#inFlight || this.#stopped) return;
    this.#retry?.cancel();
    this.#retry = this.#options.scheduler.after(delayMs, () => {
      this.#retry = null;
      this.#fetch();
    });
  }

  #fetch(): void {
    if (this.#inFlight || this.#stopped || this.#followed.size === 0) return;
    const { nodeId, leader, network, scheduler } = this.#options;
    const now = scheduler.now();
    const asked = new Map<string, Followed>();
    const partitions: ReplicaFetchPartition[] = [];
    let resting = Number.POSITIVE_INFINITY;
    for (const followed of this.#followed.values()) {
      if (followed.notBeforeMs > now) {
        resting = Math.min(resting, followed.notBeforeMs - now);
        continue;
      }
      if (!followed.inSync && followed.replica.isThrottled('follower') && this.#options.quota.isExceeded()) {
        resting = Math.min(resting, BACKOFF_MS);
        continue;
      }
      partitions.push(ask(followed));
      asked.set(keyOf(followed.replica.topicId, followed.replica.partition), followed);
    }
    if (partitions.length === 0) {
      this.#schedule(resting);
      return;
    }
    this.#inFlight = true;
    const generation = ++this.#generation;
    const maxWaitMs = Math.min(this.#options.maxWaitMs(), resting);
    const request = {
      replicaId: nodeId,
      replicaEpoch: this.#options.brokerEpoch(),
      maxWaitMs,
      minBytes: 1,
      maxBytes: this.#options.maxBytes(),
      partitionMaxBytes: this.#options.partitionMaxBytes(),
      partitions,
    };
    network.call(nodeId, leader, 'replicaFetch', request, maxWaitMs + this.#options.graceMs(), (response) => {
      if (this.#stopped || this.#generation !== generation) return;
      this.#inFlight = false;
      if (!isAnswer(response) || response.errorCode !== ErrorCode.NONE) {
        this.#schedule(BACKOFF_MS);
        return;
      }
      for (const fetched of response.partitions) {
        const followed = asked.get(keyOf(fetched.topicId, fetched.partition));
        // It may have changed its role while the fetch was under way.
        if (followed !== undefined && this.#followed.get(followed.replica) === followed) this.#take(followed, fetched);
      }
      this.#schedule(0);
    });
  }

  #take(followed: Followed, fetched: ReplicaFetchedPartition): void {
    const { replica } = followed;
    try {
      switch (fetched.errorCode) {
        case ErrorCode.NONE:
          if (fetched.diverging !== null) this.#truncate(replica, fetched.diverging);
          else this.#append(followed, fetched);
          return;
        case ErrorCode.OFFSET_OUT_OF_RANGE:
          this.#outOfRange(replica, fetched);
          return;
        default:
          this.#options.log('debug', 'a leader answered a follower with an error', {
            topic: replica.topic,
            partition: replica.partition,
            leader: this.#options.leader,
            error: errorName(fetched.errorCode),
          });
          followed.notBeforeMs = this.#options.scheduler.now() + BACKOFF_MS;
      }
    } catch (error) {
      followed.notBeforeMs = this.#options.scheduler.now() + BACKOFF_MS;
      replica.failed(error);
    }
  }

  #append(followed: Followed, fetched: ReplicaFetchedPartition): void {
    const { replica } = followed;
    const { log } = replica;
    const { records } = fetched;
    if (records.length > 0) {
      // The log's start may lie within a batch (DeleteRecords), which an empty log gets as a whole; it begins there still.
      const first = baseOffset(records, 0);
      const start = log.logStartOffset;
      const isWithin = start === log.logEndOffset && first < start;
      if (isWithin) {
        log.truncateFullyAndStartAt(first);
        this.#options.truncated();
      }
      // The leader has checked it, and in one process no wire lies between.
      log.appendAsFollower(records, { verifyCrc: false });
      if (isWithin) log.advanceLogStartOffset(start);
      if (replica.isThrottled('follower')) this.#options.quota.record(records.length);
      // Who got something goes to the end of the line: a partition with much to catch up starves nobody.
      this.#followed.delete(replica);
      this.#followed.set(replica, followed);
    }
    followed.inSync = log.logEndOffset >= fetched.highWatermark;
    replica.learnHighWatermark(fetched.highWatermark);
    log.advanceLogStartOffset(fetched.logStartOffset);
    replica.clampHighWatermark();
    if (records.length > 0) replica.watchers.wake();
  }

  /** The leader has nothing at this offset: it begins later, or (after an unclean election) ends earlier. */
  #outOfRange(replica: PartitionReplica, fetched: ReplicaFetchedPartition): void {
    const { log } = replica;
    this.#options.log('warn', 'a follower starts over where its leader begins', {
      topic: replica.topic,
      partition: replica.partition,
      logEndOffset: log.logEndOffset,
      leaderLogStartOffset: fetched.logStartOffset,
    });
    log.truncateFullyAndStartAt(Math.max(0, fetched.logStartOffset));
    replica.clampHighWatermark();
    this.#options.truncated();
  }

  /** Cuts the follower's log where it parts from the leader's. */
  #truncate(replica: PartitionReplica, leader: { readonly epoch: number; readonly endOffset: number }): void {
    const { log } = replica;
    const own = log.endOffsetForEpoch(leader.epoch);
    const end = own.epoch < 0 ? leader.endOffset : Math.min(own.endOffset, leader.endOffset);
    log.truncateTo(Math.max(end, log.logStartOffset));
    replica.clampHighWatermark();
    this.#options.truncated();
  }
}

function ask(followed: Followed): ReplicaFetchPartition {
  const { replica, leaderEpoch } = followed;
  const { log } = replica;
  return {
    topicId: replica.topicId,
    partition: replica.partition,
    currentLeaderEpoch: leaderEpoch,
    fetchOffset: log.logEndOffset,
    // Of the last record: an epoch that this node led without writing anything is none that its log has.
    lastFetchedEpoch: log.logEndOffset > log.logStartOffset ? log.epochOf(log.logEndOffset - 1) : -1,
    logStartOffset: log.logStartOffset,
  };
}

function keyOf(topicId: string, partition: number): string {
  return `${topicId}-${partition}`;
}
