import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Recording } from '../cluster/recording.ts';
import { Failure } from './failure.ts';

/**
 * Writes a recording that only its owner can read (names and addresses are nobody else's business). It appears whole or
 * not at all. Without `force` an existing file is left alone: exit code 4.
 */
export function writeRecordingFile(path: string, recording: Recording, force: boolean): void {
  const text = `${JSON.stringify(recording)}\n`;
  if (!force) {
    try {
      writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
      return;
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
  const partial = `${path}.${process.pid}.partial`;
  try {
    writeFileSync(partial, text, { mode: 0o600, flag: 'wx' });
    chmodSync(partial, 0o600);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
