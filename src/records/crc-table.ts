/** How many bytes one step takes in. */
const SLICES = 16;

/** Tables of a reflected 32-bit CRC: row r holds the CRC of each byte followed by r zero bytes. */
export function crcTables(polynomial: number): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const previous = tables[at - 256] as number;
    tables[at] = (previous >>> 8) ^ (tables[previous & 0xff] as number);
  }
  return tables;
}

/** The CRC of `buffer[start, end)`, unsigned, sixteen bytes a step. */
export function slicedCrc(t: Int32Array, buffer: Uint8Array, start: number, end: number): number {
  const b = buffer;
  let crc = -1;
  let at = start;
  for (const last = end - SLICES; at <= last; at += SLICES) {
    crc =
      (t[3840 + (((b[at] as number) ^ crc) & 0xff)] as number) ^
      (t[3584 + (((b[at + 1] as number) ^ (crc >>> 8)) & 0xff)] as number) ^
      (t[3328 + (((b[at + 2] as number) ^ (crc >>> 16)) & 0xff)] as number) ^
      (t[3072 + ((b[at + 3] as number) ^ (crc >>> 24))] as number) ^
      (t[2816 + (b[at + 4] as number)] as number) ^
      (t[2560 + (b[at + 5] as number)] as number) ^
      (t[2304 + (b[at + 6] as number)] as number) ^
      (t[2048 + (b[at + 7] as number)] as number) ^
      (t[1792 + (b[at + 8] as number)] as number) ^
      (t[1536 + (b[at + 9] as number)] as number) ^
      (t[1280 + (b[at + 10] as number)] as number) ^
      (t[1024 + (b[at + 11] as number)] as number) ^
      (t[768 + (b[at + 12] as number)] as number) ^
      (t[512 + (b[at + 13] as number)] as number) ^
      (t[256 + (b[at + 14] as number)] as number) ^
      (t[b[at + 15] as number] as number);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (t[((b[at] as number) ^ crc) & 0xff] as number);
  return ~crc >>> 0;
}
