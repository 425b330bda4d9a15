import type { Disk, DiskFile } from './disk.ts';

/** Entries that wait in memory until they are written: a sparse index may lag behind its log, it stays valid. */
const MAX_PENDING = 16;
const FIRST_CAPACITY = 16;

/**
 * A file of entries of one size, kept in memory in the file's own form. The file is not touched before an entry is
 * asked for or added. Zero entries at the end of a file are what Kafka preallocates: they are not entries.
 */
export class EntryFile {
  readonly path: string;
  readonly entrySize: number;
  readonly #disk: Disk;
  #file: DiskFile | null = null;
  /** null until the file was read. */
  #entries: Buffer | null = null;
  /** Whether `#entries` is ours to write to; what a disk returns is not. */
  #owned = false;
  #count = 0;
  /** Entries that are in the file. */
  #written = 0;

  constructor(disk: Disk, path: string, entrySize: number) {
    this.#disk = disk;
    this.path = path;
    this.entrySize = entrySize;
  }

  /** Makes an empty file in place of whatever is there, on disk too. */
  reset(options: { readonly create: boolean }): void {
    this.#entries = Buffer.alloc(0);
    this.#owned = false;
    this.#count = 0;
    this.#written = 0;
    if (options.create) this.#open().truncate(0);
    else this.remove();
  }

  get exists(): boolean {
    return this.#disk.exists(this.path);
  }

  /** Bytes on disk; zero for an absent file. */
  get fileSize(): number {
    return this.exists ? this.#open().size : 0;
  }

  /** Whether the file ends within an entry. */
  get isRagged(): boolean {
    return this.fileSize % this.entrySize !== 0;
  }

  get count(): number {
    this.#load();
    return this.#count;
  }

  /** The entries' bytes, `count * entrySize` of them and maybe more; read only. */
  get bytes(): Buffer {
    return this.#load();
  }

  /** How many entries come before the first for which `holds` is false; the order of the entries must make them one run. */
  countWhile(holds: (index: number) => boolean): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes room for one entry, to be filled at once, and returns where it lies in `bytes`. */
  add(): number {
    const at = this.#reserve();
    this.#count++;
    return at;
  }

  /** Writes the waiting entries when they have become many. To be called after an added entry was filled. */
  settle(): void {
    if (this.#count - this.#written >= MAX_PENDING) this.flush();
  }

  /** Keeps the first `count` entries. */
  truncate(count: number): void {
    this.#load();
    if (count >= this.#count) return;
    this.#count = count;
    this.#written = Math.min(this.#written, count);
    if (this.exists) this.#open().truncate(this.#written * this.entrySize);
  }

  /** Writes the waiting entries to the file, which has exactly the entries afterwards. */
  flush(): void {
    if (this.#entries === null || this.#count === this.#written) return;
    const file = this.#open();
    const size = this.#written * this.entrySize;
    if (file.size !== size) file.truncate(size);
    // A copy: a disk in memory may keep what it is given, and this buffer goes on changing after a truncation.
    file.append(Buffer.from(this.#entries.subarray(size, this.#count * this.entrySize)));
    this.#written = this.#count;
  }

  /** Writes what is waiting and cuts off what is no entry (preallocated zeros). */
  trim(): void {
    this.flush();
    if (!this.exists) return;
    const file = this.#open();
    if (file.size !== this.count * this.entrySize) file.truncate(this.count * this.entrySize);
  }

  sync(): void {
    this.flush();
    this.#file?.sync();
  }

  close(): void {
    this.flush();
    this.#file?.close();
    this.#file = null;
  }

  /** Closes and removes the file, keeping no entry. */
  remove(): void {
    this.drop();
    this.#disk.remove(this.path);
  }

  /** Closes the file as it is, keeping no entry. */
  drop(): void {
    this.#file?.close();
    this.#file = null;
    this.#entries = Buffer.alloc(0);
    this.#owned = false;
    this.#count = 0;
    this.#written = 0;
  }

  #open(): DiskFile {
    this.#file ??= this.#disk.open(this.path, { create: true });
    return this.#file;
  }

  #load(): Buffer {
    if (this.#entries !== null) return this.#entries;
    if (!this.exists) {
      this.#entries = Buffer.alloc(0);
      return this.#entries;
    }
    const file = this.#open();
    const bytes = file.read(0, file.size);
    let count = Math.floor(bytes.length / this.entrySize);
    while (count > 0 && this.#isZero(bytes, count - 1)) count--;
    this.#count = count;
    this.#written = count;
    // Not the ten preallocated megabytes around a few entries.
    this.#entries = Buffer.from(bytes.subarray(0, count * this.entrySize));
    this.#owned = true;
    return this.#entries;
  }

  #isZero(bytes: Buffer, index: number): boolean {
    const end = (index + 1) * this.entrySize;
    for (let at = index * this.entrySize; at < end; at++) if (bytes[at] !== 0) return false;
    return true;
  }

  #reserve(): number {
    const entries = this.#load();
    const at = this.#count * this.entrySize;
    if (this.#owned && at + this.entrySize <= entries.length) return at;
    const grown = Buffer.alloc(Math.max(FIRST_CAPACITY, this.#count * 2) * this.entrySize);
    entries.copy(grown, 0, 0, at);
    this.#entries = grown;
    this.#owned = true;
    return at;
  }
}
