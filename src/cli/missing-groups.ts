import type { GroupSelection } from '../cluster/selection.ts';
import type { Problem, Snapshot } from '../cluster/snapshot.ts';
import type { KnownNames } from './known-names.ts';
import { didYouMean } from './suggest.ts';

const NOT_FOUND = 'GROUP_ID_NOT_FOUND';

/** Whether a group is in a snapshot only because it was asked for: the cluster does not know it. */
export function isMissing(group: Snapshot['groups'][number]): boolean {
  return group.problem?.name === NOT_FOUND && group.commits.length === 0 && group.members.length === 0;
}

interface Read {
  readonly groups: Readonly<Snapshot['groups']>;
  readonly problems: Readonly<Snapshot['problems']>;
}

/** Takes groups that do not exist out of what was read, and says so in `problems` instead, with the name that is near. */
export async function withoutMissing<S extends Read>(
  read: S,
  selection: GroupSelection,
  known: KnownNames,
): Promise<S> {
  const missing = new Set(read.groups.filter(isMissing).map(({ group }) => group));
  const present = new Set(read.groups.map(({ group }) => group));
  if (typeof selection === 'object' && 'names' in selection) {
    for (const name of selection.names) if (!present.has(name)) missing.add(name);
  }
  if (missing.size === 0) return read;
  const groups = read.groups.filter(({ group }) => !missing.has(group));
  return { ...read, groups, problems: [...read.problems, ...(await missingGroups([...missing], known))] };
}

/** Groups that do not exist as problems, each with the name that was probably meant. */
export async function missingGroups(missing: readonly string[], known: KnownNames): Promise<Problem[]> {
  const { groups } = await known();
  return missing.map((group) => ({
    scope: `group ${group}`,
    name: NOT_FOUND,
    message: `there is no group ${group}`,
    advice: didYouMean(group, groups) ?? 'kmedic groups list shows all that this principal may DESCRIBE',
  }));
}
