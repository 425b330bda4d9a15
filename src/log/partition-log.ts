import { baseOffset, batchSize, lastOffset, maxTimestamp, partitionLeaderEpoch } from '../records/fields.ts';
import { checkProducers, noteProducers, replicatedBatches, stampBatches } from './append-prepare.ts';
import { DeletedFiles } from './deleted-files.ts';
import { LogError } from './error.ts';
import type { EpochEntry, LeaderEpochCache } from './leader-epoch-cache.ts';
import { LogCompaction } from './log-compaction.ts';
import { below, findMaxTimestamp, findTimestamp, LogReader } from './log-read.ts';
import { ensurePartitionMetadata } from './partition-metadata.ts';
import { type ProducerEntry, ProducerState } from './producer-state.ts';
import { type LoadedLog, loadLog, type RecoveryReport, rebuildProducerState } from './recovery.ts';
import { countExpired } from './retention.ts';
import { mustRoll, rollJitter } from './roll.ts';
import { SegmentList } from './segment-list.ts';
import type { SnapshotFiles } from './snapshot-files.ts';
import type {
  AbortedTransaction,
  AppendOptions,
  AppendResult,
  LogConfig,
  PartitionLogOptions,
  ReadOptions,
  ReadResult,
  TimestampOffset,
} from './types.ts';

/** Kafka's default of producer.id.expiration.ms. */
const PRODUCER_ID_EXPIRATION_MS = 86_400_000;

/**
 * The log of one replica of a partition: segments in Kafka's own files, its leader epochs, and its producers. Batches
 * stay opaque: only their headers are looked at. Synchronous; trouble of the disk is a DiskError, a refusal a LogError.
 */
