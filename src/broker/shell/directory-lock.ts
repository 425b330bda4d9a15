import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterStartError, errorCodeOf } from './start-error.ts';

const LOCK_FILE = '.lock';
/** Directories that this process holds: a lock file with our own pid is else a leftover of an earlier process. */
const held = new Set<string>();

export interface DirectoryLock {
  release(): void;
}

/**
 * Makes sure that no other process works in a directory, by a file with the holder's pid. A lock whose holder is gone
 * is taken over. Throws ClusterStartError('directory-in-use').
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, LOCK_FILE);
  if (held.has(path)) throw inUse(directory, process.pid);
  for (;;) {
    if (tryCreate(path)) break;
    const holder = readHolder(path);
    if (holder !== null && holder !== process.pid && isAlive(holder)) throw inUse(directory, holder);
    rmSync(path, { force: true });
  }
  held.add(path);
  return {
    release() {
      held.delete(path);
      rmSync(path, { force: true });
    },
  };
}

function tryCreate(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o644);
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, `${process.pid}\n`);
  } finally {
    closeSync(file);
  }
  return true;
}

/** The pid in a lock file; null where there is none (a crash between making and writing it). */
function readHolder(path: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists, and belongs to somebody else.
    return errorCodeOf(error) === 'EPERM';
  }
}

function inUse(directory: string, pid: number): ClusterStartError {
  return new ClusterStartError('directory-in-use', `${directory} is in use by process ${pid}`, { directory, pid });
}
