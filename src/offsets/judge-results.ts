import type { Problem } from '../cluster/snapshot.ts';
import type { Written } from './commit.ts';
import type { Outcome, PartitionResult } from './journal.ts';
import { keyOf } from './partitions.ts';
import { type Change, type Committed, sameCommit } from './plan.ts';

/**
 * What became of each change, from what the coordinator answered and what it has now. Reading back has the last word: an
 * answer that never came does not matter where the commit is there. Pure.
 */
export function judgeResults(
  changes: readonly Change[],
  written: ReadonlyMap<string, Written>,
  now: ReadonlyMap<string, Committed> | Problem,
): PartitionResult[] {
  return changes.map((change): PartitionResult => {
    const { topic, partition, prior, next } = change;
    const key = keyOf(topic, partition);
    const { answered, error } = written.get(key) ?? { answered: false, error: null };
    if (!(now instanceof Map)) {
      const refused = answered && error !== null;
      return {
        topic,
        partition,
        result: refused ? 'failed' : 'unconfirmed',
        now: null,
        error: error ?? (now as Problem),
      };
    }
    const commit: Committed | null = now.get(key) ?? null;
    if (answered && error !== null) return { topic, partition, result: 'failed', now: commit, error };
    if (sameCommit(commit, next)) return { topic, partition, result: 'applied', now: commit, error: null };
    if (!answered && sameCommit(commit, prior)) return { topic, partition, result: 'failed', now: commit, error };
    return { topic, partition, result: 'overwritten', now: commit, error: null };
  });
}

/** One word for a whole group: nothing changed is `refused`, something nobody can tell is `unknown`. */
export function statusOf(changes: readonly Change[], results: readonly PartitionResult[]): Outcome['status'] {
  if (results.every(({ result }) => result === 'applied')) return 'applied';
  const priors = new Map(changes.map(({ topic, partition, prior }) => [keyOf(topic, partition), prior]));
  const untouched = ({ topic, partition, result, now }: PartitionResult): boolean =>
    result === 'failed' && sameCommit(now, priors.get(keyOf(topic, partition)) ?? null);
  if (results.every(untouched)) return 'refused';
  return results.some(({ result }) => result !== 'unconfirmed') ? 'partial' : 'unknown';
}
