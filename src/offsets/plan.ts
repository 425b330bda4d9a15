import * as z from 'zod';
import { GROUP_TYPES, problemSchema } from '../cluster/snapshot.ts';
import { OffsetsError } from './error.ts';

/**
 * A plan: what an action would do to the commits of groups, with everything that has to be still true when it is applied.
 * It is the document of every `kmedic offsets` command that changes something, and a file that another person can apply.
 */

/** A commit with everything that Kafka keeps of it. */
export const committedSchema = z.object({
  offset: z.number(),
  leaderEpoch: z.int().nullable(),
  metadata: z.string().nullable(),
});
export type Committed = z.infer<typeof committedSchema>;

export const changeSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  /** Tells a recreated topic from the one that was planned for; null before Kafka 2.8. */
  topicId: z.string().nullable(),
  /** What is committed, and is journalled before it is overwritten; null: the group has no commit here. */
  prior: committedSchema.nullable(),
  /** What is to be committed; null: the commit is to be removed, or (with an error) nothing can be done. */
  next: committedSchema.nullable(),
  /** Offsets of `prior` and `next`, and the time of the first record at or after each, where it was read. */
  committed: z.number().nullable(),
  committedAt: z.iso.datetime().nullable(),
  target: z.number().nullable(),
  targetAt: z.iso.datetime().nullable(),
  /** target − committed; null where one of them is missing. */
  delta: z.number().nullable(),
  /** Log start offset and high watermark. */
  start: z.number().nullable(),
  end: z.number().nullable(),
  /** Which end of the log the target was moved to. */
  clamped: z.enum(['start', 'end']).nullable(),
  reason: z.string().nullable(),
  /** Offsets that will be read again, and offsets that nobody will have read. */
  replayed: z.number(),
  skipped: z.number(),
  /** Estimated size of `replayed`; null where the broker does not tell. */
  bytes: z.number().nullable(),
  /** Why nothing can be done for this partition. */
  error: problemSchema.nullable(),
});
export type Change = z.infer<typeof changeSchema>;

export const ownerSchema = z.object({
  system: z.string(),
  certainty: z.enum(['certain', 'likely']),
  why: z.string(),
  tool: z.string(),
});
export type Owner = z.infer<typeof ownerSchema>;

export const totalsSchema = z.object({
  partitions: z.int(),
  moved: z.int(),
  unchanged: z.int(),
  unresolved: z.int(),
  replayed: z.number(),
  skipped: z.number(),
  bytes: z.number().nullable(),
  /** Records per second that the group consumed while the plan was made; null where that was not measured. */
  ratePerSecond: z.number().nullable(),
  catchUpMs: z.number().nullable(),
});
export type Totals = z.infer<typeof totalsSchema>;

export const groupPlanSchema = z.object({
  group: z.string(),
  type: z.enum(GROUP_TYPES),
  /** Kafka's word; null where the group does not exist (its first commit will create it). */
  state: z.string().nullable(),
  exists: z.boolean(),
  members: z.array(z.object({ memberId: z.string(), clientId: z.string(), host: z.string() })),
  owner: ownerSchema.nullable(),
  changes: z.array(changeSchema),
  /** An undo of what created the group: it is deleted again when nothing is committed any more and nobody is in it. */
  deletesGroup: z.boolean().default(false),
  totals: totalsSchema,
  notes: z.array(z.string()),
  /** Why nothing can be planned for this group. */
  problem: problemSchema.nullable(),
});
export type GroupPlan = z.infer<typeof groupPlanSchema>;

export const ACTIONS = ['reset', 'seek', 'clone', 'import', 'delete', 'skip', 'translate', 'undo'] as const;

export const planSchema = z.object({
  kind: z.literal('plan'),
  version: z.literal(1),
  /** Names the plan in the journal: a plan is applied once. */
  id: z.string().regex(/^[0-9a-z-]{4,40}$/),
  at: z.iso.datetime(),
  by: z.object({ user: z.string(), host: z.string() }),
  cluster: z.object({ id: z.string().nullable() }),
  action: z.enum(ACTIONS),
  /** As typed, and what it means. */
  target: z.object({ text: z.string(), meaning: z.string(), notes: z.array(z.string()) }),
  /** The journal entry that an undo restores. */
  undoes: z.string().nullable(),
  groups: z.array(groupPlanSchema),
  errors: z.array(problemSchema),
});
export type Plan = z.infer<typeof planSchema>;

/** Reads a plan document. Throws OffsetsError INVALID_PLAN that says where it is wrong. */
export function readPlan(text: string, where: string): Plan {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new OffsetsError('INVALID_PLAN', `${where}: not JSON`, 'a plan is made with: kmedic offsets plan', { cause });
  }
  const parsed = planSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.join('.') || 'the document';
    throw new OffsetsError('INVALID_PLAN', `${where}: not a plan: ${path}: ${issue?.message ?? 'invalid'}`);
  }
  const plan = parsed.data;
  for (const { group, changes } of plan.groups) {
    for (const { topic, partition, next, target, error } of changes) {
      const wrong = next !== null && (next.offset < 0 || !Number.isSafeInteger(next.offset));
      if (wrong || (error === null && (next?.offset ?? null) !== target)) {
        throw new OffsetsError('INVALID_PLAN', `${where}: group ${group}, ${topic}-${partition}: impossible target`);
      }
    }
  }
  return plan;
}

/** Whether two commits are the same to whoever reads them: no metadata and empty metadata are. */
export function sameCommit(a: Committed | null, b: Committed | null): boolean {
  if (a === null || b === null) return a === b;
  return a.offset === b.offset && a.leaderEpoch === b.leaderEpoch && (a.metadata ?? '') === (b.metadata ?? '');
}

/** What applying has to send: everything that could be resolved, but removals of what is not there. */
export function toSend(changes: readonly Change[]): Change[] {
  return changes.filter(({ error, prior, next }) => error === null && (prior !== null || next !== null));
}

/** Adds up the changes of one group. `ratePerSecond` null: not measured. */
export function totalsOf(changes: readonly Change[], ratePerSecond: number | null): Totals {
  const resolved = changes.filter(({ error }) => error === null);
  const replayed = sum(resolved.map((change) => change.replayed));
  const sizes = resolved.filter((change) => change.replayed > 0).map(({ bytes }) => bytes);
  const backlog = sum(resolved.map(({ end, target }) => (end === null || target === null ? 0 : end - target)));
  return {
    partitions: changes.length,
    moved: resolved.filter(({ prior, next }) => !sameCommit(prior, next)).length,
    unchanged: resolved.filter(({ prior, next }) => sameCommit(prior, next)).length,
    unresolved: changes.length - resolved.length,
    replayed,
    skipped: sum(resolved.map((change) => change.skipped)),
    bytes: sizes.includes(null) ? null : sum(sizes.map((size) => size ?? 0)),
    ratePerSecond,
    catchUpMs: ratePerSecond === null || ratePerSecond <= 0 ? null : Math.round((backlog / ratePerSecond) * 1000),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
