import * as z from 'zod';
import { GROUP_TYPES } from '../cluster/snapshot.ts';
import { clusterSchema, documentErrorSchema } from './lag-document.ts';
import { SEVERITIES, VERDICT_NAMES } from './verdicts.ts';

/** Published schemas of `-o json` for `kmedic groups list`, `groups describe` (kind `groups`) and `groups delete` (kind `deletion`). */

const topicPartitionsSchema = z.object({ topic: z.string(), partitions: z.array(z.int()) });

export const groupsDocumentSchema = z.object({
  kind: z.literal('groups'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  groups: z.array(
    z.object({
      group: z.string(),
      type: z.enum(GROUP_TYPES),
      state: z.string().nullable(),
      coordinator: z.int().nullable(),
      protocol: z.string().nullable(),
      groupEpoch: z.int().nullable(),
      assignmentEpoch: z.int().nullable(),
      topics: z.int(),
      partitions: z.int(),
      lag: z.number(),
      unknown: z.int(),
      verdict: z.enum(VERDICT_NAMES),
      severity: z.enum(SEVERITIES),
      members: z.array(
        z.object({
          member: z.string(),
          instance: z.string().nullable(),
          clientId: z.string(),
          host: z.string(),
          memberEpoch: z.int().nullable(),
          assignment: z.array(topicPartitionsSchema),
          targetAssignment: z.array(topicPartitionsSchema).nullable(),
          error: z.string().nullable(),
        }),
      ),
      error: z.string().nullable(),
    }),
  ),
  totals: z.object({ groups: z.int(), partitions: z.int(), lag: z.number(), unknown: z.int() }),
  errors: z.array(documentErrorSchema),
});
export type GroupsDocument = z.infer<typeof groupsDocumentSchema>;

export const DELETION_RESULTS = ['would-delete', 'deleted', 'refused', 'not-found', 'failed'] as const;

export const deletionDocumentSchema = z.object({
  kind: z.literal('deletion'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  executed: z.boolean(),
  groups: z.array(
    z.object({
      group: z.string(),
      result: z.enum(DELETION_RESULTS),
      state: z.string().nullable(),
      commits: z.int().describe('committed offsets that go with the group'),
      members: z.array(z.string()).describe('who stands in the way'),
      reason: z.string().nullable(),
    }),
  ),
  errors: z.array(documentErrorSchema),
});
export type DeletionDocument = z.infer<typeof deletionDocumentSchema>;
