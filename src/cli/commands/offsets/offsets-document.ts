import * as z from 'zod';
import { problemSchema, type Snapshot } from '../../../cluster/snapshot.ts';
import { type Gathered, groupFacts, partitionNow } from '../../../offsets/gather.ts';
import { committedSchema } from '../../../offsets/plan.ts';
import { inScope, type Scope } from '../../../offsets/scope.ts';
import type { CellValue, Sheet } from '../../../render/sheet.ts';

/** What groups have committed: the document of show and export, and what import reads. */
export const offsetsDocumentSchema = z.object({
  kind: z.literal('offsets'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: z.object({ id: z.string().nullable() }),
  groups: z.array(
    z.object({
      group: z.string(),
      state: z.string().nullable(),
      offsets: z.array(
        committedSchema.extend({
          topic: z.string(),
          partition: z.int(),
          start: z.number().nullable(),
          end: z.number().nullable(),
        }),
      ),
    }),
  ),
  errors: z.array(problemSchema),
});
export type OffsetsDocument = z.infer<typeof offsetsDocumentSchema>;

/** Groups that exist, with their commits in `scope`; what could not be read is in `errors`. */
export function offsetsDocument(gathered: Gathered, scope: Scope): OffsetsDocument {
  const errors: Snapshot['problems'] = [...gathered.problems];
  const groups = gathered.groups.flatMap((group) => {
    const { state, problem } = groupFacts(group);
    if (problem !== null) {
      errors.push(problem);
      return [];
    }
    const offsets = group.commits.flatMap(({ topic, partition, offset, leaderEpoch, metadata, problem: trouble }) => {
      if (!inScope(scope, topic, partition)) return [];
      if (trouble !== null || offset === null) {
        if (trouble !== null) errors.push(trouble);
        return [];
      }
      const { start, end } = partitionNow(gathered, topic, partition);
      return [{ topic, partition, offset, leaderEpoch, metadata, start, end }];
    });
    return [{ group: group.group, state, offsets }];
  });
  return { kind: 'offsets', version: 1, at: gathered.at, cluster: { id: gathered.clusterId }, groups, errors };
}

/** One row for each commit. */
export function offsetsSheet({ groups }: OffsetsDocument): Sheet {
  return {
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 8 },
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partition', header: 'PART', kind: 'id', keep: 9 },
      { key: 'committed', header: 'COMMITTED', kind: 'count', keep: 9 },
      { key: 'start', header: 'START', kind: 'count', keep: 6 },
      { key: 'end', header: 'END', kind: 'count', keep: 7 },
      { key: 'leaderEpoch', header: 'EPOCH', kind: 'id', keep: 4 },
      { key: 'metadata', header: 'METADATA', kind: 'text', keep: 3 },
    ],
    rows: groups.flatMap(({ group, offsets }) =>
      offsets.map(({ topic, partition, offset, start, end, leaderEpoch, metadata }): CellValue[] => [
        group,
        topic,
        partition,
        offset,
        start,
        end,
        leaderEpoch,
        metadata === null || metadata === '' ? null : metadata,
      ]),
    ),
  };
}
