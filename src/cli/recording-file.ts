import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Recording } from '../cluster/recording.ts';
import { Failure } from './failure.ts';

/** The byte of a gzip header that names the operating system; 255 is "unknown", so that all of them write the same. */
const GZIP_OS_AT = 9;

/** The bytes of a recording: JSON, packed with gzip unless the file is called `.json`. The same recording gives the same bytes. */
export function recordingBytes(recording: Recording, path: string): Buffer {
  const text = Buffer.from(`${JSON.stringify(recording)}\n`);
  if (path.endsWith('.json')) return text;
  const packed = gzipSync(text, { level: 6 });
  packed[GZIP_OS_AT] = 255;
  return packed;
}

/**
 * Writes a recording that only its owner can read (names and addresses are nobody else's business). It appears whole or
 * not at all. Without `force` an existing file is left alone: exit code 4. Returns its size in bytes.
 */
export function writeRecordingFile(path: string, recording: Recording, force: boolean): number {
  return writePrivateFile(path, recordingBytes(recording, path), force);
}

/** Writes a file that only its owner can read, whole or not at all. Without `force` an existing one is left alone: exit code 4. */
export function writePrivateFile(path: string, bytes: Buffer, force: boolean): number {
  const partial = `${path}.${process.pid}.partial`;
  if (!force) {
    try {
      // The name is taken first: of two that write at the same time one is told so.
      writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' });
      return bytes.length;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new Failure({
        name: 'FILE_EXISTS',
        message: `${path} exists already: nothing was written`,
        advice: 'choose another name, or replace it with --force',
        scope: 'file',
        exit: 4,
        cause: error,
      });
    }
  }
  try {
    writeFileSync(partial, bytes, { mode: 0o600, flag: 'wx' });
    chmodSync(partial, 0o600);
    renameSync(partial, path);
    return bytes.length;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
