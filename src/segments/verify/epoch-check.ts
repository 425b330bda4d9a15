import type { EpochEntry } from '../side-files.ts';
import type { FindingList } from './finding-list.ts';

/** Leader epochs of a log, by themselves and against `leader-epoch-checkpoint`. */
export class EpochCheck {
  readonly #found: FindingList;
  readonly #file: string | null;
  readonly #entries: readonly EpochEntry[];
  #epoch = -1;

  /** `file` is null where there is no checkpoint to compare with. */
  constructor(file: string | null, entries: readonly EpochEntry[], found: FindingList) {
    this.#file = file;
    this.#entries = entries;
    this.#found = found;
    if (file === null) return;
    entries.forEach((entry, index) => {
      const before = entries[index - 1];
      if (before === undefined || (entry.epoch > before.epoch && entry.startOffset > before.startOffset)) return;
      found.add('SEG-23', file, `epoch ${entry.epoch} at ${entry.startOffset} is not behind the entry before it`);
    });
  }

  /** Most batches have the epoch of the one before: only a change is looked at. */
  batch(log: string, epoch: number, position: number, baseOffset: number, lastOffset: number): void {
    // -1: what wrote it knew of no leader.
    if (epoch === this.#epoch || epoch === -1) return;
    if (epoch < this.#epoch) {
      const detail = `epoch ${epoch} after ${this.#epoch}`;
      this.#found.add('SEG-13', log, detail, { position, offsets: [baseOffset, lastOffset] });
      return;
    }
    this.#epoch = epoch;
    if (this.#file === null) return;
    const known = this.#entries.findLast((entry) => entry.startOffset <= baseOffset);
    if (known?.epoch === epoch) return;
    const says = known === undefined ? 'nothing' : `epoch ${known.epoch}`;
    this.#found.add('SEG-23', this.#file, `the log has epoch ${epoch} at offset ${baseOffset}, the file says ${says}`, {
      offsets: [baseOffset, baseOffset],
    });
  }

  end(endOffset: number): void {
    const beyond = this.#entries.find((entry) => entry.startOffset > endOffset);
    if (beyond === undefined || this.#file === null) return;
    const detail = `epoch ${beyond.epoch} begins at ${beyond.startOffset}, the log ends at ${endOffset}`;
    this.#found.add('SEG-23', this.#file, detail, { offsets: [beyond.startOffset, beyond.startOffset] });
  }
}
