import type { Disk } from './disk.ts';
import { EntryFile } from './entry-file.ts';

const ENTRY_SIZE = 8;

/**
 * `.index`: for one batch in every index.interval.bytes, its last offset (relative to the segment's base offset) and
 * where it begins in the `.log`. The first batch of a segment never has an entry.
 */
export class OffsetIndex {
  readonly #entries: EntryFile;
  readonly #baseOffset: number;

  constructor(disk: Disk, path: string, baseOffset: number) {
    this.#entries = new EntryFile(disk, path, ENTRY_SIZE);
    this.#baseOffset = baseOffset;
  }

  get file(): EntryFile {
    return this.#entries;
  }

  get count(): number {
    return this.#entries.count;
  }

  /** Whether no entry can be added within `maxBytes` (segment.index.bytes). */
  isFull(maxBytes: number): boolean {
    return this.#entries.count >= Math.floor(maxBytes / ENTRY_SIZE);
  }

  offsetAt(index: number): number {
    return this.#baseOffset + this.#entries.bytes.readInt32BE(index * ENTRY_SIZE);
  }

  positionAt(index: number): number {
    return this.#entries.bytes.readInt32BE(index * ENTRY_SIZE + 4);
  }

  append(offset: number, position: number): void {
    const at = this.#entries.add();
    const bytes = this.#entries.bytes;
    bytes.writeInt32BE(offset - this.#baseOffset, at);
    bytes.writeInt32BE(position, at + 4);
    this.#entries.settle();
  }

  /** Where to begin to look for the batch that holds `offset`: no batch before that position reaches it. */
  lookup(offset: number): number {
    const index = this.#entries.countWhile((i) => this.offsetAt(i) <= offset) - 1;
    return index < 0 ? 0 : this.positionAt(index);
  }

  /** Drops the entries of batches that reach `offset` or lie behind it. */
  truncateTo(offset: number): void {
    this.#entries.truncate(this.#entries.countWhile((i) => this.offsetAt(i) < offset));
  }

  /** What is wrong with the file, or null: its size, its order, or an entry that points behind `logSize`. */
  damage(logSize: number): string | null {
    if (!this.#entries.exists) return 'is missing';
    if (this.#entries.fileSize % ENTRY_SIZE !== 0) return `has a size that is no multiple of ${ENTRY_SIZE}`;
    for (let i = 0; i < this.count; i++) {
      if (this.positionAt(i) >= logSize || this.offsetAt(i) < this.#baseOffset)
        return `entry ${i} lies outside the log`;
      if (i > 0 && (this.positionAt(i) <= this.positionAt(i - 1) || this.offsetAt(i) <= this.offsetAt(i - 1))) {
        return `entry ${i} is out of order`;
      }
    }
    return null;
  }
}
