import { int16, int32, int64, putInt32, putInt64 } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { crc32c } from './crc32c.ts';
import { RecordError } from './error.ts';
import {
  attributes,
  baseOffset,
  baseSequence,
  baseTimestamp,
  batchSize,
  compression,
  isControl,
  isTransactional,
  lastOffset,
  lastSequence,
  magic,
  maxTimestamp,
  partitionLeaderEpoch,
  producerEpoch,
  producerId,
  recordsCount,
  storedCrc,
  timestampType,
} from './fields.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_TIMESTAMP_AT,
  CRC_AT,
  DELETE_HORIZON_FLAG,
  LAST_OFFSET_DELTA_AT,
  LOG_APPEND_TIME_FLAG,
  MAX_TIMESTAMP_AT,
  MESSAGE_CRC_AT,
  PARTITION_LEADER_EPOCH_AT,
  type TimestampType,
} from './layout.ts';
import { legacyBaseOffset } from './legacy.ts';
import { AT_END, BAD_LENGTH, BAD_MAGIC, PARTIAL, probeBatch } from './scan.ts';

/** Everything that the header of a batch says. Formats v0 and v1 fill what they lack with -1, 'NoTimestampType' or false. */
export interface BatchHeader {
  readonly position: number;
  readonly magic: number;
  /** Bytes of the whole batch. */
  readonly sizeInBytes: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** The offset behind the batch. */
  readonly nextOffset: number;
  readonly lastOffsetDelta: number;
  readonly partitionLeaderEpoch: number;
  /** As stored; isValidCrc tells whether it is true. */
  readonly crc: number;
  readonly attributes: number;
  /** Id of the codec (see Compression). */
  readonly compression: number;
  readonly timestampType: TimestampType;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** Milliseconds since 1970 from when on compaction may drop the batch's tombstones or marker (KIP-534), else null. */
  readonly deleteHorizonMs: number | null;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  /** As declared. Compaction makes it smaller than lastOffsetDelta + 1. */
  readonly recordsCount: number;
}

/**
 * Reads the header of the whole batch at `position`. For a compressed v0/v1 message set this decompresses, because
 * only its last offset is stored; for v2 it never does. Throws RecordError when no whole batch lies there.
 */
export function readBatchHeader(buffer: Buffer, position: number): BatchHeader {
  requireBatch(buffer, position);
  const version = magic(buffer, position);
  const flags = attributes(buffer, position);
  const first = version < 2 ? legacyBaseOffset(buffer, position) : baseOffset(buffer, position);
  const last = lastOffset(buffer, position);
  return {
    position,
    magic: version,
    sizeInBytes: batchSize(buffer, position),
    baseOffset: first,
    lastOffset: last,
    nextOffset: last + 1,
    lastOffsetDelta: version < 2 ? last - first : int32(buffer, position + LAST_OFFSET_DELTA_AT),
    partitionLeaderEpoch: partitionLeaderEpoch(buffer, position),
    crc: storedCrc(buffer, position),
    attributes: flags,
    compression: compression(buffer, position),
    timestampType: timestampType(buffer, position),
    isTransactional: isTransactional(buffer, position),
    isControl: isControl(buffer, position),
    deleteHorizonMs: version >= 2 && flags & DELETE_HORIZON_FLAG ? int64(buffer, position + BASE_TIMESTAMP_AT) : null,
    baseTimestamp: baseTimestamp(buffer, position),
    maxTimestamp: maxTimestamp(buffer, position),
    producerId: producerId(buffer, position),
    producerEpoch: producerEpoch(buffer, position),
    baseSequence: baseSequence(buffer, position),
    lastSequence: lastSequence(buffer, position),
    recordsCount: recordsCount(buffer, position),
  };
}

/** Whether the stored checksum fits the bytes of the batch at `position`. Bytes that are no whole batch are not valid. */
export function isValidCrc(buffer: Buffer, position: number): boolean {
  const size = probeBatch(buffer, position);
  if (size <= 0) return false;
  const end = position + size;
  const actual =
    magic(buffer, position) < 2
      ? crc32(buffer, position + MESSAGE_CRC_AT + 4, end)
      : crc32c(buffer, position + ATTRIBUTES_AT, end);
  return actual === storedCrc(buffer, position);
}

/** Throws RecordError unless a whole batch of a known format lies at `position`; returns its size in bytes. */
export function requireBatch(buffer: Buffer, position: number): number {
  const size = probeBatch(buffer, position);
  switch (size) {
    case AT_END:
    case PARTIAL:
      throw new RecordError('truncated', `no whole batch at ${position}: the buffer ends at ${buffer.length}`);
    case BAD_MAGIC:
      throw new RecordError('bad-magic', `magic ${magic(buffer, position)} at ${position}`);
    case BAD_LENGTH:
      throw new RecordError('bad-length', `no batch of ${batchSize(buffer, position)} bytes at ${position}`);
    default:
      return size;
  }
}

/** Moves the batch in the log. Outside the CRC, which stays as it is. */
export function setBaseOffset(buffer: Buffer, position: number, offset: number): void {
  putInt64(buffer, offset, position + BASE_OFFSET_AT);
}

/** Stamps the leader epoch on a v2 batch. Outside the CRC, which stays as it is. */
export function setPartitionLeaderEpoch(buffer: Buffer, position: number, epoch: number): void {
  putInt32(buffer, epoch, position + PARTITION_LEADER_EPOCH_AT);
}

/** Sets the timestamp type and the largest timestamp of a v2 batch, and its CRC anew when one of them changed. */
export function setMaxTimestamp(
  buffer: Buffer,
  position: number,
  type: Exclude<TimestampType, 'NoTimestampType'>,
  timestamp: number,
): void {
  const end = position + requireBatch(buffer, position);
  if (type === timestampType(buffer, position) && timestamp === maxTimestamp(buffer, position)) return;
  const flags = int16(buffer, position + ATTRIBUTES_AT) & ~LOG_APPEND_TIME_FLAG;
  buffer.writeInt16BE(type === 'LogAppendTime' ? flags | LOG_APPEND_TIME_FLAG : flags, position + ATTRIBUTES_AT);
  putInt64(buffer, timestamp, position + MAX_TIMESTAMP_AT);
  buffer.writeUInt32BE(crc32c(buffer, position + ATTRIBUTES_AT, end), position + CRC_AT);
}
