import { int64, putInt64 } from '../records/bytes.ts';
import type { Disk } from './disk.ts';
import { EntryFile } from './entry-file.ts';
import type { AbortedTransaction } from './types.ts';

const ENTRY_SIZE = 34;

/** An aborted transaction with the last stable offset at the time of its marker. */
export interface TransactionIndexEntry extends AbortedTransaction {
  readonly lastStableOffset: number;
}

/** `.txnindex`: the aborted transactions whose ABORT marker lies in this segment. The file exists when one does. */
export class TransactionIndex {
  readonly #entries: EntryFile;

  constructor(disk: Disk, path: string) {
    this.#entries = new EntryFile(disk, path, ENTRY_SIZE);
  }

  get file(): EntryFile {
    return this.#entries;
  }

  get count(): number {
    return this.#entries.count;
  }

  append(entry: TransactionIndexEntry): void {
    const at = this.#entries.add();
    const bytes = this.#entries.bytes;
    bytes.writeInt16BE(0, at);
    putInt64(bytes, entry.producerId, at + 2);
    putInt64(bytes, entry.firstOffset, at + 10);
    putInt64(bytes, entry.lastOffset, at + 18);
    putInt64(bytes, entry.lastStableOffset, at + 26);
    // Aborts are few, and an index that lacks one would show aborted records: it is never behind its log.
    this.#entries.flush();
  }

  entryAt(index: number): TransactionIndexEntry {
    const bytes = this.#entries.bytes;
    const at = index * ENTRY_SIZE;
    return {
      producerId: int64(bytes, at + 2),
      firstOffset: int64(bytes, at + 10),
      lastOffset: int64(bytes, at + 18),
      lastStableOffset: int64(bytes, at + 26),
    };
  }

  /**
   * Adds the aborted transactions that touch [from, to) to `result`; true when later segments cannot hold another one.
   */
  collect(from: number, to: number, result: AbortedTransaction[]): boolean {
    for (let i = 0; i < this.count; i++) {
      const { producerId, firstOffset, lastOffset, lastStableOffset } = this.entryAt(i);
      if (lastOffset >= from && firstOffset < to) result.push({ producerId, firstOffset, lastOffset });
      if (lastStableOffset >= to) return true;
    }
    return false;
  }

  /** Drops the transactions whose marker lies at `offset` or behind it. */
  truncateTo(offset: number): void {
    let count = this.count;
    while (count > 0 && this.entryAt(count - 1).lastOffset >= offset) count--;
    if (count === 0 && this.#entries.exists) this.#entries.remove();
    else this.#entries.truncate(count);
  }

  /** What is wrong with the file, or null. An absent file is fine. */
  damage(baseOffset: number): string | null {
    if (this.#entries.fileSize % ENTRY_SIZE !== 0) return `has a size that is no multiple of ${ENTRY_SIZE}`;
    for (let i = 0; i < this.count; i++) {
      const { firstOffset, lastOffset } = this.entryAt(i);
      if (lastOffset < baseOffset || firstOffset > lastOffset) return `entry ${i} makes no sense`;
    }
    return null;
  }
}
