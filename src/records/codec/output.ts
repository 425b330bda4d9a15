import { tooLarge } from './codec.ts';

const FIRST_SIZE = 4096;

/** Bytes that a decoder writes, growing with what was written and never beyond its limit. */
export class Output {
  /** Only valid until the next `reserve`. */
  bytes: Buffer;
  length = 0;
  readonly #codec: string;
  readonly #limit: number;

  constructor(codec: string, limit: number, expected: number = FIRST_SIZE) {
    this.#codec = codec;
    this.#limit = limit;
    this.bytes = Buffer.allocUnsafeSlow(Math.min(Math.max(expected, 0), limit));
  }

  /** Makes room for `size` bytes behind `length`; passing the limit is RecordError('too-large'). */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    if (needed > this.#limit) throw tooLarge(this.#codec, this.#limit);
    const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.bytes.length * 2, FIRST_SIZE), this.#limit));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** What was written: a view, without the unused rest where that is small, else a copy that frees it. */
  take(): Buffer {
    const written = this.bytes.subarray(0, this.length);
    return this.length * 2 < this.bytes.length ? Buffer.from(written) : written;
  }
}
