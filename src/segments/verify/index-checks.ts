import { indexSizeFindings } from '../dump-side-file.ts';
import {
  type IndexContent,
  type OffsetIndexEntry,
  readOffsetIndex,
  readTimeIndex,
  readTransactionIndex,
  type TimeIndexEntry,
  type TransactionEntry,
} from '../side-files.ts';
import type { FindingList } from './finding-list.ts';

/*
 * Indexes beside the log that is being read: each is told every batch in order, and compares every entry on the way.
 */

/** `.index`: an entry is the last offset of a batch, and where that batch begins. */
export class OffsetIndexCheck {
  readonly #entries: IndexContent<OffsetIndexEntry>;
  readonly #file: string;
  readonly #found: FindingList;
  #next = 0;
  /** The entry at `#next`. */
  #entry: OffsetIndexEntry | undefined;

  constructor(file: string, bytes: Buffer, baseOffset: number, found: FindingList) {
    const content = readOffsetIndex(bytes, baseOffset);
    this.#entries = content;
    this.#entry = content.at(0);
    this.#file = file;
    this.#found = found;
    for (const each of indexSizeFindings(file, content)) found.push(each);
  }

  get entries(): number {
    return this.#entries.length;
  }

  /** Positions of batches, if the index is right, from 0 on and at least `apart` bytes from each other. */
  starts(apart: number): readonly number[] {
    const starts = [0];
    let last = 0;
    for (const { position } of this.#entries) {
      if (position < last + apart) continue;
      starts.push(position);
      last = position;
    }
    return starts;
  }

  /** A sound batch. */
  batch(position: number, size: number, lastOffset: number): void {
    for (; ; this.#advance()) {
      const entry = this.#entry;
      if (entry === undefined) return;
      if (entry.position >= position + size) {
        if (entry.offset > lastOffset) return;
        // It would hold up those behind it.
        this.#wrong(entry, `offset ${entry.offset} lies before that`);
      } else if (entry.position !== position) this.#wrong(entry, `no batch begins at byte ${entry.position}`);
      else if (entry.offset !== lastOffset) this.#wrong(entry, `that batch ends with offset ${lastOffset}`);
    }
  }

  /** Bytes that could not be read: entries that point there cannot be judged. */
  skip(position: number, length: number): void {
    for (;;) {
      const entry = this.#entry;
      if (entry === undefined || entry.position >= position + length) return;
      this.#advance();
    }
  }

  end(logSize: number): void {
    for (; ; this.#advance()) {
      const entry = this.#entry;
      if (entry === undefined) return;
      this.#wrong(entry, `the log ends at byte ${logSize}`);
    }
  }

  #advance(): void {
    this.#entry = this.#entries.at(++this.#next);
  }

  #wrong(entry: OffsetIndexEntry, why: string): void {
    const detail = (): string => `entry ${this.#next}: offset ${entry.offset} at byte ${entry.position}; ${why}`;
    this.#found.add('SEG-16', this.#file, detail, {
      position: this.#next * 8,
      length: 8,
      offsets: [entry.offset, entry.offset],
    });
  }
}

/** `.timeindex`: an entry is the largest timestamp so far, and an offset of the batch that holds it. */
export class TimeIndexCheck {
  readonly #entries: IndexContent<TimeIndexEntry>;
  readonly #file: string;
  readonly #found: FindingList;
  #next = 0;
  /** The entry at `#next`. */
  #entry: TimeIndexEntry | undefined;
  /** The last entry that was right. */
  #before: TimeIndexEntry | null = null;
  #largest = -1;
  #end = -1;

  constructor(file: string, bytes: Buffer, baseOffset: number, found: FindingList) {
    const content = readTimeIndex(bytes, baseOffset);
    this.#entries = content;
    this.#entry = content.at(0);
    this.#file = file;
    this.#found = found;
    for (const each of indexSizeFindings(file, content)) found.push(each);
  }

  get entries(): number {
    return this.#entries.length;
  }

