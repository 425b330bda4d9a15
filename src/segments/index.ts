/** A broker's log directory, read from its files alone and never written to. See each file for its part. */

export type { KafkaRecord } from '../records/index.ts';
export { type BatchRow, batchRow } from './batch-row.ts';
export { type Control, readControl } from './decode/control.ts';
export { type Decoded, type Decoder, decoderOf, type Undecoded } from './decode/decoders.ts';
export { compactJson, type Json } from './decode/message-json.ts';
export { type Difference, type DiffResult, diffPartitions, type Extent } from './diff.ts';
export { type BatchView, type DumpSummary, dumpLog, formatOf, isControlBatch, type LogVisitor } from './dump-log.ts';
export { readSideFile, type SideEntry } from './dump-side-file.ts';
export { DECODERS, type DecoderName, decoderFor, type FileType, fileKind } from './file-kind.ts';
export { type Filter, NO_FILTER, type Range } from './filter.ts';
export { type FindResult, findOffset, findTime } from './find.ts';
export { CODES, type Finding, type FindingCode, finding, SEVERITIES, type Severity } from './findings.ts';
export { positionBefore } from './index-lookup.ts';
export { kafkaBatchLine, kafkaLogTitle, kafkaRecordLine } from './kafka-format.ts';
export { kafkaSideLines } from './kafka-side-format.ts';
export { type Located, type LocatedFile, type LocatedPartition, locate } from './locate.ts';
export { type LostRange, type SalvageResult, salvagePartition, salvageTarget } from './salvage.ts';
export { SIDE_FILE_LIMIT } from './side-files.ts';
export { type ByteSource, openSource, readSmallFile, SourceError, upTo } from './source.ts';
export {
  bytesToVerify,
  type FileReport,
  type PartitionReport,
  partitionsToVerify,
  type RootReport,
  verifyPartition,
  verifyRoot,
} from './verify/verify.ts';
