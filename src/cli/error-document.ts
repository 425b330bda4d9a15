import * as z from 'zod';
import { clusterSchema, documentErrorSchema } from '../health/lag-document.ts';

/** What json, ndjson and yaml print in the place of a result where there is none. */
export const errorDocumentSchema = z.object({
  kind: z.literal('error'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  errors: z.array(documentErrorSchema),
});
export type ErrorDocument = z.infer<typeof errorDocumentSchema>;
