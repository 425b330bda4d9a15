import type { Recording } from '../cluster/recording.ts';
import { byCodeUnit } from './join.ts';
import { type Isolation, type Point, sampleOf } from './samples.ts';

/** One partition of one group over the samples of a recording. All lists are as long as `times`; null is not known. */
export interface PartitionSeries {
  readonly topic: string;
  readonly partition: number;
  readonly lag: readonly (number | null)[];
  readonly committed: readonly (number | null)[];
  readonly end: readonly (number | null)[];
}

export interface GroupSeries {
  readonly group: string;
  /** Of the samples, in ms since 1970. */
  readonly times: readonly number[];
  /** Sum over the partitions; null in a sample where one of them is not known. */
  readonly lag: readonly (number | null)[];
  /** Records per second since the sample before: committed by the group, and written to its partitions. The first is null. */
  readonly committedPerSecond: readonly (number | null)[];
  readonly writtenPerSecond: readonly (number | null)[];
  /** The largest lag in the newest sample first. */
  readonly partitions: readonly PartitionSeries[];
}

/** How groups went over a recording's samples, from the same points that verdicts compare. */
export function lagSeries(
  { samples }: Recording,
  groups: readonly string[],
  isolation: Isolation = 'read_uncommitted',
): GroupSeries[] {
  const wanted = new Set(groups);
  const points = samples.map((sample) =>
    sampleOf({ ...sample, groups: sample.groups.filter(({ group }) => wanted.has(group)) }, isolation),
  );
  const times = points.map(({ atMs }) => atMs);
  const keys = new Map<string, string[]>();
  for (const { points: known } of points) {
    for (const key of known.keys()) {
      const group = key.slice(key.indexOf('\u0000', key.indexOf('\u0000') + 1) + 1);
      const own = keys.get(group);
      if (own === undefined) keys.set(group, [key]);
      else if (!own.includes(key)) own.push(key);
    }
  }
  return groups.map((group) => {
    const partitions = (keys.get(group) ?? []).map((key) =>
      partitionSeries(
        key,
        points.map((sample) => sample.points.get(key)),
      ),
    );
    partitions.sort(
      (a, b) =>
        (b.lag.at(-1) ?? -1) - (a.lag.at(-1) ?? -1) || byCodeUnit(a.topic, b.topic) || a.partition - b.partition,
    );
    const total = (of: (series: PartitionSeries) => readonly (number | null)[]) =>
      times.map((_, at) => sum(partitions.map((series) => of(series)[at] ?? null)));
    return {
      group,
      times,
      lag: total(({ lag }) => lag),
      committedPerSecond: rates(
        times,
        total(({ committed }) => committed),
      ),
      writtenPerSecond: rates(
        times,
        total(({ end }) => end),
      ),
      partitions,
    };
  });
}

function partitionSeries(key: string, points: readonly (Point | undefined)[]): PartitionSeries {
  const [partition = '', topic = ''] = key.split('\u0000');
  return {
    topic,
    partition: Number(partition),
    lag: points.map((point) =>
      point === undefined || point.end === null || point.committed === null
        ? null
        : Math.max(0, point.end - point.committed),
    ),
    committed: points.map((point) => point?.committed ?? null),
    end: points.map((point) => point?.end ?? null),
  };
}

/** Null as soon as one is not known: a total never hides an unknown. */
function sum(values: readonly (number | null)[]): number | null {
  let total: number | null = values.length === 0 ? null : 0;
  for (const value of values) total = total === null || value === null ? null : total + value;
  return total;
}

/** What a count grew by, per second. One that went back tells nothing of a rate. */
function rates(times: readonly number[], counts: readonly (number | null)[]): (number | null)[] {
  return counts.map((count, at) => {
    const before = counts[at - 1];
    const ms = (times[at] ?? 0) - (times[at - 1] ?? 0);
    if (at === 0 || count === null || before === null || before === undefined || ms <= 0 || count < before) return null;
    return ((count - before) * 1000) / ms;
  });
}
