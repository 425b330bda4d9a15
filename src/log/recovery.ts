import { baseOffset, isControl, lastOffset, magic, partitionLeaderEpoch, producerId } from '../records/fields.ts';
import { noteProducer } from './append-prepare.ts';
import { BatchCursor } from './batch-cursor.ts';
import type { Disk } from './disk.ts';
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  INDEX_SUFFIXES,
  LEADER_EPOCH_CHECKPOINT,
  LOG_SUFFIX,
  offsetOf,
  SWAP_SUFFIX,
  TEMPORARY_SUFFIX,
} from './file-names.ts';
import { type EpochEntry, LeaderEpochCache } from './leader-epoch-cache.ts';
import type { ProducerState } from './producer-state.ts';
import { Segment } from './segment.ts';
import { finishSwaps } from './segment-swap.ts';
import { SnapshotFiles } from './snapshot-files.ts';

export interface LoadOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly indexIntervalBytes: number;
  readonly nowMs: number;
  readonly rollJitterMs: number;
  /** Below it everything is known to be on disk. */
  readonly recoveryPoint: number;
  /** Whether the log was closed in order, so that nothing needs to be looked through. */
  readonly cleanShutdown: boolean;
  /** From the checkpoint; the log itself may begin later. */
  readonly logStartOffset: number;
  readonly producerIdExpirationMs: number;
  /** Whether offsets follow one another without gaps: nothing was ever compacted. */
  readonly isDense: boolean;
}

export interface LoadedLog {
  /** At least one, by base offset. */
  readonly segments: Segment[];
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly recoveryPoint: number;
  readonly epochs: LeaderEpochCache;
  readonly snapshots: SnapshotFiles;
  readonly report: RecoveryReport;
}

/** What opening a log found and repaired. */
export interface RecoveryReport {
  readonly recoveredSegments: number;
  readonly truncatedBytes: number;
  readonly removedSegments: number;
}

/**
 * Opens the segments of a partition's directory. After a shutdown that was not clean, everything behind the recovery
 * point is looked through: indexes are rebuilt, and the log ends before the first batch that is not whole and intact.
 * `state` becomes the producers' state at the end of the log.
 */
export function loadLog(options: LoadOptions, state: ProducerState): LoadedLog {
  const { disk, directory, nowMs } = options;
  disk.makeDirectory(directory);
  const found = disk.list(directory);
  const names = removeLeftovers(disk, directory, finishSwaps(disk, directory, found));
  const snapshots = new SnapshotFiles(disk, directory, names);
  const epochs = LeaderEpochCache.load(disk, `${directory}/${LEADER_EPOCH_CHECKPOINT}`);
  const bases = names.map((name) => offsetOf(name, LOG_SUFFIX)).filter((base) => base !== null);
  const last = bases.at(-1);
  const segments = bases.map(
    (base) =>
      new Segment(disk, directory, base, {
        create: false,
        nowMs,
        ...(base === last ? { rollJitterMs: options.rollJitterMs } : {}),
      }),
  );
  const isDense = options.isDense && !found.some((name) => name.endsWith(SWAP_SUFFIX));
  const repair = new Repair({ ...options, isDense }, segments, epochs, snapshots, state);
  return repair.finish(repair.run());
}

/**
 * Takes in from the batches what the checkpoint does not know of the log's beginning. A loss of power may take the
 * checkpoint itself, or the one that replaced an older one; a kill may take back the log's start, and so bring back
 * records that were forgotten.
 */
function learnFirstEpochs(epochs: LeaderEpochCache, segments: readonly Segment[], logStartOffset: number): void {
  const known = epochs.entries[0]?.startOffset ?? Number.POSITIVE_INFINITY;
  if (known <= logStartOffset) return;
  const earlier: EpochEntry[] = [];
  for (const segment of segments) {
    if (segment.baseOffset >= known) break;
    const cursor = new BatchCursor(segment.log, 0);
    while (cursor.next() && baseOffset(cursor.buffer, cursor.at) < known) {
      if (magic(cursor.buffer, cursor.at) < 2) continue;
      const epoch = partitionLeaderEpoch(cursor.buffer, cursor.at);
      const startOffset = baseOffset(cursor.buffer, cursor.at);
      if (epoch > (earlier.at(-1)?.epoch ?? -1)) earlier.push({ epoch, startOffset });
    }
  }
  epochs.prepend(earlier);
}

