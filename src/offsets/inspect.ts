import type { ClusterClient } from '../client/cluster-client.ts';
import type { Group } from '../cluster/snapshot.ts';
import type { GroupOutcome } from './apply-document.ts';
import { type AcceptableDrift, type Drift, driftOf, rebase } from './drift.ts';
import { type Gathered, gather, nowOf } from './gather.ts';
import type { Journal } from './journal.ts';
import { type Change, type GroupPlan, type Plan, toSend } from './plan.ts';

export interface InspectOptions {
  readonly journal: Journal;
  /** Kinds of drift that do not matter to whoever applies. */
  readonly acceptDrift: ReadonlySet<AcceptableDrift>;
  /** Apply what can be resolved, where some partitions cannot. */
  readonly partial: boolean;
}

/** A group that nothing speaks against. */
export interface Ready {
  readonly plan: GroupPlan;
  readonly group: Group;
  readonly changes: readonly Change[];
  readonly drift: readonly Drift[];
}

/** A plan held against the world as it is: what can be applied, and what is refused. */
export interface Inspection {
  readonly gathered: Gathered;
  readonly ready: readonly Ready[];
  /** Groups that are refused, or for which there is nothing to do. */
  readonly outcomes: Map<string, GroupOutcome>;
}

/** Looks again at everything that a plan takes for granted. Reads only. Rejects with a ClientError. */
export async function inspect(client: ClusterClient, plan: Plan, options: InspectOptions): Promise<Inspection> {
  const outcomes = new Map<string, GroupOutcome>();
  const names = plan.groups.map(({ group }) => group);
  const topics = [...new Set(plan.groups.flatMap(({ changes }) => changes.map(({ topic }) => topic)))];
  const gathered = await gather(client, { groups: { names }, topics });
  const applied = new Map(
    options.journal
      .read()
      .entries.filter(({ id, outcome }) => id === plan.id && outcome?.status !== 'refused')
      .map(({ group, outcome }) => [group, outcome?.status ?? 'interrupted']),
  );
  const ready: Ready[] = [];
  for (const groupPlan of plan.groups) {
    const group = gathered.groups.find((each) => each.group === groupPlan.group);
    if (group === undefined) {
      outcomes.set(groupPlan.group, refused(groupPlan.group, 'the group could not be read', null));
      continue;
    }
    const before = applied.get(group.group) ?? null;
    const checked = check(plan, groupPlan, group, nowOf(gathered, group), before, options);
    if ('outcome' in checked) outcomes.set(group.group, checked.outcome);
    else ready.push(checked);
  }
  return { gathered, ready, outcomes };
}

/** The outcome of a group that is left as it is. */
export function refused(group: string, reason: string, advice: string | null): GroupOutcome {
  return { group, result: 'refused', reason, advice, drift: [], groupDeleted: null, notes: [], partitions: [] };
}

function check(
  plan: Plan,
  groupPlan: GroupPlan,
  group: Group,
  now: Parameters<typeof driftOf>[2],
  applied: string | null,
  options: Pick<InspectOptions, 'partial' | 'acceptDrift'>,
): Ready | { readonly outcome: GroupOutcome } {
  const outcome = (result: GroupOutcome['result'], reason: string, advice: string | null, drift: Drift[] = []) => ({
    outcome: { group: group.group, result, reason, advice, drift, groupDeleted: null, notes: [], partitions: [] },
  });
  if (groupPlan.problem !== null) {
    return outcome('refused', `${groupPlan.problem.name}: ${groupPlan.problem.message}`, groupPlan.problem.advice);
  }
  const broken = groupPlan.changes.filter(({ error }) => error !== null);
  if (broken.length > 0 && !options.partial) {
    const [first] = broken;
    const reason = `${broken.length} of ${groupPlan.changes.length} partitions cannot be resolved, the first is ${first?.topic}-${first?.partition}: ${first?.error?.message}`;
    return outcome('refused', reason, 'Name the others with --topic, or give --partial to leave these out.');
  }
  const changes = rebase(groupPlan.changes, now);
  const drift = driftOf(plan, groupPlan, now);
  if (applied !== null) {
    drift.push({
      kind: 'applied',
      topic: null,
      partition: null,
      message: `plan ${plan.id} was applied already (${applied})`,
    });
  }
  const fatal = drift.filter(({ kind }) => !options.acceptDrift.has(kind as AcceptableDrift));
  if (fatal.length > 0) return outcome('refused', ...refusal(fatal), fatal);
  if (toSend(changes).length === 0) return outcome('nothing', 'there is nothing to change', null);
  return { plan: groupPlan, group, changes, drift };
}

/** What to say of drift, and what to do about it. */
function refusal(drift: readonly Drift[]): [reason: string, advice: string] {
  // That a live group commits follows from its members.
  const live = drift.find(({ kind }) => kind === 'members');
  if (live !== undefined)
    return [live.message, 'Stop the members first: --wait-empty 60s waits so long for them to go.'];
  const [first] = drift;
  const where = first?.topic === null ? '' : `${first?.topic}-${first?.partition}: `;
  const more = drift.length > 1 ? ` (1 of ${drift.length} reasons)` : '';
  const reason = `${where}${first?.message ?? ''}${more}`;
  const kinds = [...new Set(drift.map(({ kind }) => kind))];
  if (kinds.some((kind) => kind === 'cluster' || kind === 'partition')) return [reason, 'Make a new plan.'];
  const hidden = kinds.includes('commit')
    ? ' If it moves again: a consumer that uses assign() commits without being a member; stop it.'
    : '';
  return [
    reason,
    `Make a new plan; if this one is still right: --accept-drift ${kinds.join(' --accept-drift ')}.${hidden}`,
  ];
}
