import {
  baseOffset,
  baseTimestamp,
  type KafkaRecord,
  lastOffset,
  magic,
  maxTimestamp,
  producerId as producerIdOf,
  timestampType,
} from '../records/index.ts';
import { deleteHorizon } from './batch-row.ts';

/** Inclusive bounds; Infinity where there is none. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Which batches and records are wanted; null for all. */
export interface Filter {
  readonly offsets: Range | null;
  /** Milliseconds since 1970. */
  readonly time: Range | null;
  /** Exactly these bytes. */
  readonly key: Buffer | null;
  /** Somewhere in the key, the value or a header, read as UTF-8. */
  readonly grep: RegExp | null;
  readonly producerId: number | null;
}

export const NO_FILTER: Filter = { offsets: null, time: null, key: null, grep: null, producerId: null };

/** Whether a filter looks into records, not only at headers of batches. */
export function looksInside(filter: Filter): boolean {
  return filter.key !== null || filter.grep !== null;
}

/** Whether the batch at `at` may hold wanted records, by its header. */
export function wantsBatch(filter: Filter, buffer: Buffer, at: number): boolean {
  const { offsets, time, producerId } = filter;
  if (offsets !== null) {
    if (lastOffset(buffer, at) < offsets.from) return false;
    // A compressed v0/v1 set stores its last offset only.
    if (magic(buffer, at) >= 2 && baseOffset(buffer, at) > offsets.to) return false;
  }
  // The smallest timestamp of a batch is not in its header.
  if (time !== null && maxTimestamp(buffer, at) < time.from) return false;
  if (producerId !== null && producerIdOf(buffer, at) !== producerId) return false;
  return true;
}

/**
 * Whether the batch at `at` begins behind the wanted time, by its first record. Only for whoever shows batches: a later record
 * of it may be older.
 */
export function beginsTooLate({ time }: Filter, buffer: Buffer, at: number): boolean {
  if (time === null || deleteHorizon(buffer, at) !== null) return false;
  const first = timestampType(buffer, at) === 'CreateTime' ? baseTimestamp(buffer, at) : maxTimestamp(buffer, at);
  return first > time.to;
}

export function wantsRecord(filter: Filter, record: KafkaRecord): boolean {
  const { offsets, time, key, grep } = filter;
  if (offsets !== null && (record.offset < offsets.from || record.offset > offsets.to)) return false;
  if (time !== null && (record.timestamp < time.from || record.timestamp > time.to)) return false;
  if (key !== null && (record.key === null || !record.key.equals(key))) return false;
  return grep === null || matches(grep, record);
}

function matches(grep: RegExp, record: KafkaRecord): boolean {
  if (record.value !== null && grep.test(record.value.toString())) return true;
  if (record.key !== null && grep.test(record.key.toString())) return true;
  return record.headers.some(({ key, value }) => grep.test(key) || (value !== null && grep.test(value.toString())));
}

/** Whether all batches from here on lie behind the wanted offsets. */
export function isPast(filter: Filter, buffer: Buffer, at: number): boolean {
  if (filter.offsets === null || magic(buffer, at) < 2) return false;
  return baseOffset(buffer, at) > filter.offsets.to;
}
