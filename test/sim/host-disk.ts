import type { Disk, DiskFile } from '../../src/log/disk.ts';
import type { MemoryDisk } from '../../src/log/memory-disk.ts';

/** One incarnation's view of its node's disk: `mayChange` is asked before every change, which is not made on a no. */
export function hostDisk(inner: MemoryDisk, mayChange: (path: string) => boolean): Disk {
  return {
    open(path, options) {
      return hostFile(inner.open(path, options), mayChange);
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
  };
}

function hostFile(inner: DiskFile, mayChange: (path: string) => boolean): DiskFile {
  const { path } = inner;
  return {
    path,
    get size() {
      return inner.size;
    },
    read: (position, length) => inner.read(position, length),
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
