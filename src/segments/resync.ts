import { BATCH_OVERHEAD, isValidCrc, LENGTH_AT, LOG_OVERHEAD, MAGIC_AT } from '../records/index.ts';
import { isPlausible } from './plausible.ts';
import type { ByteSource } from './source.ts';

const BLOCK = 256 * 1024;
/** Larger batches are not looked for behind damage; brokers take 1 MiB by default. */
const MAX_CANDIDATE = 64 * 1024 * 1024;
/** Bytes that may be put through checksums while looking for batches, as a multiple of the file: hostile files end it. */
const EFFORT = 4;

/** What looking for batches in one file may still cost, in bytes. */
export interface SearchBudget {
  bytes: number;
}

export function searchBudget(fileSize: number): SearchBudget {
  return { bytes: EFFORT * fileSize + BLOCK };
}

/** Where the bytes at `position` and behind it stop being zeros: the source's end, or the first other byte. */
export function endOfZeros(source: ByteSource, position: number): number {
  const block = Buffer.allocUnsafeSlow(BLOCK);
  const zeros = Buffer.alloc(BLOCK);
  for (let at = position; at < source.size; ) {
    const got = source.readInto(block, 0, Math.min(BLOCK, source.size - at), at);
    if (got === 0) return at;
    if (block.compare(zeros, 0, got, 0, got) !== 0) {
      let first = 0;
      while (block[first] === 0) first++;
      return at + first;
    }
    at += got;
  }
  return source.size;
}

/**
 * The first position from `from` on where a batch lies whose header is plausible, whose offset is at least `minOffset`
 * (-1: any) and whose checksum fits; null when there is none, or when the budget is spent. `legacy`: look for v0 and v1 as well.
 */
export function findNextBatch(
  source: ByteSource,
  from: number,
  minOffset: number,
  options: { readonly legacy: boolean; readonly budget: SearchBudget },
): number | null {
  const block = Buffer.allocUnsafeSlow(BLOCK);
  for (let start = from; start < source.size; ) {
    const got = source.readInto(block, 0, Math.min(BLOCK, source.size - start), start);
    if (got <= MAGIC_AT) return null;
    const last = start + got >= source.size;
    // Headers that the block cuts are looked at again at the start of the next one.
    const end = last ? got - MAGIC_AT : got - BATCH_OVERHEAD;
    for (let at = 0; at < end; at++) {
      const magic = block[at + MAGIC_AT] as number;
      if (magic > 2 || (magic < 2 && !options.legacy)) {
        if (!options.legacy) at = skipTo(block, at, end);
        continue;
      }
      const left = source.size - start - at;
      if (!isPlausible(block, at, got - at, left, minOffset)) continue;
      const size = LOG_OVERHEAD + block.readInt32BE(at + LENGTH_AT);
      if (size > MAX_CANDIDATE) continue;
      options.budget.bytes -= size;
      if (options.budget.bytes < 0) return null;
      if (isSound(source, block, at, got, start + at, size)) return start + at;
    }
    if (last) return null;
    start += Math.max(1, end);
  }
  return null;
}

/** Where the next byte that could be a magic of 2 makes a candidate, less one for the loop's step. */
function skipTo(block: Buffer, at: number, end: number): number {
  const next = block.indexOf(2, at + MAGIC_AT + 1);
  return next < 0 ? end : Math.min(end, next - MAGIC_AT) - 1;
}

function isSound(source: ByteSource, block: Buffer, at: number, got: number, position: number, size: number): boolean {
  if (at + size <= got) return isValidCrc(block.subarray(at, at + size), 0);
  const whole = Buffer.allocUnsafeSlow(size);
  return source.readInto(whole, 0, size, position) === size && isValidCrc(whole, 0);
}
