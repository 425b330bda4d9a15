import { corrupt } from '../codec.ts';

/** A decoding table of a finite state entropy code: for each state its symbol, and how the next state is found. */
export interface FseTable {
  readonly accuracyLog: number;
  readonly symbols: Uint8Array;
  /** Bits to read for the next state, to be added to `baselines`. */
  readonly bits: Uint8Array;
  readonly baselines: Uint16Array;
}

/** Index of the highest bit that is set; -1 for 0. */
export function highestBit(value: number): number {
  return 31 - Math.clz32(value);
}

/** The table of a code that always means `symbol` and takes no bits. */
export function singleSymbolTable(symbol: number): FseTable {
  return { accuracyLog: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), baselines: new Uint16Array(1) };
}

/** Builds the table from the probability of each symbol: -1 is "less than one", which takes one state at the end. */
export function fseTable(probabilities: readonly number[], accuracyLog: number): FseTable {
  const size = 1 << accuracyLog;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(probabilities.length);
  let high = size;
  for (const [symbol, probability] of probabilities.entries()) {
    if (probability !== -1) continue;
    symbols[--high] = symbol;
    next[symbol] = 1;
  }
  const step = (size >>> 1) + (size >>> 3) + 3;
  const mask = size - 1;
  let position = 0;
  for (const [symbol, probability] of probabilities.entries()) {
    if (probability <= 0) continue;
    next[symbol] = probability;
    for (let i = 0; i < probability; i++) {
      symbols[position] = symbol;
      do position = (position + step) & mask;
      while (position >= high);
    }
  }
  if (position !== 0) throw corrupt('zstd', 'probabilities do not fill their table');
  const bits = new Uint8Array(size);
  const baselines = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] as number;
    const order = next[symbol] as number;
    next[symbol] = order + 1;
    const width = accuracyLog - highestBit(order);
    bits[state] = width;
    baselines[state] = (order << width) - size;
  }
  return { accuracyLog, symbols, bits, baselines };
}

/**
 * Reads the probabilities that lie in `data[start, end)` and builds their table. Returns where they end, too.
 * Probabilities are written in as few bits as what is left of their sum needs.
 */
export function readFseTable(
  data: Buffer,
  start: number,
  end: number,
  maxAccuracyLog: number,
  maxSymbol: number,
): { table: FseTable; end: number } {
  let bitAt = start * 8;
  const bitEnd = end * 8;
  const take = (count: number): number => {
    if (bitAt + count > bitEnd) throw corrupt('zstd', 'a table of probabilities is cut off');
    const byte = bitAt >>> 3;
    // Sixteen bits at most are wanted, so that three bytes hold them; those behind the end were ruled out above.
    const word = (data[byte] ?? 0) | ((data[byte + 1] ?? 0) << 8) | ((data[byte + 2] ?? 0) << 16);
    const value = (word >>> (bitAt & 7)) & ((1 << count) - 1);
    bitAt += count;
    return value;
  };
  const accuracyLog = take(4) + 5;
  if (accuracyLog > maxAccuracyLog) throw corrupt('zstd', `accuracy ${accuracyLog} of a table of probabilities`);
  const probabilities: number[] = [];
  let remaining = 1 << accuracyLog;
  while (remaining > 0) {
    const width = highestBit(remaining + 1) + 1;
    const threshold = (1 << width) - 1 - (remaining + 1);
    let value = take(width - 1);
    // Small values do without the top bit.
    if (value >= threshold && take(1) === 1) value += (1 << (width - 1)) - threshold;
    const probability = value - 1;
    remaining -= Math.abs(probability);
    probabilities.push(probability);
    if (probability === 0) {
      for (let repeat = 3; repeat === 3; ) {
        repeat = take(2);
        for (let i = 0; i < repeat; i++) probabilities.push(0);
      }
    }
    if (probabilities.length > maxSymbol + 1) throw corrupt('zstd', 'a table of probabilities has too many symbols');
  }
  if (remaining < 0) throw corrupt('zstd', 'probabilities add up to too much');
  return { table: fseTable(probabilities, accuracyLog), end: (bitAt + 7) >>> 3 };
}
