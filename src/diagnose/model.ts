import * as z from 'zod';
import type { Recording } from '../cluster/recording.ts';

/**
 * The vocabulary of diagnosis: what is looked at (Subject), what is known of it (Evidence), what was found (Fact, Reading),
 * and how a debugging tree is written down (Tree). Everything here is data that survives JSON. A probe is a pure function
 * from evidence to a reading: it sees no socket, no file and no clock but the times inside the recording.
 */

export const SUBJECT_KINDS = ['group', 'topic', 'broker', 'cluster', 'client'] as const;
export const subjectSchema = z.object({
  kind: z.enum(SUBJECT_KINDS),
  /** Name or id (of a broker, as text); null for the cluster, and for a client whose file has no name. */
  name: z.string().nullable(),
});
export type Subject = z.infer<typeof subjectSchema>;

/** A client's own settings, as its properties file says them. What is not in the file is not known, unless Kafka's default applies. */
export const clientConfigSchema = z.object({
  /** Its name, as it is told with what it says. */
  file: z.string(),
  /** As it was given: for commands. */
  path: z.string().optional(),
  /** Keys that may hold a secret are left out by whoever reads the file. */
  properties: z.record(z.string(), z.string()),
});
export type ClientConfig = z.infer<typeof clientConfigSchema>;

/** What a broker's own files tell of one partition. Ages are against `at` of the evidence. */
export const logDirPartitionSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  directory: z.string(),
  segments: z.int(),
  bytes: z.number(),
  activeSegmentBytes: z.number().nullable(),
  /** Since the first record of the active segment. */
  activeSegmentAgeMs: z.number().nullable(),
  oldestRecordMs: z.number().nullable(),
  newestRecordMs: z.number().nullable(),
  /** Bytes below the cleaner's checkpoint, and between it and the active segment; null where the checkpoint is not at hand. */
  cleanBytes: z.number().nullable(),
  dirtyBytes: z.number().nullable(),
  cleanerCheckpoint: z.number().nullable(),
});
export type LogDirPartition = z.infer<typeof logDirPartitionSchema>;

export const logDirEvidenceSchema = z.object({
  path: z.string(),
  at: z.iso.datetime(),
  partitions: z.array(logDirPartitionSchema),
  /** What could not be read, in sentences. */
  problems: z.array(z.string()),
});
export type LogDirEvidence = z.infer<typeof logDirEvidenceSchema>;

/** All that a diagnosis may look at. */
export interface Evidence {
  readonly recording: Recording;
  readonly client: ClientConfig | null;
  readonly logDir: LogDirEvidence | null;
}

/** One thing that was seen, with where it comes from. */
export const factSchema = z.object({
  /** A whole sentence or phrase for a person: `14 generations in the last 10 minutes`. */
  text: z.string(),
  value: z.union([z.number(), z.string(), z.boolean()]).nullable(),
  /** `records`, `bytes`, `ms`, `records/s` …; null where the value has none. */
  unit: z.string().nullable(),
  /** `ListOffsets`, `__consumer_offsets`, `DescribeConfigs`, `consumer.properties` … */
  source: z.string(),
  /** When it was so, UTC; null where it has no moment (a client's file). */
  at: z.string().nullable(),
  /** The stretch of time that it was seen over; null for a single moment. */
  windowMs: z.number().nullable(),
});
export type Fact = z.infer<typeof factSchema>;

/**
 * Items that a reading is about, beside its subject, spelt as scopes are: `orders-2`, `topic orders`, `broker 3`,
 * `group payments`, `client pay-3`. They link a consequence to its cause, and fill `{topic}`, `{partition}`, `{broker}` in commands.
 */
const concernsSchema = z.array(z.string()).optional();

export const readingSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('measured'),
    /** Id of one of the probe's answers. */
    answer: z.string(),
    facts: z.array(factSchema),
    /** `likely`: what was seen could still have another reason. Without it: certain. */
    certainty: z.enum(['certain', 'likely']).optional(),
    concerns: concernsSchema,
  }),
  /** A documented default that nobody could verify, named as such in a fact. Never for what a client alone knows. */
  z.object({
    status: z.literal('assumed'),
    answer: z.string(),
    facts: z.array(factSchema),
    concerns: concernsSchema,
  }),
  z.object({
    status: z.literal('unknown'),
    facts: z.array(factSchema),
    /** Why it could not be told. */
    because: z.string(),
    /** What would tell: an option, a permission, a person. */
    wouldTell: z.string(),
    /** The answer that the facts point to without deciding it: ranks endings, never takes a branch. */
    leans: z.string().optional(),
    concerns: concernsSchema,
  }),
]);
export type Reading = z.infer<typeof readingSchema>;

