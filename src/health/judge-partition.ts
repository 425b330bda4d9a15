import type { Group } from '../cluster/snapshot.ts';
import type { GroupPartition } from './join.ts';
import { type Phrase, phrase, span } from './phrase.ts';
import { committedOf, endOf, type Isolation, type Trend } from './samples.ts';
import type { TimeLag } from './time-lag.ts';
import type { Confidence, Verdict } from './verdicts.ts';

export interface JudgeOptions {
  readonly isolation: Isolation;
  /** An unread record older than this (ms) is old. */
  readonly oldAfterMs: number;
}

/** Ten seconds are two default commit intervals (auto.commit.interval.ms = 5 s): no movement for that long is proof. */
export const PROOF_WINDOW_MS = 10_000;

export interface Judgement {
  readonly verdict: Verdict;
  readonly confidence: Confidence;
  /** What was seen. Empty for OK. */
  readonly evidence: Phrase | null;
}

/** What is known of the group as a whole, worked out once for all its partitions. */
export interface GroupFacts {
  readonly group: Group;
  /** Topics that some member subscribes to; null where a member's subscription is unknown (or a pattern). */
  readonly subscribed: ReadonlySet<string> | null;
}

/** What is said of a group once, and needed for each of its partitions. `subscribed` is null where no member tells. */
export function groupFacts(group: Group): GroupFacts {
  const subscribed = new Set<string>();
  for (const member of group.members) {
    if (member.subscribedTopics === null) return { group, subscribed: null };
    for (const topic of member.subscribedTopics) subscribed.add(topic);
  }
  return { group, subscribed: group.members.length === 0 ? null : subscribed };
}

/**
 * HW − committed (LSO for read_committed), unclamped: beyond the end it is negative. Share groups: as their coordinator
 * counts it, where it does. Null where one of the two is unknown.
 */
export function lagOf(row: GroupPartition, isolation: Isolation): number | null {
  const committed = committedOf(row);
  const end = endOf(row, isolation);
  if (row.commit?.lag !== undefined && row.commit.problem === null) return row.commit.lag;
  return committed === null || committed < 0 || end === null ? null : end - committed;
}

const certain = (verdict: Verdict, evidence: Phrase | null): Judgement => ({
  verdict,
  confidence: 'certain',
  evidence,
});
const FINE = certain('OK', null);
const likely = (verdict: Verdict, evidence: Phrase): Judgement => ({ verdict, confidence: 'likely', evidence });

/**
 * Finds what one partition of one group is. The order of the questions matters: what cannot be read comes first, then what
 * is wrong with the commit itself, then who should read, then whether it is being read.
 */
export function judgePartition(
  row: GroupPartition,
  facts: GroupFacts,
  timeLag: TimeLag | null,
  trend: Trend | null,
  options: JudgeOptions,
): Judgement {
  return (
    judgeLog(row, options) ??
    judgeCommit(row, facts, options) ??
    judgeWatermark(row, trend) ??
    judgeOwner(row, facts, timeLag, trend, options) ??
    judgeProgress(row, facts, timeLag, trend, options) ??
    FINE
  );
}

const GONE = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID']);

function judgeLog(row: GroupPartition, { isolation }: JudgeOptions): Judgement | null {
  const problem = row.topicProblem ?? row.log?.problem ?? null;
  if (problem !== null && GONE.has(problem.name)) {
    const owners = row.owners.length;
    return certain(
      'DELETED-TOPIC',
      owners > 0
        ? phrase`the cluster does not know it, and it is still assigned to ${ownerName(row)}`
        : phrase`the cluster does not know it; the group still has a commit of ${row.commit?.offset ?? 'unknown'}`,
    );
  }
  if (row.log !== null && row.log.leader === null) {
    return certain(
      'LEADERLESS',
      phrase`no leader; replicas ${row.log.replicas.join(',') || 'unknown'}, in sync ${row.log.isr.join(',') || 'none'}`,
    );
  }
  if (row.log === null || endOf(row, isolation) === null) {
    return certain(
      'UNKNOWN',
      problem === null ? phrase`the end of the log was not read` : phrase`${problem.name}: ${problem.message}`,
    );
  }
  return null;
}

