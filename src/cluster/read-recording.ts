import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { whyNoFile } from '../client/file-reason.ts';
import { RECORDING_VERSION, type Recording, recordingOf, recordingSchema } from './recording.ts';
import { snapshotSchema } from './snapshot.ts';

/** A recording that cannot be read. `message` names the file and, where there is one, the place inside. */
export class RecordingError extends Error {
  override readonly name = 'INVALID_RECORDING';
  readonly advice: string | null;

  constructor(message: string, advice: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}

/** What a small hostile file may unpack to, in bytes; a recording of 10,000 groups takes some ten million per sample. */
const UNPACKED_AT_MOST = 1 << 30;

/** Reads a recording back: gzip or plain JSON, of this version or an older one. Throws RecordingError. */
export function readRecording(file: string): Recording {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new RecordingError(
      `cannot read ${file}: ${whyNoFile(error)}`,
      'A recording is written with: kmedic record --out FILE',
      { cause: error },
    );
  }
  return parseRecording(bytes, file);
}

/** Reads a recording from its bytes; `file` is how it is called in errors. Throws RecordingError. */
export function parseRecording(bytes: Buffer, file: string): Recording {
  return recordingFrom(parseJson(unpack(bytes, file), file), file);
}

/** The text in a file that may be compressed with gzip. Throws RecordingError. */
export function unpack(bytes: Buffer, file: string): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_AT_MOST }).toString('utf8');
  } catch (error) {
    throw new RecordingError(
      `${file} cannot be unpacked: ${reason(error)}`,
      'Was it cut off? Copy or record it again.',
      { cause: error },
    );
  }
}

/** The JSON in a file. Throws RecordingError. */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RecordingError(
      `${file} is not JSON: ${reason(error)}`,
      'Was it cut off, or is it another kind of file?',
      { cause: error },
    );
  }
}

/**
 * Checks that a value is a recording, and makes one of the bare snapshot that version 1 was, and of a saved diagnosis. The value is used up: each
 * sample is let go of as soon as it is checked, so that of a large file only one copy is held. Throws RecordingError.
 */
export function recordingFrom(value: unknown, file: string): Recording {
  const { kind, version, recording } = (typeof value === 'object' && value !== null ? value : {}) as {
    kind?: unknown;
    version?: unknown;
    recording?: unknown;
  };
  // What a diagnosis was saved with is a recording of its own.
  if (kind === 'session' && recording !== undefined) return recordingFrom(recording, file);
  if (kind !== 'snapshot' && kind !== 'recording') {
    const found = typeof kind === 'string' ? `a document of kind "${kind}"` : 'some other JSON';
    throw new RecordingError(
      `${file} is not a recording but ${found}`,
      'A recording is written with: kmedic record --out FILE',
    );
  }
  const newest = kind === 'snapshot' ? 1 : RECORDING_VERSION;
  if (typeof version === 'number' && version > newest) {
    throw new RecordingError(
      `${file} has version ${version}; this kmedic reads up to ${newest}`,
      'Read it with the kmedic that wrote it, or a newer one.',
    );
  }
  if (kind === 'snapshot') return recordingOf(checked(snapshotSchema, value, file));
  const { samples, ...head } = checked(headSchema, value, file);
  const read = samples.map((sample, at) => {
    const taken = checked(snapshotSchema, sample, file, ['samples', at]);
    samples[at] = null;
    return taken;
  });
  return { ...head, samples: read };
}

/** A recording whose samples are still to be checked, in the array that the file's JSON holds. */
const headSchema = recordingSchema.extend({
  samples: z.custom<unknown[]>((value) => Array.isArray(value) && value.length > 0, 'expected at least one sample'),
});

function checked<T>(schema: z.ZodType<T>, value: unknown, file: string, within: readonly PropertyKey[] = []): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const more = read.error.issues.length > 1 ? ` (and ${read.error.issues.length - 1} more)` : '';
  const path = [...within, ...(issue?.path ?? [])];
  const place = path.length === 0 ? 'the document' : pathOf(path);
  throw new RecordingError(
    `${file}: ${place}: ${issue?.message ?? 'not a recording'}${more}`,
    'The file was changed or damaged: record it again.',
  );
}

/** `groups[3].members[0].host` */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
