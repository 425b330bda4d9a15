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
 * Makes sure that no other process works in a directory, by a file with the holder's pid and start. A lock whose holder
 * is gone is taken over. Throws ClusterStartError('directory-in-use').
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, LOCK_FILE);
  if (held.has(path)) throw inUse(directory, process.pid);
  for (;;) {
    if (tryCreate(path)) break;
    const holder = readHolder(path);
    if (holder !== null && holder.pid !== process.pid && isRunning(holder)) throw inUse(directory, holder.pid);
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

/** A process. Pids come again, above all in containers; a pid together with its start does not. */
interface Holder {
  readonly pid: number;
  /** In the kernel's ticks since boot; null where it is not known. */
  readonly start: string | null;
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
    writeSync(file, `${[process.pid, statOf(process.pid)?.start ?? ''].join(' ').trimEnd()}\n`);
  } finally {
    closeSync(file);
  }
  return true;
}

/** The process in a lock file; null where there is none (a crash between making and writing it). */
function readHolder(path: string): Holder | null {
  try {
    const [pid = '', start] = readFileSync(path, 'utf8').trim().split(' ');
    return /^[1-9]\d*$/.test(pid) ? { pid: Number(pid), start: start ?? null } : null;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Killed processes stay as zombies where nobody waits for them (a container without an init): those do not run. */
function isRunning({ pid, start }: Holder): boolean {
  if (!exists(pid)) return false;
  const stat = statOf(pid);
  if (stat === null) return true;
  return stat.state !== 'Z' && stat.state !== 'X' && (start === null || start === stat.start);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists, and belongs to somebody else.
    return errorCodeOf(error) === 'EPERM';
  }
}

/** What Linux tells of a process; null on other systems, and where it is hidden. */
function statOf(pid: number): { readonly state: string; readonly start: string } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // No such system, or no such process any more: whoever asks knows what that means.
    return null;
  }
  // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '' };
}

function inUse(directory: string, pid: number): ClusterStartError {
  return new ClusterStartError('directory-in-use', `${directory} is in use by process ${pid}`, { directory, pid });
}
