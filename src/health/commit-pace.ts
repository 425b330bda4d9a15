import type { CommitHistory, GroupHistory } from '../cluster/history.ts';
import { DEFAULT_OLD_AFTER_MS } from './judge-lag.ts';

/**
 * An unread record is old after three of the group's usual commit intervals: one that was merely between two commits is
 * none. Burrow ties its verdicts to the window that is configured; this follows the group's own pace. Never less than one
 * default auto-commit interval (5 s), below which a pause says nothing.
 */
export const INTERVALS_UNTIL_OLD = 3;
const LEAST_OLD_MS = 5_000;
/** Two commits make no habit. */
const COMMITS_FOR_A_HABIT = 3;

/** The usual time (ms) between two commits of a partition; null where too few of them were seen. */
export function usualIntervalMs({ commits, intervalMs }: CommitHistory): number | null {
  return commits < COMMITS_FOR_A_HABIT ? null : (intervalMs?.median ?? null);
}

/** After how long (ms) an unread record is old, by group: at its own pace where its history tells one, else a minute. */
export function paceOf(histories: readonly GroupHistory[]): (group: string) => number {
  const paces = new Map<string, number>();
  for (const { group, commits, problem } of histories) {
    if (problem !== null) continue;
    const usual = commits.map(usualIntervalMs).filter((interval) => interval !== null);
    if (usual.length > 0)
      paces.set(group, Math.max(LEAST_OLD_MS, INTERVALS_UNTIL_OLD * usual.reduce((a, b) => Math.max(a, b))));
  }
  return (group) => paces.get(group) ?? DEFAULT_OLD_AFTER_MS;
}
