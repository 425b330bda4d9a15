import * as z from 'zod';
import { problemSchema } from '../cluster/snapshot.ts';
import { CONFIDENCES, factSchema, leafSchema, OUTCOMES, PROVENANCES, subjectSchema } from './model.ts';

/** Published schema of `-o json` for `kmedic diagnose` (kind `diagnosis`, version 1). Unknown is null or has the provenance `unknown`; it is never guessed. */

const openQuestionSchema = z.object({
  tree: z.string(),
  question: z.string(),
  subject: subjectSchema,
  ask: z.string(),
  why: z.string(),
  howToTell: z.string(),
  /** Why it could not be measured, and what would tell; null where only a person can know. */
  because: z.string().nullable(),
  wouldTell: z.string().nullable(),
  answers: z.array(z.object({ id: z.string(), text: z.string() })),
  /** Keys for a file of `--answers`. */
  key: z.string().describe('how --answers names it: tree/question@subject'),
  effect: z.enum(['decides', 'refines']).describe('decides: it separates endings; refines: the verdict holds anyhow'),
  /** Somebody was asked, and does not know. */
  notKnown: z.boolean(),
});
export type OpenQuestion = z.infer<typeof openQuestionSchema>;

const verdictSchema = z.object({
  id: z.string().describe('leaf and subject; stable from one run to the next'),
  tree: z.string(),
  leaf: z.string().describe('stable id, REB-03 …'),
  subject: subjectSchema,
  outcome: z.enum(OUTCOMES),
  confidence: z
    .enum(CONFIDENCES)
    .describe('high: measured or answered throughout; medium: with an assumption; low: one of several possible'),
  cause: z.string(),
  because: z.string(),
  concerns: z.array(z.string()).describe('what it is about: orders-2, topic orders, broker 3, group payments'),
  evidence: z.array(factSchema),
  actions: z.array(z.string()),
  commands: z.array(z.string()).describe('what to run next; <words> are to be filled in'),
  runbook: z.string(),
  source: z.array(z.object({ document: z.string(), section: z.string() })),
  corrections: leafSchema.shape.corrections,
  originals: leafSchema.shape.originals,
  consequences: z
    .array(z.object({ tree: z.string(), leaf: z.string(), subject: subjectSchema, cause: z.string() }))
    .describe('what follows from this fault, and is not reported by itself'),
});
export type DiagnosisVerdict = z.infer<typeof verdictSchema>;

const stepSchema = z.object({
  tree: z.string(),
  question: z.string(),
  ask: z.string(),
  provenance: z.enum(PROVENANCES),
  answer: z.string().nullable(),
  answerText: z.string().nullable(),
  facts: z.array(factSchema),
  because: z.string().nullable(),
  wouldTell: z.string().nullable(),
  goesTo: z.array(z.object({ answer: z.string().nullable(), text: z.string().nullable(), to: z.string() })),
  under: z
    .object({ tree: z.string(), question: z.string(), answer: z.string() })
    .nullable()
    .describe('the branch of an open question that leads here; null where the walk leads here for certain'),
});
export type DiagnosisStep = z.infer<typeof stepSchema>;

const walkSchema = z.object({
  tree: z.string(),
  title: z.string(),
  subject: subjectSchema,
  source: z.array(z.object({ document: z.string(), section: z.string() })),
  steps: z.array(stepSchema),
  endings: z
    .array(
      z.object({ leaf: z.string(), cause: z.string(), outcome: z.enum(OUTCOMES), confidence: z.enum(CONFIDENCES) }),
    )
    .describe('best supported first'),
});
export type DiagnosisWalk = z.infer<typeof walkSchema>;

/** How a walk of a saved session differs when today's trees judge the same evidence and answers. */
export const differenceSchema = z.object({
  tree: z.string(),
  subject: subjectSchema,
  /** Leaves with their confidence, best supported first; empty: not walked. */
  before: z.array(z.string()),
  after: z.array(z.string()),
  /** The first step at which the walks part; null where they end differently behind the same steps. */
  parts: z.object({ before: z.string().nullable(), after: z.string().nullable() }).nullable(),
});
export type Difference = z.infer<typeof differenceSchema>;

export const diagnosisDocumentSchema = z.object({
  kind: z.literal('diagnosis'),
  version: z.literal(1),
  at: z.iso.datetime().describe('of the newest sample: when what is told here was so'),
  cluster: z.object({ id: z.string().nullable() }),
  samples: z.int(),
  windowMs: z.number().describe('from the first sample to the last'),
  trees: z.string().describe('version of the trees that judged'),
  /** A fault is certain: one has confidence medium or high, or every ending that is still possible somewhere is one. */
  fault: z.boolean(),
  verdicts: z.array(verdictSchema),
  asked: z.array(openQuestionSchema).describe('what could not be measured, and keeps verdicts apart'),
  path: z.array(walkSchema),
  notWalked: z
    .array(z.object({ tree: z.string(), subjects: z.int(), because: z.string(), wouldTell: z.string() }))
    .describe('trees about which it could not be told whether they are worth walking'),
  /** Of a saved session that was judged again: the trees of then, and where these ones end differently. */
  replay: z.object({ trees: z.string(), differences: z.array(differenceSchema) }).optional(),
  errors: z.array(problemSchema),
});
export type DiagnosisDocument = z.infer<typeof diagnosisDocumentSchema>;
