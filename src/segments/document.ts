import * as z from 'zod';
import { FILE_TYPES } from './file-kind.ts';
import { CODES, type FindingCode, SEVERITIES } from './findings.ts';

/** Published schema of `-o json` for `kmedic segments dump` and `segments verify` (kind `segments`). */

const CODE_NAMES = Object.keys(CODES) as [FindingCode, ...FindingCode[]];

export const findingSchema = z.object({
  code: z.enum(CODE_NAMES),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  position: z.int().nullable().describe('byte in the file'),
  length: z.int().nullable().describe('bytes concerned'),
  offsets: z.tuple([z.number(), z.number()]).nullable().describe('first and last offset concerned'),
  detail: z.string(),
  meaning: z.string(),
  action: z.string(),
});

const entrySchema = z.looseObject({ type: z.string() });

export const segmentsDocumentSchema = z.object({
  kind: z.literal('segments'),
  version: z.literal(1),
  at: z.iso.datetime(),
  files: z.array(
    z.object({
      file: z.string(),
      type: z.enum(FILE_TYPES),
      bytes: z.int(),
      records: z.int().nullable(),
      batches: z.int().nullable(),
      firstOffset: z.number().nullable(),
      lastOffset: z.number().nullable(),
      findings: z.array(findingSchema),
      entries: z.array(entrySchema).optional().describe('of `segments dump`: batches, records, or entries'),
    }),
  ),
  partitions: z
    .array(
      z.object({
        directory: z.string(),
        topic: z.string().nullable(),
        partition: z.int().nullable(),
        segments: z.int(),
        batches: z.int(),
        badBatches: z.int(),
        records: z.int(),
        bytes: z.int(),
        indexEntries: z.int(),
        transactions: z.object({ committed: z.int(), aborted: z.int(), open: z.int() }),
        compacted: z.boolean(),
        codecs: z.array(z.string()),
        sound: z.boolean(),
      }),
    )
    .optional()
    .describe('of `segments verify`'),
  errors: z.array(
    z.object({ scope: z.string(), name: z.string(), message: z.string(), advice: z.string().nullable() }),
  ),
});
