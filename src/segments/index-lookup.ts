import { fileName, INDEX_SUFFIX, LOG_SUFFIX, TIME_INDEX_SUFFIX } from '../log/file-names.ts';
import { int64 } from '../records/index.ts';
import { isPlausible } from './plausible.ts';
import { type ByteSource, openSource, SourceError } from './source.ts';

const OFFSET_ENTRY = 8;
const TIME_ENTRY = 12;

/**
 * Where in a log to begin to look for `offset`: no batch before that position reaches it. Goes by the index beside the log,
 * which is not trusted: what it points at has to look like a batch that begins early enough. 0 where there is no help.
 */
export function positionBefore(log: ByteSource, baseOffset: number, offset: number): number {
  return withIndex(sibling(log.path, baseOffset, INDEX_SUFFIX), 0, (index) => {
    const entry = Buffer.alloc(OFFSET_ENTRY);
    const relative = offset - baseOffset;
    const found = lastEntry(index, entry, (bytes) => bytes.readInt32BE(0) <= relative);
    if (!found) return 0;
    const position = entry.readInt32BE(4);
    return beginsBy(log, position, offset) ? position : 0;
  });
}

/** An offset before which no record has a timestamp of `timestamp` or more; the base offset where there is no help. */
export function offsetBefore(logPath: string, baseOffset: number, timestamp: number): number {
  return withIndex(sibling(logPath, baseOffset, TIME_INDEX_SUFFIX), baseOffset, (index) => {
    const entry = Buffer.alloc(TIME_ENTRY);
    // An entry's timestamp is the largest so far: everything up to its offset is older than what is wanted.
    const found = lastEntry(index, entry, (bytes) => int64(bytes, 0) < timestamp);
    return found ? baseOffset + entry.readInt32BE(8) : baseOffset;
  });
}

function sibling(logPath: string, baseOffset: number, suffix: string): string {
  const name = fileName(baseOffset, LOG_SUFFIX);
  return logPath.endsWith(name) ? `${logPath.slice(0, -name.length)}${fileName(baseOffset, suffix)}` : '';
}

function withIndex(path: string, otherwise: number, use: (index: ByteSource) => number): number {
  if (path === '') return otherwise;
  try {
    const index = openSource(path);
    try {
      return use(index);
    } finally {
      index.close();
    }
  } catch (error) {
    if (error instanceof SourceError) return otherwise;
    throw error;
  }
}

/** Binary search for the last entry that `holds`; entries of zeros behind the first are unused space. Fills `entry`. */
function lastEntry(index: ByteSource, entry: Buffer, holds: (entry: Buffer) => boolean): boolean {
  const read = (i: number): boolean => index.readInto(entry, 0, entry.length, i * entry.length) === entry.length;
  let low = 0;
  let high = Math.floor(index.size / entry.length);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const used = read(middle) && (middle === 0 || entry.some((byte) => byte !== 0));
    if (used && holds(entry)) low = middle + 1;
    else high = middle;
  }
  return low > 0 && read(low - 1);
}

const HEADER = 61;

function beginsBy(log: ByteSource, position: number, offset: number): boolean {
  const header = Buffer.alloc(HEADER);
  if (position <= 0 || position >= log.size) return false;
  const got = log.readInto(header, 0, HEADER, position);
  return isPlausible(header, 0, got, log.size - position, -1) && int64(header, 0) <= offset;
}
