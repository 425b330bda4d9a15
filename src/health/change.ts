import * as z from 'zod';
import { clusterSchema, documentErrorSchema } from './lag-document.ts';
import { SEVERITIES, type Severity } from './verdicts.ts';

/** What a change is about. A partition is named `orders-2`, a broker by its id. */
export const CHANGE_SUBJECTS = ['cluster', 'broker', 'topic', 'partition', 'group'] as const;

/** One thing that is different in the later recording. */
export interface Change {
  readonly subject: (typeof CHANGE_SUBJECTS)[number];
  readonly name: string;
  /** `state`, `leader`, `isr`, `lag`, `members`, `config retention.ms` …; `appeared` and `gone` for the thing itself. */
  readonly what: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
  /** How bad it is that it changed so: `ok` is a change for the better, `note` neither. */
  readonly severity: Severity;
  readonly meaning: string;
}

const valueSchema = z.union([z.string(), z.number()]).nullable();

export const changeSchema = z.object({
  subject: z.enum(CHANGE_SUBJECTS),
  name: z.string(),
  what: z.string(),
  before: valueSchema,
  after: valueSchema,
  severity: z
    .enum(SEVERITIES)
    .describe('of the change: ok is one for the better, note neither; warn and error are worse'),
  meaning: z.string(),
});

const sideSchema = z.object({ at: z.iso.datetime().describe('of its newest sample'), samples: z.int() });

/** Published schema of `kmedic diff -o json`. */
export const diffDocumentSchema = z.object({
  kind: z.literal('diff'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  before: sideSchema,
  after: sideSchema,
  betweenMs: z.number().describe('negative where the second recording is the older one'),
  worse: z.int().describe('changes of severity warn or error'),
  changes: z.array(changeSchema),
  errors: z.array(documentErrorSchema),
});
export type DiffDocument = z.infer<typeof diffDocumentSchema>;

/** Ids in a fixed notation: `1,2,3`; `none` where there are none. */
export function idsText(ids: readonly number[]): string {
  return ids.length === 0 ? 'none' : ids.join(',');
}