function judgeCommit(row: GroupPartition, { group }: GroupFacts, { isolation }: JudgeOptions): Judgement | null {
  const { commit, log } = row;
  if (commit?.problem != null) return certain('UNKNOWN', phrase`${commit.problem.name}: ${commit.problem.message}`);
  const committed = committedOf(row);
  if (committed === null) {
    const readable = log?.highWatermark != null && log.start !== null ? log.highWatermark - log.start : null;
    const what = group.type === 'share' ? 'no start offset yet' : 'no commit';
    return certain(
      'NO-COMMIT',
      readable === null
        ? phrase`${what}; how many records are there is unknown`
        : readable === 0
          ? phrase`${what}; the partition is empty`
          : phrase`${what}; ${readable} records are there, which auto.offset.reset=latest would skip`,
    );
  }
  if (committed < 0)
    return certain('INVALID-COMMIT', phrase`committed ${committed}: auto.offset.reset decides where reading begins`);
  const end = endOf(row, isolation) ?? 0;
  if (log?.start != null && committed < log.start) {
    return certain(
      'OUT-OF-RANGE',
      phrase`committed ${committed} < log start ${log.start}: ${log.start - committed} records were deleted before they were read; with auto.offset.reset=latest the ${end - log.start} records still there are skipped as well`,
    );
  }
  // A read_committed end may lie before the commit of a reader that does not wait for transactions: that is no harm.
  const top = log?.highWatermark ?? end;
  if (committed > top) {
    return certain(
      'AHEAD-OF-END',
      phrase`committed ${committed} > end ${top}: ${committed - top} offsets beyond the log; auto.offset.reset decides where reading begins`,
    );
  }
  return null;
}

function judgeWatermark({ log }: GroupPartition, trend: Trend | null): Judgement | null {
  if (trend === null || !trend.watermarkStuck || log?.logEnd == null || log.highWatermark === null) return null;
  const hidden = log.logEnd - log.highWatermark;
  const evidence = phrase`high watermark ${log.highWatermark} stood still for ${span(trend.windowMs)} with ${hidden} records behind it; in sync ${log.isr.join(',') || 'none'} of ${log.replicas.join(',')}`;
  return trend.windowMs >= PROOF_WINDOW_MS ? certain('HIDDEN-BACKLOG', evidence) : likely('HIDDEN-BACKLOG', evidence);
}

function judgeOwner(
  row: GroupPartition,
  { group, subscribed }: GroupFacts,
  timeLag: TimeLag | null,
  trend: Trend | null,
  options: JudgeOptions,
): Judgement | null {
  const lag = lagOf(row, options.isolation);
  if (row.owners.length > 0) return null;
  if (group.members.length === 0) {
    if (group.state === null || lag === null || lag <= 0) return null;
    if (trend !== null && (trend.committedPerSecond ?? 0) > 0) return null;
    const young = timeLag !== null && timeLag.timeLagMs < options.oldAfterMs;
    if (group.type === 'simple') {
      if (young) return null;
      return likely('STOP', phrase`${lag} records unread and no members; a consumer with assign() would not be seen`);
    }
    return certain('STOP', phrase`${lag} records unread, no members (${group.state})`);
  }
  if (subscribed !== null && !subscribed.has(row.topic)) {
    return certain('UNSUBSCRIBED', phrase`no member subscribes to ${row.topic}; its commit is left over`);
  }
  if (lag === null || lag <= 0 || group.state !== 'Stable') return null;
  // A member whose assignment could not be decoded may be the owner.
  if (group.members.some((member) => member.problem !== null)) return null;
  return certain('NO-OWNER', phrase`${lag} records unread, and none of the ${group.members.length} members owns it`);
}