  batch(lastOffset: number, maxTimestamp: number): void {
    for (; ; this.#advance()) {
      const entry = this.#entry;
      if (entry === undefined) break;
      if (entry.offset > lastOffset) {
        if (entry.timestamp >= Math.max(this.#largest, maxTimestamp)) break;
        // It would hold up those behind it.
        this.#wrong(entry, `a batch before it has timestamp ${Math.max(this.#largest, maxTimestamp)}`);
        continue;
      }
      const before = this.#before;
      if (before !== null && (entry.timestamp <= before.timestamp || entry.offset < before.offset)) {
        this.#wrong(entry, 'not behind the entry before it');
      } else if (entry.offset <= this.#end) {
        this.#wrong(entry, 'out of order');
      } else if (entry.timestamp !== maxTimestamp) {
        this.#wrong(entry, `the largest timestamp of that batch is ${maxTimestamp}`);
      } else if (this.#largest > entry.timestamp) {
        this.#wrong(entry, `a batch before it has timestamp ${this.#largest}`);
      } else this.#before = entry;
    }
    this.#end = lastOffset;
    if (maxTimestamp > this.#largest) this.#largest = maxTimestamp;
  }

  /** Offsets up to this one could not be read. */
  skip(lastOffset: number): void {
    for (;;) {
      const entry = this.#entry;
      if (entry === undefined || entry.offset > lastOffset) return;
      this.#advance();
    }
  }

  end(): void {
    for (; ; this.#advance()) {
      const entry = this.#entry;
      if (entry === undefined) return;
      this.#wrong(entry, this.#end < 0 ? 'the log holds no batch' : `the log ends with offset ${this.#end}`);
    }
  }

  #advance(): void {
    this.#entry = this.#entries.at(++this.#next);
  }

  #wrong(entry: TimeIndexEntry, why: string): void {
    const detail = (): string => `entry ${this.#next}: timestamp ${entry.timestamp} at offset ${entry.offset}; ${why}`;
    this.#found.add('SEG-19', this.#file, detail, {
      position: this.#next * 12,
      length: 12,
      offsets: [entry.offset, entry.offset],
    });
  }
}

/** An aborted transaction as the log tells it. */
export interface Aborted {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** `.txnindex`: one entry for each ABORT marker of the segment that ended records. */
export class TransactionIndexCheck {
  readonly #entries: readonly TransactionEntry[];
  readonly #file: string;
  readonly #found: FindingList;
  readonly #aborted: Aborted[] = [];

  /** `bytes` is null where the segment has no such file: fine as long as nothing was aborted. */
  constructor(file: string, bytes: Buffer | null, found: FindingList) {
    const content = bytes === null ? null : readTransactionIndex(bytes);
    this.#entries = content === null ? [] : [...content];
    this.#file = file;
    this.#found = found;
    if (content !== null) for (const each of indexSizeFindings(file, content)) found.push(each);
  }

  get entries(): number {
    return this.#entries.length;
  }

  aborted(transaction: Aborted): void {
    this.#aborted.push(transaction);
  }

  /** `from`: transactions that began before this offset are not known to us. `compacted`: markers and records may be gone. */
  end(from: number, compacted: boolean): void {
    const key = ({ producerId, lastOffset }: Aborted): string => `${producerId} ${lastOffset}`;
    const inIndex = new Map(this.#entries.map((entry, index) => [key(entry), { entry, index }]));
    for (const seen of this.#aborted) {
      const known = inIndex.get(key(seen));
      inIndex.delete(key(seen));
      if (known !== undefined && known.entry.firstOffset === seen.firstOffset) continue;
      if (compacted) continue;
      const says = known === undefined ? 'is not in it' : `begins at ${known.entry.firstOffset} there`;
      this.#wrong(
        seen,
        `the transaction of producer ${seen.producerId} from ${seen.firstOffset} on ${says}`,
        known?.index,
      );
    }
    for (const { entry, index } of inIndex.values()) {
      if (entry.firstOffset < from || compacted) continue;
      this.#wrong(entry, `entry ${index}: producer ${entry.producerId} aborted nothing at ${entry.lastOffset}`, index);
    }
  }

  #wrong({ firstOffset, lastOffset }: Aborted, detail: string, index?: number): void {
    this.#found.add('SEG-20', this.#file, detail, {
      ...(index === undefined ? {} : { position: index * 34, length: 34 }),
      offsets: [firstOffset, lastOffset],
    });
  }
}
