import { int8, int16, int32, int64, uint32 } from './bytes.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  COMPRESSION_MASK,
  CONTROL_FLAG,
  CRC_AT,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  LOG_APPEND_TIME_FLAG,
  LOG_OVERHEAD,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  MESSAGE_ATTRIBUTES_AT,
  MESSAGE_CRC_AT,
  MESSAGE_TIMESTAMP_AT,
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

/*
 * Single fields of the batch at `position`, read without allocating: the broker's hot path. They look at nothing but
 * the field (and the magic, where the formats differ) and know nothing about damage; whether a whole batch lies there
 * is for probeBatch to say. A position too near to the end of the buffer is a RecordError('truncated').
 * For formats v0 and v1 they answer what the message (or the wrapper of a compressed set) itself says.
 */

/** The format: 0, 1 or 2 (or anything else, in damaged bytes). */
export function magic(buffer: Buffer, position: number): number {
  return int8(buffer, position + MAGIC_AT);
}

/** Bytes from `position` to the end of the batch. */
export function batchSize(buffer: Buffer, position: number): number {
  return LOG_OVERHEAD + int32(buffer, position + LENGTH_AT);
}

/** First offset of a v2 batch (also when compaction removed its record). A v0/v1 wrapper stores its last offset here. */
export function baseOffset(buffer: Buffer, position: number): number {
  return int64(buffer, position + BASE_OFFSET_AT);
}

/** Last offset of the batch; it survives compaction. */
export function lastOffset(buffer: Buffer, position: number): number {
  const base = int64(buffer, position + BASE_OFFSET_AT);
  return magic(buffer, position) < 2 ? base : base + int32(buffer, position + LAST_OFFSET_DELTA_AT);
}

/** The offset behind the batch: where the next one may begin. */
export function nextOffset(buffer: Buffer, position: number): number {
  return lastOffset(buffer, position) + 1;
}

/** -1 for formats v0 and v1. */
export function partitionLeaderEpoch(buffer: Buffer, position: number): number {
  if (magic(buffer, position) < 2) return NO_PARTITION_LEADER_EPOCH;
  return int32(buffer, position + PARTITION_LEADER_EPOCH_AT);
}

/** The stored checksum: CRC-32C in v2, CRC-32 in v0 and v1. */
export function storedCrc(buffer: Buffer, position: number): number {
  return uint32(buffer, position + (magic(buffer, position) < 2 ? MESSAGE_CRC_AT : CRC_AT));
}

export function attributes(buffer: Buffer, position: number): number {
  return magic(buffer, position) < 2
    ? int8(buffer, position + MESSAGE_ATTRIBUTES_AT)
    : int16(buffer, position + ATTRIBUTES_AT);
}

/** Id of the compression codec (see Compression); ids above 4 have no meaning yet. */
export function compression(buffer: Buffer, position: number): number {
  return attributes(buffer, position) & COMPRESSION_MASK;
}

export function timestampType(buffer: Buffer, position: number): TimestampType {
  if (magic(buffer, position) === 0) return 'NoTimestampType';
  return attributes(buffer, position) & LOG_APPEND_TIME_FLAG ? 'LogAppendTime' : 'CreateTime';
}

export function isTransactional(buffer: Buffer, position: number): boolean {
  return magic(buffer, position) >= 2 && (attributes(buffer, position) & TRANSACTIONAL_FLAG) !== 0;
}

export function isControl(buffer: Buffer, position: number): boolean {
  return magic(buffer, position) >= 2 && (attributes(buffer, position) & CONTROL_FLAG) !== 0;
}

/** What the deltas of the records' timestamps count from (v2); -1 in an empty batch, and for format v0. */
export function baseTimestamp(buffer: Buffer, position: number): number {
  const version = magic(buffer, position);
  if (version === 0) return NO_TIMESTAMP;
  return int64(buffer, position + (version === 1 ? MESSAGE_TIMESTAMP_AT : BASE_TIMESTAMP_AT));
}

/** The largest timestamp in the batch, or the time of the append when the type is LogAppendTime; -1 for format v0. */
export function maxTimestamp(buffer: Buffer, position: number): number {
  const version = magic(buffer, position);
  if (version === 0) return NO_TIMESTAMP;
  return int64(buffer, position + (version === 1 ? MESSAGE_TIMESTAMP_AT : MAX_TIMESTAMP_AT));
}

export function producerId(buffer: Buffer, position: number): number {
  return magic(buffer, position) < 2 ? NO_PRODUCER_ID : int64(buffer, position + PRODUCER_ID_AT);
}

export function producerEpoch(buffer: Buffer, position: number): number {
  return magic(buffer, position) < 2 ? NO_PRODUCER_EPOCH : int16(buffer, position + PRODUCER_EPOCH_AT);
}

export function baseSequence(buffer: Buffer, position: number): number {
  return magic(buffer, position) < 2 ? NO_SEQUENCE : int32(buffer, position + BASE_SEQUENCE_AT);
}

/** Sequence of the last record; sequences wrap from 2^31 - 1 to 0. -1 when there is none. */
export function lastSequence(buffer: Buffer, position: number): number {
  const base = baseSequence(buffer, position);
  if (base === NO_SEQUENCE) return NO_SEQUENCE;
  return (base + int32(buffer, position + LAST_OFFSET_DELTA_AT)) % 0x8000_0000;
}

/** How many records the header declares (never a reason to allocate); 1 for a v0/v1 message, wrapper or not. */
export function recordsCount(buffer: Buffer, position: number): number {
  return magic(buffer, position) < 2 ? 1 : int32(buffer, position + RECORDS_COUNT_AT);
}
