import * as z from 'zod';
import { problemSchema } from '../cluster/snapshot.ts';
import { resultSchema } from './journal.ts';
import { ACTIONS } from './plan.ts';

/** What applying a plan did: one result per group, and one per partition in it. */
export const applySchema = z.object({
  kind: z.literal('apply'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: z.object({ id: z.string().nullable() }),
  /** Id of the plan, and of its entries in the journal. */
  plan: z.string(),
  action: z.enum(ACTIONS),
  journal: z.string(),
  /** The longest chain of requests from the first commit to the last answer of reading back; null where none was sent. */
  roundTrips: z.int().nullable(),
  groups: z.array(
    z.object({
      group: z.string(),
      result: z.enum(['applied', 'partial', 'refused', 'unknown', 'nothing']),
      reason: z.string().nullable(),
      advice: z.string().nullable(),
      drift: z.array(
        z.object({
          kind: z.string(),
          topic: z.string().nullable(),
          partition: z.int().nullable(),
          message: z.string(),
        }),
      ),
      /** Whether the group is gone that the undone apply had created; null where that was not to be done. */
      groupDeleted: z.boolean().nullable(),
      notes: z.array(z.string()),
      partitions: z.array(resultSchema.extend({ committed: z.number().nullable(), target: z.number().nullable() })),
    }),
  ),
  errors: z.array(problemSchema),
});
export type ApplyDocument = z.infer<typeof applySchema>;
export type GroupOutcome = ApplyDocument['groups'][number];

/** 0 all done · 3 not authorised · 4 refused, nothing changed · 5 partly done, or nobody can tell. */
export function applyExit({ groups, errors }: Pick<ApplyDocument, 'groups' | 'errors'>): 0 | 3 | 4 | 5 {
  if (errors.some(({ name }) => name === 'JOURNAL_INCOMPLETE')) return 5;
  const bad = groups.filter(({ result }) => result !== 'applied' && result !== 'nothing');
  if (bad.length === 0) return 0;
  const changed = groups.some(({ result }) => result === 'applied' || result === 'partial' || result === 'unknown');
  if (changed) return 5;
  const failed = bad.flatMap(({ partitions }) => partitions.map(({ error }) => error?.name ?? ''));
  return failed.length > 0 && failed.every((name) => name.endsWith('_AUTHORIZATION_FAILED')) ? 3 : 4;
}
