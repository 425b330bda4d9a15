import {
  attributes,
  BASE_TIMESTAMP_AT,
  baseOffset,
  baseSequence,
  Compression,
  codecName,
  compression,
  DELETE_HORIZON_FLAG,
  firstRecord,
  int64,
  isControl,
  isTransactional,
  lastOffset,
  lastSequence,
  magic,
  maxTimestamp,
  partitionLeaderEpoch,
  producerEpoch,
  producerId,
  RecordError,
  records,
  recordsCount,
  storedCrc,
  timestampType,
} from '../records/index.ts';
import type { BatchView } from './dump-log.ts';

/** What a dump tells of a batch. */
export interface BatchRow {
  readonly position: number;
  readonly size: number;
  readonly magic: number;
  /** Null for a compressed v0/v1 set that cannot be decompressed: only its last offset is stored. */
  readonly baseOffset: number | null;
  readonly lastOffset: number;
  /** As declared by the header. */
  readonly records: number;
  /** The largest timestamp, milliseconds since 1970; null where there is none. */
  readonly timestamp: number | null;
  readonly timestampType: string;
  readonly codec: string;
  readonly leaderEpoch: number | null;
  readonly producerId: number | null;
  readonly producerEpoch: number | null;
  readonly baseSequence: number | null;
  readonly lastSequence: number | null;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly deleteHorizon: number | null;
  readonly crc: number;
  readonly valid: boolean | null;
}

const none = (value: number): number | null => (value < 0 ? null : value);

/** Reads a batch's header; v2 needs no more than that. */
export function batchRow(batch: BatchView): BatchRow {
  const { buffer, at, position, size, valid } = batch;
  return {
    position,
    size,
    magic: magic(buffer, at),
    baseOffset: firstOffset(batch),
    lastOffset: lastOffset(buffer, at),
    records: countRecords(batch),
    timestamp: none(maxTimestamp(buffer, at)),
    timestampType: timestampType(buffer, at),
    codec: codecName(compression(buffer, at)),
    leaderEpoch: none(partitionLeaderEpoch(buffer, at)),
    producerId: none(producerId(buffer, at)),
    producerEpoch: none(producerEpoch(buffer, at)),
    baseSequence: none(baseSequence(buffer, at)),
    lastSequence: none(lastSequence(buffer, at)),
    transactional: isTransactional(buffer, at),
    control: isControl(buffer, at),
    deleteHorizon: deleteHorizon(buffer, at),
    crc: storedCrc(buffer, at),
    valid,
  };
}

/** From when on compaction may drop the batch's tombstones or marker (KIP-534); null where it does not say. */
export function deleteHorizon(buffer: Buffer, at: number): number | null {
  if (magic(buffer, at) < 2 || (attributes(buffer, at) & DELETE_HORIZON_FLAG) === 0) return null;
  return int64(buffer, at + BASE_TIMESTAMP_AT);
}

/**
 * The first offset of a batch. A compressed v0/v1 set stores its last one only and has to be decompressed; null where that
 * fails, or where only its header was read.
 */
export function firstOffset({ buffer, at, valid }: BatchView): number | null {
  if (magic(buffer, at) >= 2 || compression(buffer, at) === Compression.none) return baseOffset(buffer, at);
  if (valid !== true) return null;
  try {
    return firstRecord(buffer, at)?.offset ?? null;
  } catch (error) {
    if (error instanceof RecordError) return null;
    throw error;
  }
}

/** How many records a batch declares; a compressed v0/v1 set declares nothing and is counted (1 where that fails). */
export function countRecords({ buffer, at, valid }: BatchView): number {
  if (magic(buffer, at) >= 2 || compression(buffer, at) === Compression.none || valid !== true) {
    return recordsCount(buffer, at);
  }
  let count = 0;
  try {
    for (const _ of records(buffer, at)) count++;
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
  }
  return Math.max(1, count);
}