/** A measurement. Pure. */
export interface Probe {
  readonly id: string;
  /** The answers that it can give; each must be an answer of every question that uses it. */
  readonly answers: readonly string[];
  measure(evidence: Evidence, subject: Subject): Reading;
}

/** Of a tree's leaf: `REB-03`. Stable, and unique over all trees. */
export const LEAF_ID = /^[A-Z]{2,4}-\d{2}$/;
/** In `to`: goes on in another tree. */
export const TREE_PREFIX = 'tree:';

const answerSchema = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  text: z.string().min(1),
  /**
   * Id of a question of this tree, of one of its leaves, or `tree:<id>`: that tree, for the same subject (its kind must be the
   * same, or `cluster`).
   */
  to: z.string(),
});

export const questionSchema = z.object({
  ask: z.string().min(1),
  /** Why it matters: what the answer separates. */
  why: z.string().min(1),
  /** Id of the probe that measures it; null where only a person can tell. */
  probe: z.string().nullable(),
  /** How a person finds out. */
  howToTell: z.string().min(1),
  answers: z.array(answerSchema).min(2),
  /** Where the walk goes on when nothing measures it and nobody answers: a question or leaf that holds whatever the answer is. Without it every branch stays possible. */
  otherwise: z.string().optional(),
});
export type Question = z.infer<typeof questionSchema>;

export const OUTCOMES = ['fault', 'advice', 'sound'] as const;

export const leafSchema = z.object({
  outcome: z.enum(OUTCOMES),
  /** One line: what is the matter. */
  verdict: z.string().min(1),
  /** Why that follows, and what happens inside Kafka. */
  because: z.string().min(1),
  /** What to do, most useful first. */
  actions: z.array(z.string()),
  /**
   * Command lines of kmedic (its own name may be left out), and of Kafka's own scripts (`kafka-configs.sh …`) for what kmedic does
   * not do, with {group} {topic} {partition} {partitions} {offset} {broker} {log-dir} {client} to fill in. How the cluster is
   * reached is added by whoever prints them.
   */
  commands: z.array(z.string()),
  /** The documents' commands and what replaces them. */
  originals: z.array(z.object({ original: z.string(), kmedic: z.string() })),
  sources: z.array(z.object({ document: z.string(), section: z.string() })),
  /** Claims of the documents that are wrong or out of date, in our own words; `fact` is the id of the correction. */
  corrections: z.array(z.object({ claim: z.string(), right: z.string(), fact: z.string().nullable() })),
  /** Leaves (of any tree) that bring this one about: where one of them is found on the same things, this one is told under it. */
  causedBy: z.array(z.string()).optional(),
});
export type Leaf = z.infer<typeof leafSchema>;

export const treeSchema = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string().min(1),
  subject: z.enum(SUBJECT_KINDS),
  /**
   * What a person would complain of. `start`: the question to begin with; without it the root. `says`: answers that the complaint
   * itself gives, by question. `also`: other trees that can explain it, walked where the evidence calls for them.
   */
  symptoms: z.array(
    z.object({
      id: z.string(),
      text: z.string(),
      start: z.string().optional(),
      says: z.record(z.string(), z.string()).optional(),
      also: z.array(z.string()).optional(),
    }),
  ),
  /** A cheap probe with the answers `yes` and `no`: is this tree worth walking for this subject, unasked? Null: only when it is named. */
  entry: z.string().nullable(),
  root: z.string(),
  questions: z.record(z.string(), questionSchema),
  leaves: z.record(z.string().regex(LEAF_ID), leafSchema),
  sources: z.array(z.object({ document: z.string(), section: z.string() })),
});
/** A debugging tree, as data. `checkTree` tells what is wrong with one. */
export type Tree = z.infer<typeof treeSchema>;

/** The answer of a person who does not know. Every question takes it. */
export const DONT_KNOW = 'unknown';

export const answerGivenSchema = z.object({
  tree: z.string(),
  question: z.string(),
  /** Null: for every subject. */
  subject: subjectSchema.nullable(),
  /** Id of an answer of the question, or `unknown`. */
  answer: z.string(),
});
/** What a person answered. */
export type AnswerGiven = z.infer<typeof answerGivenSchema>;

/** Where the answer of a step comes from; kept apart everywhere. */
export const PROVENANCES = ['measured', 'answered', 'assumed', 'unknown'] as const;
export type Provenance = (typeof PROVENANCES)[number];

/** High: every step was measured or answered. Medium: one was assumed, only likely, or open without changing the verdict. Low: one is not known, and other endings are possible. */
export const CONFIDENCES = ['high', 'medium', 'low'] as const;
export type DiagnosisConfidence = (typeof CONFIDENCES)[number];
