import { isValidCrc } from '../records/batch.ts';
import { isControl, lastOffset } from '../records/fields.ts';
import { BatchCursor } from './batch-cursor.ts';
import { AbortedTransactions, BatchFilter, collectKeys, type LatestOffsets } from './cleaner-filter.ts';
import type { CleaningPlan } from './cleaner-plan.ts';
import type { EntryFile } from './entry-file.ts';
import { LogError } from './error.ts';
import type { ProducerEntry } from './producer-state.ts';
import type { Segment } from './segment.ts';
import type { TransactionIndexEntry } from './transaction-index.ts';
import type { LogConfig } from './types.ts';

/** Cleaned batches that are collected before they are written. */
const WRITE_BYTES = 256 * 1024;

/** What a cleaning needs of the log that it cleans. */
export interface CleaningTarget {
  readonly config: LogConfig;
  readonly producers: ReadonlyMap<number, ProducerEntry>;
  /** All segments, in order. */
  readonly segments: readonly Segment[];
  /** Whether the segments are still those that the cleaning began with, but for new ones at the end. */
  isCurrent(): boolean;
  /** Begins a segment whose files are not part of the log yet. */
  beginCleaned(baseOffset: number, createdMs: number): Segment;
  /** Puts a cleaned segment in the place of those it was made of. */
  replace(sources: readonly Segment[], cleaned: Segment): void;
  /** Everything below `endOffset` is clean. */
  cleaned(endOffset: number): void;
}

export interface CleaningOptions {
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
  /** How many keys are remembered at most; the cleaning ends where there would be more. */
  readonly maxKeys: number;
}

/** A segment in the making, and what it is made of. */
interface Output {
  readonly segment: Segment;
  readonly sources: Segment[];
  pending: Buffer[];
  pendingBytes: number;
  /** Whether anything differs from the sources. */
  changed: boolean;
}

/**
 * One cleaning of a log, in steps: first the last offset of each key in the dirty part is found, then the segments from
 * the log's start on are written anew without the records that have a later one, several small ones into one. Each
 * group is swapped in as a whole.
 */
export class LogCleaning {
  readonly #target: CleaningTarget;
  readonly #plan: CleaningPlan;
  readonly #options: CleaningOptions;
  readonly #work: Generator<number, void, void>;
  readonly #aborted: readonly TransactionIndexEntry[];
  #output: Output | null = null;

  constructor(target: CleaningTarget, plan: CleaningPlan, options: CleaningOptions) {
    this.#target = target;
    this.#plan = plan;
    this.#options = options;
    this.#aborted = abortedTransactions(target.segments);
    this.#work = this.#run();
  }

  /**
   * Goes on for about `bytes` of the log; true when there is nothing left to do, also because the log was cut meanwhile.
   * Throws DiskError, or RecordError for a batch that is damaged: abandon() is to be called then.
   */
  step(bytes: number): boolean {
    if (!this.#target.isCurrent()) {
      this.abandon();
      return true;
    }
    for (let spent = 0; spent < bytes; ) {
      const next = this.#work.next();
      if (next.done === true) return true;
      spent += next.value;
    }
    return false;
  }

  /** Gives up; what was not swapped in is removed. */
  abandon(): void {
    this.#output?.segment.remove();
    this.#output = null;
  }