/** Brings `state` to `offset`: the newest snapshot, and the batches behind it. */
export function rebuildProducerState(
  state: ProducerState,
  segments: readonly Segment[],
  snapshots: SnapshotFiles,
  offset: number,
  options: { readonly logStartOffset: number; readonly nowMs: number; readonly producerIdExpirationMs: number },
): void {
  const snapshot = snapshots.latest(offset);
  state.load(snapshot?.entries ?? []);
  state.removeExpired(options.nowMs, options.producerIdExpirationMs);
  const from = Math.max(snapshot?.offset ?? 0, options.logStartOffset);
  if (from >= offset) return;
  const first = Math.max(
    0,
    segments.findLastIndex((segment) => segment.baseOffset <= from),
  );
  for (const segment of segments.slice(first)) {
    if (segment.baseOffset >= offset) return;
    const cursor = new BatchCursor(segment.log, segment.offsetIndex.lookup(from));
    while (cursor.next()) {
      if (lastOffset(cursor.buffer, cursor.at) < from) continue;
      if (baseOffset(cursor.buffer, cursor.at) >= offset) return;
      if (producerId(cursor.buffer, cursor.at) < 0) continue;
      // Of a marker the record counts, too.
      if (isControl(cursor.buffer, cursor.at)) noteProducer(cursor.read(), 0, state, null);
      else noteProducer(cursor.buffer, cursor.at, state, null);
    }
  }
}

class Repair {
  readonly #options: LoadOptions;
  readonly #segments: Segment[];
  readonly #epochs: LeaderEpochCache;
  readonly #snapshots: SnapshotFiles;
  readonly #state: ProducerState;

  constructor(
    options: LoadOptions,
    segments: Segment[],
    epochs: LeaderEpochCache,
    snapshots: SnapshotFiles,
    state: ProducerState,
  ) {
    this.#options = options;
    this.#segments = segments;
    this.#epochs = epochs;
    this.#snapshots = snapshots;
    this.#state = state;
  }

