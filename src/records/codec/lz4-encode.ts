import { copy, wordAt } from './match.ts';

const MIN_MATCH = 4;
/** The format wants the last five bytes to be literals, and no match to begin within the last twelve. */
const LAST_LITERALS = 5;
const MATCH_LIMIT = 12;
const HASH_BITS = 13;
const HASH_SHIFT = 32 - HASH_BITS;

/**
 * Compresses at most 64 KiB to one LZ4 block: greedy matches by a hash of four bytes. Null when the block would not be
 * smaller than the data, which is then to be stored as it is.
 */
export function compressBlock(data: Buffer): Buffer | null {
  const size = data.length;
  const out = Buffer.allocUnsafe(size + Math.ceil(size / 255) + 16);
  // Positions are stored plus one, so that 0 means none. The last possible one is 64 KiB - 12.
  const table = new Uint16Array(1 << HASH_BITS);
  let to = 0;
  let literal = 0;
  let at = 0;
  while (at + MATCH_LIMIT < size) {
    const word = wordAt(data, at);
    const slot = Math.imul(word, 0x9e37_79b1) >>> HASH_SHIFT;
    const candidate = (table[slot] as number) - 1;
    table[slot] = at + 1;
    if (candidate < 0 || wordAt(data, candidate) !== word) {
      // The longer nothing matches, the larger the steps: data that does not compress passes quickly.
      at += 1 + ((at - literal) >>> 6);
      continue;
    }
    let length = MIN_MATCH;
    const most = size - LAST_LITERALS - at;
    while (length < most && data[candidate + length] === data[at + length]) length++;
    to = writeSequence(out, to, data, literal, at, length);
    const offset = at - candidate;
    out[to++] = offset & 0xff;
    out[to++] = offset >>> 8;
    to = writeLength(out, to, length - MIN_MATCH);
    at += length;
    literal = at;
  }
  to = writeSequence(out, to, data, literal, size, MIN_MATCH);
  return to < size ? out.subarray(0, to) : null;
}

/** Token, literal length and literals; the offset and the rest of the match length follow. */
function writeSequence(out: Buffer, at: number, data: Buffer, start: number, end: number, match: number): number {
  const literals = end - start;
  out[at] = (Math.min(literals, 15) << 4) | Math.min(match - MIN_MATCH, 15);
  const to = writeLength(out, at + 1, literals);
  return copy(data, start, end, out, to);
}

/** What a length has beyond the 15 that its half of the token says. */
function writeLength(out: Buffer, at: number, length: number): number {
  if (length < 15) return at;
  let to = at;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) out[to++] = 255;
  out[to++] = rest;
  return to;
}
