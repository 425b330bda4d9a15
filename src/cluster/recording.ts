import { readFileSync } from 'node:fs';
import { type Snapshot, snapshotSchema } from './snapshot.ts';

/** The newest version of the snapshot document that this code reads. */
const VERSION = 1;

/** A recording that cannot be read. `message` names the file and, where there is one, the place inside. */
export class RecordingError extends Error {
  override readonly name = 'INVALID_RECORDING';
  readonly advice: string | null;

  constructor(message: string, advice: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}

/** Reads a recording back. Throws RecordingError. */
export function readRecording(file: string): Snapshot {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new RecordingError(`cannot read ${file}: ${reason(error)}`, 'A recording is written with: kmedic record', {
      cause: error,
    });
  }
  return parseRecording(text, file);
}

/** Reads a recording from its text; `file` is how it is called in errors. Throws RecordingError. */
export function parseRecording(text: string, file: string): Snapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordingError(
      `${file} is not JSON: ${reason(error)}`,
      'Was it cut off, or is it another kind of file?',
      { cause: error },
    );
  }
  const { kind, version } = (typeof value === 'object' && value !== null ? value : {}) as {
    kind?: unknown;
    version?: unknown;
  };
  if (kind !== 'snapshot') {
    const found = typeof kind === 'string' ? `a document of kind "${kind}"` : 'some other JSON';
    throw new RecordingError(`${file} is not a recording but ${found}`, 'A recording is written with: kmedic record');
  }
  if (typeof version === 'number' && version > VERSION) {
    throw new RecordingError(
      `${file} has version ${version}; this kmedic reads up to ${VERSION}`,
      'Read it with the kmedic that wrote it, or a newer one.',
    );
  }
  const read = snapshotSchema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const more = read.error.issues.length > 1 ? ` (and ${read.error.issues.length - 1} more)` : '';
  const place = issue === undefined || issue.path.length === 0 ? 'the document' : pathOf(issue.path);
  throw new RecordingError(
    `${file}: ${place}: ${issue?.message ?? 'not a snapshot'}${more}`,
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
