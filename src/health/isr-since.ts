import type { Snapshot } from '../cluster/snapshot.ts';
import type { IsrPartition, Since } from './isr-report.ts';
import type { IsrVerdict } from './isr-verdicts.ts';
import type { BrokerStates } from './judge-isr.ts';

/** What a partition was found to be at an earlier moment, by `topic-partition`. */
export interface EarlierVerdicts {
  readonly atMs: number;
  readonly verdicts: ReadonlyMap<string, IsrVerdict>;
}

/**
 * How long a partition has been as it is, where that can be known: from earlier samples in which it was so already, or,
 * where every missing replica's broker has left the cluster, from when the controllers last heard of the last of them.
 * Null where nobody tells; a follower that is only slow leaves no trace of when it began.
 */
export function sinceOf(
  row: IsrPartition,
  snapshot: Snapshot,
  states: BrokerStates,
  earlier: readonly EarlierVerdicts[],
): Since | null {
  if (row.severity !== 'error' && row.severity !== 'warn') return null;
  const seen = fromSamples(row, Date.parse(snapshot.at), earlier);
  const left = fromBrokers(row, snapshot, states);
  if (seen === null || left === null) return seen ?? left;
  return seen.atLeast && left.ms > seen.ms ? left : seen;
}

function fromSamples(row: IsrPartition, nowMs: number, earlier: readonly EarlierVerdicts[]): Since | null {
  const key = `${row.topic}-${row.partition}`;
  let ms: number | null = null;
  for (const { atMs, verdicts } of earlier.toReversed()) {
    if (verdicts.get(key) !== row.verdict) return { ms: ms ?? 0, atLeast: false };
    ms = nowMs - atMs;
  }
  return ms === null ? null : { ms, atLeast: true };
}

function fromBrokers(row: IsrPartition, { quorum }: Snapshot, { live }: BrokerStates): Since | null {
  const gone = row.replicas.filter((id) => !live.has(id));
  const stayed = row.missing.some(({ broker }) => live.has(broker));
  if (gone.length === 0 || stayed) return null;
  const silent = gone.map((id) => quorum?.replicas.find((replica) => replica.id === id)?.silentMs ?? null);
  const known = silent.filter((ms) => ms !== null);
  return known.length < silent.length ? null : { ms: Math.min(...known), atLeast: false };
}
