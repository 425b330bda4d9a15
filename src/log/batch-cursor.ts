import { LENGTH_AT, LOG_OVERHEAD, MAGIC_AT, MIN_LENGTH, RECORDS_AT } from '../records/layout.ts';
import type { DiskFile } from './disk.ts';

const EMPTY = Buffer.alloc(0);
/** Bytes that a walk over headers reads at a time. */
const HEADER_WINDOW = 8 * 1024;
/** Bytes that a walk over whole batches reads at a time. */
const BODY_WINDOW = 1024 * 1024;

/** How a walk ended: at the end of the range, before a batch that the range cuts off, or before bytes that are no batch. */
export type CursorEnd = 'end' | 'partial' | 'corrupt';

/**
 * Walks over the batches of a file. Reads headers only (records are jumped over), or whole batches when `whole` says
 * so. After next() was true, the batch's header lies in `buffer` at `at`, and in the file at `position`.
 */
export class BatchCursor {
  buffer: Buffer = EMPTY;
  at = 0;
  position: number;
  size = 0;
  /** Why next() was false. */
  ended: CursorEnd = 'end';
  readonly #file: DiskFile;
  readonly #end: number;
  readonly #whole: boolean;
  #bufferStart = 0;

  constructor(file: DiskFile, position: number, end: number = file.size, options: { readonly whole?: boolean } = {}) {
    this.#file = file;
    this.#end = end;
    this.#whole = options.whole ?? false;
    this.position = position;
  }

  next(): boolean {
    this.position += this.size;
    this.size = 0;
    const left = this.#end - this.position;
    if (left <= MAGIC_AT) return this.#stop(left <= 0 ? 'end' : 'partial');
    if (!this.#need(Math.min(left, RECORDS_AT))) return this.#stop('partial');
    const minLength = MIN_LENGTH[this.buffer.readInt8(this.at + MAGIC_AT)];
    const length = this.buffer.readInt32BE(this.at + LENGTH_AT);
    if (minLength === undefined || length < minLength) return this.#stop('corrupt');
    const size = LOG_OVERHEAD + length;
    if (size > left) return this.#stop('partial');
    if (this.#whole && !this.#need(size)) return this.#stop('partial');
    this.size = size;
    return true;
  }

  /** The whole batch that the cursor stands on. */
  read(): Buffer {
    return this.#file.read(this.position, this.size);
  }

  #stop(ended: CursorEnd): false {
    this.ended = ended;
    return false;
  }

  #need(bytes: number): boolean {
    this.at = this.position - this.#bufferStart;
    if (this.at >= 0 && this.at + bytes <= this.buffer.length) return true;
    const window = Math.max(bytes, this.#whole ? BODY_WINDOW : HEADER_WINDOW);
    this.buffer = this.#file.read(this.position, Math.min(window, this.#end - this.position));
    this.#bufferStart = this.position;
    this.at = 0;
    return this.buffer.length >= bytes;
  }
}
