import { isValidCrc } from '../records/batch.ts';
import { RecordError } from '../records/error.ts';
import {
  baseOffset,
  baseSequence,
  batchSize,
  compression,
  isControl,
  isTransactional,
  lastOffset,
  magic,
  maxTimestamp,
  producerEpoch,
  producerId,
  recordsCount,
  timestampType,
} from '../records/fields.ts';
import { Compression } from '../records/layout.ts';
import { records } from '../records/record.ts';
import { probeBatch } from '../records/scan.ts';
import { LOG_ERROR_CODES, type LogErrorName } from './error.ts';
import type { LogConfig } from './types.ts';

/** Why a client's batch is refused. */
export interface Rejection {
  readonly errorName: LogErrorName;
  /** Kafka's error code for `errorName`. */
  readonly errorCode: number;
  readonly message: string;
  /** The records to blame, by their index in the batch; empty when it is the batch itself. */
  readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string }[];
}

/**
 * What a broker checks before it appends a batch that a client sent; null when it may be appended. Looks at the header
 * and the checksum; records are decoded only where the topic is compacted, because each needs a key there. The bounds of
 * timestamps count from `nowMs` (milliseconds since 1970).
 */
export function validateClientBatch(batch: Buffer, config: LogConfig, nowMs: number): Rejection | null {
  return (
    checkFraming(batch) ??
    checkSize(batch, config) ??
    checkHeader(batch) ??
    checkCompression(batch) ??
    checkCrc(batch) ??
    checkTimestamp(batch, config, nowMs) ??
    (config.cleanupPolicy.compact ? checkKeys(batch) : null)
  );
}

function checkFraming(batch: Buffer): Rejection | null {
  if (batch.length === 0) return reject('INVALID_RECORD', 'no batch');
  const size = probeBatch(batch, 0);
  if (size <= 0) return reject('CORRUPT_MESSAGE', `${batch.length} bytes that are no whole batch`);
  if (magic(batch, 0) !== 2) {
    return reject('UNSUPPORTED_FOR_MESSAGE_FORMAT', `format v${magic(batch, 0)}; only v2 can be produced`);
  }
  if (size < batch.length) return reject('INVALID_RECORD', 'more than one batch for a partition');
  return null;
}

function checkSize(batch: Buffer, config: LogConfig): Rejection | null {
  if (batch.length > config.maxMessageBytes) {
    return reject('MESSAGE_TOO_LARGE', `${batch.length} bytes, max.message.bytes is ${config.maxMessageBytes}`);
  }
  if (batch.length > config.segmentBytes) {
    return reject('RECORD_LIST_TOO_LARGE', `${batch.length} bytes, segment.bytes is ${config.segmentBytes}`);
  }
  return null;
}

function checkHeader(batch: Buffer): Rejection | null {
  const count = recordsCount(batch, 0);
  const declared = lastOffset(batch, 0) - baseOffset(batch, 0) + 1;
  if (count <= 0 || count !== declared) {
    return reject('INVALID_RECORD', `${count} records with ${declared} offsets`);
  }
  if (isControl(batch, 0)) return reject('INVALID_RECORD', 'clients cannot write control records');
  if (producerId(batch, 0) < 0) {
    return isTransactional(batch, 0) ? reject('INVALID_RECORD', 'a transaction without a producer id') : null;
  }
  if (producerEpoch(batch, 0) < 0) return reject('INVALID_RECORD', 'a producer id without an epoch');
  if (baseSequence(batch, 0) < 0) {
    return reject('INVALID_RECORD', `sequence ${baseSequence(batch, 0)} with producer id ${producerId(batch, 0)}`);
  }
  return null;
}

function checkCompression(batch: Buffer): Rejection | null {
  const codec = compression(batch, 0);
  return codec > Compression.zstd ? reject('UNSUPPORTED_COMPRESSION_TYPE', `compression ${codec}`) : null;
}

function checkCrc(batch: Buffer): Rejection | null {
  if (isValidCrc(batch, 0)) return null;
  return reject('CORRUPT_MESSAGE', `the CRC of a batch of ${batchSize(batch, 0)} bytes is wrong`);
}

/** By the header's largest timestamp: only one that lies too far in the past may hide behind a newer one. */
function checkTimestamp(batch: Buffer, config: LogConfig, nowMs: number): Rejection | null {
  if (config.messageTimestampType === 'LogAppendTime') return null;
  if (timestampType(batch, 0) === 'LogAppendTime') {
    return reject('INVALID_TIMESTAMP', 'the batch says LogAppendTime, the topic CreateTime');
  }
  const timestamp = maxTimestamp(batch, 0);
  if (timestamp < 0) return null;
  const { messageTimestampBeforeMaxMs: before, messageTimestampAfterMaxMs: after } = config;
  if (before !== undefined && nowMs - timestamp > before) {
    return reject('INVALID_TIMESTAMP', `timestamp ${timestamp} is more than ${before} ms in the past`);
  }
  if (after !== undefined && timestamp - nowMs > after) {
    return reject('INVALID_TIMESTAMP', `timestamp ${timestamp} is more than ${after} ms in the future`);
  }
  return null;
}

function checkKeys(batch: Buffer): Rejection | null {
  const recordErrors: { batchIndex: number; message: string }[] = [];
  let index = 0;
  try {
    for (const record of records(batch, 0)) {
      if (record.key === null) {
        recordErrors.push({ batchIndex: index, message: 'a compacted topic needs a key in every record' });
      }
      index++;
    }
  } catch (error) {
    if (error instanceof RecordError) return reject('CORRUPT_MESSAGE', error.message);
    throw error;
  }
  if (recordErrors.length === 0) return null;
  return reject('INVALID_RECORD', 'a compacted topic needs a key in every record', recordErrors);
}

function reject(errorName: LogErrorName, message: string, recordErrors: Rejection['recordErrors'] = []): Rejection {
  return { errorName, errorCode: LOG_ERROR_CODES[errorName], message, recordErrors };
}
