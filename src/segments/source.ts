import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';

/**
 * Bytes that are read at any position and never written: what the whole room reads through. `size` is that of the moment
 * of opening; a log that a broker still appends to is read as far as it went then.
 */
export interface ByteSource {
  readonly path: string;
  readonly size: number;
  /** Fills `target` from `at` on with up to `length` bytes from `position`; returns how many there were. */
  readInto(target: Buffer, at: number, length: number, position: number): number;
  /** The size now: another one when somebody writes to the file. */
  sizeNow(): number;
  /** How many bytes were read so far. */
  readonly bytesRead: number;
  /** Of an open file: threads of this process read through it, too. Null for other bytes. */
  readonly fd: number | null;
  close(): void;
}

/** A file that cannot be read at all. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  /** The operating system's name of it: ENOENT, EACCES, EISDIR …; ENOTFILE for what is neither file nor directory. */
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'a directory lies where a file should be',
  ENOTDIR: 'a part of the path is not a directory',
  ENOTFILE: 'not a regular file',
  EIO: 'the device cannot read it',
};

/** The SourceError for what the operating system said. */
export function sourceError(error: unknown, path: string): SourceError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  const message = WHY[code] ?? (error instanceof Error ? error.message : String(error));
  return new SourceError(code, path, message, { cause: error });
}

/**
 * Opens a file for reading only (O_RDONLY). Never waits for the other end of a pipe. Throws SourceError.
 */
export function openSource(path: string): ByteSource {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw sourceError(error, path);
  }
  return new FileSource(fd, path);
}

/**
 * A file that another thread of this process has open, opened once more; where its name leads elsewhere by now, as that thread
 * has it open, and will close it.
 */
export function reopened(fd: number, path: string, size: number): ByteSource {
  const shared = sharedSource(fd, path, size);
  try {
    const own = openSource(path);
    if (isSameFile(fd, own.fd)) return own;
    own.close();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
  }
  return shared;
}

function isSameFile(left: number, right: number | null): boolean {
  const [a, b] = [fstatSync(left), right === null ? null : fstatSync(right)];
  return a.ino === b?.ino && a.dev === b.dev;
}

function sharedSource(fd: number, path: string, size: number): ByteSource {
  return {
    path,
    size,
    fd,
    bytesRead: 0,
    readInto: (target, at, length, position) => readFully(fd, path, target, at, length, position),
    sizeNow: () => fstatSync(fd).size,
    close: () => undefined,
  };
}

class FileSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly fd: number;
  bytesRead = 0;

  constructor(fd: number, path: string) {
    this.fd = fd;
    this.path = path;
    const stat = fstatSync(fd);
    if (!stat.isFile()) {
      closeSync(fd);
      const code = stat.isDirectory() ? 'EISDIR' : 'ENOTFILE';
      throw new SourceError(code, path, WHY[code] ?? code);
    }
    this.size = stat.size;
  }

  readInto(target: Buffer, at: number, length: number, position: number): number {
    const done = readFully(this.fd, this.path, target, at, length, position);
    this.bytesRead += done;
    return done;
  }

  sizeNow(): number {
    return fstatSync(this.fd).size;
  }

  close(): void {
    closeSync(this.fd);
  }
}

function readFully(fd: number, path: string, target: Buffer, at: number, length: number, position: number): number {
  let done = 0;
  try {
    while (done < length) {
      const got = readSync(fd, target, at + done, length - done, position + done);
      if (got === 0) break;
      done += got;
    }
  } catch (error) {
    throw sourceError(error, path);
  }
  return done;
}

/** What became of a file since it was opened: `replaced` when its name leads to another one, or to none; null for nothing. */
export function changeOf(source: ByteSource): 'grown' | 'replaced' | null {
  const { fd, path } = source;
  if (fd !== null) {
    const now = statSync(path, { throwIfNoEntry: false });
    const then = fstatSync(fd);
    if (now === undefined || now.ino !== then.ino || now.dev !== then.dev) return 'replaced';
  }
  return source.sizeNow() === source.size ? null : 'grown';
}

/** Whether there is nothing by that name, not even a link. */
export function isGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}

/** Bytes in memory as a source. */
export function memorySource(bytes: Buffer, path = 'memory'): ByteSource {
  let bytesRead = 0;
  return {
    path,
    size: bytes.length,
    fd: null,
    get bytesRead() {
      return bytesRead;
    },
    readInto(target, at, length, position) {
      const done = position >= bytes.length ? 0 : bytes.copy(target, at, position, position + length);
      bytesRead += done;
      return done;
    },
    sizeNow: () => bytes.length,
    close: () => undefined,
  };
}

/** The first bytes of a source. Closing it leaves the source open. */
export function upTo(source: ByteSource, bytes: number): ByteSource {
  return {
    path: source.path,
    size: Math.min(bytes, source.size),
    fd: source.fd,
    get bytesRead() {
      return source.bytesRead;
    },
    readInto: (target, at, length, position) =>
      source.readInto(target, at, Math.max(0, Math.min(length, bytes - position)), position),
    sizeNow: () => source.sizeNow(),
    close: () => undefined,
  };
}

/** A whole file that is small by its nature; one larger than `limit` bytes is a SourceError('EFBIG'). */
export function readAll(source: ByteSource, limit: number): Buffer {
  if (source.size > limit) {
    throw new SourceError(
      'EFBIG',
      source.path,
      `${source.size} bytes, more than the ${limit} that such a file can have`,
    );
  }
  const bytes = Buffer.allocUnsafe(source.size);
  return bytes.subarray(0, source.readInto(bytes, 0, source.size, 0));
}

/** Opens, reads and closes a small file. Throws SourceError. */
export function readSmallFile(path: string, limit: number): Buffer {
  const source = openSource(path);
  try {
    return readAll(source, limit);
  } finally {
    source.close();
  }
}
