/** The CRC of `buffer[start, end)`, unsigned. */
export type Crc = (buffer: Uint8Array, start: number, end: number) => number;

/** How many bytes one step takes in. */
const STEP = 16;

/** Words are read as this machine has them in memory; the tables want the lowest byte first. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Below this many bytes looking at them as words costs more than it saves. */
const WORDS_FROM_BYTES = 64;

/**
 * A reflected 32-bit CRC by tables: sixteen bytes a step, as four words, and byte by byte around these. Sixteen constant
 * arrays, each of 256 entries, let the engine drop every check of a bound: one array of them all is a third slower.
 */
export function crcByTables(polynomial: number): Crc {
  const t0 = firstTable(polynomial);
  const t1 = tableBehind(t0, t0);
  const t2 = tableBehind(t1, t0);
  const t3 = tableBehind(t2, t0);
  const t4 = tableBehind(t3, t0);
  const t5 = tableBehind(t4, t0);
  const t6 = tableBehind(t5, t0);
  const t7 = tableBehind(t6, t0);
  const t8 = tableBehind(t7, t0);
  const t9 = tableBehind(t8, t0);
  const t10 = tableBehind(t9, t0);
  const t11 = tableBehind(t10, t0);
  const t12 = tableBehind(t11, t0);
  const t13 = tableBehind(t12, t0);
  const t14 = tableBehind(t13, t0);
  const t15 = tableBehind(t14, t0);

  function ofBytes(buffer: Uint8Array, start: number, end: number, before: number): number {
    let crc = before;
    for (let at = start; at < end; at++) crc = (crc >>> 8) ^ (t0[((buffer[at] as number) ^ crc) & 0xff] as number);
    return crc;
  }

  /** Four words a step. */
  function ofWords(words: Int32Array, before: number): number {
    let crc = before;
    for (let i = 0; i < words.length; i += 4) {
      const a = (words[i] as number) ^ crc;
      const b = words[i + 1] as number;
      const c = words[i + 2] as number;
      const d = words[i + 3] as number;
      crc =
        (t15[a & 0xff] as number) ^
        (t14[(a >>> 8) & 0xff] as number) ^
        (t13[(a >>> 16) & 0xff] as number) ^
        (t12[a >>> 24] as number) ^
        (t11[b & 0xff] as number) ^
        (t10[(b >>> 8) & 0xff] as number) ^
        (t9[(b >>> 16) & 0xff] as number) ^
        (t8[b >>> 24] as number) ^
        (t7[c & 0xff] as number) ^
        (t6[(c >>> 8) & 0xff] as number) ^
        (t5[(c >>> 16) & 0xff] as number) ^
        (t4[c >>> 24] as number) ^
        (t3[d & 0xff] as number) ^
        (t2[(d >>> 8) & 0xff] as number) ^
        (t1[(d >>> 16) & 0xff] as number) ^
        (t0[d >>> 24] as number);
    }
    return crc;
  }

  return (buffer, start, end) => {
    if (!IS_LITTLE_ENDIAN || end - start < WORDS_FROM_BYTES) return ~ofBytes(buffer, start, end, -1) >>> 0;
    const aligned = start + (-(buffer.byteOffset + start) & 3);
    const count = Math.floor((end - aligned) / STEP) * 4;
    const words = new Int32Array(buffer.buffer, buffer.byteOffset + aligned, count);
    const before = ofBytes(buffer, start, aligned, -1);
    return ~ofBytes(buffer, aligned + count * 4, end, ofWords(words, before)) >>> 0;
  };
}

/** The CRC of each byte. */
function firstTable(polynomial: number): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    table[byte] = crc;
  }
  return table;
}

/** The CRC of each byte with one zero byte more behind it than in `table`. */
function tableBehind(table: Int32Array, first: Int32Array): Int32Array {
  const behind = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const crc = table[byte] as number;
    behind[byte] = (crc >>> 8) ^ (first[crc & 0xff] as number);
  }
  return behind;
}
