import { type CleaningOptions, LogCleaning } from './cleaner.ts';
import { type CleaningPlan, planCleaning } from './cleaner-plan.ts';
import { CLEANED_SUFFIX } from './file-names.ts';
import type { ProducerEntry } from './producer-state.ts';
import { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';
import { swapIn } from './segment-swap.ts';
import type { CompactionConfig, PartitionLogOptions } from './types.ts';

/** The log that is compacted, as far as compaction knows it. */
export interface CompactedLog {
  readonly options: PartitionLogOptions;
  readonly segments: SegmentList;
  /** Takes away what was replaced. */
  readonly retire: (segment: Segment) => void;
  readonly logStartOffset: () => number;
  readonly producers: () => ReadonlyMap<number, ProducerEntry>;
  /** Told of the base offsets of segments that are gone, their records being in another one now. */
  readonly merged: (baseOffsets: ReadonlySet<number>) => void;
}

/** How far a log is compacted, and the next cleaning of it. */
export class LogCompaction {
  readonly #log: CompactedLog;
  #cleanPoint: number;
  /** Counts what takes segments away: a cleaning that began before is void. */
  #cuts = 0;

  constructor(log: CompactedLog) {
    this.#log = log;
    // A checkpoint that is ahead of the log tells of records that were lost.
    const cleanPoint = log.options.cleanPoint ?? 0;
    this.#cleanPoint = cleanPoint > log.segments.active.baseOffset ? 0 : cleanPoint;
  }

  /** Up to here each key was found once at most when compaction last ran. */
  get cleanPoint(): number {
    return this.#cleanPoint;
  }

  /** Segments were taken away, or are about to be: a cleaning under way is void. */
  cut(): void {
    this.#cuts++;
  }

  /** The log ends at `logEndOffset` now: what was clean behind it is gone. */
  truncated(logEndOffset: number): void {
    this.cut();
    this.#cleanPoint = Math.min(this.#cleanPoint, logEndOffset);
  }

  /** What can be cleaned below `lastStableOffset`, due or not; null where nothing is dirty. */
  plan(config: CompactionConfig, lastStableOffset: number): CleaningPlan | null {
    const input = {
      segments: this.#log.segments.all,
      cleanPoint: this.#cleanPoint,
      logStartOffset: this.#log.logStartOffset(),
      lastStableOffset,
      nowMs: this.#log.options.now(),
    };
    return planCleaning(input, config);
  }

  /** Begins to clean as planned, in steps, between which the log may be used. */
  clean(plan: CleaningPlan, options: Omit<CleaningOptions, 'nowMs'>): LogCleaning {
    const { disk, directory, config, now } = this.#log.options;
    const cuts = this.#cuts;
    const target = {
      config: config(),
      producers: this.#log.producers(),
      segments: this.#log.segments.all,
      isCurrent: () => cuts === this.#cuts,
      beginCleaned: (baseOffset: number, createdMs: number) =>
        new Segment(disk, directory, baseOffset, { create: true, nowMs: createdMs, suffix: CLEANED_SUFFIX }),
      replace: (sources: readonly Segment[], cleaned: Segment) => this.#replace(sources, cleaned),
      cleaned: (endOffset: number) => {
        this.#cleanPoint = endOffset;
      },
    };
    return new LogCleaning(target, plan, { ...options, nowMs: now() });
  }

  #replace(sources: readonly Segment[], cleaned: Segment): void {
    const { segments, retire, options } = this.#log;
    const vanished = new Set(sources.slice(1).map((segment) => segment.baseOffset));
    segments.replace(sources, swapIn(options.disk, options.directory, sources, cleaned, retire));
    this.#log.merged(vanished);
  }
}
