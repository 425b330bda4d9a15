/**
 * What the log and the broker know of a file system: synchronous, small, and given to them, so that the same code runs
 * on real files, in memory, and under simulated faults. Paths are relative to the disk's root and use `/`.
 * Failures are DiskErrors; a real disk maps the operating system's errors to them.
 */
export interface Disk {
  /** Opens a file for reading and appending; makes it when `create` says so. Throws `not-found` otherwise. */
  open(path: string, options?: { readonly create?: boolean }): DiskFile;
  exists(path: string): boolean;
  /** Names (not paths) in a directory, sorted; an absent directory has none. */
  list(directory: string): string[];
  /** Makes a directory and its parents. */
  makeDirectory(path: string): void;
  /** Atomically renames a file or directory; a file that stands at `to` is replaced. */
  rename(from: string, to: string): void;
  /** Removes a file, or a directory with all it holds. Absent is fine. */
  remove(path: string): void;
  /** Makes renames, creations and removals in a directory durable. */
  syncDirectory(path: string): void;
  /** The volume that it is on; null where there is none, or nobody tells. */
  space(): DiskSpace | null;
}

/** In bytes. */
export interface DiskSpace {
  readonly total: number;
  /** Free for this process. */
  readonly usable: number;
}

export interface DiskFile {
  readonly path: string;
  /** Bytes in the file, appends included. */
  readonly size: number;
  /** Up to `length` bytes at `position`, fewer at the end of the file. The buffer may be shared: do not write to it. */
  read(position: number, length: number): Buffer;
  /** Appends buffers one after the other and returns the position of the first byte. The bytes must not change afterwards. */
  append(...buffers: readonly Buffer[]): number;
  /** Overwrites bytes that exist already (index entries, nothing else). */
  write(position: number, buffer: Buffer): void;
  truncate(size: number): void;
  /** Makes everything written so far durable. */
  sync(): void;
  close(): void;
}

export type DiskErrorReason = 'not-found' | 'full' | 'denied' | 'failed';

export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly reason: DiskErrorReason;

  constructor(reason: DiskErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** All bytes of a file, or null where there is none. The buffer may be shared: do not write to it. */
export function readFile(disk: Disk, path: string): Buffer | null {
  if (!disk.exists(path)) return null;
  const file = disk.open(path);
  try {
    return file.read(0, file.size);
  } finally {
    file.close();
  }
}

/**
 * Replaces a whole file so that a reader, or a restart, finds either the old content or the new one, never a part.
 * Without `sync` that holds when the process dies, but a loss of power may leave the old content or an empty file.
 */
export function replaceFile(
  disk: Disk,
  path: string,
  content: Buffer,
  options: { readonly sync: boolean } = { sync: true },
): void {
  const temporary = `${path}.tmp`;
  disk.remove(temporary);
  const file = disk.open(temporary, { create: true });
  try {
    file.append(content);
    if (options.sync) file.sync();
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
  if (!options.sync) return;
  const slash = path.lastIndexOf('/');
  disk.syncDirectory(slash < 0 ? '' : path.slice(0, slash));
}
