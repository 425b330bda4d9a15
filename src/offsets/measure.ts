import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterClient } from '../client/cluster-client.ts';
import { observe } from '../cluster/observe.ts';
import type { Group, Snapshot } from '../cluster/snapshot.ts';
import { keyOf } from './partitions.ts';

/**
 * How many records per second live groups consume: their commits are read twice, `windowMs` apart. Consumers commit every
 * five seconds by default, so a shorter window can see nothing. Groups without members are not measured.
 */
export async function measureRates(
  client: ClusterClient,
  groups: readonly Group[],
  windowMs: number,
): Promise<Map<string, number>> {
  const rates = new Map<string, number>();
  const live = groups.filter(({ members }) => members.length > 0).map(({ group }) => group);
  if (windowMs <= 0 || live.length === 0) return rates;
  const read = (): Promise<Snapshot> => observe(client, { groups: { names: live }, want: { commits: true } });
  const first = await read();
  await sleep(windowMs);
  const second = await read();
  const seconds = (Date.parse(second.at) - Date.parse(first.at)) / 1000;
  for (const { group, commits } of second.groups) {
    const before = first.groups.find((each) => each.group === group)?.commits ?? [];
    rates.set(group, advanced(before, commits) / seconds);
  }
  return rates;
}

/** Offsets that commits moved forward by; what moved back was reset and is not consumption. */
function advanced(before: Group['commits'], after: Group['commits']): number {
  const known = new Map(before.map(({ topic, partition, offset }) => [keyOf(topic, partition), offset]));
  let total = 0;
  for (const { topic, partition, offset } of after) {
    const earlier = known.get(keyOf(topic, partition)) ?? null;
    if (offset !== null && earlier !== null && offset > earlier && earlier >= 0) total += offset - earlier;
  }
  return total;
}
