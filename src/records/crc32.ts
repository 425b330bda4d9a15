import { type Crc, crcByTables } from './crc-table.ts';

/** Reflected form of the IEEE 802.3 polynomial. */
const IEEE = 0xedb8_8320;

let byTables: Crc | undefined;

/** CRC-32 (IEEE) of `buffer[start, end)`, unsigned: the checksum of the messages of formats v0 and v1. */
export function crc32(buffer: Uint8Array, start = 0, end = buffer.length): number {
  byTables ??= crcByTables(IEEE);
  return byTables(buffer, start, end);
}
