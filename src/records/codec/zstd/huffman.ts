import { corrupt } from '../codec.ts';
import { BackwardBits } from './bits.ts';
import { type FseTable, highestBit, readFseTable } from './fse.ts';

const MAX_CODE_BITS = 11;
const MAX_WEIGHTS = 255;
const WEIGHT_ACCURACY = 6;
/** The largest weight that a code of MAX_CODE_BITS can have, plus one. */
const MAX_WEIGHT = 12;

/** A decoding table of a Huffman code: for the next `maxBits` bits, the symbol they begin with and its length. */
export interface HuffmanTable {
  readonly maxBits: number;
  readonly symbols: Uint8Array;
  readonly lengths: Uint8Array;
}

/** Reads the table that lies at the start of `data[start, end)`, and where it ends. */
export function readHuffmanTable(data: Buffer, start: number, end: number): { table: HuffmanTable; end: number } {
  if (start >= end) throw corrupt('zstd', 'a Huffman table is cut off');
  const header = data[start] as number;
  const at = start + 1;
  const size = header < 128 ? header : (header - 127 + 1) >>> 1;
  if (size > end - at) throw corrupt('zstd', 'a Huffman table is cut off');
  const weights = header < 128 ? compressedWeights(data, at, at + size) : plainWeights(data, at, header - 127);
  return { table: huffmanTable(weights), end: at + size };
}

/** Four bits each, the high half of a byte first. */
function plainWeights(data: Buffer, at: number, count: number): number[] {
  const weights: number[] = [];
  for (let i = 0; i < count; i++) {
    const byte = data[at + (i >>> 1)] as number;
    weights.push(i & 1 ? byte & 15 : byte >>> 4);
  }
  return weights;
}

/** Two interleaved states, until the bits for the next one are used up. */
function compressedWeights(data: Buffer, start: number, end: number): number[] {
  const { table, end: bitsAt } = readFseTable(data, start, end, WEIGHT_ACCURACY, MAX_WEIGHT);
  const bits = new BackwardBits(data, bitsAt, end);
  const weights: number[] = [];
  let current = bits.take(table.accuracyLog);
  let other = bits.take(table.accuracyLog);
  if (bits.left < 0) throw corrupt('zstd', 'weights of a Huffman table are cut off');
  for (;;) {
    weights.push(symbolOf(table, current));
    const width = table.bits[current] as number;
    if (width > bits.left) {
      weights.push(symbolOf(table, other));
      break;
    }
    const next = (table.baselines[current] as number) + bits.take(width);
    current = other;
    other = next;
    if (weights.length > MAX_WEIGHTS) break;
  }
  if (weights.length > MAX_WEIGHTS) throw corrupt('zstd', 'too many weights in a Huffman table');
  return weights;
}

function symbolOf(table: FseTable, state: number): number {
  return table.symbols[state] as number;
}

/** A symbol of weight w > 0 has a code of maxBits + 1 - w bits. The last symbol's weight is what is left of the sum. */
function huffmanTable(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) if (weight > 0) sum += 2 ** (weight - 1);
  if (sum === 0) throw corrupt('zstd', 'a Huffman table without weights');
  const maxBits = Math.floor(Math.log2(sum)) + 1;
  if (maxBits > MAX_CODE_BITS) throw corrupt('zstd', `Huffman codes of ${maxBits} bits`);
  const size = 1 << maxBits;
  const left = size - sum;
  if ((left & (left - 1)) !== 0) throw corrupt('zstd', 'Huffman weights do not add up');
  weights.push(highestBit(left) + 1);
  const symbols = new Uint8Array(size);
  const lengths = new Uint8Array(size);
  let at = 0;
  for (let weight = 1; weight <= maxBits; weight++) {
    for (const [symbol, of] of weights.entries()) {
      if (of !== weight) continue;
      const next = at + (1 << (weight - 1));
      symbols.fill(symbol, at, next);
      lengths.fill(maxBits + 1 - weight, at, next);
      at = next;
    }
  }
  if (at !== size) throw corrupt('zstd', 'Huffman weights do not add up');
  return { maxBits, symbols, lengths };
}

/** Fills `out[from, to)` exactly from the one stream in `data[start, end)`, which has to be used up. */
export function decodeHuffman(
  table: HuffmanTable,
  data: Buffer,
  start: number,
  end: number,
  out: Uint8Array,
  from: number,
  to: number,
): void {
  const bits = new BackwardBits(data, start, end);
  const { maxBits, symbols, lengths } = table;
  for (let at = from; at < to; at++) {
    const code = bits.peek(maxBits);
    out[at] = symbols[code] as number;
    bits.left -= lengths[code] as number;
    if (bits.left < 0) throw corrupt('zstd', 'a stream of literals is cut off');
  }
  if (bits.left !== 0) throw corrupt('zstd', 'a stream of literals is too long');
}
