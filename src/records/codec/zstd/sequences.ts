import { corrupt } from '../codec.ts';
import type { Output } from '../output.ts';
import { BackwardBits } from './bits.ts';
import { type FseTable, fseTable, readFseTable, singleSymbolTable } from './fse.ts';

/** A code that stands for a number: a baseline by its symbol, plus as many extra bits. */
interface NumberCode {
  readonly maxSymbol: number;
  readonly maxAccuracyLog: number;
  /** The table that both sides know. */
  readonly predefined: () => FseTable;
}

/** n copies of each value. */
function runs(...pairs: readonly (readonly [count: number, value: number])[]): number[] {
  return pairs.flatMap(([count, value]) => Array.from({ length: count }, () => value));
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Each symbol's baseline: where the numbers of the symbol before end. */
function baselinesOf(extraBits: Uint8Array, first: number): Int32Array {
  let baseline = first;
  return Int32Array.from(extraBits, (bits) => {
    const mine = baseline;
    baseline += 1 << bits;
    return mine;
  });
}

const LITERAL_BITS = Uint8Array.of(...runs([16, 0], [4, 1], [2, 2], [2, 3]), 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
const LITERAL_BASELINES = baselinesOf(LITERAL_BITS, 0);
const MATCH_BITS = Uint8Array.of(
  ...runs([32, 0], [4, 1], [2, 2], [2, 3], [2, 4]),
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
);
const MATCH_BASELINES = baselinesOf(MATCH_BITS, 3);

const LITERAL_CODE: NumberCode = {
  maxSymbol: 35,
  maxAccuracyLog: 9,
  predefined: lazily(() => fseTable(runs([1, 4], [1, 3], [11, 2], [3, 1], [9, 2], [1, 3], [1, 2], [5, 1], [4, -1]), 6)),
};
const OFFSET_CODE: NumberCode = {
  maxSymbol: 31,
  maxAccuracyLog: 8,
  predefined: lazily(() => fseTable(runs([6, 1], [3, 2], [15, 1], [5, -1]), 5)),
};
const MATCH_CODE: NumberCode = {
  maxSymbol: 52,
  maxAccuracyLog: 9,
  predefined: lazily(() => fseTable(runs([1, 1], [1, 4], [1, 3], [6, 2], [37, 1], [7, -1]), 6)),
};

const PREDEFINED = 0;
const SINGLE_SYMBOL = 1;
const OWN_TABLE = 2;

/** What the sequences of a frame carry from block to block. */
export class SequenceState {
  literalTable: FseTable | null = null;
  offsetTable: FseTable | null = null;
  matchTable: FseTable | null = null;
  /** The last three offsets, the newest first. */
  readonly offsets: [number, number, number] = [1, 4, 8];

  /** The offset that `code` stands for: a new one beyond 3, else one of the last, counted by one when no literals come before. */
  resolve(code: number, literals: number): number {
    const recent = this.offsets;
    let offset: number;
    if (code > 3) offset = code - 3;
    else {
      const index = code - (literals === 0 ? 0 : 1);
      if (index === 0) return recent[0];
      offset = index === 3 ? recent[0] - 1 : index === 2 ? recent[2] : recent[1];
      if (index === 1) {
        recent[1] = recent[0];
        recent[0] = offset;
        return offset;
      }
    }
    recent[2] = recent[1];
    recent[1] = recent[0];
    recent[0] = offset;
    return offset;
  }
}

/**
 * Executes the sequences section `data[start, end)`: writes literals and matches behind what `output` holds. Matches
 * reach back to `frameStart` at most, and the block holds `maxSize` bytes at most.
 */
export function decodeSequences(
  data: Buffer,
  start: number,
  end: number,
  literals: Uint8Array,
  state: SequenceState,
  output: Output,
  frameStart: number,
  maxSize: number,
): void {
  const { count, at } = readCount(data, start, end);
  if (count === 0) {
    if (at !== end) throw corrupt('zstd', 'bytes follow a block without sequences');
    output.append(literals, 0, literals.length);
    return;
  }
  const bits = new BackwardBits(data, readTables(data, at, end, state), end);
  const { literalTable, offsetTable, matchTable } = state;
  if (literalTable === null || offsetTable === null || matchTable === null) {
    throw corrupt('zstd', 'sequences reuse a table that there is not');
  }
  let literalState = bits.take(literalTable.accuracyLog);
  let offsetState = bits.take(offsetTable.accuracyLog);
  let matchState = bits.take(matchTable.accuracyLog);
  const blockStart = output.length;
  let literalAt = 0;
  for (let left = count; left > 0; left--) {
    const offsetBits = offsetTable.symbols[offsetState] as number;
    const matchSymbol = matchTable.symbols[matchState] as number;
    const literalSymbol = literalTable.symbols[literalState] as number;
    // Beyond 2^30 the code would turn negative, and no data reaches back that far.
    if (offsetBits > 30) throw corrupt('zstd', `a match from 2^${offsetBits} back`);
    const code = (1 << offsetBits) + bits.take(offsetBits);
    const matchLength = (MATCH_BASELINES[matchSymbol] as number) + bits.take(MATCH_BITS[matchSymbol] as number);
    const literalLength =
      (LITERAL_BASELINES[literalSymbol] as number) + bits.take(LITERAL_BITS[literalSymbol] as number);
    if (left > 1) {
      literalState = nextState(literalTable, literalState, bits);
      matchState = nextState(matchTable, matchState, bits);
      offsetState = nextState(offsetTable, offsetState, bits);
    }
    if (bits.left < 0) throw corrupt('zstd', 'the bits of the sequences are cut off');
    if (literalLength > literals.length - literalAt)
      throw corrupt('zstd', 'sequences want more literals than there are');
    const written = output.length - blockStart + literalLength + matchLength;
    if (written > maxSize) throw corrupt('zstd', `a block of more than ${maxSize} bytes`);
    output.append(literals, literalAt, literalLength);
    literalAt += literalLength;
    const offset = state.resolve(code, literalLength);
    if (offset < 1 || offset > output.length - frameStart) throw corrupt('zstd', `a match from ${offset} back`);
    output.repeat(offset, matchLength);
  }
  if (bits.left !== 0) throw corrupt('zstd', 'bits are left behind the sequences');
  const rest = literals.length - literalAt;
  if (output.length - blockStart + rest > maxSize) throw corrupt('zstd', `a block of more than ${maxSize} bytes`);
  output.append(literals, literalAt, rest);
}

function nextState(table: FseTable, state: number, bits: BackwardBits): number {
  return (table.baselines[state] as number) + bits.take(table.bits[state] as number);
}

/** One to three bytes. */
function readCount(data: Buffer, start: number, end: number): { count: number; at: number } {
  const byte = start < end ? (data[start] as number) : 0;
  const size = byte < 128 ? 1 : byte < 255 ? 2 : 3;
  if (size > end - start) throw corrupt('zstd', 'the number of sequences is cut off');
  if (size === 1) return { count: byte, at: start + 1 };
  if (size === 2) return { count: ((byte - 128) << 8) + (data[start + 1] as number), at: start + 2 };
  return { count: data.readUInt16LE(start + 1) + 0x7f00, at: start + 3 };
}

/** Reads the tables into `state` and returns where the bits of the sequences begin. */
function readTables(data: Buffer, start: number, end: number, state: SequenceState): number {
  if (start >= end) throw corrupt('zstd', 'the tables of the sequences are cut off');
  const modes = data[start] as number;
  if (modes & 3) throw corrupt('zstd', 'a reserved bit of the sequences is set');
  const literal = readTable(data, start + 1, end, modes >>> 6, LITERAL_CODE, state.literalTable);
  const offset = readTable(data, literal.end, end, (modes >>> 4) & 3, OFFSET_CODE, state.offsetTable);
  const match = readTable(data, offset.end, end, (modes >>> 2) & 3, MATCH_CODE, state.matchTable);
  state.literalTable = literal.table;
  state.offsetTable = offset.table;
  state.matchTable = match.table;
  return match.end;
}

function readTable(
  data: Buffer,
  start: number,
  end: number,
  mode: number,
  code: NumberCode,
  previous: FseTable | null,
): { table: FseTable | null; end: number } {
  switch (mode) {
    case PREDEFINED:
      return { table: code.predefined(), end: start };
    case SINGLE_SYMBOL: {
      if (start >= end) throw corrupt('zstd', 'the tables of the sequences are cut off');
      const symbol = data[start] as number;
      if (symbol > code.maxSymbol) throw corrupt('zstd', `symbol ${symbol} of a sequence`);
      return { table: singleSymbolTable(symbol), end: start + 1 };
    }
    case OWN_TABLE:
      return readFseTable(data, start, end, code.maxAccuracyLog, code.maxSymbol);
    default:
      return { table: previous, end: start };
  }
}
