import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { whyNoFile } from '../client/file-reason.ts';
import { RECORDING_VERSION, type Recording, recordingOf, recordingSchema } from './recording.ts';
import { sampleRanges } from './sample-ranges.ts';
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
/** How much smaller deflate makes anything at most. */
const MOST_PACKED = 1_032;
const SMALL = 1_024;

/** Reads a recording back: gzip or plain JSON, of this version or an older one. Throws RecordingError. */
export function readRecording(file: string): Recording {
  return parseRecording(recordingFileBytes(file), file);
}

/** The bytes of a file that a recording or a saved diagnosis should be in. Throws RecordingError. */
export function recordingFileBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new RecordingError(
      `cannot read ${file}: ${whyNoFile(error)}`,
      'A recording is written with: kmedic record --out FILE; a session with: kmedic diagnose --save FILE',
      { cause: error },
    );
  }
}

/** Reads a recording from its bytes; `file` is how it is called in errors. Throws RecordingError. */
export function parseRecording(bytes: Buffer, file: string): Recording {
  const json = unpackBytes(bytes, file);
  const ranges = sampleRanges(json);
  if (ranges === null) return recordingFrom(parseJson(json.toString(), file), file);
  const { list, samples } = ranges;
  const places = JSON.stringify(samples.map((_, at) => at));
  const head = parseJson(`${json.toString('utf8', 0, list[0])}${places}${json.toString('utf8', list[1])}`, file);
  return recordingFrom(head, file, (at) => parseJson(json.toString('utf8', ...(samples[at] ?? [0, 0])), file));
}

/** The text in a file that may be compressed with gzip. Throws RecordingError. */
export function unpack(bytes: Buffer, file: string): string {
  return unpackBytes(bytes, file).toString();
}

function unpackBytes(bytes: Buffer, file: string): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_AT_MOST, chunkSize: roomFor(bytes) });
  } catch (error) {
    throw new RecordingError(
      `${file} cannot be unpacked: ${reason(error)}`,
      'Was it cut off? Copy or record it again.',
      { cause: error },
    );
  }
}

/**
 * As much room as a packed file says at its end that it needs, in bytes, and no more than so many bytes can be unpacked to: in one
 * piece it need not be put together from many, which takes twice as much.
 */
function roomFor(packed: Buffer): number {
  const said = packed.length < 18 ? 0 : packed.readUInt32LE(packed.length - 4);
  return Math.max(SMALL, Math.min(said + SMALL, packed.length * MOST_PACKED, UNPACKED_AT_MOST));
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
 * sample is let go of as soon as it is checked, so that of a large file only one copy is held. `sampleAt`: where the samples
 * are still to be read. Throws RecordingError.
 */
export function recordingFrom(value: unknown, file: string, sampleAt?: (at: number) => unknown): Recording {
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
    const taken = checked(snapshotSchema, sampleAt === undefined ? sample : sampleAt(at), file, ['samples', at]);
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
