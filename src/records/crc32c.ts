import { createRequire } from 'node:module';
import { type Crc, crcByTables } from './crc-table.ts';

/** Reflected form of the Castagnoli polynomial. */
const CASTAGNOLI = 0x82f6_3b78;

/** Below this many bytes the call into the native module costs more than it saves. */
const NATIVE_FROM_BYTES = 256;

/** Loading the native module costs about as much as this many bytes through the tables: who reads a batch or two never does. */
const LOAD_AFTER_BYTES = 64 * 1024;

type NativeCrc32c = (input: Uint8Array) => number;

let byTables: Crc | undefined;
let native: NativeCrc32c | null | undefined;
let bytesBefore = 0;

/** CRC-32C by tables alone, whatever is installed. */
export function tableCrc32c(buffer: Uint8Array, start = 0, end = buffer.length): number {
  byTables ??= crcByTables(CASTAGNOLI);
  return byTables(buffer, start, end);
}

/**
 * CRC-32C (Castagnoli) of `buffer[start, end)`, unsigned: the checksum of record batches and producer snapshots.
 * Uses the optional native module `@node-rs/crc32` for larger inputs when it is installed, tables otherwise.
 */
export function crc32c(buffer: Uint8Array, start = 0, end = buffer.length): number {
  if (end - start < NATIVE_FROM_BYTES) return tableCrc32c(buffer, start, end);
  if (native === undefined) {
    bytesBefore += end - start;
    if (bytesBefore > LOAD_AFTER_BYTES) native = loadNative();
  }
  return native == null ? tableCrc32c(buffer, start, end) : native(buffer.subarray(start, end)) >>> 0;
}

/** Which implementation large inputs go through on this machine. */
export function crc32cImplementation(): 'native' | 'table' {
  if (native === undefined) native = loadNative();
  return native === null ? 'table' : 'native';
}

const LIBC: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: '-gnu', win32: '-msvc' };
/** How the packages with the bindings are called; the package itself finds out the same by reading more files. */
const BINDING = `@node-rs/crc32-${process.platform}-${process.arch}${LIBC[process.platform] ?? ''}`;

function loadNative(): NativeCrc32c | null {
  const require = createRequire(import.meta.url);
  // Where the first is not reachable, or is for another C library, the package knows better.
  for (const name of [BINDING, '@node-rs/crc32']) {
    try {
      const module: unknown = require(name);
      if (hasCrc32c(module)) return module.crc32c;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return null;
}

function hasCrc32c(module: unknown): module is { crc32c: NativeCrc32c } {
  return typeof module === 'object' && module !== null && 'crc32c' in module && typeof module.crc32c === 'function';
}

/**
 * The package, or the binding for this platform behind it, is not installed, or not made for this system. In the second
 * case the package throws an Error of its own, with the failed lookups as its chain of causes.
 */
function isMissing(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && /^(MODULE_NOT_FOUND|ERR_DLOPEN_FAILED)$/.test(String(cause.code))) return true;
  }
  return false;
}
