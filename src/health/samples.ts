import type { Snapshot } from '../cluster/snapshot.ts';
import { type GroupPartition, indexTopics, joinGroup } from './join.ts';

export const ISOLATIONS = ['read_uncommitted', 'read_committed'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** The few numbers of one partition of one group that a later sample is compared with. */
export interface Point {
  readonly atMs: number;
  readonly committed: number | null;
  readonly end: number | null;
  readonly highWatermark: number | null;
  readonly logEnd: number | null;
}

/** One earlier snapshot, reduced to what comparing needs. Keys: `seriesKey`. */
export interface Sample {
  readonly atMs: number;
  readonly points: ReadonlyMap<string, Point>;
}

/** Key of a partition of a group. NUL cannot be part of a topic's name. */
export function seriesKey(group: string, topic: string, partition: number): string {
  return `${partition}\u0000${topic}\u0000${group}`;
}

/** Where reading ends: the high watermark, or the last stable offset for read_committed. */
export function endOf(row: GroupPartition, isolation: Isolation): number | null {
  if (row.log === null) return null;
  return isolation === 'read_committed' ? row.log.lastStableOffset : row.log.highWatermark;
}

/** A commit that means something: present, readable, not negative. */
export function committedOf(row: GroupPartition): number | null {
  const commit = row.commit;
  return commit === null || commit.problem !== null || commit.offset === null ? null : commit.offset;
}

/** What one sample knows of a partition of a group; what it does not know is null. */
export function pointOf(row: GroupPartition, atMs: number, isolation: Isolation): Point {
  return {
    atMs,
    committed: committedOf(row),
    end: endOf(row, isolation),
    highWatermark: row.log?.highWatermark ?? null,
    logEnd: row.log?.logEnd ?? null,
  };
}

/** Reduces a snapshot to a sample that later ones can be compared with. Linear in groups × partitions. */
export function sampleOf(snapshot: Snapshot, isolation: Isolation): Sample {
  const atMs = Date.parse(snapshot.at);
  const topics = indexTopics(snapshot);
  const points = new Map<string, Point>();
  for (const group of snapshot.groups) {
    for (const row of joinGroup(group, topics)) {
      points.set(seriesKey(group.group, row.topic, row.partition), pointOf(row, atMs, isolation));
    }
  }
  return { atMs, points };
}

/** How a partition moved over the window that the samples span. */
export interface Trend {
  readonly windowMs: number;
  readonly samples: number;
  /** The committed offset is the same in all samples. */
  readonly unchanged: boolean;
  /** The committed offset went back somewhere, and by how much. */
  readonly rewound: number;
  /** Lag was above zero in every sample. */
  readonly alwaysBehind: boolean;
  /** Records per second; null where unknown. Lag: positive = falling behind. */
  readonly lagPerSecond: number | null;
  readonly committedPerSecond: number | null;
  readonly endPerSecond: number | null;
  /** The high watermark stood still in all samples, while the log end lay beyond it in all of them. */
  readonly watermarkStuck: boolean;
}

/** Compares a partition with its earlier points (oldest first). Null with fewer than two usable points. */
export function trendOf(earlier: readonly Point[], now: Point): Trend | null {
  const usable = [...earlier, now].filter((point) => point.committed !== null);
  const first = usable[0];
  if (first === undefined || usable.length < 2 || now.committed === null || now.atMs <= first.atMs) return null;
  const windowMs = now.atMs - first.atMs;
  const perSecond = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : ((to - from) * 1000) / windowMs;
  let rewound = 0;
  for (let i = 1; i < usable.length; i++) {
    rewound = Math.max(rewound, (usable[i - 1]?.committed ?? 0) - (usable[i]?.committed ?? 0));
  }
  return {
    windowMs,
    samples: usable.length,
    unchanged: usable.every((point) => point.committed === first.committed),
    rewound,
    alwaysBehind: usable.every((point) => point.end !== null && point.end > (point.committed ?? 0)),
    lagPerSecond: perSecond(lagOf(first), lagOf(now)),
    committedPerSecond: perSecond(first.committed, now.committed),
    endPerSecond: perSecond(first.end, now.end),
    watermarkStuck: usable.every(
      (point) =>
        point.highWatermark !== null &&
        point.highWatermark === first.highWatermark &&
        point.logEnd !== null &&
        point.logEnd > point.highWatermark,
    ),
  };
}

function lagOf(point: Point): number | null {
  return point.end === null || point.committed === null ? null : point.end - point.committed;
}
