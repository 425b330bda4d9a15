import type { Disk, DiskFile } from '../../src/log/disk.ts';
import type { MemoryDisk } from '../../src/log/memory-disk.ts';

/** What a disk asks of the machine that it belongs to. */
export interface DiskOwner {
  /** Asked before every change, which is not made on a no. */
  mayChange(path: string): boolean;
  /** Whether somebody looks on from outside, whom no fault of the disk concerns. */
  isWatched(): boolean;
}

/** One incarnation's view of its node's disk, `inner`, whose bytes are those of `bare`. */
export function hostDisk(inner: Disk, bare: MemoryDisk, owner: DiskOwner): Disk {
  const mayChange = (path: string): boolean => owner.mayChange(path);
  return {
    open(path, options) {
      if (owner.isWatched() && bare.exists(path)) {
        const file = bare.open(path);
        return hostFile(file, file, owner);
      }
      const file = inner.open(path, options);
      return hostFile(file, bare.open(path), owner);
    },
    exists: (path) => inner.exists(path),
    list: (directory) => inner.list(directory),
    makeDirectory(path) {
      if (!inner.exists(path) && mayChange(path)) inner.makeDirectory(path);
    },
    rename(from, to) {
      if (mayChange(to)) inner.rename(from, to);
    },
    remove(path) {
      if (inner.exists(path) && mayChange(path)) inner.remove(path);
    },
    syncDirectory: (path) => inner.syncDirectory(path),
    space: () => inner.space(),
  };
}

function hostFile(inner: DiskFile, bare: DiskFile, owner: DiskOwner): DiskFile {
  const { path } = inner;
  const mayChange = (changed: string): boolean => owner.mayChange(changed);
  return {
    path,
    get size() {
      return inner.size;
    },
    read: (position, length) => (owner.isWatched() ? bare : inner).read(position, length),
    append(...buffers) {
      return mayChange(path) ? inner.append(...buffers) : inner.size;
    },
    write(position, buffer) {
      if (mayChange(path)) inner.write(position, buffer);
    },
    truncate(size) {
      if (size < inner.size && mayChange(path)) inner.truncate(size);
    },
    sync() {
      if (mayChange(path)) inner.sync();
    },
    close: () => inner.close(),
  };
}
