import * as z from 'zod';
import { GROUP_TYPES } from '../cluster/snapshot.ts';
import { ISOLATIONS } from './samples.ts';
import { SEVERITIES, VERDICT_NAMES } from './verdicts.ts';

/** Published schema of `-o json` for `kmedic lag` (kind `lag`, version 1). Unknown is null, never NaN and never 0. */

export const documentErrorSchema = z.object({
  scope: z.string().describe('what it concerns: cluster, broker 3, group payments, topic orders, orders-2'),
  name: z.string().describe("Kafka's name of the error, or kmedic's own"),
  message: z.string(),
  advice: z.string().nullable(),
});

export const clusterSchema = z.object({ id: z.string().nullable() });

const findingSchema = z.object({
  rule: z.string().describe('stable id of the rule, LAG-01 …'),
  verdict: z.enum(VERDICT_NAMES),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(['certain', 'likely']),
  meaning: z.string(),
  partitions: z.array(z.object({ topic: z.string(), partition: z.int(), evidence: z.string() })),
  next: z.string().nullable().describe('the command to run next'),
});

export const lagPartitionSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  committed: z.number().nullable().describe('the next offset to read; a stored negative is kept'),
  start: z.number().nullable(),
  end: z.number().nullable().describe('high watermark; last stable offset with read_committed'),
  lag: z.number().nullable().describe('end - committed; negative when the commit lies beyond the end'),
  hidden: z.number().nullable().describe("records beyond the high watermark in the leader's log"),
  leader: z.int().nullable(),
  owners: z.int().describe('members that own it: several in a share group'),
  member: z.string().nullable().describe('the owner, where there is exactly one'),
  clientId: z.string().nullable(),
  host: z.string().nullable(),
  verdict: z.enum(VERDICT_NAMES),
  confidence: z.enum(['certain', 'likely']),
  timeLagMs: z.number().nullable().describe('age of the oldest unread record'),
  timeLagSource: z.enum(['exact', 'interpolated']).nullable(),
  lagPerSecond: z.number().nullable().describe('positive = falling behind; null with one sample'),
  error: z.string().nullable(),
});

const rollUpSchema = z.object({
  group: z.string(),
  topic: z.string().nullable(),
  member: z.string().nullable(),
  clientId: z.string().nullable(),
  host: z.string().nullable(),
  partitions: z.int(),
  lag: z.number(),
  unknown: z.int(),
  timeLagMs: z.number().nullable(),
  lagPerSecond: z.number().nullable(),
  verdict: z.enum(VERDICT_NAMES),
});

export const lagDocumentSchema = z.object({
  kind: z.literal('lag'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  isolation: z.enum(ISOLATIONS),
  samples: z.int(),
  windowMs: z.number(),
  by: z.enum(['partition', 'topic', 'member', 'group']),
  groups: z.array(
    z.object({
      group: z.string(),
      type: z.enum(GROUP_TYPES),
      state: z.string().nullable(),
      coordinator: z.int().nullable(),
      members: z.int(),
      verdict: z.enum(VERDICT_NAMES),
      severity: z.enum(SEVERITIES),
      lag: z.number().describe('sum over the partitions whose lag is known'),
      unknown: z.int().describe('partitions whose lag is unknown'),
      timeLagMs: z.number().nullable(),
      lagPerSecond: z.number().nullable(),
      etaMs: z.number().nullable(),
      findings: z.array(findingSchema),
      partitions: z.array(lagPartitionSchema),
    }),
  ),
  rollUp: z.array(rollUpSchema).describe('with --by topic, member or group; empty otherwise'),
  totals: z.object({
    groups: z.int(),
    partitions: z.int(),
    lag: z.number(),
    unknown: z.int(),
    hidden: z.number(),
  }),
  errors: z.array(documentErrorSchema),
});
export type LagDocument = z.infer<typeof lagDocumentSchema>;
