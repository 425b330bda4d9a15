import type { Group, Snapshot } from '../cluster/snapshot.ts';
import { findingsOf } from './findings.ts';
import { byCodeUnit, type GroupPartition, indexTopics, joinGroup, type TopicIndex } from './join.ts';
import { type GroupFacts, groupFacts, type JudgeOptions, judgePartition, lagOf } from './judge-partition.ts';
import type { GroupLag, LagReport, PartitionLag, Totals } from './lag-report.ts';
import { committedOf, endOf, type Isolation, type Point, pointOf, type Sample, seriesKey, trendOf } from './samples.ts';
import { type Anchor, anchorKey, collectAnchors, timeLagOf } from './time-lag.ts';
import { VERDICTS, type Verdict, worse } from './verdicts.ts';

/** A minute: two default session timeouts fit in, and no healthy consumer leaves a record unread for as long. */
export const DEFAULT_OLD_AFTER_MS = 60_000;

/** How lag is judged. What is old may be another thing for each group. */
export interface LagOptions {
  readonly isolation: Isolation;
  /** An unread record older than this (ms) is old. */
  readonly oldAfterMs: number | ((group: string) => number);
}

interface Context {
  readonly atMs: number;
  readonly topics: ReadonlyMap<string, TopicIndex>;
  readonly anchors: ReadonlyMap<string, readonly Anchor[]>;
  readonly earlier: readonly Sample[];
  readonly options: LagOptions;
}

/**
 * Judges the lag of every group of a snapshot. `earlier` are previous samples of the same cluster, oldest first: with them
 * a stall, a slow consumer, a rewind and a frozen high watermark can be told apart; without them the verdict says what one
 * sample can prove. Linear in groups × partitions. `accept` drops partitions before anything is summed up.
 */
export function judgeLag(
  snapshot: Snapshot,
  earlier: readonly Sample[],
  options: LagOptions,
  accept?: (row: GroupPartition) => boolean,
): LagReport {
  const context: Context = {
    atMs: Date.parse(snapshot.at),
    topics: indexTopics(snapshot),
    anchors: collectAnchors(snapshot),
    earlier,
    options,
  };
  const groups = snapshot.groups
    .map((group) => {
      const rows = joinGroup(group, context.topics);
      return judgeGroup(group, accept === undefined ? rows : rows.filter(accept), context);
    })
    .sort((a, b) => byCodeUnit(a.group, b.group));
  return {
    at: snapshot.at,
    clusterId: snapshot.cluster.id,
    brokers: snapshot.brokers,
    durationMs: snapshot.durationMs,
    roundTrips: snapshot.roundTrips,
    isolation: options.isolation,
    samples: earlier.length + 1,
    windowMs: Math.max(0, context.atMs - (earlier[0]?.atMs ?? context.atMs)),
    groups,
    totals: totalsOf(groups),
    problems: [
      ...snapshot.problems,
      ...snapshot.brokers.flatMap((broker) => broker.problem ?? []),
      ...snapshot.groups.flatMap((group) => group.problem ?? []),
    ],
  };
}

/** Sums groups up. Unknown partitions are counted, never guessed. */
export function totalsOf(groups: readonly GroupLag[]): Totals {
  let partitions = 0;
  let lag = 0;
  let unknown = 0;
  let hidden = 0;
  // Several groups may read one partition: its hidden records are counted once.
  const seen = new Set<string>();
  for (const group of groups) {
    partitions += group.partitions.length;
    lag += group.lag;
    unknown += group.unknown;
    for (const row of group.partitions) {
      if (row.hidden === null || row.hidden === 0) continue;
      const key = anchorKey(row.topic, row.partition);
      if (!seen.has(key)) hidden += row.hidden;
      seen.add(key);
    }
  }
  return { groups: groups.length, partitions, lag, unknown, hidden };
}

function judgeGroup(group: Group, rows: readonly GroupPartition[], context: Context): GroupLag {
  const facts = groupFacts(group);
  const { isolation, oldAfterMs } = context.options;
  const options = { isolation, oldAfterMs: typeof oldAfterMs === 'number' ? oldAfterMs : oldAfterMs(group.group) };
  const partitions: PartitionLag[] = [];
  for (const row of rows) partitions.push(judgeRow(row, facts, context, options));
  return summarize(group, partitions);
}

