import { byCodeUnit } from './join.ts';
import { oldest } from './judge-lag.ts';
import type { GroupLag, LagReport, PartitionLag } from './lag-report.ts';
import { type Verdict, worse } from './verdicts.ts';

export const LAG_VIEWS = ['partition', 'topic', 'member', 'group'] as const;
export type LagView = (typeof LAG_VIEWS)[number];

/** Partitions of one group put together by topic, by owner, or all of them. */
export interface LagRollUp {
  readonly group: string;
  readonly topic: string | null;
  /** Member id, with client id and host; all null for partitions that nobody owns. */
  readonly member: string | null;
  readonly clientId: string | null;
  readonly host: string | null;
  readonly partitions: number;
  readonly lag: number;
  readonly unknown: number;
  readonly timeLagMs: number | null;
  readonly lagPerSecond: number | null;
  readonly verdict: Verdict;
}

/** Adds partitions up by `view`. Sorted by group, then topic or member (unowned last). */
export function rollUp(report: LagReport, view: Exclude<LagView, 'partition'>): LagRollUp[] {
  return report.groups.flatMap((group) => (view === 'group' ? [wholeGroup(group)] : split(group, view)));
}

function wholeGroup(group: GroupLag): LagRollUp {
  const { lag, unknown, timeLagMs, lagPerSecond, verdict } = group;
  const partitions = group.partitions.length;
  return { ...seed(group, null, null), partitions, lag, unknown, timeLagMs, lagPerSecond, verdict };
}

function split(group: GroupLag, view: 'topic' | 'member'): LagRollUp[] {
  const buckets = new Map<string | null, PartitionLag[]>();
  for (const row of group.partitions) {
    const key = view === 'topic' ? row.topic : row.member;
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [row]);
    else bucket.push(row);
  }
  return [...buckets]
    .sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : byCodeUnit(a, b)))
    .map(([key, rows]) => ({
      ...rows.reduce(add, seed(group, view === 'topic' ? key : null, view === 'member' ? rows[0] : null)),
      timeLagMs: oldest(rows),
    }));
}

function seed(group: GroupLag, topic: string | null, owner: PartitionLag | null | undefined): LagRollUp {
  return {
    group: group.group,
    topic,
    member: owner?.member ?? null,
    clientId: owner?.clientId ?? null,
    host: owner?.host ?? null,
    partitions: 0,
    lag: 0,
    unknown: 0,
    timeLagMs: null,
    lagPerSecond: null,
    verdict: 'OK',
  };
}

function add(sum: LagRollUp, row: PartitionLag): LagRollUp {
  const rate = row.trend?.lagPerSecond ?? null;
  return {
    ...sum,
    partitions: sum.partitions + 1,
    lag: sum.lag + Math.max(0, row.lag ?? 0),
    unknown: sum.unknown + (row.lag === null ? 1 : 0),
    lagPerSecond: rate === null ? sum.lagPerSecond : (sum.lagPerSecond ?? 0) + rate,
    verdict: worse(sum.verdict, row.verdict),
  };
}
