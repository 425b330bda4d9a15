import { tooLarge } from './codec.ts';

const FIRST_SIZE = 4096;
/** What may become larger gets all of its room at once: to grow means to hold the old room beside the new one. */
const GROWS_UP_TO = 1024 * 1024;
/** From so many bytes on a call that copies them is faster than a loop. */
const COPY_FROM_BYTES = 96;

/** Bytes that a decoder writes, never beyond its limit. `atMost`: how many the input can give, where that is known. */
export class Output {
  /** Only valid until the next `reserve`. */
  bytes: Buffer;
  length = 0;
  readonly #codec: string;
  readonly #limit: number;

  constructor(codec: string, limit: number, atMost = 0) {
    this.#codec = codec;
    this.#limit = limit;
    this.bytes = Buffer.allocUnsafeSlow(Math.min(atMost > GROWS_UP_TO ? atMost : FIRST_SIZE, limit));
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

  /** Appends `count` bytes of `source`, which the caller has checked to be there. */
  append(source: Uint8Array, from: number, count: number): void {
    if (this.length + count > this.bytes.length) this.reserve(count);
    const out = this.bytes;
    let to = this.length;
    if (count >= COPY_FROM_BYTES) out.set(source.subarray(from, from + count), to);
    else for (let at = from, end = from + count; at < end; at++) out[to++] = source[at] as number;
    this.length += count;
  }

  /** Appends `count` bytes from `offset` back, where they may overlap what is being written. The caller checks `offset`. */
  repeat(offset: number, count: number): void {
    if (this.length + count > this.bytes.length) this.reserve(count);
    const out = this.bytes;
    const start = this.length;
    if (count >= COPY_FROM_BYTES && offset >= count) out.copyWithin(start, start - offset, start - offset + count);
    else for (let to = start, end = start + count; to < end; to++) out[to] = out[to - offset] as number;
    this.length += count;
  }

  /** What was written: a view, without the unused rest where that is small, else a copy that frees it. */
  take(): Buffer {
    const written = this.bytes.subarray(0, this.length);
    return this.length * 2 < this.bytes.length ? Buffer.from(written) : written;
  }
}
