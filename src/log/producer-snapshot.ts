import { int16, int32, int64, putInt32, putInt64, uint32 } from '../records/bytes.ts';
import { crc32c } from '../records/crc32c.ts';

/** What a producer snapshot says of one producer. */
export interface ProducerSnapshotEntry {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Of the last batch; -1 when none is known. */
  readonly lastSequence: number;
  readonly lastOffset: number;
  /** Last offset of the last batch minus its base offset. */
  readonly offsetDelta: number;
  readonly timestamp: number;
  readonly coordinatorEpoch: number;
  /** First offset of the open transaction, or -1. */
  readonly currentTxnFirstOffset: number;
}

const VERSION = 1;
const CRC_AT = 2;
const COUNT_AT = 6;
const HEADER_SIZE = 10;
const ENTRY_SIZE = 46;

/** Where in a `.snapshot` file the entry with this index lies. */
export function producerEntryPlace(index: number): { readonly position: number; readonly length: number } {
  return { position: HEADER_SIZE + index * ENTRY_SIZE, length: ENTRY_SIZE };
}

/** The bytes of a `.snapshot` file. */
export function encodeProducerSnapshot(entries: readonly ProducerSnapshotEntry[]): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE + entries.length * ENTRY_SIZE);
  bytes.writeInt16BE(VERSION, 0);
  putInt32(bytes, entries.length, COUNT_AT);
  entries.forEach((entry, index) => {
    const at = HEADER_SIZE + index * ENTRY_SIZE;
    putInt64(bytes, entry.producerId, at);
    bytes.writeInt16BE(entry.producerEpoch, at + 8);
    putInt32(bytes, entry.lastSequence, at + 10);
    putInt64(bytes, entry.lastOffset, at + 14);
    putInt32(bytes, entry.offsetDelta, at + 22);
    putInt64(bytes, entry.timestamp, at + 26);
    putInt32(bytes, entry.coordinatorEpoch, at + 34);
    putInt64(bytes, entry.currentTxnFirstOffset, at + 38);
  });
  bytes.writeUInt32BE(crc32c(bytes, COUNT_AT), CRC_AT);
  return bytes;
}

/** The entries of a `.snapshot` file, or null when it is damaged (size, version or checksum). */
export function decodeProducerSnapshot(bytes: Buffer): ProducerSnapshotEntry[] | null {
  if (bytes.length < HEADER_SIZE || int16(bytes, 0) !== VERSION) return null;
  const count = int32(bytes, COUNT_AT);
  if (bytes.length !== HEADER_SIZE + count * ENTRY_SIZE || uint32(bytes, CRC_AT) !== crc32c(bytes, COUNT_AT))
    return null;
  return Array.from({ length: count }, (_, index) => {
    const at = HEADER_SIZE + index * ENTRY_SIZE;
    return {
      producerId: int64(bytes, at),
      producerEpoch: int16(bytes, at + 8),
      lastSequence: int32(bytes, at + 10),
      lastOffset: int64(bytes, at + 14),
      offsetDelta: int32(bytes, at + 22),
      timestamp: int64(bytes, at + 26),
      coordinatorEpoch: int32(bytes, at + 34),
      currentTxnFirstOffset: int64(bytes, at + 38),
    };
  });
}
