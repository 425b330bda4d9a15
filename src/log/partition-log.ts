import { isValidCrc, requireBatch, setBaseOffset, setMaxTimestamp, setPartitionLeaderEpoch } from '../records/batch.ts';
import {
  baseOffset,
  batchSize,
  lastOffset,
  magic,
  maxTimestamp,
  partitionLeaderEpoch,
  producerId,
} from '../records/fields.ts';
import { LAST_OFFSET_DELTA_AT } from '../records/layout.ts';
import { probeBatch } from '../records/scan.ts';
import type { Disk } from './disk.ts';
import { LogError } from './error.ts';
import type { EpochEntry, LeaderEpochCache } from './leader-epoch-cache.ts';
import { findMaxTimestamp, findTimestamp, floorIndex, LogReader } from './log-read.ts';
import { ensurePartitionMetadata } from './partition-metadata.ts';
import { type ProducerEntry, ProducerState } from './producer-state.ts';
import { type LoadedLog, loadLog, type RecoveryReport, rebuildProducerState } from './recovery.ts';
import { mustRoll, rollJitter } from './roll.ts';
import { Segment } from './segment.ts';
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
  readonly #disk: Disk;
  readonly #config: () => LogConfig;
  readonly #now: () => number;
  readonly #random: PartitionLogOptions['random'];
  readonly #producerIdExpirationMs: number;
  readonly #segments: Segment[];
  readonly #epochs: LeaderEpochCache;
  readonly #snapshots: SnapshotFiles;
  readonly #producers: ProducerState;
  readonly #reader = new LogReader();
  #active: Segment;
  #closedBytes: number;
  #logStartOffset: number;
  #logEndOffset: number;
  #recoveryPoint: number;
  #lastFlushMs: number;
  /** Whether files were made or removed since the directory was synced. */
  #directoryChanged: boolean;
  /** Whether the directory itself may not be durable yet. */
  #directoryIsNew: boolean;

  private constructor(options: PartitionLogOptions, loaded: LoadedLog, producers: ProducerState, active: Segment) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.topicId = options.topicId;
    this.directory = options.directory;
    this.recovery = loaded.report;
    this.#disk = options.disk;
    this.#config = options.config;
    this.#now = options.now;
    this.#random = options.random;
    this.#producerIdExpirationMs = options.producerIdExpirationMs ?? PRODUCER_ID_EXPIRATION_MS;
    this.#segments = loaded.segments;
    this.#active = active;
    this.#closedBytes = loaded.segments.reduce((sum, segment) => sum + segment.size, -active.size);
    this.#epochs = loaded.epochs;
    this.#snapshots = loaded.snapshots;
    this.#producers = producers;
    this.#logStartOffset = loaded.logStartOffset;
    this.#logEndOffset = loaded.logEndOffset;
    this.#recoveryPoint = loaded.recoveryPoint;
    this.#lastFlushMs = options.now();
    this.#directoryChanged = active.size === 0;
    this.#directoryIsNew = active.size === 0 && loaded.segments.length === 1;
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
        producerIdExpirationMs: options.producerIdExpirationMs ?? PRODUCER_ID_EXPIRATION_MS,
      },
      producers,
    );
    if (options.topicId !== null) ensurePartitionMetadata(options.disk, options.directory, options.topicId);
    const active = loaded.segments.at(-1);
    if (active === undefined) throw new Error(`${options.directory}: a log without a segment`);
    return new PartitionLog(options, loaded, producers, active);
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
    return this.#closedBytes + this.#active.size;
  }

  get config(): LogConfig {
    return this.#config();
  }

  /** Base offsets of the segments, in order. */
  get segmentBaseOffsets(): number[] {
    return this.#segments.map((segment) => segment.baseOffset);
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
    const config = this.#config();
    const origin = options.origin ?? 'client';
    if (records.length > config.segmentBytes) {
      throw new LogError(
        'RECORD_LIST_TOO_LARGE',
        `${records.length} bytes do not fit a segment of ${config.segmentBytes}`,
      );
    }
    for (let at = 0; at < records.length; at += batchSize(records, at)) {
      requireBatch(records, at);
      if (magic(records, at) !== 2) {
        throw new LogError('UNSUPPORTED_FOR_MESSAGE_FORMAT', `format v${magic(records, at)} cannot be appended`);
      }
      if (producerId(records, at) < 0) continue;
      const duplicate = origin === 'client' ? this.#producers.duplicateOf(records, at) : null;
      if (duplicate !== null) {
        return {
          baseOffset: duplicate.firstOffset,
          lastOffset: duplicate.lastOffset,
          logAppendTimeMs: config.messageTimestampType === 'LogAppendTime' ? duplicate.timestamp : -1,
          logStartOffset: this.#logStartOffset,
          isDuplicate: true,
        };
      }
      this.#producers.check(records, at, origin);
    }
    const logAppendTimeMs = config.messageTimestampType === 'LogAppendTime' ? this.#now() : -1;
    const first = this.#logEndOffset;
    let next = first;
    for (let at = 0; at < records.length; at += batchSize(records, at)) {
      setBaseOffset(records, at, next);
      setPartitionLeaderEpoch(records, at, leaderEpoch);
      if (logAppendTimeMs >= 0) setMaxTimestamp(records, at, 'LogAppendTime', logAppendTimeMs);
      next += records.readInt32BE(at + LAST_OFFSET_DELTA_AT) + 1;
    }
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
    let next = this.#logEndOffset;
    let end = 0;
    for (let size = probeBatch(records, end); size > 0; size = probeBatch(records, end)) {
      if (baseOffset(records, end) < next) {
        throw new LogError(
          'OFFSET_OUT_OF_RANGE',
          `a batch at ${baseOffset(records, end)} where the log goes on at ${next}`,
        );
      }
      if ((options.verifyCrc ?? true) && !isValidCrc(records, end)) {
        throw new LogError('CORRUPT_MESSAGE', `the batch at offset ${baseOffset(records, end)} has a wrong CRC`);
      }
      next = lastOffset(records, end) + 1;
      end += size;
    }
    if (end > 0) this.#append(end === records.length ? records : records.subarray(0, end), this.#config());
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
    return this.#reader.read(this.#segments, fetchOffset, maxBytes, upTo, options.minOneMessage ?? true);
  }

  /** The first record below `upTo` with a timestamp of at least `timestampMs`, or null. */
  offsetForTimestamp(timestampMs: number, upTo: number = this.#logEndOffset): TimestampOffset | null {
    const found = findTimestamp(this.#segments, timestampMs, this.#logStartOffset);
    return found !== null && found.offset < upTo ? found : null;
  }

  /** The first record with the log's largest timestamp; null when it lies at `upTo` or behind it, or there is none. */
  maxTimestampOffset(upTo: number = this.#logEndOffset): TimestampOffset | null {
    const found = findMaxTimestamp(this.#segments, this.#logStartOffset);
    return found !== null && found.offset < upTo ? found : null;
  }

  /** The aborted transactions that a read_committed reader of [from, to) has to skip. */
  abortedTransactions(from: number, to: number): AbortedTransaction[] {
    const result: AbortedTransaction[] = [];
    for (const segment of this.#segments.slice(floorIndex(this.#segments, from))) {
      if (segment.transactionIndex.collect(from, to, result)) break;
    }
    return result;
  }

  /** min(high watermark, first offset of a transaction that is open or whose marker is not replicated yet). */
  lastStableOffset(highWatermark: number): number {
    const firstUnstable = Math.max(this.#producers.firstUnstableOffset(highWatermark), this.#logStartOffset);
    return Math.min(highWatermark, firstUnstable);
  }

  /** Forgets producers that wrote nothing for producer.id.expiration.ms. */
  removeExpiredProducers(): void {
    this.#producers.removeExpired(this.#now(), this.#producerIdExpirationMs);
  }

  /**
   * Drops every batch that reaches `offset`: what a follower does that diverged from its leader. Returns the new log
   * end: `offset`, or the base offset of the batch that held it. The recovery point may have moved back: its checkpoint
   * is to be written before anything else is appended.
   */
  truncateTo(offset: number): number {
    if (offset >= this.#logEndOffset) return this.#logEndOffset;
    const first = this.#segments[0];
    if (first === undefined || offset < first.baseOffset) {
      this.truncateFullyAndStartAt(offset);
      return this.#logEndOffset;
    }
    const keep = floorIndex(this.#segments, offset);
    for (const segment of this.#segments.splice(keep + 1)) this.#discard(segment);
    const active = this.#segments[keep] ?? this.#active;
    if (active !== this.#active) this.#closedBytes -= active.size;
    this.#active = active;
    const end = active.truncateTo(offset);
    // With nothing left above the log's start, the log goes on there: below it are no records that anybody may read.
    this.#logEndOffset = end >= this.#logStartOffset ? end : Math.max(end, Math.min(offset, this.#logStartOffset));
    this.#logStartOffset = Math.min(this.#logStartOffset, this.#logEndOffset);
    this.#afterTruncation();
    return this.#logEndOffset;
  }

  /** Drops everything and goes on at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    for (const segment of this.#segments.splice(0)) this.#discard(segment);
    this.#closedBytes = 0;
    this.#active = this.#createSegment(offset);
    this.#segments.push(this.#active);
    this.#logStartOffset = offset;
    this.#logEndOffset = offset;
    this.#epochs.clear();
    this.#snapshots.removeWhere(() => true);
    this.#afterTruncation();
  }

  /** Moves the log's start up to `offset`, and deletes the segments that lie below it. Returns whether it moved. */
  advanceLogStartOffset(offset: number): boolean {
    const target = Math.min(offset, this.#logEndOffset);
    if (target <= this.#logStartOffset) return false;
    this.#logStartOffset = target;
    this.#epochs.truncateFromStart(target);
    let count = 0;
    while (count + 1 < this.#segments.length && (this.#segments[count + 1]?.baseOffset ?? 0) <= target) count++;
    this.#deleteFirst(count);
    return true;
  }

  /**
   * Deletes old segments by retention.ms and retention.bytes, none that reaches above the high watermark. When all
   * of them go, an empty one is begun. Returns how many were deleted.
   */
  deleteOldSegments(now: number, highWatermark: number): number {
    const { retentionMs, retentionBytes, cleanupPolicy } = this.#config();
    if (!cleanupPolicy.delete) return 0;
    let excess = retentionBytes < 0 ? -1 : this.size - retentionBytes;
    let count = 0;
    for (const [index, segment] of this.#segments.entries()) {
      const upperBound = this.#segments[index + 1]?.baseOffset ?? this.#logEndOffset;
      if (upperBound > highWatermark || segment.size === 0) break;
      const latest = segment.maxTimestamp >= 0 ? segment.maxTimestamp : segment.createdMs;
      const isExpired = retentionMs >= 0 && now - latest > retentionMs;
      if (!isExpired && excess < segment.size) break;
      excess -= segment.size;
      count++;
    }
    if (count === 0) return 0;
    if (count === this.#segments.length) this.roll();
    const start = this.#segments[count]?.baseOffset ?? this.#logEndOffset;
    this.#logStartOffset = Math.max(this.#logStartOffset, start);
    this.#epochs.truncateFromStart(this.#logStartOffset);
    this.#deleteFirst(count);
    return count;
  }

  /** Makes everything in the log durable, and moves the recovery point to its end. */
  flush(): void {
    this.#lastFlushMs = this.#now();
    if (this.#recoveryPoint < this.#logEndOffset) {
      for (const segment of this.#segments.slice(floorIndex(this.#segments, this.#recoveryPoint))) segment.sync();
    }
    // A log that never held anything has nothing to lose.
    if (this.size > 0 || this.#logEndOffset > 0) {
      const isSynced = this.#epochs.sync();
      if (this.#directoryChanged && !isSynced) this.#disk.syncDirectory(this.directory);
      this.#directoryChanged = false;
      if (this.#directoryIsNew) this.#disk.syncDirectory(parentOf(this.directory));
      this.#directoryIsNew = false;
    }
    this.#recoveryPoint = this.#logEndOffset;
  }

  /** Ends the active segment and begins a new one at the log's end; nothing happens while the active one is empty. */
  roll(): void {
    if (this.#active.size > 0) this.#roll(this.#logEndOffset);
  }

  /** Ends in order, so that nothing needs to be looked through at the next start. */
  close(): void {
    this.#active.finishIndexes();
    this.#writeSnapshot();
    this.flush();
    for (const segment of this.#segments) segment.close();
  }

  /** Closes and deletes the log with its directory, which gets Kafka's name for a deleted one first. */
  remove(): void {
    for (const segment of this.#segments) segment.close();
    const id = this.topicId === null ? ''.padStart(32, '0') : Buffer.from(this.topicId, 'base64url').toString('hex');
    const doomed = `${this.directory}.${id}-delete`;
    this.#disk.remove(doomed);
    this.#disk.rename(this.directory, doomed);
    this.#disk.remove(doomed);
  }

  /** Batches with final offsets, in as few writes as the segments allow. */
  #append(records: Buffer, config: LogConfig): void {
    let from = 0;
    for (let at = 0; at < records.length; at += batchSize(records, at)) {
      const epoch = partitionLeaderEpoch(records, at);
      if (epoch >= 0 && epoch !== this.#epochs.latestEpoch) this.#epochs.assign(epoch, baseOffset(records, at));
      const bytes = at - from + batchSize(records, at);
      const batch = { bytes, maxTimestamp: maxTimestamp(records, at), lastOffset: lastOffset(records, at) };
      if (!mustRoll(this.#active, batch, config, this.#now())) continue;
      if (at > from) this.#write(records.subarray(from, at), config);
      from = at;
      this.#roll(Math.max(this.#logEndOffset, baseOffset(records, at)));
    }
    this.#write(from === 0 ? records : records.subarray(from), config);
    if (this.#logEndOffset - this.#recoveryPoint >= config.flushMessages) this.flush();
  }

  #write(records: Buffer, config: LogConfig): void {
    this.#active.append(records, config.indexIntervalBytes);
    for (let at = 0; at < records.length; at += batchSize(records, at)) {
      this.#logEndOffset = lastOffset(records, at) + 1;
      if (producerId(records, at) < 0) continue;
      const completed = this.#producers.update(records, at);
      if (completed === null) continue;
      if (completed.aborted) {
        const lastStableOffset = this.#producers.lastStableOffsetAfter(completed);
        this.#active.transactionIndex.append({ ...completed, lastStableOffset });
      }
      this.#producers.complete(completed);
    }
  }

  #roll(offset: number): void {
    if (this.#active.size === 0) {
      this.#segments.pop();
      this.#active.remove();
    } else {
      this.#active.finishIndexes();
      this.#closedBytes += this.#active.size;
      this.#writeSnapshot();
    }
    this.#active = this.#createSegment(offset);
    this.#segments.push(this.#active);
  }

  #createSegment(offset: number): Segment {
    this.#directoryChanged = true;
    return new Segment(this.#disk, this.directory, offset, {
      create: true,
      nowMs: this.#now(),
      rollJitterMs: rollJitter(this.#config(), this.#random),
    });
  }

  /**
   * A snapshot of the producers at the log's end, unless there is one, or nothing was ever written. Not synced: its
   * checksum tells a damaged one, and the log what it said.
   */
  #writeSnapshot(): void {
    if (this.#logEndOffset <= (this.#snapshots.offsets.at(-1) ?? this.#logStartOffset)) return;
    this.#snapshots.write(this.#logEndOffset, this.#producers.snapshot());
    this.#directoryChanged = true;
  }

  #afterTruncation(): void {
    this.#reader.forget();
    this.#directoryChanged = true;
    this.#recoveryPoint = Math.min(this.#recoveryPoint, this.#logEndOffset);
    this.#epochs.truncateFromEnd(this.#logEndOffset);
    this.#snapshots.removeWhere((offset) => offset > this.#logEndOffset);
    rebuildProducerState(this.#producers, this.#segments, this.#snapshots, this.#logEndOffset, {
      logStartOffset: this.#logStartOffset,
      nowMs: this.#now(),
      producerIdExpirationMs: this.#producerIdExpirationMs,
    });
  }

  #deleteFirst(count: number): void {
    for (const segment of this.#segments.splice(0, count)) {
      this.#discard(segment);
      this.#snapshots.removeWhere((offset) => offset === segment.baseOffset);
      this.#directoryChanged = true;
    }
  }

  #discard(segment: Segment): void {
    if (segment !== this.#active) this.#closedBytes -= segment.size;
    segment.remove();
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
