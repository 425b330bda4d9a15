import type { ClusterClient } from '../client/cluster-client.ts';
import { problem } from '../cluster/problem.ts';
import type { Group } from '../cluster/snapshot.ts';
import { commitsOf, gather, groupFacts, nowOf } from './gather.ts';
import type { Entry } from './journal.ts';
import { groupPlan, problemsOf } from './make-plan.ts';
import { newPlanId } from './new-plan-id.ts';
import { keyOf } from './partitions.ts';
import type { Change, GroupPlan, Plan } from './plan.ts';
import { addTimesAndSizes } from './preview-facts.ts';
import { undoChanges } from './undo.ts';

/**
 * The plan that restores what the entries of one applied plan found: a plan like any other, with preconditions of its own.
 * Rejects with a ClientError where no broker answers.
 */
export async function makeUndo(client: ClusterClient, entries: readonly Entry[], by: Plan['by']): Promise<Plan> {
  const names = entries.map(({ group }) => group);
  const topics = [...new Set(entries.flatMap(({ intent }) => intent.changes.map(({ topic }) => topic)))];
  const gathered = await gather(client, { groups: { names }, topics });
  const groups: GroupPlan[] = [];
  for (const entry of entries) {
    const group = gathered.groups.find((each) => each.group === entry.group);
    if (group === undefined) continue;
    const { changes, notes } = undoChanges(entry, nowOf(gathered, group));
    const enriched = await addTimesAndSizes(client, gathered, changes, changes.length <= 1_000);
    const absence = absenceOf(entry, group, changes);
    const planned = {
      ...groupPlan(
        group,
        changes.map((change) => enriched.get(change) ?? change),
        null,
        [...notes, ...absence.notes],
      ),
      deletesGroup: absence.deletesGroup,
    };
    groups.push(
      foreign(entry, gathered.clusterId) ? { ...planned, problem: otherCluster(entry, gathered.clusterId) } : planned,
    );
  }
  const [first] = entries;
  const id = first?.id ?? '';
  return {
    kind: 'plan',
    version: 1,
    id: newPlanId(gathered.at),
    at: gathered.at,
    by,
    cluster: { id: gathered.clusterId },
    action: 'undo',
    target: { text: `undo ${id}`, meaning: `what was committed before ${id} (${first?.intent.at ?? ''})`, notes: [] },
    undoes: id,
    groups,
    errors: [...gathered.problems, ...problemsOf(groups)],
  };
}

/**
 * A group that was not there before is to be gone again, where nothing else is committed in it by now: then removing the
 * commits leaves nothing that somebody could miss.
 */
function absenceOf(
  { intent }: Entry,
  group: Group,
  changes: readonly Change[],
): { readonly deletesGroup: boolean; readonly notes: readonly string[] } {
  if (intent.existed || !groupFacts(group).exists) return { deletesGroup: false, notes: [] };
  const removed = new Set(
    changes.flatMap(({ topic, partition, next, error }) =>
      next === null && error === null ? [keyOf(topic, partition)] : [],
    ),
  );
  const others = [...commitsOf(group).keys()].filter((key) => !removed.has(key));
  const [first] = others;
  if (first !== undefined) {
    return {
      deletesGroup: false,
      notes: [`the group did not exist before; it remains, for ${first} is committed too`],
    };
  }
  if (removed.size === 0) {
    return { deletesGroup: false, notes: ['the group did not exist before; it remains, with no commits to remove'] };
  }
  return { deletesGroup: true, notes: ['the group did not exist before: it is deleted when its commits are removed'] };
}

function foreign({ intent }: Entry, clusterId: string | null): boolean {
  return intent.cluster.id !== null && clusterId !== null && intent.cluster.id !== clusterId;
}

function otherCluster({ group, intent }: Entry, clusterId: string | null): GroupPlan['problem'] {
  const message = `this was done on cluster ${intent.cluster.id}, and this is ${clusterId}`;
  return problem(`group ${group}`, 'WRONG_CLUSTER', message, 'Connect to the cluster that it was done on.');
}
