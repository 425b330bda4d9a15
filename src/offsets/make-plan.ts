import type { ClusterClient } from '../client/cluster-client.ts';
import type { GroupSelection } from '../cluster/selection.ts';
import type { Group, Problem } from '../cluster/snapshot.ts';
import { OffsetsError } from './error.ts';
import { findByTime, questionKey, type TimeAnswer, type TimeQuestion } from './find-by-time.ts';
import { commitsOf, type Gathered, gather, groupFacts, partitionNow, partitionOf } from './gather.ts';
import { measureRates } from './measure.ts';
import { newPlanId } from './new-plan-id.ts';
import { ownerOf } from './owner.ts';
import { idsOf, keyOf } from './partitions.ts';
import { type Change, type Committed, type GroupPlan, type Plan, totalsOf } from './plan.ts';
import { addTimesAndSizes } from './preview-facts.ts';
import { type PartitionState, removal, resolve, unresolved } from './resolve.ts';
import type { Scope } from './scope.ts';
import { describeTarget, type ParsedTarget, type Target } from './target.ts';

/** What is to be planned. */
export interface PlanRequest {
  readonly action: Exclude<Plan['action'], 'undo'>;
  readonly groups: GroupSelection;
  readonly scope: Scope;
  readonly aim: Aim;
  /** Watch the commits of live groups for so long, to know how fast they consume; 0: do not. */
  readonly measureMs: number;
  readonly by: Plan['by'];
}

/** Where to: one target for all partitions, one for each named partition, or no commit at all. */
export type Aim =
  | { readonly kind: 'one'; readonly parsed: ParsedTarget }
  | { readonly kind: 'each'; readonly text: string; readonly meaning: string; readonly wishes: readonly Wish[] }
  | { readonly kind: 'remove' };

export interface Wish {
  /** Null: for whatever group is planned. */
  readonly group: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly target: Target;
  readonly reason?: string;
  /** A commit whose leader epoch and metadata are to be kept, where it is the target. */
  readonly keep?: Committed;
  /** Why there is no target. */
  readonly problem?: Problem;
}

/** A partition of one group with what is wanted of it. */
interface Item {
  readonly state: PartitionState;
  readonly target: Target | null;
}

/** Above this number of partitions the times of records are not read: nobody reads so many rows. */
const TIMES_AT_MOST = 1_000;

/**
 * Makes a plan: reads groups, ranges and times, resolves every partition, and adds what a person wants to know of it. Sends
 * read-only requests alone, so that it can be made of a live group. Rejects with a ClientError where no broker answers.
 */
export async function makePlan(client: ClusterClient, request: PlanRequest): Promise<Plan> {
  const gathered = await gatherFor(client, request);
  const chosen = chooseGroups(gathered, request);
  const items = new Map(chosen.map((group) => [group.group, itemsOf(group, gathered, request)]));
  const times = await findByTime(client, questionsOf(gathered, [...items.values()].flat()), gathered.roundTrips);
  const changes = new Map([...items].map(([group, own]) => [group, own.map((item) => change(item, times))] as const));
  const all = [...changes.values()].flat();
  const resolved = all.filter(({ error }) => error === null);
  const notes = resolved.length > TIMES_AT_MOST ? [`times are read for up to ${TIMES_AT_MOST} partitions only`] : [];
  const enriched = await addTimesAndSizes(client, gathered, all, resolved.length <= TIMES_AT_MOST);
  const rates = await measureRates(client, chosen, request.measureMs);
  const groups = chosen.map((group): GroupPlan => {
    const own = (changes.get(group.group) ?? []).map((each) => enriched.get(each) ?? each);
    return groupPlan(group, own, rates.get(group.group) ?? null, notesOf(group, own, request));
  });
  const { text, meaning, note } = aimText(request.aim, Date.parse(gathered.at));
  return {
    kind: 'plan',
    version: 1,
    id: newPlanId(gathered.at),
    at: gathered.at,
    by: request.by,
    cluster: { id: gathered.clusterId },
    action: request.action,
    target: { text, meaning, notes: [...(note === null ? [] : [note]), ...notes] },
    undoes: null,
    groups,
    errors: [...gathered.problems, ...problemsOf(groups)],
  };
}

