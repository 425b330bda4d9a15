import { requireBatch } from './batch.ts';
import { codecOf } from './codec/index.ts';
import { RecordError } from './error.ts';
import {
  baseOffset,
  baseSequence,
  baseTimestamp,
  compression,
  magic,
  maxTimestamp,
  recordsCount,
  timestampType,
} from './fields.ts';
import { DecodedRecord, type KafkaRecord } from './kafka-record.ts';
import { Compression, NO_SEQUENCE, RECORDS_AT, type TimestampType } from './layout.ts';
import { legacyRecords } from './legacy.ts';
import { DEFAULT_DECOMPRESSION_LIMIT, type DecodeOptions } from './options.ts';
import { type Cursor, readVarint, readVarlong } from './varint.ts';

/** The smallest record: length, attributes, two deltas, two null lengths and no headers, in a byte each. */
const MIN_RECORD_SIZE = 7;

/** What the records of one batch have in common. */
interface RecordContext {
  readonly baseOffset: number;
  readonly baseTimestamp: number;
  /** When the batch has one time for all of its records. */
  readonly logAppendTime: number | null;
  readonly timestampType: TimestampType;
  readonly baseSequence: number;
}

/**
 * The records of the batch (any format) at `position`, decoded as they are asked for. Damage is a RecordError, thrown
 * when the iteration reaches it, after the records before it. Checksums are not looked at: see isValidCrc.
 */
export function* records(
  buffer: Buffer,
  position: number,
  options: DecodeOptions = {},
): Generator<KafkaRecord, void, void> {
  requireBatch(buffer, position);
  if (magic(buffer, position) < 2) {
    yield* legacyRecords(buffer, position, options);
    return;
  }
  const count = recordsCount(buffer, position);
  const body = recordBytes(buffer, position, options);
  if (count < 0 || count * MIN_RECORD_SIZE > body.length) {
    throw new RecordError('bad-count', `${count} records cannot lie in ${body.length} bytes`);
  }
  const type = timestampType(buffer, position);
  const context: RecordContext = {
    baseOffset: baseOffset(buffer, position),
    baseTimestamp: baseTimestamp(buffer, position),
    logAppendTime: type === 'LogAppendTime' ? maxTimestamp(buffer, position) : null,
    timestampType: type,
    baseSequence: baseSequence(buffer, position),
  };
  const cursor: Cursor = { buffer: body, position: 0, end: body.length };
  for (let i = 0; i < count; i++) yield readRecord(cursor, context);
  if (cursor.position !== body.length) {
    throw new RecordError('bad-count', `${body.length - cursor.position} bytes follow the last of ${count} records`);
  }
}

/** The first record of the batch at `position` without decoding the others; null when compaction left none. */
export function firstRecord(buffer: Buffer, position: number, options: DecodeOptions = {}): KafkaRecord | null {
  for (const record of records(buffer, position, options)) return record;
  return null;
}

/** The records section of the v2 batch at `position`: a view when it is not compressed, else its decompressed bytes. */
export function recordBytes(buffer: Buffer, position: number, options: DecodeOptions = {}): Buffer {
  const section = buffer.subarray(position + RECORDS_AT, position + requireBatch(buffer, position));
  const codec = compression(buffer, position);
  if (codec === Compression.none) return section;
  // An empty batch, as compaction leaves it, is a bare header whatever its codec bits say.
  if (section.length === 0 && recordsCount(buffer, position) === 0) return section;
  return codecOf(codec).decompress(section, options.limit ?? DEFAULT_DECOMPRESSION_LIMIT);
}

function readRecord(cursor: Cursor, context: RecordContext): KafkaRecord {
  const start = cursor.position;
  const length = readVarint(cursor);
  if (length < 0 || length > cursor.end - cursor.position) {
    throw new RecordError(
      'bad-record',
      `record of ${length} bytes at ${start}, ${cursor.end - cursor.position} are left`,
    );
  }
  const end = cursor.position + length;
  const inner: Cursor = { buffer: cursor.buffer, position: cursor.position, end };
  skipByte(inner);
  const timestampDelta = readVarlong(inner);
  const offsetDelta = readVarint(inner);
  const keySize = skipBytes(inner);
  const keyAt = inner.position - Math.max(0, keySize);
  const valueSize = skipBytes(inner);
  const valueAt = inner.position - Math.max(0, valueSize);
  const headerCount = readVarint(inner);
  const headersAt = inner.position;
  checkHeaders(inner, headerCount);
  if (inner.position !== end) {
    throw new RecordError(
      'bad-record',
      `record at ${start} declares ${length} bytes and leaves ${end - inner.position}`,
    );
  }
  cursor.position = end;
  const sequence = context.baseSequence === NO_SEQUENCE ? NO_SEQUENCE : wrap(context.baseSequence + offsetDelta);
  return new DecodedRecord(
    {
      offset: context.baseOffset + offsetDelta,
      timestamp: context.logAppendTime ?? context.baseTimestamp + timestampDelta,
      timestampType: context.timestampType,
      sequence,
      keySize,
      valueSize,
      sizeInBytes: end - start,
    },
    { source: cursor.buffer, keyAt, valueAt, headersAt, headerCount },
  );
}

/** Steps over the record's attributes, of which no bit has a meaning yet. */
function skipByte(cursor: Cursor): void {
  if (cursor.position >= cursor.end) throw new RecordError('bad-record', `empty record at ${cursor.position}`);
  cursor.position++;
}

/** Steps over bytes with their length before them, and returns it; -1 is null, anything below that no length. */
function skipBytes(cursor: Cursor): number {
  const length = readVarint(cursor);
  if (length !== -1) claim(cursor, length);
  return length;
}

function claim(cursor: Cursor, length: number): void {
  const start = cursor.position;
  if (length < 0 || length > cursor.end - start) {
    throw new RecordError('bad-record', `field of ${length} bytes at ${start}, ${cursor.end - start} are left`);
  }
  cursor.position += length;
}

/** Walks over the headers, so that decoding them later cannot fail. */
function checkHeaders(cursor: Cursor, count: number): void {
  // Every header takes two bytes at least.
  if (count < 0 || count * 2 > cursor.end - cursor.position) {
    throw new RecordError('bad-record', `${count} headers cannot lie in ${cursor.end - cursor.position} bytes`);
  }
  for (let i = 0; i < count; i++) {
    claim(cursor, readVarint(cursor));
    const valueLength = readVarint(cursor);
    if (valueLength !== -1) claim(cursor, valueLength);
  }
}

function wrap(sequence: number): number {
  return sequence % 0x8000_0000;
}
