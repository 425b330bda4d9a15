import { type Disk, readFile, replaceFile } from './disk.ts';
import { fileName, offsetOf, SNAPSHOT_SUFFIX } from './file-names.ts';
import { decodeProducerSnapshot, encodeProducerSnapshot, type ProducerSnapshotEntry } from './producer-snapshot.ts';

/** The producer snapshots in one partition's directory, each named by the offset behind the last record it knows of. */
export class SnapshotFiles {
  readonly #disk: Disk;
  readonly #directory: string;
  #offsets: number[];

  constructor(disk: Disk, directory: string, names: readonly string[]) {
    this.#disk = disk;
    this.#directory = directory;
    this.#offsets = names.map((name) => offsetOf(name, SNAPSHOT_SUFFIX)).filter((offset) => offset !== null);
    this.#offsets.sort((a, b) => a - b);
  }

  get offsets(): readonly number[] {
    return this.#offsets;
  }

  write(offset: number, entries: readonly ProducerSnapshotEntry[]): void {
    replaceFile(this.#disk, this.#path(offset), encodeProducerSnapshot(entries), { sync: false });
    if (this.#offsets.includes(offset)) return;
    this.#offsets.push(offset);
    this.#offsets.sort((a, b) => a - b);
  }

  /** The newest intact snapshot that ends at `offset` or before it. Damaged ones are removed. */
  latest(offset: number): { readonly offset: number; readonly entries: readonly ProducerSnapshotEntry[] } | null {
    for (;;) {
      const candidate = this.#offsets.findLast((known) => known <= offset);
      if (candidate === undefined) return null;
      const content = readFile(this.#disk, this.#path(candidate));
      const entries = content === null ? null : decodeProducerSnapshot(content);
      if (entries !== null) return { offset: candidate, entries };
      this.removeWhere((known) => known === candidate);
    }
  }

  removeWhere(unwanted: (offset: number) => boolean): void {
    for (const offset of this.#offsets) if (unwanted(offset)) this.#disk.remove(this.#path(offset));
    this.#offsets = this.#offsets.filter((offset) => !unwanted(offset));
  }

  #path(offset: number): string {
    return `${this.#directory}/${fileName(offset, SNAPSHOT_SUFFIX)}`;
  }
}