/** One group of a plan, with what its changes add up to. */
export function groupPlan(
  group: Group,
  changes: readonly Change[],
  ratePerSecond: number | null,
  notes: readonly string[],
): GroupPlan {
  const { exists, state, problem } = groupFacts(group);
  return {
    group: group.group,
    type: group.type,
    state,
    exists,
    members: group.members.map(({ memberId, clientId, host }) => ({ memberId, clientId, host })),
    owner: ownerOf(group),
    changes: [...changes],
    deletesGroup: false,
    totals: totalsOf(changes, ratePerSecond),
    notes: [...notes],
    problem: problem ?? shareProblem(group),
  };
}

/** What could not be planned, as the document's errors. */
export function problemsOf(groups: readonly GroupPlan[]): Problem[] {
  return groups.flatMap(({ group, changes, problem }) => [
    ...(problem === null ? [] : [problem]),
    ...changes.flatMap(({ error }) => (error === null ? [] : [{ ...error, scope: `group ${group}, ${error.scope}` }])),
  ]);
}

function shareProblem({ group, type }: Group): Problem | null {
  if (type !== 'share') return null;
  return {
    scope: `group ${group}`,
    name: 'UNSUPPORTED_GROUP_TYPE',
    message: 'a share group has no committed offsets: its start offsets are reset with kafka-share-groups',
    advice: null,
  };
}

async function gatherFor(client: ClusterClient, { groups, scope, aim }: PlanRequest): Promise<Gathered> {
  const others = otherGroups(aim);
  const wished = aim.kind === 'each' ? aim.wishes.map(({ topic }) => topic) : [];
  const topics = [...new Set([...(scope === 'committed' ? [] : scope.map(({ topic }) => topic)), ...wished])];
  return gather(client, { groups: withOthers(groups, others), topics, scope });
}

function withOthers(groups: GroupSelection, others: readonly string[]): GroupSelection {
  if (typeof groups === 'string' || others.length === 0) return groups;
  if ('names' in groups) return { names: [...groups.names, ...others] };
  return { match: (name: string) => groups.match(name) || others.includes(name) };
}

function otherGroups(aim: Aim): string[] {
  const targets = aim.kind === 'one' ? [aim.parsed.target] : aim.kind === 'each' ? aim.wishes.map((w) => w.target) : [];
  return [...new Set(targets.flatMap((target) => (target.kind === 'group' ? [target.group] : [])))];
}

function chooseGroups(gathered: Gathered, { groups, aim }: PlanRequest): Group[] {
  const found = new Map(gathered.groups.map((group) => [group.group, group]));
  for (const other of otherGroups(aim)) {
    const group = found.get(other);
    if (group === undefined || (group.commits.length === 0 && group.problem?.name === 'GROUP_ID_NOT_FOUND')) {
      throw new OffsetsError('NOT_FOUND', `group ${other} is not there to copy from`, 'kmedic groups list shows all');
    }
  }
  if (groups === 'all') return [...gathered.groups];
  if (groups === 'none') return [];
  if ('match' in groups) return gathered.groups.filter(({ group }) => groups.match(group));
  return groups.names.flatMap((name) => found.get(name) ?? []);
}

function itemsOf(group: Group, gathered: Gathered, { scope, aim }: PlanRequest): Item[] {
  if (group.type === 'share' || groupFacts(group).problem !== null) return [];
  const commits = commitsOf(group);
  const failed = new Map(
    group.commits.flatMap(({ topic, partition, problem }) =>
      problem === null ? [] : [[keyOf(topic, partition), problem] as const],
    ),
  );
  const item = (
    topic: string,
    partition: number,
    target: Target | null,
    wish: Pick<Wish, 'reason' | 'keep' | 'problem'> = {},
  ): Item => {
    const key = keyOf(topic, partition);
    const facts = partitionNow(gathered, topic, partition);
    const problem = facts.problem ?? failed.get(key) ?? wish.problem ?? null;
    const other = target?.kind === 'group' ? otherCommit(gathered, target.group, topic, partition) : undefined;
    const state: PartitionState = {
      topic,
      partition,
      ...facts,
      problem,
      prior: commits.get(key) ?? null,
      ...(other === undefined ? {} : { other }),
      ...(wish.reason === undefined ? {} : { reason: wish.reason }),
      ...(wish.keep === undefined ? {} : { keep: wish.keep }),
    };
    return { state, target };
  };
  if (aim.kind === 'each') {
    return aim.wishes
      .filter((wish) => wish.group === null || wish.group === group.group)
      .map((wish) => item(wish.topic, wish.partition, wish.target, wish));
  }
  const target = aim.kind === 'one' ? aim.parsed.target : null;
  return partitionsFor(group, gathered, scope, target).map(({ topic, partition }) => item(topic, partition, target));
}

