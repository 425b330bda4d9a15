import type { Problem } from '../cluster/snapshot.ts';
import { membersMessage } from './members-text.ts';
import type { Change, Committed, GroupPlan, Plan } from './plan.ts';
import { sameCommit } from './plan.ts';

/**
 * How the world can have moved since a plan was made. Those of the first kind can be accepted by name; the second kind
 * never: applying would harm, or cannot work.
 */
export const ACCEPTABLE_DRIFT = ['commit', 'range', 'topic', 'applied', 'type'] as const;
export type AcceptableDrift = (typeof ACCEPTABLE_DRIFT)[number];
export type DriftKind = AcceptableDrift | 'cluster' | 'members' | 'partition';

export interface Drift {
  readonly kind: DriftKind;
  /** Null where it concerns the whole group. */
  readonly topic: string | null;
  readonly partition: number | null;
  readonly message: string;
}

/** The world as it is when a plan is applied, as far as the plan depends on it. */
export interface Now {
  readonly clusterId: string | null;
  readonly group: {
    readonly exists: boolean;
    readonly type: GroupPlan['type'];
    readonly state: string | null;
    readonly members: GroupPlan['members'];
  };
  /** Whether members of the group read a topic, or may do so: its commits cannot be removed then. */
  readonly subscribed: (topic: string) => boolean;
  readonly commit: (topic: string, partition: number) => Committed | null;
  readonly partition: (topic: string, partition: number) => PartitionNow;
}

export interface PartitionNow {
  readonly topicId: string | null;
  readonly start: number | null;
  readonly end: number | null;
  readonly problem: Problem | null;
}

/** States in which a group has nobody in it, so that commits from outside are taken. */
export function isIdle(group: Now['group']): boolean {
  if (group.members.length > 0) return false;
  return !group.exists || group.state === null || group.state === 'Empty' || group.state === 'Dead';
}

/** Everything that has moved between a plan and now, in the plan's order. Empty: nothing has. Pure. */
export function driftOf(plan: Plan, group: GroupPlan, now: Now): Drift[] {
  const drift: Drift[] = [];
  const whole = (kind: DriftKind, message: string): void => {
    drift.push({ kind, topic: null, partition: null, message });
  };
  if (plan.cluster.id !== null && now.clusterId !== null && plan.cluster.id !== now.clusterId) {
    whole('cluster', `the plan was made for cluster ${plan.cluster.id}, this is ${now.clusterId}`);
    return drift;
  }
  const removing = plan.action === 'delete';
  // Commits of topics that nobody in the group reads may be removed while it is live.
  const read = group.changes.find(({ topic }) => now.subscribed(topic))?.topic ?? null;
  if (!isIdle(now.group) && (!removing || read !== null)) {
    whole('members', `${removing ? `its members read ${read}: ` : ''}${membersMessage(now.group)}`);
  }
  if (now.group.exists && group.exists && now.group.type !== group.type) {
    whole('type', `the group was of type ${group.type}, it is ${now.group.type} now`);
  }
  for (const change of group.changes) {
    if (change.error === null) drift.push(...driftOfChange(change, now, removing));
  }
  return drift;
}

function driftOfChange(change: Change, now: Now, removing: boolean): Drift[] {
  const { topic, partition } = change;
  const at = (kind: DriftKind, message: string): Drift => ({ kind, topic, partition, message });
  const drift: Drift[] = [];
  const facts = now.partition(topic, partition);
  const commit = now.commit(topic, partition);
  if (facts.problem !== null && !removing) return [at('partition', `${facts.problem.name}: ${facts.problem.message}`)];
  if (change.topicId !== null && facts.topicId !== null && change.topicId !== facts.topicId) {
    drift.push(at('topic', 'the topic was deleted and created again'));
  }
  if (!sameCommit(change.prior, commit)) {
    drift.push(at('commit', `committed was ${commitText(change.prior)}, it is ${commitText(commit)} now`));
  }
  const { target, start, end } = change;
  const planned = target !== null && start !== null && end !== null && target >= start && target <= end;
  if (planned && facts.start !== null && target < facts.start) {
    drift.push(at('range', `the log starts at ${facts.start} now: the target ${target} was deleted`));
  } else if (planned && facts.end !== null && target > facts.end) {
    drift.push(at('range', `the log ends at ${facts.end} now, before the target ${target}`));
  }
  return drift;
}

/** The changes as they have to be applied when drift was accepted: priors as they are now, targets inside today's log. */
export function rebase(changes: readonly Change[], now: Now): Change[] {
  return changes.map((change) => {
    if (change.error !== null) return change;
    const prior = now.commit(change.topic, change.partition);
    const facts = now.partition(change.topic, change.partition);
    const { next, start, end } = change;
    const inRange = next !== null && start !== null && end !== null && next.offset >= start && next.offset <= end;
    if (next === null || !inRange || facts.start === null || facts.end === null) return { ...change, prior };
    const offset = Math.min(Math.max(next.offset, facts.start), facts.end);
    if (offset === next.offset) return { ...change, prior };
    return {
      ...change,
      prior,
      next: { offset, leaderEpoch: null, metadata: '' },
      target: offset,
      clamped: offset === facts.start ? 'start' : 'end',
    };
  });
}

function commitText(commit: Committed | null): string {
  if (commit === null) return 'nothing';
  const extra = [
    ...(commit.leaderEpoch === null ? [] : [`epoch ${commit.leaderEpoch}`]),
    ...(commit.metadata ? [`metadata ${JSON.stringify(commit.metadata)}`] : []),
  ];
  return extra.length === 0 ? String(commit.offset) : `${commit.offset} (${extra.join(', ')})`;
}