  /** Recovers what has to be, from the front to the back. */
  run(): RecoveryReport {
    const { recoveryPoint, cleanShutdown } = this.#options;
    let recoveredSegments = 0;
    let truncatedBytes = 0;
    let removedSegments = 0;
    /** Where `state` stands: segments that follow one another need not be replayed. */
    let stateOffset = -1;
    for (let index = 0; index < this.#segments.length; index++) {
      const segment = this.#segments[index];
      if (segment === undefined) break;
      const isUnflushed = !cleanShutdown && this.#upperBound(index) > recoveryPoint;
      if (!isUnflushed && !this.#isDamaged(segment, index)) continue;
      if (stateOffset !== segment.baseOffset) this.#rebuildState(segment.baseOffset, index);
      const result = this.#recover(segment);
      recoveredSegments++;
      truncatedBytes += result.truncatedBytes;
      stateOffset = result.nextOffset;
      // Each file lost its own unflushed end: one that ends between two batches, too, has lost what came behind.
      const isShort = this.#options.isDense && result.nextOffset < (this.#segments[index + 1]?.baseOffset ?? 0);
      if ((result.truncatedBytes === 0 && !isShort) || !isUnflushed) continue;
      // What lies behind a torn batch, or a hole, was never acknowledged as flushed.
      for (const removed of this.#segments.splice(index + 1)) {
        truncatedBytes += removed.size;
        removedSegments++;
        removed.remove();
      }
    }
    return { recoveredSegments, truncatedBytes, removedSegments };
  }

  /** Settles where the log begins and ends, and makes everything beside the segments agree with that. */
  finish(report: RecoveryReport): LoadedLog {
    const { disk, directory, nowMs, rollJitterMs } = this.#options;
    if (!this.#options.cleanShutdown) this.#dropEmptyEnd();
    let logStartOffset = Math.max(this.#options.logStartOffset, this.#segments[0]?.baseOffset ?? 0);
    let logEndOffset = this.#segments.at(-1)?.findEnd().nextOffset ?? logStartOffset;
    if (logEndOffset < logStartOffset) {
      // The checkpoint is ahead of the log: records were lost, and what is left had been deleted already.
      for (const segment of this.#segments.splice(0)) segment.remove();
      logEndOffset = logStartOffset;
    }
    if (this.#segments.length === 0) {
      this.#segments.push(new Segment(disk, directory, logStartOffset, { create: true, nowMs, rollJitterMs }));
      logStartOffset = Math.max(logStartOffset, this.#options.logStartOffset);
    }
    this.#epochs.truncateFromEnd(logEndOffset);
    learnFirstEpochs(this.#epochs, this.#segments, logStartOffset);
    this.#epochs.truncateFromStart(logStartOffset);
    this.#snapshots.removeWhere((offset) => offset > logEndOffset);
    rebuildProducerState(this.#state, this.#segments, this.#snapshots, logEndOffset, {
      ...this.#options,
      logStartOffset,
    });
    return {
      segments: this.#segments,
      logStartOffset,
      logEndOffset,
      // What was looked through was read, not synced.
      recoveryPoint: Math.min(this.#options.cleanShutdown ? logEndOffset : this.#options.recoveryPoint, logEndOffset),
      epochs: this.#epochs,
      snapshots: this.#snapshots,
      report,
    };
  }

  /**
   * A loss of power may take the unflushed end of a segment and leave the empty one that was begun behind it. The log
   * then ends where its records do: going on behind the hole would hide the loss from the leader.
   */
  #dropEmptyEnd(): void {
    for (let last = this.#segments.at(-1); last !== undefined && last.size === 0; last = this.#segments.at(-1)) {
      const nextOffset = this.#segments.at(-2)?.findEnd().nextOffset;
      if (nextOffset === undefined || nextOffset >= last.baseOffset || nextOffset < this.#options.recoveryPoint) return;
      last.remove();
      this.#segments.pop();
    }
  }

  #recover(segment: Segment): { readonly truncatedBytes: number; readonly nextOffset: number } {
    this.#snapshots.removeWhere((offset) => offset > segment.baseOffset && offset > this.#options.recoveryPoint);
    const result = segment.recover(this.#options.indexIntervalBytes, (buffer, at) => {
      if (magic(buffer, at) < 2) return;
      const epoch = partitionLeaderEpoch(buffer, at);
      if (epoch > this.#epochs.latestEpoch) this.#epochs.assign(epoch, baseOffset(buffer, at));
      noteProducer(buffer, at, this.#state, segment.transactionIndex);
    });
    // So that the next segment, and the next start, need not replay this one.
    if (segment.size > 0) {
      this.#snapshots.write(result.nextOffset, this.#state.snapshot());
    }
    return result;
  }

  #rebuildState(offset: number, index: number): void {
    rebuildProducerState(this.#state, this.#segments.slice(0, index), this.#snapshots, offset, this.#options);
  }

  /** The offset behind everything that the segment can hold. */
  #upperBound(index: number): number {
    return this.#segments[index + 1]?.baseOffset ?? Number.POSITIVE_INFINITY;
  }

  /** Closed segments are checked from the outside only, the active one in full. */
  #isDamaged(segment: Segment, index: number): boolean {
    const { offsetIndex, timeIndex, transactionIndex } = segment;
    if (index < this.#segments.length - 1) {
      return (
        !offsetIndex.file.exists ||
        !timeIndex.file.exists ||
        offsetIndex.file.isRagged ||
        timeIndex.file.isRagged ||
        transactionIndex.file.isRagged
      );
    }
    return (
      offsetIndex.damage(segment.size) !== null ||
      timeIndex.damage() !== null ||
      transactionIndex.damage(segment.baseOffset) !== null ||
      segment.findEnd().position !== segment.size
    );
  }
}

/** Removes what a crash left of deletions and replacements, and indexes that have no log. Returns the names that stay. */
function removeLeftovers(disk: Disk, directory: string, names: readonly string[]): string[] {
  const logs = new Set(names.filter((name) => name.endsWith(LOG_SUFFIX)));
  return names.filter((name) => {
    const isLeftover =
      // An index that was to be swapped in without its log: the swap was not decided yet.
      [DELETED_SUFFIX, CLEANED_SUFFIX, SWAP_SUFFIX, TEMPORARY_SUFFIX].some((suffix) => name.endsWith(suffix)) ||
      INDEX_SUFFIXES.some((suffix) => name.endsWith(suffix) && !logs.has(name.slice(0, -suffix.length) + LOG_SUFFIX));
    if (isLeftover) disk.remove(`${directory}/${name}`);
    return !isLeftover;
  });
}
