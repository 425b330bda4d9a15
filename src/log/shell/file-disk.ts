import fs from 'node:fs';
import path from 'node:path';
import { type Disk, DiskError, type DiskErrorReason, type DiskFile, type DiskSpace } from '../disk.ts';
import { RecentWrites } from './recent-writes.ts';

/** Files that are kept open at a time; the others are opened again when they are used. */
const DEFAULT_MAX_OPEN = 1024;

const REASONS: Readonly<Record<string, DiskErrorReason>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
};

/** A directory of the real file system. */
export class FileDisk implements Disk {
  readonly root: string;
  readonly #handles: Handles;
  readonly #recent = new RecentWrites();

  /** `root` is made when it is absent. */
  constructor(root: string, options: { readonly maxOpenFiles?: number } = {}) {
    this.root = path.resolve(root);
    this.#handles = new Handles(options.maxOpenFiles ?? DEFAULT_MAX_OPEN);
    attempt(this.root, () => makeDirectories(this.root));
  }

  open(name: string, options: { readonly create?: boolean } = {}): DiskFile {
    return new RealFile(name, this.#path(name), options.create ?? false, this.#handles, this.#recent);
  }

  exists(name: string): boolean {
    return fs.existsSync(this.#path(name));
  }

  list(directory: string): string[] {
    const full = this.#path(directory);
    try {
      return fs.readdirSync(full).sort();
    } catch (error) {
      const mapped = diskError(full, error);
      if (mapped.reason === 'not-found') return [];
      throw mapped;
    }
  }

  makeDirectory(name: string): void {
    const full = this.#path(name);
    attempt(full, () => makeDirectories(full));
  }

  rename(from: string, to: string): void {
    attempt(this.#path(from), () => fs.renameSync(this.#path(from), this.#path(to)));
  }

  remove(name: string): void {
    const full = this.#path(name);
    try {
      fs.unlinkSync(full);
    } catch (error) {
      // A directory, or something that only a closer look can tell.
      if (diskError(full, error).reason === 'not-found') return;
      attempt(full, () => fs.rmSync(full, { recursive: true, force: true }));
    }
  }

  syncDirectory(name: string): void {
    const full = this.#path(name);
    attempt(full, () => {
      const descriptor = fs.openSync(full, 'r');
      try {
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    });
  }

  space(): DiskSpace | null {
    try {
      const { bsize, blocks, bavail } = fs.statfsSync(this.root);
      return { total: bsize * blocks, usable: bsize * bavail };
    } catch {
      // A volume that does not tell is no failure of the logs on it: those say so themselves.
      return null;
    }
  }

  /** Closes every file. They open again when they are used. */
  close(): void {
    this.#handles.closeAll();
  }

  /** The file's path in the file system. Nothing outside of the root has a name. */
  #path(name: string): string {
    const full = path.join(this.root, name);
    if (full !== this.root && !full.startsWith(this.root + path.sep)) {
      throw new DiskError('denied', `${name} lies outside of ${this.root}`);
    }
    return full;
  }
}

class RealFile implements DiskFile {
  readonly path: string;
  readonly #full: string;
  readonly #handles: Handles;
  readonly #recent: RecentWrites;
  #size: number;

  constructor(name: string, full: string, create: boolean, handles: Handles, recent: RecentWrites) {
    this.path = name;
    this.#full = full;
    this.#handles = handles;
    this.#recent = recent;
    this.#size = attempt(full, () => fs.fstatSync(handles.open(this, full, create)).size);
  }

  get size(): number {
    return this.#size;
  }

  read(position: number, length: number): Buffer {
    const wanted = Math.min(length, this.#size - position);
    if (wanted <= 0) return Buffer.alloc(0);
    const recent = this.#recent.find(this, position, wanted);
    if (recent !== null) return recent;
    // Never from Node's pool: a reader may keep the buffer, and would keep the pool with it.
    const buffer = Buffer.allocUnsafeSlow(wanted);
    const filled = attempt(this.#full, () => {
      const descriptor = this.#descriptor();
      let at = 0;
      while (at < wanted) {
        const count = fs.readSync(descriptor, buffer, at, wanted - at, position + at);
        if (count === 0) break;
        at += count;
      }
      return at;
    });
    return filled === wanted ? buffer : buffer.subarray(0, filled);
  }

  append(...buffers: readonly Buffer[]): number {
    const position = this.#size;
    try {
      this.#size += this.#writeAll(buffers, position);
    } catch (error) {
      this.#cutBack(position);
      throw error;
    }
    let at = position;
    for (const buffer of buffers) {
      this.#recent.add(this, at, buffer);
      at += buffer.length;
    }
    return position;
  }

  write(position: number, buffer: Buffer): void {
    if (position + buffer.length > this.#size) {
      throw new DiskError('failed', `${this.#full}: a write at ${position} would end behind the file`);
    }
    this.#recent.forget(this);
    this.#writeAll([buffer], position);
  }

  truncate(size: number): void {
    if (size >= this.#size) return;
    this.#recent.forget(this);
    attempt(this.#full, () => fs.ftruncateSync(this.#descriptor(), size));
    this.#size = size;
  }

  sync(): void {
    attempt(this.#full, () => fs.fdatasyncSync(this.#descriptor()));
  }

  close(): void {
    this.#recent.forget(this);
    this.#handles.close(this);
  }

  #writeAll(buffers: readonly Buffer[], position: number): number {
    return attempt(this.#full, () => {
      const descriptor = this.#descriptor();
      let rest = buffers.filter((buffer) => buffer.length > 0);
      let at = position;
      while (rest.length > 0) {
        const [first] = rest;
        const written =
          first !== undefined && rest.length === 1
            ? fs.writeSync(descriptor, first, 0, first.length, at)
            : fs.writevSync(descriptor, rest, at);
        at += written;
        rest = dropBytes(rest, written);
      }
      return at - position;
    });
  }

  /** After a write that failed half way: what got into the file is not part of it. */
  #cutBack(size: number): void {
    try {
      fs.ftruncateSync(this.#descriptor(), size);
    } catch {
      // The first error is the one to report. Bytes behind our size are written over by the next append, and a
      // restart takes them for the torn end that they are.
    }
  }

  #descriptor(): number {
    return this.#handles.open(this, this.#full, false);
  }
}

/** Open descriptors, the least recently used closed first when there are too many. */
class Handles {
  readonly #open = new Map<RealFile, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  open(file: RealFile, full: string, create: boolean): number {
    const known = this.#open.get(file);
    if (known !== undefined) {
      if (this.#open.size >= this.#max) {
        this.#open.delete(file);
        this.#open.set(file, known);
      }
      return known;
    }
    const flags = fs.constants.O_RDWR | (create ? fs.constants.O_CREAT : 0);
    const descriptor = fs.openSync(full, flags, 0o644);
    this.#open.set(file, descriptor);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= this.#max) break;
      this.close(oldest);
    }
    return descriptor;
  }

  close(file: RealFile): void {
    const descriptor = this.#open.get(file);
    if (descriptor === undefined) return;
    this.#open.delete(file);
    attempt(file.path, () => fs.closeSync(descriptor));
  }

  closeAll(): void {
    for (const file of [...this.#open.keys()]) this.close(file);
  }
}

function dropBytes(buffers: readonly Buffer[], count: number): Buffer[] {
  let left = count;
  return buffers.flatMap((buffer) => {
    const skip = Math.min(left, buffer.length);
    left -= skip;
    return skip === buffer.length ? [] : [buffer.subarray(skip)];
  });
}

function attempt<T>(full: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw diskError(full, error);
  }
}

/**
 * A directory, and those above it. Node's own `recursive` never returns where a system says of a name in a directory that
 * is there that nothing is (/proc does).
 */
function makeDirectories(full: string): void {
  if (fs.statSync(full, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = path.dirname(full);
  if (parent !== full) makeDirectories(parent);
  try {
    fs.mkdirSync(full);
  } catch (error) {
    // Another process may have been faster.
    if (fs.statSync(full, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** The operating system's error as a DiskError that names the file. */
function diskError(full: string, error: unknown): DiskError {
  if (error instanceof DiskError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  return new DiskError(REASONS[code] ?? 'failed', `${full}: ${message}`, { cause: error });
}
