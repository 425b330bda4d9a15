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

/** Words are read as this machine has them in memory; the tables want the lowest byte first. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Below this many bytes looking at them as words costs more than it saves. */
const WORDS_FROM_BYTES = 64;

/** The CRC of `buffer[start, end)`, unsigned: sixteen bytes a step, as four words, and byte by byte around these. */
export function slicedCrc(t: Int32Array, buffer: Uint8Array, start: number, end: number): number {
  if (!IS_LITTLE_ENDIAN || end - start < WORDS_FROM_BYTES) return ~crcOfBytes(t, buffer, start, end, -1) >>> 0;
  const aligned = start + (-(buffer.byteOffset + start) & 3);
  const count = Math.floor((end - aligned) / SLICES) * 4;
  const words = new Int32Array(buffer.buffer, buffer.byteOffset + aligned, count);
  const before = crcOfBytes(t, buffer, start, aligned, -1);
  return ~crcOfBytes(t, buffer, aligned + count * 4, end, crcOfWords(t, words, before)) >>> 0;
}

function crcOfBytes(t: Int32Array, buffer: Uint8Array, start: number, end: number, before: number): number {
  let crc = before;
  for (let at = start; at < end; at++) crc = (crc >>> 8) ^ (t[((buffer[at] as number) ^ crc) & 0xff] as number);
  return crc;
}

/** Four words a step. */
function crcOfWords(t: Int32Array, words: Int32Array, before: number): number {
  let crc = before;
  for (let i = 0; i < words.length; i += 4) {
    const a = (words[i] as number) ^ crc;
    const b = words[i + 1] as number;
    const c = words[i + 2] as number;
    const d = words[i + 3] as number;
    crc =
      (t[3840 + (a & 0xff)] as number) ^
      (t[3584 + ((a >>> 8) & 0xff)] as number) ^
      (t[3328 + ((a >>> 16) & 0xff)] as number) ^
      (t[3072 + (a >>> 24)] as number) ^
      (t[2816 + (b & 0xff)] as number) ^
      (t[2560 + ((b >>> 8) & 0xff)] as number) ^
      (t[2304 + ((b >>> 16) & 0xff)] as number) ^
      (t[2048 + (b >>> 24)] as number) ^
      (t[1792 + (c & 0xff)] as number) ^
      (t[1536 + ((c >>> 8) & 0xff)] as number) ^
      (t[1280 + ((c >>> 16) & 0xff)] as number) ^
      (t[1024 + (c >>> 24)] as number) ^
      (t[768 + (d & 0xff)] as number) ^
      (t[512 + ((d >>> 8) & 0xff)] as number) ^
      (t[256 + ((d >>> 16) & 0xff)] as number) ^
      (t[d >>> 24] as number);
  }
  return crc;
}
