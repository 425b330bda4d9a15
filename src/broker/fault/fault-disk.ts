import { type Disk, DiskError, type DiskFile, type DiskSpace } from '../../log/disk.ts';
import { METADATA_TOPIC } from '../../protocol/internal-topics.ts';
import type { Random } from '../env.ts';

/** What the faults do to a node's disk right now. */
export interface DiskState {
  readonly broken: 'full' | 'failed' | null;
  /** The node has other log directories, and goes on when this one fails. */
  readonly isOneOfMany: boolean;
  /** How much longer each append to a log, and each flush of one, takes. */
  readonly delayMs: number;
}

/** What a kill takes of what was written. */
export interface CrashLoss {
  /** All that was not flushed. */
  readonly unflushed: boolean;
  /** A part of the last write to each file. */
  readonly torn: boolean;
}

/** How far a file is durable, and where the last write to it begins. */
interface Durable {
  flushedSize: number;
  lastAppendAt: number;
}

/**
 * A node's disk under faults, over a real one or one in memory. It lives as long as the node, whatever its incarnations:
 * it knows what was flushed, which is what a loss of power leaves. The metadata log and the node's own identity are
 * spared by a disk that breaks: a broker keeps them in another directory when it has several.
 */
export class FaultDisk implements Disk {
  readonly #inner: Disk;
  readonly #durable = new DurableFiles();
  #state: DiskState = { broken: null, isOneOfMany: false, delayMs: 0 };
  #usedMs = 0;

  constructor(inner: Disk) {
    this.#inner = inner;
  }

  setState(state: DiskState): void {
    this.#state = state;
  }

  get isOneOfMany(): boolean {
    return this.#state.isOneOfMany;
  }

  get isSlow(): boolean {
    return this.#state.delayMs > 0;
  }

  /** The time in ms that appends and flushes took since the last call. */
  takeUsedMs(): number {
    const used = this.#usedMs;
    this.#usedMs = 0;
    return used;
  }

  /** The machine dies: files are cut to what survives. Nobody may have them open for more than reading them again. */
  crash(loss: CrashLoss, random: Random): void {
    if (!loss.unflushed && !loss.torn) return;
    for (const [path, durable] of this.#durable.entries().sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (path.startsWith(METADATA) || !this.#inner.exists(path)) continue;
      const file = this.#inner.open(path);
      const kept = survivors(file.size, durable, loss, random);
      if (kept < file.size) file.truncate(kept);
      file.close();
    }
    this.#durable.clear();
  }

