import type { GroupSelection } from '../cluster/selection.ts';
import type { Problem, Snapshot } from '../cluster/snapshot.ts';
import { didYouMean } from './suggest.ts';

const NOT_FOUND = 'GROUP_ID_NOT_FOUND';

/** Whether a group is in a snapshot only because it was asked for: the cluster does not know it. */
export function isMissing(group: Snapshot['groups'][number]): boolean {
  return group.problem?.name === NOT_FOUND && group.commits.length === 0 && group.members.length === 0;
}

/** Takes groups that do not exist out of a snapshot, and says so in `problems` instead. */
export function withoutMissing(snapshot: Snapshot, selection: GroupSelection): Snapshot {
  const missing = new Set(snapshot.groups.filter(isMissing).map(({ group }) => group));
  const present = new Set(snapshot.groups.map(({ group }) => group));
  if (typeof selection === 'object' && 'names' in selection) {
    for (const name of selection.names) if (!present.has(name)) missing.add(name);
  }
  if (missing.size === 0) return snapshot;
  const groups = snapshot.groups.filter(({ group }) => !missing.has(group));
  const known = groups.map(({ group }) => group);
  const problems = [...missing].map(
    (group): Problem => ({
      scope: `group ${group}`,
      name: NOT_FOUND,
      message: `there is no group ${group}`,
      advice: didYouMean(group, known) ?? 'kmedic groups list shows all groups',
    }),
  );
  return { ...snapshot, groups, problems: [...snapshot.problems, ...problems] };
}
