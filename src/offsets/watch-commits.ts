import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { observe } from '../cluster/observe.ts';
import type { Group } from '../cluster/snapshot.ts';
import { isIdle } from './drift.ts';
import { commitsOf, groupFacts } from './gather.ts';
import type { PartitionResult } from './journal.ts';
import { keyOf } from './partitions.ts';
import { type Committed, sameCommit } from './plan.ts';

/** What waiting takes from outside. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** Ends early, without an error, when the run is interrupted. */
  sleep(ms: number): Promise<void>;
  now(): number;
}

const POLL_MS = 500;

/** Waits until nobody is in any of the groups, or the time is over: what is found then is judged by the drift check. */
export async function untilEmpty(
  client: ClusterClient,
  names: readonly string[],
  limitMs: number,
  waiting: Waiting,
): Promise<void> {
  const deadline = waiting.now() + limitMs;
  for (;;) {
    const { groups } = await observe(client, { groups: { names }, want: { members: true } });
    const idle = groups.every((group) => isIdle({ ...groupFacts(group), type: group.type, members: group.members }));
    if (idle || waiting.signal.aborted || waiting.now() >= deadline) return;
    await waiting.sleep(Math.min(POLL_MS, Math.max(1, deadline - waiting.now())));
  }
}

/**
 * Reads the commits of empty groups again over `sampleMs`: where they move, a consumer that is no member of the group is
 * still committing. Result: what was seen, by group. Groups without a commit have none that could move.
 */
export async function findHiddenCommitters(
  client: ClusterClient,
  groups: readonly Group[],
  sampleMs: number,
  waiting: Waiting,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const watched = groups.filter(({ commits, members }) => commits.length > 0 && members.length === 0);
  const deadline = waiting.now() + sampleMs;
  while (watched.length > found.size && !waiting.signal.aborted) {
    const left = deadline - waiting.now();
    if (left <= 0) break;
    await waiting.sleep(Math.min(POLL_MS, left));
    const names = watched.map(({ group }) => group);
    const snapshot = await observe(client, { groups: { names }, want: { commits: true } });
    for (const before of watched) {
      const after = snapshot.groups.find(({ group }) => group === before.group);
      const moved = after === undefined ? null : firstMove(commitsOf(before), commitsOf(after));
      if (moved !== null) found.set(before.group, `somebody still commits to this empty group: ${moved}`);
    }
  }
  return found;
}

function firstMove(before: ReadonlyMap<string, Committed>, after: ReadonlyMap<string, Committed>): string | null {
  for (const [key, commit] of after) {
    const known = before.get(key) ?? null;
    if (!sameCommit(known, commit)) return `${key} went from ${known?.offset ?? 'nothing'} to ${commit.offset}`;
  }
  return null;
}

/** Watches for `holdMs` whether what was committed stays; what does not becomes `overwritten` in `results`. */
export async function hold(
  client: ClusterClient,
  results: Map<string, PartitionResult[]>,
  holdMs: number,
  waiting: Waiting,
): Promise<void> {
  const deadline = waiting.now() + holdMs;
  while (!waiting.signal.aborted && waiting.now() < deadline) {
    await waiting.sleep(Math.min(POLL_MS, Math.max(1, deadline - waiting.now())));
    let groups: readonly Group[];
    try {
      groups = (await observe(client, { groups: { names: [...results.keys()] }, want: { commits: true } })).groups;
    } catch (error) {
      // The commits are made and read back: a broker that is away for a moment does not undo that.
      asClientError(error);
      continue;
    }
    for (const group of groups) {
      if (group.problem !== null) continue;
      const commits = commitsOf(group);
      const own = results.get(group.group) ?? [];
      results.set(
        group.group,
        own.map((result) => {
          const commit = commits.get(keyOf(result.topic, result.partition)) ?? null;
          if (result.result !== 'applied' || sameCommit(result.now, commit)) return result;
          return { ...result, result: 'overwritten', now: commit };
        }),
      );
    }
  }
}
