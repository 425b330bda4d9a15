import type { Segment } from './segment.ts';
import type { LogConfig } from './types.ts';

/** What retention is decided from. */
export interface RetentionInput {
  readonly segments: readonly Segment[];
  /** Bytes of all segments. */
  readonly size: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
  readonly nowMs: number;
}

/** How many of the oldest segments retention.ms and retention.bytes let go; none that reaches above the high watermark. */
export function countExpired(input: RetentionInput, config: LogConfig): number {
  const { retentionMs, retentionBytes, cleanupPolicy } = config;
  if (!cleanupPolicy.delete) return 0;
  let excess = retentionBytes < 0 ? -1 : input.size - retentionBytes;
  let count = 0;
  for (const [index, segment] of input.segments.entries()) {
    const upperBound = input.segments[index + 1]?.baseOffset ?? input.logEndOffset;
    if (upperBound > input.highWatermark || segment.size === 0) break;
    const latest = segment.maxTimestamp >= 0 ? segment.maxTimestamp : segment.createdMs;
    const isExpired = retentionMs >= 0 && input.nowMs - latest > retentionMs;
    if (!isExpired && excess < segment.size) break;
    excess -= segment.size;
    count++;
  }
  return count;
}