  *#run(): Generator<number, void, void> {
    const sources = this.#target.segments.filter((segment) => segment.baseOffset < this.#plan.upTo);
    const aborted = new AbortedTransactions(this.#aborted);
    const latest: LatestOffsets = new Map();
    const { cleanTo, endOffset } = yield* this.#collect(sources, aborted, latest);
    const filter = new BatchFilter({ latest, aborted, producers: this.#target.producers, endOffset, ...this.#options });
    for (const [index, source] of sources.entries()) {
      if (source.baseOffset >= cleanTo) break;
      const nextBase = sources[index + 1]?.baseOffset ?? this.#plan.upTo;
      if (this.#output !== null && !this.#fits(this.#output, source, nextBase)) this.#finish(this.#output);
      this.#output ??= {
        segment: this.#target.beginCleaned(source.baseOffset, source.createdMs),
        sources: [],
        pending: [],
        pendingBytes: 0,
        changed: false,
      };
      this.#output.sources.push(source);
      yield* this.#clean(source, filter, this.#output);
    }
    if (this.#output !== null) this.#finish(this.#output);
    this.#target.cleaned(cleanTo);
  }

  /**
   * Finds the last offset of each key in the dirty part. Returns up to where the log will be clean, and the offset
   * behind the last batch before that.
   */
  *#collect(
    sources: readonly Segment[],
    aborted: AbortedTransactions,
    latest: LatestOffsets,
  ): Generator<number, { readonly cleanTo: number; readonly endOffset: number }, void> {
    const { from, upTo } = this.#plan;
    let endOffset = upTo;
    for (const [index, source] of sources.entries()) {
      if ((sources[index + 1]?.baseOffset ?? upTo) <= from) continue;
      const cursor = wholeBatches(source, source.positionOf(from));
      while (cursor.next()) {
        collectKeys(cursor.buffer, cursor.at, aborted, latest);
        endOffset = lastOffset(cursor.buffer, cursor.at) + 1;
        if (latest.size >= this.#options.maxKeys) return { cleanTo: endOffset, endOffset };
        yield cursor.size;
      }
      requireEnd(cursor, source);
    }
    return { cleanTo: upTo, endOffset };
  }

  *#clean(source: Segment, filter: BatchFilter, output: Output): Generator<number, void, void> {
    const entries = new Map(entriesOf(source).map((entry) => [entry.lastOffset, entry]));
    const cursor = wholeBatches(source, 0);
    while (cursor.next()) {
      const { buffer, at, size } = cursor;
      // Written anew, damage would get a checksum of its own.
      if (!isValidCrc(buffer, at)) throw damaged(source, cursor.position);
      const filtered = filter.apply(buffer, at);
      if (filtered !== undefined) output.changed = true;
      if (filtered !== null) {
        const batch = filtered ?? buffer.subarray(at, at + size);
        output.pending.push(batch);
        output.pendingBytes += batch.length;
        if (output.pendingBytes >= WRITE_BYTES) this.#write(output);
        const entry = isControl(batch, 0) ? entries.get(lastOffset(batch, 0)) : undefined;
        if (entry !== undefined) output.segment.transactionIndex.append(entry);
      }
      yield size;
    }
    requireEnd(cursor, source);
    this.#write(output);
  }

  #write(output: Output): void {
    if (output.pending.length === 0) return;
    // A copy: the batches are views of what was read.
    output.segment.append(Buffer.concat(output.pending), this.#target.config.indexIntervalBytes);
    output.pending = [];
    output.pendingBytes = 0;
  }

  /** Whether another source may go into the same segment. One without records always takes another. */
  #fits(output: Output, source: Segment, nextBase: number): boolean {
    const { segment } = output;
    const { segmentBytes, segmentIndexBytes } = this.#target.config;
    if (!segment.canHold(nextBase - 1)) return false;
    if (segment.size === 0) return true;
    return (
      segment.size + source.size <= segmentBytes &&
      entryBytes(segment.offsetIndex.file) + entryBytes(source.offsetIndex.file) <= segmentIndexBytes &&
      entryBytes(segment.timeIndex.file) + entryBytes(source.timeIndex.file) <= segmentIndexBytes
    );
  }

  #finish(output: Output): void {
    // Nothing is left only where the batch before a hole in the offsets is gone: the sources may as well stay.
    const isSame = output.sources.length === 1 && !output.changed;
    if (isSame || output.segment.size === 0) output.segment.remove();
    else this.#target.replace(output.sources, output.segment);
    this.#output = null;
  }
}

function wholeBatches(segment: Segment, position: number): BatchCursor {
  return new BatchCursor(segment.log, position, segment.size, { whole: true });
}

/** A closed segment ends with a whole batch; one that does not is not to be thrown away. */
function requireEnd(cursor: BatchCursor, segment: Segment): void {
  if (cursor.ended !== 'end') throw damaged(segment, cursor.position);
}

function damaged(segment: Segment, position: number): LogError {
  return new LogError('CORRUPT_MESSAGE', `${segment.log.path} has no whole, intact batch at ${position}`);
}

function entryBytes({ count, entrySize }: EntryFile): number {
  return count * entrySize;
}

function entriesOf({ transactionIndex }: Segment): TransactionIndexEntry[] {
  return Array.from({ length: transactionIndex.count }, (_, index) => transactionIndex.entryAt(index));
}

function abortedTransactions(segments: readonly Segment[]): TransactionIndexEntry[] {
  return segments.flatMap(entriesOf);
}
