import type { ObserveRequest } from '../cluster/selection.ts';
import type { Snapshot } from '../cluster/snapshot.ts';

/** Everything that there is: told when a name that nothing has was typed, to find the one that was meant. */
export type KnownNames = () => Promise<{ readonly groups: readonly string[]; readonly topics: Snapshot['topics'] }>;

/** Lists groups and topics the first time that it is asked: whoever types the right names pays nothing. */
export function knownNames(observe: (request: ObserveRequest) => Promise<Snapshot>): KnownNames {
  let listed: ReturnType<KnownNames> | null = null;
  return () => {
    listed ??= observe({ groups: 'all', topics: 'all', want: {} }).then(({ groups, topics }) => ({
      groups: groups.map(({ group }) => group),
      topics,
    }));
    return listed;
  };
}
