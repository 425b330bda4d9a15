import type { Segment } from './segment.ts';
import type { LogConfig, PartitionLogOptions } from './types.ts';

/** What is about to be appended. */
export interface PendingAppend {
  readonly bytes: number;
  readonly maxTimestamp: number;
  readonly lastOffset: number;
}

/**
 * Whether a new segment has to be begun before the append: the active one would outgrow segment.bytes, it is older
 * than segment.ms (by timestamps where it has some, else by the clock), its indexes are full, or the offset lies too
 * far from its base offset. An empty segment never rolls, but for the last reason.
 */
export function mustRoll(active: Segment, append: PendingAppend, config: LogConfig, nowMs: number): boolean {
  if (!active.canHold(append.lastOffset)) return true;
  if (active.size === 0) return false;
  if (active.size > config.segmentBytes - append.bytes) return true;
  if (active.offsetIndex.isFull(config.segmentIndexBytes) || active.timeIndex.isFull(config.segmentIndexBytes))
    return true;
  const first = active.firstTimestamp;
  const age =
    first !== null && first >= 0 && append.maxTimestamp >= 0 ? append.maxTimestamp - first : nowMs - active.createdMs;
  return age > maxAgeMs(config) - active.rollJitterMs;
}

function maxAgeMs(config: LogConfig): number {
  const { segmentMs, cleanupPolicy, maxCompactionLagMs } = config;
  return cleanupPolicy.compact && maxCompactionLagMs !== undefined
    ? Math.min(segmentMs, maxCompactionLagMs)
    : segmentMs;
}

/** By how much a new segment rolls earlier than segment.ms, so that partitions made together do not roll together. */
export function rollJitter(config: LogConfig, random: PartitionLogOptions['random']): number {
  const bound = Math.min(config.segmentJitterMs, config.segmentMs);
  return bound <= 0 || random === undefined ? 0 : random.below(bound);
}
