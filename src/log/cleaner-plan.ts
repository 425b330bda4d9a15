import type { CompactionConfig } from './types.ts';

/** What is looked at of a segment. */
export interface CleanableSegment {
  readonly baseOffset: number;
  readonly size: number;
  /** -1 where there is none. */
  readonly maxTimestamp: number;
  /** Largest timestamp of the first batch; null in an empty segment. */
  readonly firstTimestamp: number | null;
}

/** What a cleaning is decided from. */
export interface CleaningInput {
  /** All of the log, the active one last. */
  readonly segments: readonly CleanableSegment[];
  /** Where the last cleaning ended. */
  readonly cleanPoint: number;
  readonly logStartOffset: number;
  /** Never above the high watermark, nor within an open transaction. */
  readonly lastStableOffset: number;
  readonly nowMs: number;
}

/** What is to be cleaned: keys are collected from [from, upTo), and older records of these keys go, from the log's start on. */
export interface CleaningPlan {
  readonly from: number;
  /** Base offset of the first segment that stays as it is. */
  readonly upTo: number;
  /** Bytes to collect keys from. */
  readonly dirtyBytes: number;
  /** Share of the cleanable bytes that is dirty. */
  readonly dirtyRatio: number;
  /** Whether max.compaction.lag.ms is over. */
  readonly overdue: boolean;
}

/**
 * What can be cleaned of a log, due or not: closed segments below the last stable offset whose records are older than
 * min.compaction.lag.ms. Null where nothing is dirty.
 */
export function planCleaning(input: CleaningInput, config: CompactionConfig): CleaningPlan | null {
  const { segments, nowMs } = input;
  const from = Math.max(input.cleanPoint, input.logStartOffset);
  let cleanBytes = 0;
  let dirtyBytes = 0;
  let oldestDirty = Number.POSITIVE_INFINITY;
  let upTo = segments[0]?.baseOffset ?? 0;
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    const end = segments[index + 1]?.baseOffset ?? upTo;
    if (end > input.lastStableOffset) break;
    if (end <= from) {
      cleanBytes += segment.size;
    } else {
      if (config.minCompactionLagMs > 0 && segment.maxTimestamp > nowMs - config.minCompactionLagMs) break;
      dirtyBytes += segment.size;
      const first = segment.firstTimestamp ?? -1;
      if (first > 0) oldestDirty = Math.min(oldestDirty, first);
    }
    upTo = end;
  }
  if (dirtyBytes === 0) return null;
  const maxLag = Math.max(config.maxCompactionLagMs, config.minCompactionLagMs);
  return {
    from,
    upTo,
    dirtyBytes,
    dirtyRatio: dirtyBytes / (cleanBytes + dirtyBytes),
    overdue: oldestDirty < nowMs - maxLag,
  };
}

/** Whether it is time for the cleaning: more than min.cleanable.dirty.ratio is dirty, or some of it has waited too long. */
export function isDue(plan: CleaningPlan, config: CompactionConfig): boolean {
  return plan.overdue || plan.dirtyRatio > config.minCleanableDirtyRatio;
}
