import { putInt64 } from './bytes.ts';
import { codecOf } from './codec/index.ts';
import { crc32c } from './crc32c.ts';
import { RecordError } from './error.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  BATCH_OVERHEAD,
  CONTROL_FLAG,
  Compression,
  CRC_AT,
  DELETE_HORIZON_FLAG,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  LOG_APPEND_TIME_FLAG,
  LOG_OVERHEAD,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  PARTITION_LEADER_EPOCH_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  RECORDS_COUNT_AT,
  type TimestampType,
  TRANSACTIONAL_FLAG,
} from './layout.ts';
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.ts';

const INT16_MAX = 0x7fff;
const INT32_MAX = 0x7fff_ffff;

/** A record to write. Strings are written as UTF-8. */
export interface RecordInput {
  readonly key?: Buffer | string | null;
  readonly value?: Buffer | string | null;
  readonly headers?: readonly { readonly key: string; readonly value: Buffer | string | null }[];
  /** Milliseconds since 1970; default: the batch's `timestamp`. */
  readonly timestamp?: number;
  /** Where it differs from one more than the record before, as after compaction. */
  readonly offset?: number;
}

/** A batch of format v2 to write. What is left out is what an ordinary, not idempotent producer would send. */
export interface BatchInput {
  readonly records: readonly RecordInput[];
  readonly baseOffset?: number;
  /** Id of the codec (see Compression). */
  readonly compression?: number;
  readonly partitionLeaderEpoch?: number;
  /** Of the records that have none of their own; default -1. */
  readonly timestamp?: number;
  readonly timestampType?: Exclude<TimestampType, 'NoTimestampType'>;
  /** Default: the largest timestamp of the records. With LogAppendTime it is every record's timestamp. */
  readonly maxTimestamp?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** Default: the delta of the last record; larger where compaction removed the records behind it. */
  readonly lastOffsetDelta?: number;
  /** Becomes the base timestamp, and sets its bit (KIP-534). */
  readonly deleteHorizonMs?: number | null;
}

/** A record with its bytes and its sizes worked out. */
interface Sized {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly key: Buffer; readonly value: Buffer | null }[];
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  /** What the record's own length field says. */
  readonly length: number;
}

/** Encodes one batch, CRC included. Throws RecordError('unrepresentable') for what the format cannot hold. */
export function encodeBatch(input: BatchInput): Buffer {
  const base = input.baseOffset ?? 0;
  const timestamps = input.records.map((record) => record.timestamp ?? input.timestamp ?? NO_TIMESTAMP);
  const baseTimestamp = input.deleteHorizonMs ?? timestamps[0] ?? NO_TIMESTAMP;
  const sized = sizeRecords(input.records, timestamps, base, baseTimestamp);
  const body = codecOf(input.compression ?? Compression.none).compress(writeRecords(sized));
  const lastOffsetDelta = input.lastOffsetDelta ?? sized.at(-1)?.offsetDelta ?? 0;

  const size = BATCH_OVERHEAD + body.length;
  const batch = Buffer.allocUnsafe(size);
  putInt64(batch, base, BASE_OFFSET_AT);
  batch.writeInt32BE(size - LOG_OVERHEAD, LENGTH_AT);
  batch.writeInt32BE(
    int32('leader epoch', input.partitionLeaderEpoch ?? NO_PARTITION_LEADER_EPOCH),
    PARTITION_LEADER_EPOCH_AT,
  );
  batch.writeInt8(2, MAGIC_AT);
  batch.writeInt16BE(attributeBits(input), ATTRIBUTES_AT);
  batch.writeInt32BE(offsetDeltaOf(lastOffsetDelta), LAST_OFFSET_DELTA_AT);
  putInt64(batch, baseTimestamp, BASE_TIMESTAMP_AT);
  putInt64(batch, input.maxTimestamp ?? largest(timestamps), MAX_TIMESTAMP_AT);
  putInt64(batch, input.producerId ?? NO_PRODUCER_ID, PRODUCER_ID_AT);
  batch.writeInt16BE(within('producer epoch', input.producerEpoch ?? NO_PRODUCER_EPOCH, INT16_MAX), PRODUCER_EPOCH_AT);
  batch.writeInt32BE(int32('sequence', input.baseSequence ?? NO_SEQUENCE), BASE_SEQUENCE_AT);
  batch.writeInt32BE(sized.length, RECORDS_COUNT_AT);
  body.copy(batch, BATCH_OVERHEAD);
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT, size), CRC_AT);
  return batch;
}

