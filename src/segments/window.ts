import type { ByteSource } from './source.ts';

/** What a walk over whole batches reads at a time: large enough for the disk, small enough for the processor's cache. */
const BODY_BLOCK = 1024 * 1024;
/** What a walk over headers reads at first: several small batches. The longer batches stay small, the more. */
const HEADER_BLOCK = 16 * 1024;
const MAX_HEADER_BLOCK = 128 * 1024;
/** Of larger batches than HEADER_BLOCK it reads these first bytes alone: stepping over the rest is cheaper than reading it. */
const HEADER_ONLY = 128;

/**
 * The part of a source that is in memory, moving forward. One buffer is used again and again, so that memory does not
 * grow with the file: what was handed out is valid until the next `need`.
 */
export class Window {
  buffer: Buffer;
  #start = 0;
  #filled = 0;
  #headerBlock = HEADER_BLOCK;
  readonly #source: ByteSource;
  /** Whether batches are read with their bodies, in large blocks; otherwise only what is asked for, and a little more. */
  whole: boolean;

  /** `buffer`: one that nobody needs any more, used instead of a new one. */
  constructor(source: ByteSource, whole: boolean, buffer?: Buffer) {
    this.#source = source;
    this.whole = whole;
    const block = whole ? BODY_BLOCK : MAX_HEADER_BLOCK;
    this.buffer = buffer ?? Buffer.allocUnsafeSlow(Math.min(block, Math.max(4096, source.size)));
  }

  /** Tells how large batches are, so that walking over the headers of large ones reads little else. */
  expect(batchSize: number): void {
    if (batchSize > HEADER_BLOCK) this.#headerBlock = HEADER_ONLY;
    else if (this.#headerBlock < HEADER_BLOCK) this.#headerBlock = HEADER_BLOCK;
  }

  /**
   * Brings `bytes` bytes from `position` into the buffer and returns where they begin in it, or -1 where the source ends
   * before them.
   */
  need(position: number, bytes: number): number {
    const at = position - this.#start;
    if (at >= 0 && at + bytes <= this.#filled) return at;
    return this.#load(position, bytes);
  }

  #load(position: number, bytes: number): number {
    const kept = position >= this.#start && position < this.#start + this.#filled ? position - this.#start : -1;
    const held = kept < 0 ? 0 : this.#filled - kept;
    if (bytes > this.buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.ceil(bytes / BODY_BLOCK) * BODY_BLOCK);
      if (held > 0) this.buffer.copy(grown, 0, kept, this.#filled);
      this.buffer = grown;
    } else if (held > 0) {
      this.buffer.copyWithin(0, kept, this.#filled);
    }
    this.#start = position;
    this.#filled = held;
    const block = this.whole ? this.buffer.length : Math.max(bytes, this.#headerBlock);
    if (this.#headerBlock >= HEADER_BLOCK) this.#headerBlock = Math.min(MAX_HEADER_BLOCK, this.#headerBlock * 2);
    this.#filled += this.#source.readInto(
      this.buffer,
      held,
      Math.min(block, this.buffer.length) - held,
      position + held,
    );
    return this.#filled >= bytes ? 0 : -1;
  }
}