function judgeProgress(
  row: GroupPartition,
  { group }: GroupFacts,
  timeLag: TimeLag | null,
  trend: Trend | null,
  options: JudgeOptions,
): Judgement | null {
  const committed = committedOf(row) ?? 0;
  if (trend !== null && trend.rewound > 0) {
    return certain('REWIND', phrase`committed went back by ${trend.rewound} records within ${span(trend.windowMs)}`);
  }
  const lag = lagOf(row, options.isolation) ?? 0;
  const txn = blockedByTransaction(row, trend, timeLag, options);
  if (txn !== null) return txn;
  if (lag <= 0) return null;
  const old = timeLag !== null && timeLag.timeLagMs >= options.oldAfterMs;
  const age = timeLag?.timeLagMs ?? null;
  if (trend === null) {
    if (!old || row.owners.length === 0 || age === null) return null;
    return certain(
      'BEHIND',
      phrase`committed ${committed}, ${lag} unread, the oldest for ${span(age)}; owner ${ownerName(row)}`,
    );
  }
  if (trend.unchanged && trend.alwaysBehind && row.owners.length > 0 && group.state === 'Stable') {
    if (!old && (age !== null || trend.windowMs < PROOF_WINDOW_MS)) return null;
    const evidence =
      age === null
        ? phrase`committed ${committed} unchanged for ${span(trend.windowMs)} while ${ownerName(row)} keeps its membership`
        : phrase`committed ${committed} unchanged over ${span(trend.windowMs)} while ${ownerName(row)} keeps its membership, and the record there is ${span(age)} old: a record that cannot be processed?`;
    return trend.windowMs >= PROOF_WINDOW_MS ? certain('STALL', evidence) : likely('STALL', evidence);
  }
  if (trend.unchanged) {
    return old && age !== null
      ? likely('BEHIND', phrase`committed ${committed}, ${lag} unread, the oldest for ${span(age)}`)
      : null;
  }
  if (!old && age !== null) return null;
  const perSecond = trend.lagPerSecond ?? 0;
  const read = Math.round((trend.committedPerSecond ?? 0) * 10) / 10;
  const written = Math.round((trend.endPerSecond ?? 0) * 10) / 10;
  if (perSecond > 0) {
    const evidence = phrase`reads ${read} records/s while ${written}/s arrive`;
    return trend.windowMs >= PROOF_WINDOW_MS ? certain('SLOW', evidence) : likely('SLOW', evidence);
  }
  if (perSecond === 0) return likely('BEHIND', phrase`reads ${read} records/s, as many as arrive: the backlog stays`);
  return certain(
    'CATCHING-UP',
    phrase`reads ${read} records/s while ${written}/s arrive: done in about ${span((lag / -perSecond) * 1000)}`,
  );
}

/** Reading that stands at the last stable offset while the log goes on: an open transaction, not the consumer, holds it. */
function blockedByTransaction(
  row: GroupPartition,
  trend: Trend | null,
  timeLag: TimeLag | null,
  options: JudgeOptions,
): Judgement | null {
  const { log } = row;
  const stable = log?.lastStableOffset ?? null;
  const committed = committedOf(row);
  if (log === null || stable === null || log.highWatermark === null || committed !== stable) return null;
  const held = log.highWatermark - stable;
  if (held <= 0 || trend === null || !trend.unchanged) return null;
  const old = timeLag !== null && timeLag.timeLagMs >= options.oldAfterMs;
  if (!old && trend.windowMs < PROOF_WINDOW_MS) return null;
  return likely(
    'BLOCKED-BY-TXN',
    phrase`committed ${committed} is the last stable offset, unchanged for ${span(trend.windowMs)}; ${held} records lie behind an open transaction`,
  );
}

/** The owner as people know it: its client id, or how many owners there are. */
function ownerName(row: GroupPartition): string {
  const [first, second] = row.owners;
  if (first === undefined) return 'nobody';
  return second === undefined ? first.clientId || first.memberId : `${row.owners.length} members`;
}
