import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasCommand } from '../kafka/jars.ts';
import { bundle } from '../segments/bundle.ts';
import { readingCommands, temptingDirectory } from '../segments/reading-commands.ts';

/*
 * What kmedic asks of the operating system while it reads a log directory: every system call that names a file there, or that goes
 * to one that is open, is one that reads.
 */

const READING = new Set([
  'access',
  'close',
  'dup',
  'epoll_ctl',
  'faccessat',
  'faccessat2',
  'fadvise64',
  'fstat',
  'getdents64',
  'lseek',
  'lstat',
  'newfstatat',
  'pread64',
  'preadv',
  'read',
  'readlink',
  'readlinkat',
  'readv',
  'stat',
  'statx',
]);

let place = '';
let bin = '';
let directory = '';

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-strace-'));
  bin = await bundle(place);
  directory = temptingDirectory(place);
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** The system calls of a process and its threads that have to do with the log directory. */
function callsOf(command: readonly string[]): { readonly calls: readonly string[]; readonly status: number | null } {
  const trace = join(place, 'trace');
  const strace = ['-f', '-qq', '-y', '-s', '4096', '-o', trace];
  const { status, stderr } = spawnSync('strace', [...strace, ...command], { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status === null) throw new Error(`strace: ${stderr}`);
  const lines = readFileSync(trace, 'utf8').split('\n');
  // What a call was asked stands where it begins, also when it ends in a later line.
  const calls = lines.filter((line) => line.includes(directory) && !/^\d+ +(execve\(|<\.\.\. )/.test(line));
  return { calls: calls.map((line) => line.replace(/^\d+ +/, '')), status };
}

function isReading(call: string): boolean {
  const name = /^\w+/.exec(call)?.[0] ?? '';
  if (name === 'open' || name === 'openat')
    return /O_RDONLY/.test(call) && !/O_(CREAT|TRUNC|WRONLY|RDWR|APPEND|TMPFILE)/.test(call);
  // Output of ours that names a file is no writing to it: what is written to comes first.
  if (/^(write|writev|pwrite64)$/.test(name)) return !call.slice(0, call.indexOf(',')).includes(directory);
  return READING.has(name);
}

describe.skipIf(!hasCommand('strace', '-V'))('the system calls of reading', () => {
  it('would show a write', () => {
    const script = `require('node:fs').appendFileSync(${JSON.stringify(join(directory, 'none-0', 'x'))}, 'x')`;
    const { calls } = callsOf([process.execPath, '-e', script]);
    expect(calls.filter((call) => !isReading(call)).map((call) => /^\w+/.exec(call)?.[0])).toEqual(['openat', 'write']);
    rmSync(join(directory, 'none-0', 'x'));
  });

  it('only open for reading, and read', () => {
    for (const args of [...readingCommands(directory), ['salvage', directory, join(place, 'salvaged')]]) {
      const { calls, status } = callsOf([process.execPath, bin, 'segments', ...args]);
      expect([args[0], calls.filter((call) => !isReading(call))]).toEqual([args[0], []]);
      expect(calls.filter((call) => /^openat?\(/.test(call)).length).toBeGreaterThan(0);
      expect([0, 1, 5]).toContain(status);
    }
  });
});
