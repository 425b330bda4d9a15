import { int64, putInt64 } from '../records/bytes.ts';
import type { Disk } from './disk.ts';
import { EntryFile } from './entry-file.ts';

const ENTRY_SIZE = 12;

/**
 * `.timeindex`: the largest timestamp so far, and the last offset (relative) of the batch that holds it; both grow
 * from entry to entry. A closed segment ends with an entry for its largest timestamp.
 */
export class TimeIndex {
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

  /** Whether only the room for the final entry is left within `maxBytes` (segment.index.bytes). */
  isFull(maxBytes: number): boolean {
    return this.#entries.count >= Math.floor(maxBytes / ENTRY_SIZE) - 1;
  }

  timestampAt(index: number): number {
    return int64(this.#entries.bytes, index * ENTRY_SIZE);
  }

  offsetAt(index: number): number {
    return this.#baseOffset + this.#entries.bytes.readInt32BE(index * ENTRY_SIZE + 8);
  }

  /** Timestamp of the last entry; -1 when there is none. */
  get lastTimestamp(): number {
    return this.count === 0 ? -1 : this.timestampAt(this.count - 1);
  }

  /** Offset of the last entry; the segment's base offset when there is none. */
  get lastOffset(): number {
    return this.count === 0 ? this.#baseOffset : this.offsetAt(this.count - 1);
  }

  /** Adds an entry unless the last one has this timestamp already. */
  maybeAppend(timestamp: number, offset: number): void {
    if (timestamp <= this.lastTimestamp) return;
    const at = this.#entries.add();
    const bytes = this.#entries.bytes;
    putInt64(bytes, timestamp, at);
    bytes.writeInt32BE(offset - this.#baseOffset, at + 8);
    this.#entries.settle();
  }

  /** An offset from which on all records with a timestamp of at least `timestamp` lie. */
  lookup(timestamp: number): number {
    const index = this.#entries.countWhile((i) => this.timestampAt(i) <= timestamp) - 1;
    return index < 0 ? this.#baseOffset : this.offsetAt(index);
  }

  truncateTo(offset: number): void {
    this.#entries.truncate(this.#entries.countWhile((i) => this.offsetAt(i) < offset));
  }

  /** What is wrong with the file, or null: its size, or its order. */
  damage(): string | null {
    if (!this.#entries.exists) return 'is missing';
    if (this.#entries.fileSize % ENTRY_SIZE !== 0) return `has a size that is no multiple of ${ENTRY_SIZE}`;
    for (let i = 0; i < this.count; i++) {
      if (this.offsetAt(i) < this.#baseOffset) return `entry ${i} lies outside the log`;
      if (i > 0 && (this.timestampAt(i) <= this.timestampAt(i - 1) || this.offsetAt(i) < this.offsetAt(i - 1))) {
        return `entry ${i} is out of order`;
      }
    }
    return null;
  }
}
