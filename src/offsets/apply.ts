import type { ClusterClient } from '../client/cluster-client.ts';
import { problem } from '../cluster/problem.ts';
import type { Group, Problem } from '../cluster/snapshot.ts';
import type { ApplyDocument, GroupOutcome } from './apply-document.ts';
import { PATIENCE_MS, readBack, write } from './commit.ts';
import { deleteCreated } from './delete-created.ts';
import { type AcceptableDrift, type Drift, driftOf, rebase } from './drift.ts';
import { type Gathered, gather, nowOf } from './gather.ts';
import type { Intent, Journal, Outcome, PartitionResult } from './journal.ts';
import { judgeResults, statusOf } from './judge-results.ts';
import { keyOf } from './partitions.ts';
import { type Change, type GroupPlan, type Plan, toSend } from './plan.ts';
import { findHiddenCommitters, hold, untilEmpty, type Waiting } from './watch-commits.ts';

export interface ApplyOptions extends Waiting {
  readonly journal: Journal;
  readonly by: Plan['by'];
  /** Kinds of drift that do not matter to whoever applies. */
  readonly acceptDrift: ReadonlySet<AcceptableDrift>;
  /** Apply what can be resolved, where some partitions cannot. */
  readonly partial: boolean;
  /** Wait so long for the groups to become empty; 0: refuse at once. */
  readonly waitEmptyMs: number;
  /** Watch the commits of an empty group so long before they are overwritten. */
  readonly sampleMs: number;
  /** Watch so long afterwards whether somebody overwrites them; 0: only read back. */
  readonly holdMs: number;
  /** How long a coordinator that moves or died is waited for; default 20 s. */
  readonly patienceMs?: number;
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
export async function inspect(
  client: ClusterClient,
  plan: Plan,
  options: Pick<ApplyOptions, 'journal' | 'partial' | 'acceptDrift'>,
): Promise<Inspection> {
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

/**
 * Applies a plan: looks again at everything that it takes for granted, refuses what has moved, watches for a consumer that
 * commits to the empty group, journals, commits, and reads back. A group that is refused does not hold up the others.
 * `prepare` runs when nothing speaks against the plan any more, just before the journal is written; what it throws ends
 * everything. Rejects with a ClientError only before anything was changed.
 */
export async function applyPlan(
  client: ClusterClient,
  plan: Plan,
  options: ApplyOptions,
  prepare?: () => Promise<void>,
): Promise<ApplyDocument> {
  const names = plan.groups.map(({ group }) => group);
  if (options.waitEmptyMs > 0) await untilEmpty(client, names, options.waitEmptyMs, options);
  const { gathered, ready, outcomes } = await inspect(client, plan, options);
  const hidden = await findHiddenCommitters(
    client,
    ready.map(({ group }) => group),
    options.sampleMs,
    options,
  );
  const clear = ready.filter(({ group: { group } }) => {
    const found = hidden.get(group);
    if (found !== undefined) outcomes.set(group, refused(group, found, HIDDEN_ADVICE));
    else if (options.signal.aborted)
      outcomes.set(group, refused(group, 'interrupted before anything was changed', null));
    return found === undefined && !options.signal.aborted;
  });
  if (clear.length > 0) await prepare?.();
  const sent = clear.length === 0 ? null : await commitAll(client, plan, clear, options, outcomes);
  return {
    kind: 'apply',
    version: 1,
    at: gathered.at,
    cluster: { id: gathered.clusterId },
    plan: plan.id,
    action: plan.action,
    journal: options.journal.path,
    roundTrips: sent?.roundTrips ?? null,
    groups: plan.groups.flatMap(({ group }) => outcomes.get(group) ?? []),
    errors: [...gathered.problems, ...(sent?.problems ?? []), ...[...outcomes.values()].flatMap(errorsOf)],
  };
}

function refused(group: string, reason: string, advice: string | null): GroupOutcome {
  return { group, result: 'refused', reason, advice, drift: [], groupDeleted: null, notes: [], partitions: [] };
}

const HIDDEN_ADVICE =
  'A consumer that uses assign() commits to a group without being a member of it. Find and stop it: it would overwrite what is set here.';

function check(
  plan: Plan,
  groupPlan: GroupPlan,
  group: Group,
  now: Parameters<typeof driftOf>[2],
  applied: string | null,
  options: Pick<ApplyOptions, 'partial' | 'acceptDrift'>,
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

/** Journals, commits and reads back. Returns the round trips of it, and whether the journal could be closed. */
async function commitAll(
  client: ClusterClient,
  plan: Plan,
  ready: readonly Ready[],
  options: ApplyOptions,
  outcomes: Map<string, GroupOutcome>,
): Promise<{ readonly roundTrips: number; readonly problems: readonly Problem[] }> {
  const at = new Date().toISOString();
  options.journal.append(ready.map((each) => intentOf(plan, each, at, options.by)));
  client.begin();
  const results = new Map<string, PartitionResult[]>();
  const patience = options.patienceMs ?? PATIENCE_MS;
  await Promise.all(
    ready.map(async ({ group, changes }) => {
      const sending = toSend(changes);
      const { written, coordinator, depth } = await write(client, group.group, group.coordinator, sending, 0, patience);
      const now = await readBack(client, group.group, coordinator, depth, patience);
      results.set(group.group, judgeResults(sending, written, now));
    }),
  );
  const { roundTrips } = client;
  if (options.holdMs > 0) await hold(client, results, options.holdMs, options);
  const events: Outcome[] = [];
  for (const { group, changes, plan: groupPlan, drift } of ready) {
    const own = results.get(group.group) ?? [];
    const status = statusOf(toSend(changes), own);
    const left = groupPlan.changes.filter(({ error }) => error !== null);
    const absence =
      groupPlan.deletesGroup && status === 'applied' && left.length === 0
        ? await deleteCreated(client, group.group, patience)
        : null;
    events.push({
      kind: 'outcome',
      version: 1,
      id: plan.id,
      group: group.group,
      at: new Date().toISOString(),
      status,
      results: own,
      ...(absence === null ? {} : { groupDeleted: absence.deleted }),
    });
    outcomes.set(group.group, {
      group: group.group,
      result: left.length > 0 && status === 'applied' ? 'partial' : status,
      reason: reasonOf(own, left),
      advice: null,
      drift: [...drift],
      groupDeleted: absence?.deleted ?? null,
      notes: absence === null ? [] : [absence.note],
      partitions: [...withOffsets(own, changes), ...left.map(leftOut)],
    });
  }
  return { roundTrips, problems: closeJournal(options.journal, events) };
}

/** A disk that is full by now does not undo what was committed: it is told beside the results. */
function closeJournal(journal: Journal, events: readonly Outcome[]): Problem[] {
  try {
    journal.append(events);
    return [];
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const message = `the results could not be written to ${journal.path}: ${error.message}`;
    const advice = 'What was overwritten is in it, so undo works; history will call this apply interrupted.';
    return [problem('journal', 'JOURNAL_INCOMPLETE', message, advice)];
  }
}

function intentOf(plan: Plan, { plan: groupPlan, changes }: Ready, at: string, by: Plan['by']): Intent {
  return {
    kind: 'intent',
    version: 1,
    id: plan.id,
    group: groupPlan.group,
    at,
    by,
    cluster: plan.cluster,
    action: plan.action,
    target: { text: plan.target.text, meaning: plan.target.meaning },
    undoes: plan.undoes,
    existed: groupPlan.exists,
    changes: toSend(changes).map(({ topic, partition, topicId, prior, next, start, end }) => ({
      topic,
      partition,
      topicId,
      prior,
      next,
      start,
      end,
    })),
  };
}

function withOffsets(
  results: readonly PartitionResult[],
  changes: readonly Change[],
): GroupOutcome['partitions'][number][] {
  const byKey = new Map(changes.map((change) => [keyOf(change.topic, change.partition), change]));
  return results.map((result) => {
    const change = byKey.get(keyOf(result.topic, result.partition));
    return { ...result, committed: change?.committed ?? null, target: change?.target ?? null };
  });
}

function leftOut({ topic, partition, prior, error }: Change): GroupOutcome['partitions'][number] {
  return { topic, partition, result: 'failed', now: prior, error, committed: prior?.offset ?? null, target: null };
}

function reasonOf(results: readonly PartitionResult[], left: readonly Change[]): string | null {
  const bad = results.filter(({ result }) => result !== 'applied');
  const [first] = bad;
  if (first === undefined) return left.length === 0 ? null : `${left.length} partitions could not be resolved`;
  const why = first.error === null ? '' : `: ${first.error.name}: ${first.error.message}`;
  return `${bad.length} of ${results.length} partitions were not changed as planned; ${first.topic}-${first.partition} ${first.result}${why}`;
}

function errorsOf({ group, result, reason, advice, partitions }: GroupOutcome): ApplyDocument['errors'] {
  const scope = `group ${group}`;
  if (result === 'refused' && partitions.length === 0) return [problem(scope, 'REFUSED', reason ?? '', advice)];
  return partitions.flatMap(({ topic, partition, result: each, error }) =>
    each === 'applied'
      ? []
      : [
          problem(
            `${scope}, ${topic}-${partition}`,
            error?.name ?? each.toUpperCase(),
            error?.message ?? each,
            error?.advice ?? null,
          ),
        ],
  );
}
