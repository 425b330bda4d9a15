import type { Snapshot } from '../cluster/snapshot.ts';
import type { GroupPartition } from './join.ts';
import type { Point } from './samples.ts';

/** A record, or an end of the log, whose time is known. */
export interface Anchor {
  readonly offset: number;
  readonly timestampMs: number;
}

/** `exact`: from the record at the committed offset (or nothing is unread). `interpolated`: between two known anchors. */
export type TimeLagSource = 'exact' | 'interpolated';

export interface TimeLag {
  readonly timeLagMs: number;
  readonly source: TimeLagSource;
}

/**
 * Records of each partition whose timestamps are known anyhow: the one with the newest timestamp, and those at other
 * groups' commits. Sorted by offset. Key: `topic NUL partition`.
 */
export function collectAnchors(snapshot: Snapshot): ReadonlyMap<string, readonly Anchor[]> {
  const anchors = new Map<string, Anchor[]>();
  const add = (topic: string, partition: number, anchor: Anchor): void => {
    const key = anchorKey(topic, partition);
    const list = anchors.get(key);
    if (list === undefined) anchors.set(key, [anchor]);
    else list.push(anchor);
  };
  for (const topic of snapshot.topics) {
    for (const { partition, maxTimestamp } of topic.partitions) {
      if (maxTimestamp !== null) add(topic.topic, partition, maxTimestamp);
    }
  }
  for (const group of snapshot.groups) {
    for (const { topic, partition, offset, timestampMs } of group.commits) {
      if (offset !== null && timestampMs !== null) add(topic, partition, { offset, timestampMs });
    }
  }
  for (const list of anchors.values()) list.sort((a, b) => a.offset - b.offset);
  return anchors;
}

/** A partition as a key: no topic name holds a NUL. */
export function anchorKey(topic: string, partition: number): string {
  return `${topic}\u0000${partition}`;
}

const NOTHING_UNREAD: TimeLag = { timeLagMs: 0, source: 'exact' };

/**
 * How long the oldest unread record has been waiting, in ms. Null where nothing tells: never a guess, never NaN, never an
 * extrapolation beyond known anchors. Earlier samples serve as anchors as well: what lies at an end offset seen at time t
 * was written after t.
 */
export function timeLagOf(
  row: GroupPartition,
  lag: number | null,
  atMs: number,
  anchors: readonly Anchor[],
  earlier: readonly Point[],
): TimeLag | null {
  if (lag === null) return null;
  if (lag <= 0) return NOTHING_UNREAD;
  const commit = row.commit;
  if (commit === null || commit.offset === null || commit.offset < 0) return null;
  if (row.log?.start != null && commit.offset < row.log.start) return null;
  if (commit.timestampMs !== null) return { timeLagMs: Math.max(0, atMs - commit.timestampMs), source: 'exact' };
  const known = neighbours(anchors, commit.offset);
  for (const point of earlier) if (point.end !== null) known.push({ offset: point.end, timestampMs: point.atMs });
  const timestampMs = interpolate(known, commit.offset);
  return timestampMs === null ? null : { timeLagMs: Math.max(0, atMs - timestampMs), source: 'interpolated' };
}

/** The last anchor at or before `offset` and the first one at or after it. Binary search: a thousand groups may share a partition. */
function neighbours(anchors: readonly Anchor[], offset: number): Anchor[] {
  let low = 0;
  let high = anchors.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((anchors[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return [anchors[low - 1], anchors[low]].filter((anchor) => anchor !== undefined);
}

/** The time at `offset` on the line between its nearest known neighbours; null outside of them. */
export function interpolate(anchors: readonly Anchor[], offset: number): number | null {
  let below: Anchor | null = null;
  let above: Anchor | null = null;
  for (const anchor of anchors) {
    if (anchor.offset <= offset && (below === null || anchor.offset >= below.offset)) below = anchor;
    if (anchor.offset >= offset && (above === null || anchor.offset <= above.offset)) above = anchor;
  }
  if (below === null || above === null) return null;
  if (above.offset === below.offset) return below.timestampMs;
  const share = (offset - below.offset) / (above.offset - below.offset);
  return Math.round(below.timestampMs + share * (above.timestampMs - below.timestampMs));
}
