/** Where a setting comes from. */
export const CONFIG_SOURCES = ['given', 'topic', 'broker', 'default'] as const;
export type ConfigSource = (typeof CONFIG_SOURCES)[number];

/** The topic settings that decide what happens to segments, in Kafka's units and with its defaults. */
export interface RetentionConfig {
  readonly cleanupPolicy: { readonly delete: boolean; readonly compact: boolean };
  /** retention.ms; -1 keeps for ever. */
  readonly retentionMs: number;
  /** retention.bytes, per partition; -1 is no limit. */
  readonly retentionBytes: number;
  /** segment.ms, segment.bytes: when the active segment ends. */
  readonly segmentMs: number;
  readonly segmentBytes: number;
  readonly minCompactionLagMs: number;
  readonly minCleanableDirtyRatio: number;
}

export const KAFKA_DEFAULTS: RetentionConfig = {
  cleanupPolicy: { delete: true, compact: false },
  retentionMs: 604_800_000,
  retentionBytes: -1,
  segmentMs: 604_800_000,
  segmentBytes: 1_073_741_824,
  minCompactionLagMs: 0,
  minCleanableDirtyRatio: 0.5,
};

/** One segment as retention sees it. */
export interface SegmentAge {
  readonly baseOffset: number;
  readonly bytes: number;
  /** The smallest (of the first batch) and the largest timestamp; null where there is none. */
  readonly firstTimestamp: number | null;
  readonly largestTimestamp: number | null;
  readonly nextOffset: number;
}

/** What happens to one segment, and why not yet. */
export interface Fate {
  readonly baseOffset: number;
  readonly what: 'deletable' | 'kept' | 'active';
  /** When it becomes deletable by time, milliseconds since 1970; null when never, or unknown. */
  readonly deletableAt: number | null;
  readonly why: string;
}

/**
 * What retention makes of a partition's segments. Segments go from the oldest on, and only whole: the first one that has to
 * stay keeps all behind it. The active segment is never deleted by size; by time it is, the broker rolls it first.
 */
export function retentionFates(segments: readonly SegmentAge[], config: RetentionConfig, now: number): Fate[] {
  let excess =
    config.retentionBytes < 0
      ? Number.NEGATIVE_INFINITY
      : segments.reduce((sum, { bytes }) => sum + bytes, 0) - config.retentionBytes;
  let blocked: number | null = null;
  return segments.map((segment, index): Fate => {
    const { baseOffset, bytes, largestTimestamp } = segment;
    const active = index === segments.length - 1;
    const byTime = config.retentionMs < 0 || largestTimestamp === null ? null : largestTimestamp + config.retentionMs;
    if (!config.cleanupPolicy.delete) {
      return {
        baseOffset,
        what: active ? 'active' : 'kept',
        deletableAt: null,
        why: 'cleanup.policy is compact alone',
      };
    }
    if (blocked !== null) {
      return {
        baseOffset,
        what: active ? 'active' : 'kept',
        deletableAt: byTime,
        why: `the segment at ${blocked} before it has to stay`,
      };
    }
    if (byTime !== null && byTime < now) {
      excess -= bytes;
      return { baseOffset, what: 'deletable', deletableAt: byTime, why: 'older than retention.ms' };
    }
    if (excess >= bytes && !active) {
      excess -= bytes;
      return { baseOffset, what: 'deletable', deletableAt: now, why: 'the partition is larger than retention.bytes' };
    }
    blocked = baseOffset;
    const why = keptWhy(largestTimestamp, config, now);
    if (!active) return { baseOffset, what: 'kept', deletableAt: byTime, why };
    return { baseOffset, what: 'active', deletableAt: byTime, why: `${why}; ${rollWhy(segment, config, now)}` };
  });
}

function rollWhy({ firstTimestamp, bytes }: SegmentAge, config: RetentionConfig, now: number): string {
  if (firstTimestamp === null) return 'empty';
  if (bytes >= config.segmentBytes || firstTimestamp + config.segmentMs < now) return 'rolls at the next write';
  return `rolls at segment.bytes or ${new Date(Math.min(firstTimestamp + config.segmentMs, 8.64e15)).toISOString()}`;
}

function keptWhy(largest: number | null, config: RetentionConfig, now: number): string {
  if (config.retentionMs < 0) return 'retention.ms is -1: kept for ever';
  if (largest === null) return 'no timestamps in it';
  if (largest > now)
    return `a record in it is dated in the future (${new Date(Math.min(largest, 8.64e15)).toISOString()})`;
  return 'its newest record is younger than retention.ms';
}

/** What the log cleaner has to do. */
export interface Compaction {
  /** Where the cleaner goes on: everything before was compacted. */
  readonly firstDirtyOffset: number | null;
  readonly cleanBytes: number;
  readonly dirtyBytes: number;
  readonly dirtyRatio: number | null;
  readonly due: boolean;
  readonly why: string;
}

/**
 * Whether and why (not) the log cleaner would take a partition up, by its checkpoint. `firstOpenOffset`: where the oldest open
 * transaction begins, which is as far as it goes.
 */
export function compactionOf(
  segments: readonly SegmentAge[],
  cleanedUpTo: number | null,
  config: RetentionConfig,
  now: number,
  firstOpenOffset: number | null = null,
): Compaction {
  const firstDirtyOffset = cleanedUpTo ?? segments[0]?.baseOffset ?? null;
  const closed = segments.slice(0, -1);
  const start = firstDirtyOffset ?? 0;
  const tooYoung = closed.findIndex(
    ({ baseOffset, largestTimestamp }) =>
      baseOffset >= start && (largestTimestamp ?? 0) > now - config.minCompactionLagMs,
  );
  const held = firstOpenOffset === null ? -1 : closed.findIndex(({ nextOffset }) => nextOffset > firstOpenOffset);
  const stops = [tooYoung, held].filter((index) => index >= 0);
  const cleanable = stops.length === 0 ? closed : closed.slice(0, Math.min(...stops));
  const size = (of: readonly SegmentAge[]): number => of.reduce((sum, { bytes }) => sum + bytes, 0);
  const cleanBytes = size(segments.filter(({ nextOffset }) => nextOffset <= start));
  const dirtyBytes = size(cleanable.filter(({ nextOffset }) => nextOffset > start));
  const total = cleanBytes + dirtyBytes;
  const dirtyRatio = total === 0 ? null : dirtyBytes / total;
  const base = { firstDirtyOffset, cleanBytes, dirtyBytes, dirtyRatio };
  if (!config.cleanupPolicy.compact) return { ...base, due: false, why: 'cleanup.policy does not say compact' };
  if (dirtyBytes === 0) {
    const why =
      held >= 0 && (tooYoung < 0 || held <= tooYoung)
        ? `a transaction that is open from offset ${firstOpenOffset} on holds it back`
        : tooYoung >= 0
          ? 'the dirty segments are younger than min.compaction.lag.ms'
          : 'nothing but the active segment is dirty, and that one is never compacted';
    return { ...base, due: false, why };
  }
  const due = (dirtyRatio ?? 0) > config.minCleanableDirtyRatio;
  const ratio = (dirtyRatio ?? 0).toFixed(2);
  const why = `dirty ratio ${ratio} is ${due ? 'above' : 'not above'} min.cleanable.dirty.ratio ${config.minCleanableDirtyRatio}`;
  return { ...base, due, why };
}
