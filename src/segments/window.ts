import type { ByteSource } from './source.ts';

/** What a walk over whole batches reads at a time: large enough for the disk, small enough for the processor's cache. */
const BODY_BLOCK = 1024 * 1024;
/** What a walk over headers reads at a time: several small batches, or the first bytes of a large one. */
const HEADER_BLOCK = 16 * 1024;
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
  readonly #whole: boolean;

  /** `whole`: batches are read with their bodies, in large blocks. Otherwise only what is asked for, and a little more. */
  constructor(source: ByteSource, whole: boolean) {
    this.#source = source;
    this.#whole = whole;
    this.buffer = Buffer.allocUnsafeSlow(whole ? Math.min(BODY_BLOCK, Math.max(4096, source.size)) : HEADER_BLOCK);
  }

  /** Tells how large batches are, so that walking over the headers of large ones reads little else. */
  expect(batchSize: number): void {
    this.#headerBlock = batchSize > HEADER_BLOCK ? HEADER_ONLY : HEADER_BLOCK;
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
    const block = this.#whole ? this.buffer.length : Math.max(bytes, this.#headerBlock);
    this.#filled += this.#source.readInto(
      this.buffer,
      held,
      Math.min(block, this.buffer.length) - held,
      position + held,
    );
    return this.#filled >= bytes ? 0 : -1;
  }
}