/** The partitions that a scope means for a group, by topic and number. */
function partitionsFor(
  group: Group,
  gathered: Gathered,
  scope: Scope,
  target: Target | null,
): { topic: string; partition: number }[] {
  if (scope === 'committed') {
    // Copying takes the other group's partitions: that is what there is to copy.
    const source = target?.kind === 'group' ? gathered.groups.find((each) => each.group === target.group) : group;
    return (source?.commits ?? []).map(({ topic, partition }) => ({ topic, partition }));
  }
  const found = new Map<string, { topic: string; partition: number }>();
  for (const { topic, partitions } of scope) {
    const known = gathered.topics.get(topic);
    // A topic that does not exist is one line with its problem, unless partitions were named.
    const committed = group.commits.filter((commit) => commit.topic === topic).map(({ partition }) => partition);
    const all = known === undefined || known.partitions.length === 0 ? [...committed, 0].slice(0, 1) : idsOf(known);
    for (const partition of partitions ?? all) found.set(keyOf(topic, partition), { topic, partition });
  }
  return [...found.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
}

function otherCommit(gathered: Gathered, name: string, topic: string, partition: number): PartitionState['other'] {
  const other = gathered.groups.find(({ group }) => group === name);
  return other === undefined ? null : (commitsOf(other).get(keyOf(topic, partition)) ?? null);
}

function questionsOf(gathered: Gathered, items: readonly Item[]): TimeQuestion[] {
  return items.flatMap(({ state: { topic, partition, problem }, target }) => {
    const known = gathered.topics.get(topic);
    const leader = known === undefined ? null : (partitionOf(known, partition)?.leader ?? null);
    if (target?.kind !== 'time' || problem !== null || leader === null) return [];
    return [{ topic, partition, leader, timestampMs: target.timestampMs }];
  });
}

function change({ state, target }: Item, times: ReadonlyMap<string, TimeAnswer>): Change {
  if (target === null) {
    // Commits of partitions that cannot be looked at can be removed all the same, where the topic is known.
    const gone = state.problem?.name === 'UNKNOWN_TOPIC_OR_PARTITION';
    return gone && state.problem !== null ? unresolved(state, state.problem) : removal(state);
  }
  if (target.kind !== 'time') return resolve(target, state);
  const key = questionKey({ ...state, timestampMs: target.timestampMs });
  const found = times.get(key);
  return resolve(target, found === undefined ? state : { ...state, found });
}

function notesOf(group: Group, changes: readonly Change[], { scope, action }: PlanRequest): string[] {
  const notes: string[] = [];
  if (!groupFacts(group).exists && changes.length > 0 && action !== 'delete') {
    notes.push('the group does not exist: the first commit creates it');
  }
  if (scope === 'committed' && action === 'reset') {
    const planned = new Set(changes.map(({ topic, partition }) => keyOf(topic, partition)));
    const assigned = group.members.flatMap(({ assignment }) =>
      assignment.flatMap(({ topic, partitions }) => partitions.map((partition) => keyOf(topic, partition))),
    );
    const left = [...new Set(assigned)].filter((key) => !planned.has(key)).sort();
    if (left.length > 0)
      notes.push(`assigned but never committed, left out (name them with --topic): ${left.join(', ')}`);
  }
  if (changes.length === 0 && groupFacts(group).problem === null)
    notes.push('the group has committed nothing: name topics with --topic');
  return notes;
}

function aimText(aim: Aim, nowMs: number): { text: string; meaning: string; note: string | null } {
  if (aim.kind === 'one') {
    const { text, target, note } = aim.parsed;
    return { text, meaning: describeTarget(target, nowMs), note };
  }
  if (aim.kind === 'remove') return { text: 'delete', meaning: 'no commit at all', note: null };
  return { text: aim.text, meaning: aim.meaning, note: null };
}
