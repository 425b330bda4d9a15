import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BATCH_OVERHEAD,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  LOG_OVERHEAD,
  MAGIC_AT,
  MESSAGE_ATTRIBUTES_AT,
  MIN_LENGTH,
  RECORDS_COUNT_AT,
} from '../records/index.ts';

/** Attributes that have a meaning in v2: codec, timestamp type, transactional, control, delete horizon. */
const KNOWN_ATTRIBUTES = 0x7f;
const MAX_CODEC = 4;
/** Offsets of one segment lie within an int32 of its base offset; a jump beyond that is no batch of the same file. */
const MAX_JUMP = 2 ** 31;

/**
 * Whether the header at `at` could be that of a batch: every field within what a broker writes, the batch within `left`
 * bytes. `from`: the lowest offset that it may begin with, or -1 when nothing is known. Bytes that pass may still be
 * anything; their checksum tells. Needs 61 bytes at `at`, or all that the file has.
 */
export function isPlausible(buffer: Buffer, at: number, available: number, left: number, from: number): boolean {
  if (available <= MAGIC_AT + 1) return false;
  const magic = buffer[at + MAGIC_AT] as number;
  const minLength = MIN_LENGTH[magic];
  if (minLength === undefined) return false;
  const length = buffer.readInt32BE(at + LENGTH_AT);
  if (length < minLength || length + LOG_OVERHEAD > left) return false;
  const offset = buffer.readInt32BE(at + BASE_OFFSET_AT) * 0x1_0000_0000 + buffer.readUInt32BE(at + BASE_OFFSET_AT + 4);
  if (offset < 0 || (from >= 0 && (offset < from || offset > from + MAX_JUMP))) return false;
  if (magic < 2) {
    const attributes = buffer[at + MESSAGE_ATTRIBUTES_AT] as number;
    return attributes <= 0x0f && (attributes & 7) < MAX_CODEC;
  }
  if (available < BATCH_OVERHEAD) return false;
  const attributes = buffer.readUInt16BE(at + ATTRIBUTES_AT);
  if (attributes > KNOWN_ATTRIBUTES || (attributes & 7) > MAX_CODEC) return false;
  const delta = buffer.readInt32BE(at + LAST_OFFSET_DELTA_AT);
  const count = buffer.readInt32BE(at + RECORDS_COUNT_AT);
  return delta >= 0 && count >= 0 && count <= delta + 1;
}