const NO_POINTS: readonly Point[] = [];
const NO_ANCHORS: readonly Anchor[] = [];

/** There are as many rows as groups × partitions: what a row does not need is not looked up for it. */
function judgeRow(row: GroupPartition, facts: GroupFacts, context: Context, options: JudgeOptions): PartitionLag {
  const { atMs, earlier } = context;
  const lag = lagOf(row, options.isolation);
  const points = earlier.length === 0 ? NO_POINTS : pointsOf(row, facts.group.group, earlier);
  const trend = points.length === 0 ? null : trendOf(points, pointOf(row, atMs, options.isolation));
  const anchors =
    lag === null || lag <= 0 ? NO_ANCHORS : (context.anchors.get(anchorKey(row.topic, row.partition)) ?? NO_ANCHORS);
  const timeLag = timeLagOf(row, lag, atMs, anchors, points);
  const { verdict, confidence, evidence } = judgePartition(row, facts, timeLag, trend, options);
  const owner = row.owners.length === 1 ? row.owners[0] : undefined;
  return {
    topic: row.topic,
    partition: row.partition,
    committed: committedOf(row),
    start: row.log?.start ?? null,
    end: endOf(row, options.isolation),
    hidden: hiddenOf(row),
    lag,
    timeLagMs: timeLag?.timeLagMs ?? null,
    timeLagSource: timeLag?.source ?? null,
    leader: row.log?.leader ?? null,
    owners: row.owners.length,
    member: owner?.memberId ?? null,
    clientId: owner?.clientId ?? null,
    host: owner?.host ?? null,
    verdict,
    confidence,
    evidence,
    trend,
    error: (row.commit?.problem ?? row.topicProblem ?? row.log?.problem ?? row.commit?.timestampProblem)?.name ?? null,
  };
}

function pointsOf(row: GroupPartition, group: string, earlier: readonly Sample[]): readonly Point[] {
  const key = seriesKey(group, row.topic, row.partition);
  return earlier.flatMap((sample) => sample.points.get(key) ?? []);
}

function hiddenOf({ log }: GroupPartition): number | null {
  return log?.logEnd == null || log.highWatermark === null ? null : Math.max(0, log.logEnd - log.highWatermark);
}

const REBALANCING = new Set(['PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling']);

function summarize(group: Group, partitions: readonly PartitionLag[]): GroupLag {
  let verdict: Verdict = 'OK';
  if (group.problem !== null) verdict = 'ERROR';
  else if (group.state !== null && REBALANCING.has(group.state)) verdict = 'REBALANCING';
  let lag = 0;
  let unknown = 0;
  let lagPerSecond: number | null = null;
  for (const row of partitions) {
    verdict = worse(verdict, row.verdict);
    if (row.lag === null) unknown++;
    else lag += Math.max(0, row.lag);
    const rate = row.trend?.lagPerSecond ?? null;
    if (rate !== null) lagPerSecond = (lagPerSecond ?? 0) + rate;
  }
  if (verdict === 'OK' && group.members.length === 0 && group.state !== null) verdict = 'EMPTY';
  return {
    group: group.group,
    type: group.type,
    state: group.state,
    coordinator: group.coordinator,
    protocol: group.protocol,
    members: group.members.length,
    verdict,
    severity: VERDICTS[verdict].severity,
    lag,
    unknown,
    timeLagMs: oldest(partitions),
    lagPerSecond,
    etaMs: lagPerSecond !== null && lagPerSecond < 0 && lag > 0 ? Math.round((lag * 1000) / -lagPerSecond) : null,
    partitions,
    findings: findingsOf(group, partitions),
    problem: group.problem,
  };
}

/** The age of the oldest unread record of several partitions; null as soon as one of them does not tell. */
export function oldest(partitions: readonly PartitionLag[]): number | null {
  let age = 0;
  for (const { timeLagMs } of partitions) {
    if (timeLagMs === null) return null;
    age = Math.max(age, timeLagMs);
  }
  return partitions.length === 0 ? null : age;
}
