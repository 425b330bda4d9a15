import { copy, wordAt } from './match.ts';

const MIN_MATCH = 4;
const HASH_BITS = 13;
const HASH_SHIFT = 32 - HASH_BITS;

/**
 * Compresses at most 32 KiB, so that every offset fits the two-byte copy, to one raw snappy block: greedy matches by a
 * hash of four bytes.
 */
export function compressBlock(data: Buffer): Buffer {
  const size = data.length;
  const out = Buffer.allocUnsafe(8 + size + Math.ceil(size / 6));
  let to = writeSize(out, size);
  // Positions are stored plus one, so that 0 means none.
  const table = new Uint16Array(1 << HASH_BITS);
  let literal = 0;
  let at = 0;
  while (at + MIN_MATCH <= size) {
    const word = wordAt(data, at);
    const slot = Math.imul(word, 0x1e35_a7bd) >>> HASH_SHIFT;
    const candidate = (table[slot] as number) - 1;
    table[slot] = at + 1;
    if (candidate < 0 || wordAt(data, candidate) !== word) {
      // The longer nothing matches, the larger the steps: data that does not compress passes quickly.
      at += 1 + ((at - literal) >>> 5);
      continue;
    }
    let length = MIN_MATCH;
    while (at + length < size && data[candidate + length] === data[at + length]) length++;
    to = writeLiteral(out, to, data, literal, at);
    to = writeCopies(out, to, at - candidate, length);
    at += length;
    literal = at;
  }
  return out.subarray(0, writeLiteral(out, to, data, literal, size));
}

function writeSize(out: Buffer, size: number): number {
  let to = 0;
  let rest = size;
  for (; rest >= 0x80; rest >>>= 7) out[to++] = (rest & 0x7f) | 0x80;
  out[to++] = rest;
  return to;
}

function writeLiteral(out: Buffer, at: number, data: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return at;
  let to = at;
  const code = length - 1;
  if (code < 60) out[to++] = code << 2;
  else if (code < 0x100) {
    out[to++] = 60 << 2;
    out[to++] = code;
  } else {
    out[to++] = 61 << 2;
    out[to++] = code & 0xff;
    out[to++] = code >>> 8;
  }
  return copy(data, start, end, out, to);
}

/** A match as copies of 64 bytes at most; the short form takes 4 to 11 bytes from less than 2 KiB back. */
function writeCopies(out: Buffer, at: number, offset: number, length: number): number {
  let to = at;
  for (let rest = length; rest > 0; ) {
    if (rest >= 4 && rest <= 11 && offset < 2048) {
      out[to++] = ((offset >>> 8) << 5) | ((rest - 4) << 2) | 1;
      out[to++] = offset & 0xff;
      break;
    }
    const part = Math.min(rest, 64);
    out[to++] = ((part - 1) << 2) | 2;
    out[to++] = offset & 0xff;
    out[to++] = offset >>> 8;
    rest -= part;
  }
  return to;
}
