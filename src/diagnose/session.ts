import { createHash } from 'node:crypto';
import * as z from 'zod';
import { parseJson, RecordingError, recordingFrom, unpack } from '../cluster/read-recording.ts';
import { recordingSchema } from '../cluster/recording.ts';
import { diagnosisDocumentSchema } from './diagnosis-document.ts';
import { answerGivenSchema, clientConfigSchema, logDirEvidenceSchema, type Tree } from './model.ts';

/**
 * A diagnosis that was saved: the evidence itself, the answers so far, and what was found then. It needs no cluster to be
 * resumed, replayed, or judged again by newer trees.
 */
export const SESSION_VERSION = 1;

export const aimSchema = z.object({
  tree: z.string().nullable(),
  start: z.string().nullable(),
  /** Older sessions looked at one tree alone. */
  also: z.array(z.string()).default([]),
  broker: z.string().nullable().default(null),
  group: z.string().nullable(),
  topic: z.string().nullable(),
});

const headSchema = z.object({
  kind: z.literal('session'),
  version: z.literal(SESSION_VERSION),
  aim: aimSchema,
  /** How a command line reaches the cluster or file that the evidence came from: `-b host:port`. */
  reach: z.array(z.string()),
  client: clientConfigSchema.nullable(),
  logDir: logDirEvidenceSchema.nullable(),
  /** In the order in which they were given; `unknown` is a person who does not know. */
  answers: z.array(answerGivenSchema),
  /** What these answers came to, by the trees of then. */
  diagnosis: diagnosisDocumentSchema,
});

export const sessionSchema = headSchema.extend({ recording: recordingSchema });
export type Session = z.infer<typeof sessionSchema>;

/** Reads a session from the bytes of its file (gzip or plain). `file` is how it is called in errors. Throws RecordingError. */
export function parseSession(bytes: Buffer, file: string): Session {
  const value = parseJson(unpack(bytes, file), file);
  const fields = typeof value === 'object' && value !== null ? value : {};
  if (!isSession(value)) {
    const found =
      'kind' in fields && typeof fields.kind === 'string' ? `a document of kind "${fields.kind}"` : 'some other JSON';
    const recorded = 'kind' in fields && (fields.kind === 'recording' || fields.kind === 'snapshot');
    throw new RecordingError(
      `${file} is not a session but ${found}`,
      recorded
        ? 'A recording is diagnosed with: kmedic diagnose --from FILE; with --save that becomes a session'
        : 'A session is written with: kmedic diagnose --save FILE',
    );
  }
  if ('version' in fields && typeof fields.version === 'number' && fields.version > SESSION_VERSION) {
    throw new RecordingError(
      `${file} has version ${fields.version}; this kmedic reads up to ${SESSION_VERSION}`,
      'Read it with the kmedic that wrote it, or a newer one.',
    );
  }
  const head = headSchema.safeParse(value);
  if (!head.success) {
    const [issue] = head.error.issues;
    throw new RecordingError(
      `${file}: ${issue?.path.join('.') ?? 'the document'}: ${issue?.message ?? 'not a session'}`,
      'The file was changed or damaged.',
    );
  }
  // A recording inside may be of an older version, as a file of its own may.
  return { ...head.data, recording: recordingFrom('recording' in fields ? fields.recording : null, file) };
}

/** Whether the JSON of a file says that it is a session. */
export function isSession(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'session';
}

/** A short name of what a set of trees says: another one for other trees. */
export function treesVersion(trees: Iterable<Tree>): string {
  return createHash('sha256')
    .update(JSON.stringify([...trees]))
    .digest('hex')
    .slice(0, 12);
}
