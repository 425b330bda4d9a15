import * as z from 'zod';
import { clusterSchema, documentErrorSchema } from '../../../health/lag-document.ts';

/** Published schema of `kmedic record -o json`: what was written, and where. The file itself is of kind `recording`. */
export const recordedSchema = z.object({
  kind: z.literal('recorded'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  file: z.string(),
  bytes: z.int(),
  samples: z.int(),
  groups: z.int(),
  topics: z.int(),
  histories: z.int(),
  redacted: z.boolean(),
  interrupted: z.boolean(),
  errors: z.array(documentErrorSchema),
});
export type RecordedDocument = z.infer<typeof recordedSchema>;