  open(path: string, options?: { readonly create?: boolean }): DiskFile {
    this.check(path, options?.create === true && !this.#inner.exists(path) ? 'write' : 'read');
    const file = this.#inner.open(path, options);
    let durable = this.#durable.get(path);
    if (durable === undefined) {
      durable = { flushedSize: file.size, lastAppendAt: file.size };
      this.#durable.set(path, durable);
    }
    return new FaultFile(this, file, durable);
  }

  exists(path: string): boolean {
    return this.#inner.exists(path);
  }

  list(directory: string): string[] {
    return this.#inner.list(directory);
  }

  makeDirectory(path: string): void {
    this.check(path, 'write');
    this.#inner.makeDirectory(path);
  }

  rename(from: string, to: string): void {
    this.check(from, 'write');
    this.#inner.rename(from, to);
    this.#durable.rename(from, to);
  }

  remove(path: string): void {
    // A full disk lets things be removed.
    this.check(path, 'read');
    this.#inner.remove(path);
    this.#durable.remove(path);
  }

  syncDirectory(path: string): void {
    this.check(path, 'read');
    this.#inner.syncDirectory(path);
  }

  space(): DiskSpace | null {
    const space = this.#inner.space();
    return this.#state.broken === 'full' && space !== null ? { ...space, usable: 0 } : space;
  }

  /** Throws what a broken disk answers. */
  check(path: string, access: 'read' | 'write'): void {
    const { broken } = this.#state;
    if (broken === null) return;
    if (path.startsWith(METADATA) || SPARED.has(path)) return;
    if (broken === 'failed') throw new DiskError('failed', `${path}: EIO: i/o error (kmedic.fault.disk-error)`);
    if (access === 'write')
      throw new DiskError('full', `${path}: ENOSPC: no space left on device (kmedic.fault.disk-full)`);
  }

  /** Appends to logs and flushes of logs take their time. */
  use(path: string): void {
    if (this.#state.delayMs > 0 && path.endsWith('.log') && !path.startsWith(METADATA))
      this.#usedMs += this.#state.delayMs;
  }
}

/** What is known of each file, by directory: a node has thousands of them, and renames one with every checkpoint. */
class DurableFiles {
  readonly #directories = new Map<string, Map<string, Durable>>();

  get(path: string): Durable | undefined {
    const [directory, name] = split(path);
    return this.#directories.get(directory)?.get(name);
  }

  set(path: string, durable: Durable): void {
    const [directory, name] = split(path);
    let files = this.#directories.get(directory);
    if (files === undefined) {
      files = new Map();
      this.#directories.set(directory, files);
    }
    files.set(name, durable);
  }

  /** A file, or a directory with its files: a log directory's directories hold no others. */
  rename(from: string, to: string): void {
    const files = this.#directories.get(from);
    if (files !== undefined) {
      this.#directories.delete(from);
      this.#directories.set(to, files);
      return;
    }
    const durable = this.get(from);
    // A file that nobody has opened replaces one that somebody had.
    this.#forget(to);
    if (durable === undefined) return;
    this.#forget(from);
    this.set(to, durable);
  }

  remove(path: string): void {
    this.#directories.delete(path);
    this.#forget(path);
  }

  clear(): void {
    this.#directories.clear();
  }

  entries(): [string, Durable][] {
    return [...this.#directories].flatMap(([directory, files]) =>
      [...files].map(([name, durable]): [string, Durable] => [
        directory === '' ? name : `${directory}/${name}`,
        durable,
      ]),
    );
  }

  #forget(path: string): void {
    const [directory, name] = split(path);
    this.#directories.get(directory)?.delete(name);
  }
}

function split(path: string): [directory: string, name: string] {
  const at = path.lastIndexOf('/');
  return at < 0 ? ['', path] : [path.slice(0, at), path.slice(at + 1)];
}

const METADATA = `${METADATA_TOPIC}-0`;
const SPARED: ReadonlySet<string> = new Set(['', 'meta.properties', 'meta.properties.tmp']);

function survivors(size: number, durable: Durable, loss: CrashLoss, random: Random): number {
  const { flushedSize, lastAppendAt } = durable;
  const from = loss.unflushed ? flushedSize : Math.max(flushedSize, lastAppendAt);
  if (size <= from) return size;
  // Torn: anything between nothing and nearly all of it reached the disk.
  return loss.torn ? from + random.below(size - from) : from;
}

class FaultFile implements DiskFile {
  readonly #disk: FaultDisk;
  readonly #inner: DiskFile;
  readonly #durable: Durable;
  readonly path: string;

  constructor(disk: FaultDisk, inner: DiskFile, durable: Durable) {
    this.#disk = disk;
    this.#inner = inner;
    this.#durable = durable;
    this.path = inner.path;
  }

  get size(): number {
    return this.#inner.size;
  }

  read(position: number, length: number): Buffer {
    this.#disk.check(this.path, 'read');
    return this.#inner.read(position, length);
  }

  append(...buffers: readonly Buffer[]): number {
    this.#disk.check(this.path, 'write');
    const position = this.#inner.append(...buffers);
    this.#durable.lastAppendAt = position;
    this.#disk.use(this.path);
    return position;
  }

  write(position: number, buffer: Buffer): void {
    this.#disk.check(this.path, 'write');
    this.#inner.write(position, buffer);
  }

  truncate(size: number): void {
    this.#disk.check(this.path, 'read');
    this.#inner.truncate(size);
    this.#durable.flushedSize = Math.min(this.#durable.flushedSize, size);
    this.#durable.lastAppendAt = Math.min(this.#durable.lastAppendAt, size);
  }

  sync(): void {
    this.#disk.check(this.path, 'read');
    this.#inner.sync();
    this.#durable.flushedSize = this.#inner.size;
    this.#disk.use(this.path);
  }

  close(): void {
    this.#inner.close();
  }
}
