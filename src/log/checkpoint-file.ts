import { type Disk, readFile, replaceFile } from './disk.ts';

/** Of all checkpoint files that Kafka writes. */
const VERSION = 0;

/** A checkpoint file that does not follow the grammar, or has another version. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/**
 * Reads Kafka's checkpoint grammar: a line with the version, one with the number of entries, then an entry per line,
 * fields separated by white space. An absent or empty file has no entries.
 */
export function readCheckpoint(disk: Disk, path: string): string[][] {
  return parseCheckpoint(readFile(disk, path)?.toString('utf8') ?? '', path);
}

/** The entries in the text of a checkpoint file; `path` is for the error message. */
export function parseCheckpoint(text: string, path: string): string[][] {
  if (text === '') return [];
  // The last line ends like the others: without that, a torn write could pass for a smaller number.
  if (!text.endsWith('\n')) throw new CheckpointError(`${path}: the last line is not complete`);
  const lines = text.slice(0, -1).split('\n');
  const [versionLine, countLine, ...entries] = lines;
  if (versionLine?.trim() !== String(VERSION)) {
    throw new CheckpointError(`${path}: version ${JSON.stringify(versionLine)} instead of ${VERSION}`);
  }
  if (countLine === undefined || !/^\s*\d+\s*$/.test(countLine)) {
    throw new CheckpointError(`${path}: ${JSON.stringify(countLine)} is no number of entries`);
  }
  if (Number(countLine) !== entries.length) {
    throw new CheckpointError(`${path}: ${entries.length} entries instead of ${countLine.trim()}`);
  }
  return entries.map((line) => line.trim().split(/\s+/));
}

/** Replaces a checkpoint file as a whole; `sync` makes it durable before it returns. */
export function writeCheckpoint(
  disk: Disk,
  path: string,
  entries: readonly (readonly (string | number)[])[],
  options: { readonly sync: boolean } = { sync: true },
): void {
  const lines = [VERSION, entries.length, ...entries.map((fields) => fields.join(' '))];
  replaceFile(disk, path, Buffer.from(`${lines.join('\n')}\n`), options);
}

/** A whole number in a checkpoint's entry. Throws CheckpointError for anything else. */
export function checkpointNumber(field: string | undefined, path: string): number {
  if (field === undefined || !/^-?\d+$/.test(field)) {
    throw new CheckpointError(`${path}: ${JSON.stringify(field)} is no whole number`);
  }
  return Number(field);
}
