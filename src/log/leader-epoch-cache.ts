import { CheckpointError, checkpointNumber, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import type { Disk } from './disk.ts';

export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

/** What is answered where an epoch, or the end of one, is unknown. */
const UNDEFINED = -1;

/**
 * Which leader epoch began at which offset, kept in `leader-epoch-checkpoint`. Epochs and offsets both grow from entry
 * to entry. A change is written at once, and made durable by sync().
 */
export class LeaderEpochCache {
  readonly #disk: Disk;
  readonly #path: string;
  #entries: EpochEntry[];
  #unsynced = false;

  private constructor(disk: Disk, path: string, entries: EpochEntry[]) {
    this.#disk = disk;
    this.#path = path;
    this.#entries = entries;
  }

  /** Reads the file; one that is damaged is removed, and recovery fills it again from the log. */
  static load(disk: Disk, path: string): LeaderEpochCache {
    try {
      const entries: EpochEntry[] = [];
      for (const fields of readCheckpoint(disk, path)) {
        const entry = { epoch: checkpointNumber(fields[0], path), startOffset: checkpointNumber(fields[1], path) };
        put(entries, entry);
      }
      return new LeaderEpochCache(disk, path, entries);
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      disk.remove(path);
      return new LeaderEpochCache(disk, path, []);
    }
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  /** The latest epoch, or -1. */
  get latestEpoch(): number {
    return this.#entries.at(-1)?.epoch ?? UNDEFINED;
  }

  /** The epoch that the record at `offset` was written in, or -1. */
  epochOf(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? UNDEFINED;
  }

  /** Notes that `epoch` begins at `startOffset`. Entries that contradict it go. */
  assign(epoch: number, startOffset: number): void {
    const latest = this.#entries.at(-1);
    if (latest !== undefined && latest.epoch === epoch && startOffset >= latest.startOffset) return;
    put(this.#entries, { epoch, startOffset });
    this.#write();
  }

  /**
   * The largest known epoch up to `epoch`, and the offset where the one after it begins (`logEndOffset` for the
   * current one). -1, -1 for an epoch above the current one, or when none is known. An epoch below all known ones is
   * answered with itself and the first known start.
   */
  endOffsetFor(epoch: number, logEndOffset: number): { readonly epoch: number; readonly endOffset: number } {
    const latest = this.#entries.at(-1);
    if (epoch === UNDEFINED || latest === undefined || epoch > latest.epoch) {
      return { epoch: UNDEFINED, endOffset: UNDEFINED };
    }
    if (epoch === latest.epoch) return { epoch, endOffset: logEndOffset };
    const next = this.#entries.findIndex((entry) => entry.epoch > epoch);
    const endOffset = this.#entries[next]?.startOffset ?? logEndOffset;
    return { epoch: this.#entries[next - 1]?.epoch ?? epoch, endOffset };
  }

  /** Forgets what begins at `endOffset` or behind it. */
  truncateFromEnd(endOffset: number): void {
    const kept = this.#entries.filter((entry) => entry.startOffset < endOffset);
    if (kept.length === this.#entries.length) return;
    this.#entries = kept;
    this.#write();
  }

  /** Forgets what ended before `startOffset`; the epoch that holds it begins there from now on. */
  truncateFromStart(startOffset: number): void {
    const holder = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset);
    const entry = this.#entries[holder];
    if (entry === undefined || (holder === 0 && entry.startOffset === startOffset)) return;
    this.#entries = [{ epoch: entry.epoch, startOffset }, ...this.#entries.slice(holder + 1)];
    this.#write();
  }

  /**
   * Takes in what is known of epochs before the first one that is: `earlier` are the epochs of records below it, in their
   * order. A kill may take the log's start back to before the one that was noted here.
   */
  prepend(earlier: readonly EpochEntry[]): void {
    if (earlier.length === 0) return;
    const entries: EpochEntry[] = [];
    for (const entry of [...earlier, ...this.#entries]) put(entries, entry);
    this.#entries = entries;
    this.#write();
  }

  clear(): void {
    if (this.#entries.length === 0) return;
    this.#entries = [];
    this.#write();
  }

  /** Makes the checkpoint durable, and the names in its directory with it, if it changed; tells whether it had. */
  sync(): boolean {
    if (!this.#unsynced) return false;
    this.#write({ sync: true });
    return true;
  }

  #write(options: { readonly sync: boolean } = { sync: false }): void {
    const lines = this.#entries.map((entry) => [entry.epoch, entry.startOffset]);
    writeCheckpoint(this.#disk, this.#path, lines, options);
    this.#unsynced = !options.sync;
  }
}

/**
 * Appends an entry after dropping those that begin at it or behind it, and those of a later epoch. An epoch that began
 * earlier still begins there: a former leader that appended nothing of its own goes on with records of the epoch before.
 */
function put(entries: EpochEntry[], entry: EpochEntry): void {
  for (let last = entries.at(-1); last !== undefined; last = entries.at(-1)) {
    if (last.epoch <= entry.epoch && last.startOffset < entry.startOffset) break;
    entries.pop();
  }
  if (entries.at(-1)?.epoch !== entry.epoch) entries.push(entry);
}
