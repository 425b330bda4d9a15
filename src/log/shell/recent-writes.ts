/** Bytes kept for all files of a disk together. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Smaller buffers are as cheap to read again, and are often a small part of a large one that they would keep alive. */
const MIN_BUFFER = 8 * 1024;
/** A buffer may keep this many times its own bytes alive. */
const MAX_PINNED_RATIO = 2;

interface Write {
  readonly file: object;
  readonly position: number;
  readonly buffer: Buffer;
}

/**
 * The buffers that were written last: followers and consumers at a log's end read what was just appended, and get the
 * same bytes without a system call or a copy.
 */
export class RecentWrites {
  #writes: Write[] = [];
  readonly #newest = new Map<object, Write>();
  #bytes = 0;

  add(file: object, position: number, buffer: Buffer): void {
    if (buffer.length < MIN_BUFFER || buffer.buffer.byteLength > buffer.length * MAX_PINNED_RATIO) return;
    const write = { file, position, buffer };
    this.#writes.push(write);
    this.#newest.set(file, write);
    this.#bytes += buffer.length;
    while (this.#bytes > MAX_BYTES && this.#writes.length > 1) this.#dropOldest();
  }

  /** The bytes at `position`, when one buffer has all of them. */
  find(file: object, position: number, length: number): Buffer | null {
    const newest = this.#newest.get(file);
    if (newest === undefined) return null;
    const write = position >= newest.position ? newest : this.#search(file, position);
    if (write === undefined) return null;
    const at = position - write.position;
    return at + length <= write.buffer.length ? write.buffer.subarray(at, at + length) : null;
  }

  forget(file: object): void {
    this.#newest.delete(file);
    this.#writes = this.#writes.filter((write) => write.file !== file);
    this.#bytes = this.#writes.reduce((sum, write) => sum + write.buffer.length, 0);
  }

  #search(file: object, position: number): Write | undefined {
    return this.#writes.findLast((write) => write.file === file && write.position <= position);
  }

  #dropOldest(): void {
    const oldest = this.#writes.shift();
    if (oldest === undefined) return;
    this.#bytes -= oldest.buffer.length;
    if (this.#newest.get(oldest.file) === oldest) this.#newest.delete(oldest.file);
  }
}
