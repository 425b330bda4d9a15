import * as z from 'zod';
import { problemSchema } from '../../../cluster/snapshot.ts';
import { type Entry, intentSchema, OUTCOMES, resultSchema } from '../../../offsets/journal.ts';
import { committedSchema } from '../../../offsets/plan.ts';

/** `before`, `after`: the commit is what it was before the apply, or what the apply set; `other`: neither. */
const STANDINGS = ['before', 'after', 'both', 'other'] as const;
/** Null: not asked, or the group could not be read. */
export type Standing = (typeof STANDINGS)[number] | null;

const { id, group, at, by, cluster, action, target, undoes } = intentSchema.shape;

const historyEntrySchema = z.object({
  id,
  group,
  at,
  by,
  cluster,
  action,
  target,
  undoes,
  /** `interrupted`: nothing was written down after the commit was about to be sent. */
  status: z.enum([...OUTCOMES, 'interrupted']),
  partitions: z.array(
    z.object({
      topic: z.string(),
      partition: z.int(),
      prior: committedSchema.nullable(),
      next: committedSchema.nullable(),
      /** Null where the run was interrupted. */
      result: resultSchema.shape.result.nullable(),
      standing: z.enum(STANDINGS).nullable(),
    }),
  ),
});

/** What the journal of this user and machine holds, oldest first. */
export const historySchema = z.object({
  kind: z.literal('history'),
  version: z.literal(1),
  at: z.iso.datetime(),
  /** Null: a journal is of a machine, each of its entries is of a cluster. */
  cluster: z.object({ id: z.null() }),
  journal: z.string(),
  /** Whether the last line was cut short by a writer that was killed. */
  torn: z.boolean(),
  /** Numbers of lines that cannot be read. */
  damaged: z.array(z.int()),
  entries: z.array(historyEntrySchema),
  errors: z.array(problemSchema),
});
export type HistoryDocument = z.infer<typeof historySchema>;

/** One group of one applied plan, as the document has it. `standing`: by partition, null where it was not asked. */
export function entryDocument(entry: Entry, standing: readonly Standing[] | null): HistoryDocument['entries'][number] {
  const { intent, outcome } = entry;
  return {
    id: entry.id,
    group: entry.group,
    at: intent.at,
    by: intent.by,
    cluster: intent.cluster,
    action: intent.action,
    target: intent.target,
    undoes: intent.undoes,
    status: outcome?.status ?? 'interrupted',
    partitions: intent.changes.map((change, index) => ({
      topic: change.topic,
      partition: change.partition,
      prior: change.prior,
      next: change.next,
      result: resultOf(entry, index),
      standing: standing?.[index] ?? null,
    })),
  };
}

/** What became of one change of an entry; null where that was not written down any more. */
export function resultOf({ intent, outcome }: Entry, index: number) {
  const change = intent.changes[index];
  const found = outcome?.results.find(
    ({ topic, partition }) => topic === change?.topic && partition === change.partition,
  );
  return found?.result ?? null;
}
