import { corrupt } from '../codec.ts';
import { decodeHuffman, type HuffmanTable, readHuffmanTable } from './huffman.ts';

/** The literals of a block, the table for later blocks that reuse it, and where the section ends. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly table: HuffmanTable | null;
  readonly end: number;
}

const RAW = 0;
const REPEATED_BYTE = 1;
const OWN_TABLE = 2;

/** Reads the literals section at the start of the block `data[start, end)`. `maxSize` bounds what a block may hold. */
export function readLiterals(
  data: Buffer,
  start: number,
  end: number,
  maxSize: number,
  previous: HuffmanTable | null,
): Literals {
  if (start >= end) throw corrupt('zstd', 'an empty block');
  const first = data[start] as number;
  const type = first & 3;
  const format = (first >>> 2) & 3;
  return type === RAW || type === REPEATED_BYTE
    ? plainLiterals(data, start, end, maxSize, previous, type, format)
    : compressedLiterals(data, start, end, maxSize, type === OWN_TABLE ? null : previous, format);
}

function plainLiterals(
  data: Buffer,
  start: number,
  end: number,
  maxSize: number,
  previous: HuffmanTable | null,
  type: number,
  format: number,
): Literals {
  const headerSize = format === 1 ? 2 : format === 3 ? 3 : 1;
  if (headerSize > end - start) throw corrupt('zstd', 'the header of literals is cut off');
  const size = data.readUIntLE(start, headerSize) >>> (headerSize === 1 ? 3 : 4);
  const at = start + headerSize;
  const stored = type === RAW ? size : 1;
  if (size > maxSize || stored > end - at) throw corrupt('zstd', `${size} literals, ${end - at} bytes are left`);
  const bytes = type === RAW ? data.subarray(at, at + size) : new Uint8Array(size).fill(data[at] as number);
  return { bytes, table: previous, end: at + stored };
}

function compressedLiterals(
  data: Buffer,
  start: number,
  end: number,
  maxSize: number,
  reused: HuffmanTable | null,
  format: number,
): Literals {
  // Two sizes of 10, 14 or 18 bits behind four bits of type and format.
  const sizeBits = format < 2 ? 10 : format === 2 ? 14 : 18;
  const headerSize = (4 + 2 * sizeBits) >>> 3;
  if (headerSize > end - start) throw corrupt('zstd', 'the header of literals is cut off');
  const header = Math.floor(data.readUIntLE(start, headerSize) / 16);
  const size = header % (1 << sizeBits);
  const stored = Math.floor(header / (1 << sizeBits));
  let at = start + headerSize;
  const stop = at + stored;
  if (size > maxSize || stop > end) throw corrupt('zstd', `${size} literals in ${stored} bytes, ${end - at} are left`);
  let table = reused;
  if (((data[start] as number) & 3) === OWN_TABLE) {
    const read = readHuffmanTable(data, at, stop);
    table = read.table;
    at = read.end;
  }
  if (table === null) throw corrupt('zstd', 'literals reuse a table that there is not');
  const bytes = new Uint8Array(size);
  if (format === 0) decodeHuffman(table, data, at, stop, bytes, 0, size);
  else decodeFourStreams(table, data, at, stop, bytes);
  return { bytes, table, end: stop };
}

function decodeFourStreams(table: HuffmanTable, data: Buffer, start: number, end: number, out: Uint8Array): void {
  if (end - start < 6) throw corrupt('zstd', 'four streams of literals are cut off');
  const share = (out.length + 3) >>> 2;
  if (share * 3 > out.length) throw corrupt('zstd', `${out.length} literals in four streams`);
  let at = start + 6;
  for (let i = 0; i < 4; i++) {
    const stop = i < 3 ? at + data.readUInt16LE(start + 2 * i) : end;
    if (stop > end) throw corrupt('zstd', 'a stream of literals leaves its block');
    decodeHuffman(table, data, at, stop, out, i * share, i < 3 ? (i + 1) * share : out.length);
    at = stop;
  }
}
