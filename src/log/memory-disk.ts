import { type Disk, DiskError, type DiskFile } from './disk.ts';

/** Appended buffers of at least this many bytes are kept as they are, when they do not pin much more than themselves. */
const ADOPT_FROM = 32 * 1024;
/** An adopted buffer may keep at most this many times its own bytes alive. */
const MAX_PINNED_RATIO = 2;
const FIRST_SLAB = 512;
const MAX_SLAB = 512 * 1024;

/**
 * A disk in memory. It outlives the nodes that use it, so that a node can be stopped and started on it. Bytes that
 * were appended never change: a range that lies in one chunk is read without a copy, and stays valid for ever.
 */
export class MemoryDisk implements Disk {
  readonly #files = new Map<string, MemoryContent>();
  /** Directories with the names in them. */
  readonly #directories = new Map<string, Set<string>>([['', new Set()]]);

  open(path: string, options: { readonly create?: boolean } = {}): DiskFile {
    let content = this.#files.get(path);
    if (content === undefined) {
      if (options.create !== true) throw new DiskError('not-found', `${path}: no such file`);
      if (this.#directories.has(path)) throw new DiskError('failed', `${path}: is a directory`);
      content = new MemoryContent();
      this.#add(path, content);
    }
    return new MemoryFile(path, content);
  }

  exists(path: string): boolean {
    return this.#files.has(path) || this.#directories.has(path);
  }

  list(directory: string): string[] {
    return [...(this.#directories.get(directory) ?? [])].sort();
  }

  makeDirectory(path: string): void {
    if (this.#directories.has(path)) return;
    const { parent, name } = split(path);
    this.makeDirectory(parent);
    this.#directories.set(path, new Set());
    this.#directories.get(parent)?.add(name);
  }

  rename(from: string, to: string): void {
    const content = this.#files.get(from);
    if (content !== undefined) {
      this.#drop(from);
      this.#add(to, content);
      return;
    }
    const names = this.#directories.get(from);
    if (names === undefined) throw new DiskError('not-found', `${from}: no such file or directory`);
    this.makeDirectory(to);
    for (const name of [...names]) this.rename(`${from}/${name}`, `${to}/${name}`);
    this.remove(from);
  }

  remove(path: string): void {
    const names = this.#directories.get(path);
    if (names !== undefined) {
      for (const name of [...names]) this.remove(`${path}/${name}`);
      this.#directories.delete(path);
    }
    this.#drop(path);
  }

  syncDirectory(_path: string): void {
    // Names are durable at once here: a crash takes bytes, not directory entries.
  }

  space(): null {
    return null;
  }

  /**
   * The machine loses power: of every file the bytes up to the last sync survive, and as many of the later ones as
   * `survivors` says (given the path, the durable size and the size; default: none). Names survive.
   */
  crash(survivors: (path: string, syncedSize: number, size: number) => number = (_path, synced) => synced): void {
    for (const [path, content] of this.#files) {
      const kept = survivors(path, content.syncedSize, content.size);
      content.truncate(Math.min(content.size, Math.max(content.syncedSize, kept)));
      content.syncedSize = content.size;
    }
  }

  /** An independent disk with the same content. Bytes are shared, because they never change. */
  copy(): MemoryDisk {
    const other = new MemoryDisk();
    for (const directory of this.#directories.keys()) other.makeDirectory(directory);
    for (const [path, content] of this.#files) other.#add(path, content.copy());
    return other;
  }

  /** Bytes in all files. */
  get size(): number {
    let size = 0;
    for (const content of this.#files.values()) size += content.size;
    return size;
  }

  #add(path: string, content: MemoryContent): void {
    const { parent, name } = split(path);
    const names = this.#directories.get(parent);
    if (names === undefined) throw new DiskError('not-found', `${path}: no directory ${parent}`);
    names.add(name);
    this.#files.set(path, content);
  }

  #drop(path: string): void {
    const { parent, name } = split(path);
    this.#files.delete(path);
    this.#directories.get(parent)?.delete(name);
  }
}

function split(path: string): { readonly parent: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { parent: slash < 0 ? '' : path.slice(0, slash), name: path.slice(slash + 1) };
}

/** A file's bytes as a row of chunks: adopted buffers, and slabs that collect small appends. */
class MemoryContent {
  size = 0;
  syncedSize = 0;
  readonly #chunks: Buffer[] = [];
  /** Position in the file of every chunk's first byte. */
  readonly #starts: number[] = [];
  /** The slab behind the last chunk while it can still grow. */
  #slab: Buffer | null = null;

  append(buffer: Buffer): void {
    if (buffer.length === 0) return;
    if (buffer.length >= ADOPT_FROM && buffer.buffer.byteLength <= buffer.length * MAX_PINNED_RATIO) {
      this.#add(buffer, null);
      return;
    }
    const last = this.#chunks.length - 1;
    const used = this.#chunks[last]?.length ?? 0;
    if (this.#slab !== null && used + buffer.length <= this.#slab.length) {
      buffer.copy(this.#slab, used);
      this.#chunks[last] = this.#slab.subarray(0, used + buffer.length);
      this.size += buffer.length;
      return;
    }
    const slab = Buffer.allocUnsafeSlow(Math.max(buffer.length, this.#nextSlabSize()));
    buffer.copy(slab);
    this.#add(slab.subarray(0, buffer.length), slab);
  }

  read(position: number, length: number): Buffer {
    const end = Math.min(this.size, position + length);
    if (position >= end) return Buffer.alloc(0);
    let index = this.#find(position);
    const chunk = this.#chunkAt(index);
    const from = position - chunk.start;
    if (from + end - position <= chunk.bytes.length) return chunk.bytes.subarray(from, from + end - position);
    const result = Buffer.allocUnsafeSlow(end - position);
    for (let at = position; at < end; index++) {
      const { bytes, start } = this.#chunkAt(index);
      at += bytes.copy(result, at - position, at - start, Math.min(bytes.length, end - start));
    }
    return result;
  }

  /** Replaces the chunks that are written over, so that what readers were given stays as it is. */
  write(position: number, buffer: Buffer): void {
    const tail = this.read(position + buffer.length, this.size);
    const synced = this.syncedSize;
    this.truncate(position);
    this.append(buffer);
    this.append(tail);
    this.syncedSize = synced;
  }

  truncate(size: number): void {
    if (size >= this.size) return;
    while (this.#chunks.length > 0 && (this.#starts.at(-1) ?? 0) >= size) {
      this.#chunks.pop();
      this.#starts.pop();
    }
    const last = this.#chunks.length - 1;
    const chunk = this.#chunks[last];
    if (chunk !== undefined) this.#chunks[last] = chunk.subarray(0, size - (this.#starts[last] ?? 0));
    // What was cut off may still be in a reader's hands: it must not be overwritten by later appends.
    this.#slab = null;
    this.size = size;
    this.syncedSize = Math.min(this.syncedSize, size);
  }

  copy(): MemoryContent {
    const other = new MemoryContent();
    other.#chunks.push(...this.#chunks);
    other.#starts.push(...this.#starts);
    other.size = this.size;
    other.syncedSize = this.syncedSize;
    return other;
  }

  #add(chunk: Buffer, slab: Buffer | null): void {
    this.#starts.push(this.size);
    this.#chunks.push(chunk);
    this.#slab = slab;
    this.size += chunk.length;
  }

  /** Slabs double as the file grows, so that thousands of nearly empty files stay small. */
  #nextSlabSize(): number {
    return Math.min(MAX_SLAB, Math.max(FIRST_SLAB, 2 ** Math.ceil(Math.log2(this.size + 1))));
  }

  #find(position: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #chunkAt(index: number): { readonly bytes: Buffer; readonly start: number } {
    const bytes = this.#chunks[index];
    const start = this.#starts[index];
    if (bytes === undefined || start === undefined) throw new DiskError('failed', `no chunk ${index}`);
    return { bytes, start };
  }
}

class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #content: MemoryContent;

  constructor(path: string, content: MemoryContent) {
    this.path = path;
    this.#content = content;
  }

  get size(): number {
    return this.#content.size;
  }

  read(position: number, length: number): Buffer {
    return this.#content.read(position, length);
  }

  append(...buffers: readonly Buffer[]): number {
    const position = this.#content.size;
    for (const buffer of buffers) this.#content.append(buffer);
    return position;
  }

  write(position: number, buffer: Buffer): void {
    if (position + buffer.length > this.#content.size) {
      throw new DiskError('failed', `${this.path}: a write at ${position} would end behind the file`);
    }
    this.#content.write(position, buffer);
  }

  truncate(size: number): void {
    this.#content.truncate(size);
  }

  sync(): void {
    this.#content.syncedSize = this.#content.size;
  }

  close(): void {}
}
