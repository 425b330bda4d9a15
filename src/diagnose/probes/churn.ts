import type { Generation, GroupHistory, HistoryMember } from '../../cluster/history.ts';
import { PROOF_WINDOW_MS } from '../../health/judge-partition.ts';
import type { Look } from './look.ts';

/**
 * How the members of a group came and went, from the generations that its coordinator wrote down. Why a member went is
 * written nowhere: how long it was there before, and whether the same client came back, tell.
 */

/** Long enough for two default max.poll.interval.ms (5 min): less would miss the classic storm. */
const WINDOW_MS = 600_000;
/** Clocks of members and coordinator, and the time that joining takes. */
const TOLERANCE = 0.9;
const LEAST_CHANGES = 3;
const LEAST_DEPARTURES = 4;
/** It is over when nothing came for twice as long as it took at most before, and for so long at least. */
const REST_FACTOR = 2;
const LEAST_REST_MS = 30_000;
const LEAST_PAUSE_MS = 5_000;

export const DEPARTURES = ['poll-interval', 'session', 'restart', 'scaling', 'unchanged'] as const;
export type Departure = (typeof DEPARTURES)[number];

/** A member that went, and whose client came back as another member. */
export interface Return {
  readonly client: string;
  readonly member: HistoryMember;
  /** Since the last generation that it was part of, until the first one without it, in ms. */
  readonly afterMs: number;
  readonly wentAtMs: number;
  readonly cameBackAtMs: number;
  readonly kind: Extract<Departure, 'poll-interval' | 'session' | 'restart'>;
}

export interface Churn {
  readonly windowMs: number;
  readonly generations: number;
  /** When the newest of them began. */
  readonly lastAtMs: number | null;
  readonly returns: readonly Return[];
  /** Members that went and did not come back, while others stayed. */
  readonly gone: number;
  /** New generations with the same members. */
  readonly unchanged: number;
  /** What repeats; null where nothing does. */
  readonly pattern: Departure | null;
  /** While it lasted, so much lay between two generations at most, in ms. */
  readonly longestGapMs: number;
  /** What repeated has stopped: its next time is long overdue. `perhaps`: it is, and not for long enough to be sure. */
  readonly over: 'no' | 'perhaps' | 'yes';
}

const clientOf = ({ instanceId, clientId, host }: HistoryMember): string => instanceId ?? `${clientId}@${host}`;

/** What happened in the ten minutes before the recording ends. */
export function churnOf(look: Look, history: GroupHistory): Churn {
  const generations = history.generations.filter(({ atMs }) => atMs >= look.atMs - WINDOW_MS);
  const [first] = generations;
  const windowMs = first === undefined ? 0 : look.atMs - first.atMs;
  const away = new Map<
    string,
    { readonly member: HistoryMember; readonly afterMs: number; readonly wentAtMs: number }[]
  >();
  const concurrent = new Map<string, number>();
  const seenAt = new Map<string, number>();
  const returns: Return[] = [];
  let unchanged = 0;
  let changed = 0;
  for (const [at, generation] of generations.entries()) {
    const before = generations[at - 1];
    const counts = new Map<string, number>();
    for (const member of generation.members) counts.set(clientOf(member), (counts.get(clientOf(member)) ?? 0) + 1);
    for (const [client, count] of counts) concurrent.set(client, Math.max(concurrent.get(client) ?? 0, count));
    if (before !== undefined) {
      const { joined, left } = differences(before, generation);
      if (joined.length === 0 && left.length === 0) unchanged += 1;
      else changed += 1;
      for (const member of left) {
        const client = clientOf(member);
        const afterMs = generation.atMs - (seenAt.get(member.memberId) ?? before.atMs);
        away.set(client, [...(away.get(client) ?? []), { member, afterMs, wentAtMs: generation.atMs }]);
      }
      for (const member of joined) {
        const client = clientOf(member);
        const [earliest, ...rest] = away.get(client) ?? [];
        if (earliest === undefined) continue;
        away.set(client, rest);
        const cameBackAtMs = generation.atMs;
        returns.push({ client, ...earliest, cameBackAtMs, kind: kindOf(earliest, cameBackAtMs) });
      }
    }
    for (const { memberId } of generation.members) seenAt.set(memberId, generation.atMs);
  }
  const gone = (generations.at(-1)?.members.length ?? 0) === 0 ? 0 : [...away.values()].flat().length;
  const most = Math.max(0, ...generations.map(({ members }) => members.length));
  const lastAtMs = generations.at(-1)?.atMs ?? null;
  const partial = { windowMs, generations: generations.length, lastAtMs, returns, gone, unchanged };
  const idle = !movedSince(history, Math.min(...returns.map(({ wentAtMs }) => wentAtMs)));
  const pattern = patternOf(partial, concurrent, { changed, most, idle }, look.atMs);
  const longestGapMs = longestGap(generations, returns);
  const restMs = lastAtMs === null ? 0 : look.atMs - lastAtMs;
  const due = Math.max(longestGapMs, ...returns.map((each) => dueMs(each)));
  const overdue = pattern !== null && restMs >= due * REST_FACTOR && restMs >= LEAST_PAUSE_MS;
  return { ...partial, pattern, longestGapMs, over: !overdue ? 'no' : restMs < LEAST_REST_MS ? 'perhaps' : 'yes' };
}

