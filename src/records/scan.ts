import { LENGTH_AT, LOG_OVERHEAD, MAGIC_AT, MIN_LENGTH } from './layout.ts';

/** What probeBatch says instead of a size. */
export const AT_END = 0;
/** The bytes stop before the batch does: a torn write, or a fetch response cut at its byte limit. */
export const PARTIAL = -1;
/** No batch can begin with these bytes: a magic nobody knows. */
export const BAD_MAGIC = -2;
/** No batch can begin with these bytes: a length that is too small for its format. Zeros behind the end look like this. */
export const BAD_LENGTH = -3;

/**
 * The size in bytes of the batch (or the v0/v1 message) at `position` when all of it lies before `end`; otherwise
 * AT_END, PARTIAL, BAD_MAGIC or BAD_LENGTH, none of which is positive. Looks at the framing only, allocates nothing.
 */
export function probeBatch(buffer: Buffer, position: number, end: number = buffer.length): number {
  const limit = Math.min(end, buffer.length);
  if (position < 0 || position >= limit) return AT_END;
  if (limit - position <= MAGIC_AT) return PARTIAL;
  const minLength = MIN_LENGTH[buffer.readInt8(position + MAGIC_AT)];
  if (minLength === undefined) return BAD_MAGIC;
  const length = buffer.readInt32BE(position + LENGTH_AT);
  if (length < minLength) return BAD_LENGTH;
  const size = LOG_OVERHEAD + length;
  return size > limit - position ? PARTIAL : size;
}

/** One batch, or one v0/v1 message, by where it lies. */
export interface BatchSpan {
  readonly position: number;
  readonly size: number;
  readonly magic: number;
}

/** Where and why a scan stopped: after the last whole batch, before a torn one, or before bytes that are no batch. */
export type ScanEnd =
  | { readonly state: 'end'; readonly position: number }
  | { readonly state: 'partial'; readonly position: number; readonly reason: 'truncated' }
  | { readonly state: 'corrupt'; readonly position: number; readonly reason: 'bad-magic' | 'bad-length' };

/**
 * The batches that lie in `buffer[start, end)` one after the other, of any format and mixed as upgraded logs have them.
 * Damage never throws: the generator returns how it ended. Only the framing is read; see isValidCrc for the rest.
 */
export function* batches(buffer: Buffer, start = 0, end: number = buffer.length): Generator<BatchSpan, ScanEnd, void> {
  for (let position = start; ; ) {
    const size = probeBatch(buffer, position, end);
    if (size <= 0) return scanEnd(position, size);
    yield { position, size, magic: buffer.readInt8(position + MAGIC_AT) };
    position += size;
  }
}

/** Calls `visit` for every whole batch and returns how the scan ended: `batches` for callers that need the ending. */
export function scanBatches(
  buffer: Buffer,
  visit: (span: BatchSpan) => void,
  start = 0,
  end: number = buffer.length,
): ScanEnd {
  const scan = batches(buffer, start, end);
  for (;;) {
    const next = scan.next();
    if (next.done) return next.value;
    visit(next.value);
  }
}

function scanEnd(position: number, probe: number): ScanEnd {
  switch (probe) {
    case AT_END:
      return { state: 'end', position };
    case PARTIAL:
      return { state: 'partial', position, reason: 'truncated' };
    default:
      return { state: 'corrupt', position, reason: probe === BAD_MAGIC ? 'bad-magic' : 'bad-length' };
  }
}