export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string | null;
  readonly directory: string;
  /** What opening found and repaired. */
  readonly recovery: RecoveryReport;
  readonly #options: PartitionLogOptions;
  readonly #deleted: DeletedFiles;
  readonly #segments: SegmentList;
  readonly #epochs: LeaderEpochCache;
  readonly #snapshots: SnapshotFiles;
  readonly #producers: ProducerState;
  readonly #reader = new LogReader();
  /** Cleaning of a compacted log. */
  readonly compaction: LogCompaction;
  #logStartOffset: number;
  #logEndOffset: number;
  #recoveryPoint: number;
  #lastFlushMs: number;

  private constructor(options: PartitionLogOptions, loaded: LoadedLog, producers: ProducerState) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.topicId = options.topicId;
    this.directory = options.directory;
    this.recovery = loaded.report;
    this.#options = options;
    this.#deleted = new DeletedFiles(options);
    this.#segments = new SegmentList(loaded.segments, {
      disk: options.disk,
      directory: options.directory,
      now: options.now,
      rollJitterMs: () => rollJitter(options.config(), options.random),
      retire: (segment) => this.#deleted.segment(segment),
    });
    this.#epochs = loaded.epochs;
    this.#snapshots = loaded.snapshots;
    this.#producers = producers;
    this.#logStartOffset = loaded.logStartOffset;
    this.#logEndOffset = loaded.logEndOffset;
    this.#recoveryPoint = loaded.recoveryPoint;
    this.#lastFlushMs = options.now();
    this.compaction = new LogCompaction({
      options,
      segments: this.#segments,
      retire: (segment) => this.#deleted.segment(segment),
      logStartOffset: () => this.#logStartOffset,
      producers: () => this.#producers.producers,
      merged: (baseOffsets) => {
        this.#snapshots.removeWhere((offset) => baseOffsets.has(offset));
        this.#reader.forget();
      },
    });
  }

  /**
   * Opens the log in `directory`, making it where there is none. Unless `cleanShutdown`, everything from the recovery
   * point on is looked through and repaired: the log ends before the first batch that is torn or corrupt.
   */
  static open(options: PartitionLogOptions): PartitionLog {
    const config = options.config();
    const producers = new ProducerState();
    const loaded = loadLog(
      {
        disk: options.disk,
        directory: options.directory,
        indexIntervalBytes: config.indexIntervalBytes,
        nowMs: options.now(),
        rollJitterMs: rollJitter(config, options.random),
        recoveryPoint: options.recoverFrom,
        cleanShutdown: options.cleanShutdown,
        logStartOffset: options.logStartOffset ?? 0,
        producerIdExpirationMs: expirationMs(options),
        isDense: !config.cleanupPolicy.compact && (options.cleanPoint ?? 0) === 0,
      },
      producers,
    );
    if (options.topicId !== null) ensurePartitionMetadata(options.disk, options.directory, options.topicId);
    return new PartitionLog(options, loaded, producers);
  }

  /** The first offset that can be read. */
  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** The offset that the next record gets. */
  get logEndOffset(): number {
    return this.#logEndOffset;
  }

  /** Everything below it is durable. */
  get recoveryPoint(): number {
    return this.#recoveryPoint;
  }

  /** When flush() last ran, or the log was opened: what flush.ms counts from. */
  get lastFlushMs(): number {
    return this.#lastFlushMs;
  }

  /** Bytes of all `.log` files. */
  get size(): number {
    return this.#segments.size;
  }

  get config(): LogConfig {
    return this.#options.config();
  }

  /** Base offsets of the segments, in order. */
  get segmentBaseOffsets(): number[] {
    return this.#segments.all.map((segment) => segment.baseOffset);
  }

  /** The latest leader epoch that this log has seen, or -1. */
  get latestEpoch(): number {
    return this.#epochs.latestEpoch;
  }

  get epochs(): readonly EpochEntry[] {
    return this.#epochs.entries;
  }

  /** What is known of the producers that wrote here, by producer id. */
  get producers(): ReadonlyMap<number, ProducerEntry> {
    return this.#producers.producers;
  }

  /** The epoch that the record at `offset` was written in, or -1. */
  epochOf(offset: number): number {
    return this.#epochs.epochOf(offset);
  }

  /** Answers OffsetForLeaderEpoch: the largest epoch up to `epoch`, and where it ends; -1, -1 when that is unknown. */
  endOffsetForEpoch(epoch: number): { readonly epoch: number; readonly endOffset: number } {
    return this.#epochs.endOffsetFor(epoch, this.#logEndOffset);
  }

  /** A leader notes where its epoch begins, before its first append. */
  assignLeaderEpoch(epoch: number, startOffset: number = this.#logEndOffset): void {
    this.#epochs.assign(epoch, startOffset);
  }

  /**
   * Appends batches as the partition's leader: offsets and leader epoch are written into the buffer (and the time,
   * with a new CRC, under LogAppendTime), which must not change afterwards. The caller has validated them
   * (validateClientBatch). A retry of one of a producer's last five batches is not appended, but answered as it was.
   * Throws LogError for a producer's wrong epoch or sequence; nothing is appended then.
   */
  appendAsLeader(records: Buffer, leaderEpoch: number, options: AppendOptions = {}): AppendResult {
    const config = this.config;
    if (records.length > config.segmentBytes) {
      throw new LogError(
        'RECORD_LIST_TOO_LARGE',
        `${records.length} bytes do not fit a segment of ${config.segmentBytes}`,
      );
    }
    const duplicate = checkProducers(records, this.#producers, options.origin ?? 'client');
    if (duplicate !== null) {
      return {
        baseOffset: duplicate.firstOffset,
        lastOffset: duplicate.lastOffset,
        logAppendTimeMs: config.messageTimestampType === 'LogAppendTime' ? duplicate.timestamp : -1,
        logStartOffset: this.#logStartOffset,
        isDuplicate: true,
      };
    }
    const logAppendTimeMs = config.messageTimestampType === 'LogAppendTime' ? this.#options.now() : -1;
    const first = this.#logEndOffset;
    const next = stampBatches(records, first, leaderEpoch, logAppendTimeMs);
    this.#append(records, config);
    return {
      baseOffset: first,
      lastOffset: next - 1,
      logAppendTimeMs,
      logStartOffset: this.#logStartOffset,
      isDuplicate: false,
    };
  }

  /**
   * Appends what a leader's Fetch response holds: whole batches as they are, offsets and epochs included; a batch cut
   * off at the end is left out. Throws LogError, and appends nothing, when a batch is damaged or lies below the end.
   */
  appendAsFollower(records: Buffer, options: { readonly verifyCrc?: boolean } = {}): void {
    const batches = replicatedBatches(records, this.#logEndOffset, options.verifyCrc ?? true);
    if (batches.length > 0) this.#append(batches, this.config);
  }

  /**
   * Whole batches from the one that holds `fetchOffset` on, all below `upTo` (default: the log's end), of at most
   * `maxBytes`; a larger first batch is returned all the same unless `minOneMessage` is false. The first batch may
   * begin before `fetchOffset`. Throws LogError OFFSET_OUT_OF_RANGE outside of the log.
   */
  read(fetchOffset: number, maxBytes: number, options: ReadOptions = {}): ReadResult {
    if (fetchOffset < this.#logStartOffset || fetchOffset > this.#logEndOffset) {
      throw new LogError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${fetchOffset} of ${this.topic}-${this.partition}, which has ${this.#logStartOffset} to ${this.#logEndOffset}`,
      );
    }
    const upTo = Math.min(options.upTo ?? this.#logEndOffset, this.#logEndOffset);
    return this.#reader.read(this.#segments.all, fetchOffset, maxBytes, upTo, options.minOneMessage ?? true);
  }

  /** The first record below `upTo` with a timestamp of at least `timestampMs`, or null. */
  offsetForTimestamp(timestampMs: number, upTo: number = this.#logEndOffset): TimestampOffset | null {
    return below(upTo, findTimestamp(this.#segments.all, timestampMs, this.#logStartOffset));
  }

  /** The first record with the log's largest timestamp; null when it lies at `upTo` or behind it, or there is none. */
  maxTimestampOffset(upTo: number = this.#logEndOffset): TimestampOffset | null {
    return below(upTo, findMaxTimestamp(this.#segments.all, this.#logStartOffset));
  }

  /** The aborted transactions that a read_committed reader of [from, to) has to skip. */
  abortedTransactions(from: number, to: number): AbortedTransaction[] {
    const result: AbortedTransaction[] = [];
    for (const segment of this.#segments.from(from)) {
      if (segment.transactionIndex.collect(from, to, result)) break;
    }
    return result;
  }

  /** min(high watermark, first offset of a transaction that is open or whose marker is not replicated yet). */
  lastStableOffset(highWatermark: number): number {
    return Math.min(highWatermark, Math.max(this.#producers.firstUnstableOffset(highWatermark), this.#logStartOffset));
  }

  /** Forgets producers that wrote nothing for producer.id.expiration.ms. */
  removeExpiredProducers(): void {
    this.#producers.removeExpired(this.#options.now(), expirationMs(this.#options));
  }

  /**
   * Drops every batch that reaches `offset`: what a follower does that diverged from its leader. Returns the new log
   * end: `offset`, or the base offset of the batch that held it. The recovery point may have moved back: its checkpoint
   * is to be written before anything else is appended.
   */
  truncateTo(offset: number): number {
    if (offset >= this.#logEndOffset) return this.#logEndOffset;
    const active = this.#segments.reopenAt(offset);
    if (active === undefined) return this.truncateFullyAndStartAt(offset);
    const end = active.truncateTo(offset);
    // With nothing left above the log's start, the log goes on there: below it are no records that anybody may read.
    this.#logEndOffset = end >= this.#logStartOffset ? end : Math.max(end, Math.min(offset, this.#logStartOffset));
    this.#logStartOffset = Math.min(this.#logStartOffset, this.#logEndOffset);
    this.#afterTruncation();
    return this.#logEndOffset;
  }

  /** Drops everything and goes on at `offset`, which it returns. */
  truncateFullyAndStartAt(offset: number): number {
    this.#segments.restartAt(offset);
    this.#logStartOffset = offset;
    this.#logEndOffset = offset;
    this.#epochs.clear();
    this.#snapshots.removeWhere(() => true);
    this.#afterTruncation();
    return offset;
  }

  /** Moves the log's start up to `offset`, and deletes the segments that lie below it. Returns whether it moved. */
  advanceLogStartOffset(offset: number): boolean {
    const target = Math.min(offset, this.#logEndOffset);
    if (target <= this.#logStartOffset) return false;
    this.#logStartOffset = target;
    this.#epochs.truncateFromStart(target);
    const above = this.#segments.all.findIndex((segment) => segment.baseOffset > target);
    this.#deleteFirst((above < 0 ? this.#segments.all.length : above) - 1);
    return true;
  }

  /**
   * Deletes old segments by retention.ms and retention.bytes, none that reaches above the high watermark. When all
   * of them go, an empty one is begun. Returns how many were deleted.
   */
  deleteOldSegments(now: number, highWatermark: number): number {
    const { size, logEndOffset } = this;
    const segments = this.#segments.all;
    const count = countExpired({ segments, size, logEndOffset, highWatermark, nowMs: now }, this.config);
    if (count === 0) return 0;
    if (count === segments.length) this.roll();
    const start = segments[count]?.baseOffset ?? this.#logEndOffset;
    this.#logStartOffset = Math.max(this.#logStartOffset, start);
    this.#epochs.truncateFromStart(this.#logStartOffset);
    this.#deleteFirst(count);
    return count;
  }

  /** Makes everything in the log durable, and moves the recovery point to its end. */
  flush(): void {
    this.#lastFlushMs = this.#options.now();
    if (this.#recoveryPoint < this.#logEndOffset) {
      for (const segment of this.#segments.from(this.#recoveryPoint)) this.#segments.sync(segment);
    }
    // A log that never held anything has nothing to lose.
    if (this.size > 0 || this.#logEndOffset > 0) {
      this.#segments.syncDirectory(this.#epochs.sync());
    }
    this.#recoveryPoint = this.#logEndOffset;
  }

  /** Ends the active segment and begins a new one at the log's end; nothing happens while the active one is empty. */
  roll(): void {
    if (this.#segments.active.size > 0) this.#roll(this.#logEndOffset);
  }

  /** Ends in order, so that nothing needs to be looked through at the next start. */
  close(): void {
    this.compaction.cut();
    this.#segments.active.finishIndexes();
    this.#writeSnapshot();
    this.flush();
    this.#segments.close();
  }

  /** Closes and deletes the log with its directory: under another name at once, for good after file.delete.delay.ms. */
  remove(): void {
    this.compaction.cut();
    this.#segments.close();
    this.#deleted.directory();
  }

  /** Batches with final offsets, in as few writes as the segments allow. */
  #append(records: Buffer, config: LogConfig): void {
    let from = 0;
    for (let at = 0; at < records.length; at += batchSize(records, at)) {
      const epoch = partitionLeaderEpoch(records, at);
      if (epoch >= 0 && epoch !== this.#epochs.latestEpoch) this.#epochs.assign(epoch, baseOffset(records, at));
      const bytes = at - from + batchSize(records, at);
      const batch = { bytes, maxTimestamp: maxTimestamp(records, at), lastOffset: lastOffset(records, at) };
      if (!mustRoll(this.#segments.active, batch, config, this.#options.now())) continue;
      if (at > from) this.#write(records.subarray(from, at), config);
      from = at;
      this.#roll(Math.max(this.#logEndOffset, baseOffset(records, at)));
    }
    this.#write(from === 0 ? records : records.subarray(from), config);
    if (this.#logEndOffset - this.#recoveryPoint >= config.flushMessages) this.flush();
  }

  #write(records: Buffer, config: LogConfig): void {
    this.#segments.active.append(records, config.indexIntervalBytes);
    const end = noteProducers(records, this.#producers, this.#segments.active.transactionIndex);
    this.#logEndOffset = Math.max(this.#logEndOffset, end);
  }

  #roll(offset: number): void {
    const isEmpty = this.#segments.active.size === 0;
    this.#segments.roll(offset);
    if (!isEmpty) this.#writeSnapshot();
  }

  /**
   * A snapshot of the producers at the log's end, unless there is one, or nothing was ever written. Not synced: its
   * checksum tells a damaged one, and the log what it said.
   */
  #writeSnapshot(): void {
    if (this.#logEndOffset <= (this.#snapshots.offsets.at(-1) ?? this.#logStartOffset)) return;
    this.#snapshots.write(this.#logEndOffset, this.#producers.snapshot());
    this.#segments.touch();
  }

  #afterTruncation(): void {
    this.compaction.truncated(this.#logEndOffset);
    this.#reader.forget();
    this.#recoveryPoint = Math.min(this.#recoveryPoint, this.#logEndOffset);
    this.#epochs.truncateFromEnd(this.#logEndOffset);
    this.#snapshots.removeWhere((offset) => offset > this.#logEndOffset);
    rebuildProducerState(this.#producers, this.#segments.all, this.#snapshots, this.#logEndOffset, {
      logStartOffset: this.#logStartOffset,
      nowMs: this.#options.now(),
      producerIdExpirationMs: expirationMs(this.#options),
    });
  }

  #deleteFirst(count: number): void {
    if (count > 0) this.compaction.cut();
    this.#segments.removeFirst(count, (first) => this.#snapshots.removeWhere((offset) => offset === first));
  }
}

function expirationMs(options: PartitionLogOptions): number {
  return options.producerIdExpirationMs ?? PRODUCER_ID_EXPIRATION_MS;
}