/** The longest time between two generations since the first member that came back had gone, in ms. */
function longestGap(generations: readonly Generation[], returns: readonly Return[]): number {
  const first = Math.min(...returns.map(({ wentAtMs }) => wentAtMs));
  const times = generations.map(({ atMs }) => atMs).filter((atMs) => returns.length === 0 || atMs >= first);
  return Math.max(0, ...times.slice(1).map((atMs, at) => atMs - (times[at] ?? atMs)));
}

/** How long a member that went by a timeout is there before it goes again, in ms. */
function dueMs({ kind, member }: Return): number {
  if (kind === 'restart') return 0;
  return (kind === 'poll-interval' ? member.rebalanceTimeoutMs : member.sessionTimeoutMs) ?? 0;
}

/** Whether a committed offset moved after that moment. */
export function movedSince({ commits }: GroupHistory, sinceMs: number): boolean {
  return commits.some(({ newest }) =>
    newest.some(({ atMs, offset }, at) => atMs > sinceMs && newest[at - 1]?.offset !== offset),
  );
}

function differences(before: Generation, now: Generation): { joined: HistoryMember[]; left: HistoryMember[] } {
  const identity = ({ instanceId, memberId }: HistoryMember): string => instanceId ?? memberId;
  const had = new Set(before.members.map(identity));
  const has = new Set(now.members.map(identity));
  return {
    joined: now.members.filter((member) => !had.has(identity(member))),
    left: before.members.filter((member) => !has.has(identity(member))),
  };
}

/**
 * A Java client that polls too late leaves after its max.poll.interval.ms, which it told as its rebalance timeout: not
 * before. One that is dropped was silent for a session. One that is replaced in a single step was dead: its successor was
 * there before its session had ended.
 */
function kindOf(
  {
    member,
    afterMs,
    wentAtMs,
  }: { readonly member: HistoryMember; readonly afterMs: number; readonly wentAtMs: number },
  cameBackAtMs: number,
): Return['kind'] {
  const { rebalanceTimeoutMs, sessionTimeoutMs } = member;
  if (rebalanceTimeoutMs !== null && afterMs >= rebalanceTimeoutMs * TOLERANCE) return 'poll-interval';
  const replaced = cameBackAtMs === wentAtMs;
  if (!replaced && sessionTimeoutMs !== null && afterMs >= sessionTimeoutMs * TOLERANCE) return 'session';
  return 'restart';
}

interface Rest {
  /** Generations in which somebody came or went. */
  readonly changed: number;
  /** Members at one time, at most. */
  readonly most: number;
  /** No commit has moved since the first of those that came back had gone. */
  readonly idle: boolean;
}

function patternOf(
  { returns, gone, unchanged }: Pick<Churn, 'returns' | 'gone' | 'unchanged'>,
  concurrent: ReadonlyMap<string, number>,
  { changed, most, idle }: Rest,
  nowMs: number,
): Departure | null {
  // In a rolling restart everybody comes back once. More returns of a client than it has members: somebody came back twice.
  const byClient = new Map<string, number>();
  for (const { client } of returns) byClient.set(client, (byClient.get(client) ?? 0) + 1);
  const twice = [...byClient].some(([client, count]) => count > (concurrent.get(client) ?? 1));
  // Nobody who is restarted goes at just that time, let alone three times.
  const timed = new Set(returns.filter(({ kind }) => kind === 'poll-interval').map(({ wentAtMs }) => wentAtMs));
  // Restarted in good health they would have committed by now.
  const first = Math.min(...returns.map(({ wentAtMs }) => wentAtMs));
  const fruitless = returns.length >= 2 && idle && nowMs - first >= PROOF_WINDOW_MS;
  if (twice || fruitless || timed.size >= LEAST_CHANGES) {
    const counts = new Map<Return['kind'], number>();
    for (const { kind } of returns) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
  }
  // A deployment replaces everybody once.
  if (gone >= LEAST_DEPARTURES && gone >= 2 * most) return 'scaling';
  // A cooperative rebalance takes a second round with the same members.
  if (unchanged >= LEAST_CHANGES && unchanged > changed + 2) return 'unchanged';
  return null;
}
