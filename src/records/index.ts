/** Record batches (format v2), message sets (v0, v1), their compression and checksums. See each file for its part. */

export {
  type BatchHeader,
  isValidCrc,
  readBatchHeader,
  requireBatch,
  setBaseOffset,
  setMaxTimestamp,
  setPartitionLeaderEpoch,
} from './batch.ts';
export { int8, int16, int32, int64, putInt32, putInt64, uint32 } from './bytes.ts';
export type { Codec } from './codec/codec.ts';
export { codecName, codecOf, codecs } from './codec/index.ts';
export {
  CONTROL_TYPES,
  type ControlRecord,
  type ControlType,
  type EndTxnMarker,
  encodeEndTxnMarker,
  readControlRecord,
} from './control.ts';
export { crc32 } from './crc32.ts';
export { crc32c, crc32cImplementation } from './crc32c.ts';
export { type BatchInput, encodeBatch, type RecordInput } from './encode.ts';
export { RecordError, type RecordErrorReason } from './error.ts';
export * from './fields.ts';
export type { KafkaRecord, RecordHeader } from './kafka-record.ts';
export * from './layout.ts';
export { DEFAULT_DECOMPRESSION_LIMIT, type DecodeOptions } from './options.ts';
export { firstRecord, recordBytes, records } from './record.ts';
export {
  AT_END,
  BAD_LENGTH,
  BAD_MAGIC,
  type BatchSpan,
  batches,
  PARTIAL,
  probeBatch,
  type ScanEnd,
  scanBatches,
} from './scan.ts';
export {
  type Cursor,
  readVarint,
  readVarlong,
  sizeOfVarint,
  sizeOfVarlong,
  writeVarint,
  writeVarlong,
} from './varint.ts';
