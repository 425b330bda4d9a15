import { corrupt } from '../codec.ts';
import { highestBit } from './fse.ts';

/**
 * Zstandard's entropy streams are written forwards and read backwards: from their last set bit, which only marks the
 * end, towards their first byte.
 */
export class BackwardBits {
  readonly #data: Buffer;
  /** The first byte of the stream, as a number of bits. */
  readonly #origin: number;
  /** Bits not yet read; negative when more were taken than there are. */
  left: number;

  constructor(data: Buffer, start: number, end: number) {
    const last = end > start ? (data[end - 1] as number) : 0;
    if (last === 0) throw corrupt('zstd', 'a bit stream has no end mark');
    this.#data = data;
    this.#origin = start * 8;
    this.left = (end - start - 1) * 8 + highestBit(last);
  }

  /** The next `count` bits (24 at most) without taking them; zeros behind the end. */
  peek(count: number): number {
    const low = this.left - count;
    if (low >= 0) return bitsAt(this.#data, this.#origin + low, count);
    return this.left <= 0 ? 0 : bitsAt(this.#data, this.#origin, this.left) << -low;
  }

  /** Takes `count` bits (32 at most). Running out shows in `left`, and gives zeros. */
  take(count: number): number {
    if (count > 24) return this.take(count - 16) * 0x1_0000 + this.take(16);
    const value = this.peek(count);
    this.left -= count;
    return value;
  }
}

function bitsAt(data: Buffer, bit: number, count: number): number {
  const byte = bit >>> 3;
  const word =
    (data[byte] as number) |
    ((data[byte + 1] as number) << 8) |
    ((data[byte + 2] as number) << 16) |
    ((data[byte + 3] as number) << 24);
  return (word >>> (bit & 7)) & ((1 << count) - 1);
}