function attributeBits(input: BatchInput): number {
  let bits = input.compression ?? Compression.none;
  if (input.timestampType === 'LogAppendTime') bits |= LOG_APPEND_TIME_FLAG;
  if (input.isTransactional) bits |= TRANSACTIONAL_FLAG;
  if (input.isControl) bits |= CONTROL_FLAG;
  if (input.deleteHorizonMs !== undefined && input.deleteHorizonMs !== null) bits |= DELETE_HORIZON_FLAG;
  return bits;
}

function largest(timestamps: readonly number[]): number {
  return timestamps.reduce((max, timestamp) => Math.max(max, timestamp), NO_TIMESTAMP);
}

function sizeRecords(
  inputs: readonly RecordInput[],
  timestamps: readonly number[],
  base: number,
  baseTimestamp: number,
): Sized[] {
  let offset = base;
  return inputs.map((record, index) => {
    if (record.offset !== undefined && record.offset < offset) {
      throw new RecordError('unrepresentable', `offset ${record.offset} follows ${offset - 1}`);
    }
    offset = record.offset ?? offset;
    const offsetDelta = offsetDeltaOf(offset - base);
    offset++;
    const key = bytes(record.key);
    const value = bytes(record.value);
    const headers = (record.headers ?? []).map((header) => ({
      key: Buffer.from(header.key, 'utf8'),
      value: bytes(header.value),
    }));
    const timestampDelta = (timestamps[index] ?? NO_TIMESTAMP) - baseTimestamp;
    if (!Number.isSafeInteger(timestampDelta)) {
      throw new RecordError('unrepresentable', `timestamp ${timestamps[index]} behind ${baseTimestamp}`);
    }
    let length = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta);
    length += sizeOfBytes(key) + sizeOfBytes(value) + sizeOfVarint(headers.length);
    for (const header of headers) length += sizeOfBytes(header.key) + sizeOfBytes(header.value);
    return { key, value, headers, timestampDelta, offsetDelta, length };
  });
}

function writeRecords(sized: readonly Sized[]): Buffer {
  const total = sized.reduce((sum, record) => sum + sizeOfVarint(record.length) + record.length, 0);
  if (total > INT32_MAX - BATCH_OVERHEAD) throw new RecordError('unrepresentable', `${total} bytes in one batch`);
  const out = Buffer.allocUnsafe(total);
  let at = 0;
  for (const record of sized) {
    at = writeVarint(out, record.length, at);
    out[at++] = 0;
    at = writeVarlong(out, record.timestampDelta, at);
    at = writeVarint(out, record.offsetDelta, at);
    at = writeBytes(out, record.key, at);
    at = writeBytes(out, record.value, at);
    at = writeVarint(out, record.headers.length, at);
    for (const header of record.headers) {
      at = writeBytes(out, header.key, at);
      at = writeBytes(out, header.value, at);
    }
  }
  return out;
}

function bytes(value: Buffer | string | null | undefined): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : (value ?? null);
}

function sizeOfBytes(value: Buffer | null): number {
  return value === null ? 1 : sizeOfVarint(value.length) + value.length;
}

function writeBytes(out: Buffer, value: Buffer | null, at: number): number {
  if (value === null) return writeVarint(out, -1, at);
  const start = writeVarint(out, value.length, at);
  value.copy(out, start);
  return start + value.length;
}

function within(what: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= -max - 1 && value <= max) return value;
  throw new RecordError('unrepresentable', `${what} ${value}`);
}

function int32(what: string, value: number): number {
  return within(what, value, INT32_MAX);
}

function offsetDeltaOf(value: number): number {
  if (value < 0) throw new RecordError('unrepresentable', `offset delta ${value}`);
  return int32('offset delta', value);
}
