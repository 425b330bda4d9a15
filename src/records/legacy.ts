import { int8, int32, int64 } from './bytes.ts';
import { codecOf } from './codec/index.ts';
import { decompressLz4 } from './codec/lz4.ts';
import { RecordError } from './error.ts';
import { attributes, compression, magic } from './fields.ts';
import type { KafkaRecord, RecordHeader } from './kafka-record.ts';
import {
  BASE_OFFSET_AT,
  Compression,
  LOG_APPEND_TIME_FLAG,
  LOG_OVERHEAD,
  MAGIC_AT,
  MESSAGE_KEY_LENGTH_AT,
  MESSAGE_TIMESTAMP_AT,
  NO_SEQUENCE,
  NO_TIMESTAMP,
} from './layout.ts';
import { DEFAULT_DECOMPRESSION_LIMIT, type DecodeOptions } from './options.ts';
import { batches } from './scan.ts';

/*
 * Message formats v0 and v1. The 4.0 brokers neither take nor give them any more, but read the segments they find.
 * A compressed message set is a message whose value is the compressed set: the wrapper's offset is that of its last
 * message. Inside it, v0 offsets are absolute; v1 offsets are relative, and old librdkafka wrote 0 on the wrapper.
 */

const NO_HEADERS: readonly RecordHeader[] = [];

/** The records of the v0/v1 message at `position`: one, or those inside a wrapper. */
export function* legacyRecords(
  buffer: Buffer,
  position: number,
  options: DecodeOptions = {},
): Generator<KafkaRecord, void, void> {
  const message = readMessage(buffer, position);
  if (compression(buffer, position) === Compression.none) {
    yield message;
    return;
  }
  const set = messageSet(buffer, position, message, options);
  const shift = offsetShift(message, set);
  const logAppendTime = message.timestampType === 'LogAppendTime' ? message.timestamp : null;
  for (const at of set.positions) {
    const inner = readMessage(set.bytes, at);
    yield {
      ...inner,
      offset: inner.offset + shift,
      timestamp: logAppendTime ?? inner.timestamp,
      timestampType: message.timestampType,
    };
  }
}

/** The first offset of the v0/v1 message at `position`, for which a wrapper has to be decompressed. */
export function legacyBaseOffset(buffer: Buffer, position: number, options: DecodeOptions = {}): number {
  for (const record of legacyRecords(buffer, position, options)) return record.offset;
  throw new RecordError('bad-record', `a compressed message set without messages at ${position}`);
}

interface MessageSet {
  readonly magic: number;
  readonly bytes: Buffer;
  /** Where the inner messages begin; never empty. */
  readonly positions: readonly number[];
}

/** Decompresses a wrapper and finds its messages: of the same format, not compressed again, whole, one at least. */
function messageSet(buffer: Buffer, position: number, wrapper: KafkaRecord, options: DecodeOptions): MessageSet {
  const version = magic(buffer, position);
  if (wrapper.value === null)
    throw new RecordError('bad-record', `a compressed message without a value at ${position}`);
  const bytes = decompressValue(version, compression(buffer, position), wrapper.value, options);
  const positions: number[] = [];
  const scan = batches(bytes);
  for (let next = scan.next(); ; next = scan.next()) {
    if (next.done) {
      if (next.value.state === 'end') break;
      throw new RecordError(next.value.reason, `inner message at ${next.value.position} of the wrapper at ${position}`);
    }
    const inner = next.value;
    if (inner.magic !== version || compression(bytes, inner.position) !== Compression.none) {
      throw new RecordError('bad-record', `an inner message of another format in the wrapper at ${position}`);
    }
    positions.push(inner.position);
  }
  if (positions.length === 0) {
    throw new RecordError('bad-record', `a compressed message set without messages at ${position}`);
  }
  return { magic: version, bytes, positions };
}

function decompressValue(version: number, codec: number, value: Buffer, options: DecodeOptions): Buffer {
  if (codec === Compression.zstd) {
    throw new RecordError('unknown-compression', `zstd does not exist in message format v${version}`);
  }
  const limit = options.limit ?? DEFAULT_DECOMPRESSION_LIMIT;
  // Writers of v0 computed the checksum of the LZ4 frame header over too many bytes; readers have to ignore it.
  if (codec === Compression.lz4 && version === 0) return decompressLz4(value, limit, { ignoreHeaderChecksum: true });
  return codecOf(codec).decompress(value, limit);
}

/** What has to be added to the inner offsets. */
function offsetShift(wrapper: KafkaRecord, set: MessageSet): number {
  if (set.magic === 0 || wrapper.offset === 0) return 0;
  const last = set.positions[set.positions.length - 1] as number;
  return wrapper.offset - int64(set.bytes, last + BASE_OFFSET_AT);
}

/** Reads one message as it is stored; its key and value have to fill it exactly. */
function readMessage(buffer: Buffer, position: number): KafkaRecord {
  const version = int8(buffer, position + MAGIC_AT);
  const end = position + LOG_OVERHEAD + int32(buffer, position + LOG_OVERHEAD - 4);
  const keyAt = position + MESSAGE_KEY_LENGTH_AT + (version === 0 ? 0 : 8);
  const key = readBytes(buffer, keyAt, end);
  const valueAt = keyAt + 4 + (key?.length ?? 0);
  const value = readBytes(buffer, valueAt, end);
  if (valueAt + 4 + (value?.length ?? 0) !== end) {
    throw new RecordError('bad-record', `the message at ${position} is longer than its key and value`);
  }
  const logAppend = (attributes(buffer, position) & LOG_APPEND_TIME_FLAG) !== 0;
  return {
    offset: int64(buffer, position + BASE_OFFSET_AT),
    timestamp: version === 0 ? NO_TIMESTAMP : int64(buffer, position + MESSAGE_TIMESTAMP_AT),
    timestampType: version === 0 ? 'NoTimestampType' : logAppend ? 'LogAppendTime' : 'CreateTime',
    sequence: NO_SEQUENCE,
    key,
    value,
    keySize: key?.length ?? -1,
    valueSize: value?.length ?? -1,
    sizeInBytes: end - position,
    headers: NO_HEADERS,
  };
}

/** Bytes behind an int32 length at `at`; -1 is null. */
function readBytes(buffer: Buffer, at: number, end: number): Buffer | null {
  if (at + 4 > end) throw new RecordError('bad-record', `a field at ${at} leaves its message, which ends at ${end}`);
  const length = int32(buffer, at);
  if (length === -1) return null;
  if (length < 0 || length > end - at - 4) {
    throw new RecordError('bad-record', `field of ${length} bytes at ${at}, ${end - at - 4} are left`);
  }
  return buffer.subarray(at + 4, at + 4 + length);
}
