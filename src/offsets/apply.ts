import type { ClusterClient } from '../client/cluster-client.ts';
import { problem } from '../cluster/problem.ts';
import type { Problem } from '../cluster/snapshot.ts';
import type { ApplyDocument, GroupOutcome } from './apply-document.ts';
import { PATIENCE_MS, readBack, write } from './commit.ts';
import { deleteCreated } from './delete-created.ts';
import { type InspectOptions, inspect, type Ready, refused } from './inspect.ts';
import type { Intent, Journal, Outcome, PartitionResult } from './journal.ts';
import { judgeResults, statusOf } from './judge-results.ts';
import { keyOf } from './partitions.ts';
import { type Change, type Plan, toSend } from './plan.ts';
import { findHiddenCommitters, hold, untilEmpty, type Waiting } from './watch-commits.ts';

export interface ApplyOptions extends InspectOptions, Waiting {
  readonly by: Plan['by'];
  /** Wait so long for the groups to become empty; 0: refuse at once. */
  readonly waitEmptyMs: number;
  /** Watch the commits of an empty group so long before they are overwritten. */
  readonly sampleMs: number;
  /** Watch so long afterwards whether somebody overwrites them; 0: only read back. */
  readonly holdMs: number;
  /** How long a coordinator that moves or died is waited for; default 20 s. */
  readonly patienceMs?: number;
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

const HIDDEN_ADVICE =
  'A consumer that uses assign() commits to a group without being a member of it. Find and stop it: it would overwrite what is set here.';

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
