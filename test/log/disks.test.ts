import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Disk, DiskError, type DiskFile, replaceFile } from '../../src/log/disk.ts';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { FileDisk } from '../../src/log/shell/file-disk.ts';
import fc, { runs } from '../property.ts';

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'kmedic-disk-'));
});

afterEach(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

function contentOf(disk: Disk, name: string): string {
  const file = disk.open(name);
  return file.read(0, file.size).toString();
}

function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof DiskError ? error.reason : `not a DiskError: ${error}`;
  }
  return 'no error';
}

test.runIf(process.platform === 'linux')(
  'a directory that a system has no room for is told, not tried for ever',
  () => {
    const disk = new FileDisk('/proc');
    expect(reasonOf(() => disk.makeDirectory('kmedic/t-0'))).toBe('not-found');
  },
);

test('a file lies where a directory should be made', () => {
  const disk = new FileDisk(root);
  disk.open('a', { create: true });
  expect(reasonOf(() => disk.makeDirectory('a'))).not.toBe('no error');
  expect(reasonOf(() => disk.makeDirectory('a/b'))).not.toBe('no error');
});

describe.each([
  ['MemoryDisk', () => new MemoryDisk()],
  ['FileDisk', () => new FileDisk(root, { maxOpenFiles: 2 })],
])('%s', (_name, make) => {
  test('names: directories, listings, renames, removals', () => {
    const disk = make();
    expect(reasonOf(() => disk.open('a'))).toBe('not-found');
    expect(reasonOf(() => disk.open('absent/a', { create: true }))).toBe('not-found');
    disk.makeDirectory('t-0/deep');
    disk.open('t-0/b', { create: true }).append(Buffer.from('b'));
    disk.open('t-0/a', { create: true }).append(Buffer.from('a'));
    disk.open('t-0/deep/c', { create: true }).append(Buffer.from('c'));
    expect(disk.list('t-0')).toEqual(['a', 'b', 'deep']);
    expect(disk.list('')).toEqual(['t-0']);
    expect(disk.list('absent')).toEqual([]);
    disk.rename('t-0/a', 't-0/b');
    expect(contentOf(disk, 't-0/b')).toBe('a');
    disk.rename('t-0', 'u-0');
    expect([disk.exists('t-0'), disk.exists('u-0/deep/c'), disk.list('u-0')]).toEqual([false, true, ['b', 'deep']]);
    expect(reasonOf(() => disk.rename('absent', 'x'))).toBe('not-found');
    disk.remove('absent');
    disk.remove('u-0');
    expect([disk.list(''), disk.exists('u-0/deep/c')]).toEqual([[], false]);
  });

  test('replaces a file as a whole', () => {
    const disk = make();
    replaceFile(disk, 'f', Buffer.from('first, and longer'));
    replaceFile(disk, 'f', Buffer.from('second'));
    expect([contentOf(disk, 'f'), disk.list('')]).toEqual(['second', ['f']]);
  });

  test('a file is what was done to it, whatever the sizes', () => {
    const operation = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('append'),
          a: fc.integer({ min: 0, max: 3000 }),
          b: fc.integer({ min: 0, max: 70_000 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constantFrom('truncate', 'write', 'reopen'), a: fc.nat(), b: fc.nat() }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('read'), a: fc.nat(), b: fc.integer({ min: 0, max: 100_000 }) }),
      },
    );
    let round = 0;
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        const disk = make();
        const name = `f${round++}`;
        let file: DiskFile = disk.open(name, { create: true });
        let model = Buffer.alloc(0);
        let fill = 1;
        const handedOut: { bytes: Buffer; copy: Buffer }[] = [];
        for (const { kind, a, b } of operations) {
          const at = model.length === 0 ? 0 : a % model.length;
          if (kind === 'append') {
            const buffers = [Buffer.alloc(a, fill++), Buffer.allocUnsafeSlow(b).fill(fill++)];
            expect(file.append(...buffers)).toBe(model.length);
            model = Buffer.concat([model, ...buffers]);
          } else if (kind === 'truncate') {
            file.truncate(at);
            model = model.subarray(0, at);
          } else if (kind === 'write' && model.length > 0) {
            const bytes = Buffer.alloc(Math.min(8, model.length - at), fill++);
            file.write(at, bytes);
            model = Buffer.concat([model.subarray(0, at), bytes, model.subarray(at + bytes.length)]);
          } else if (kind === 'reopen') {
            file.close();
            file = disk.open(name);
          } else if (kind === 'read') {
            const bytes = file.read(at, b);
            expect(bytes.equals(model.subarray(at, at + b))).toBe(true);
            handedOut.push({ bytes, copy: Buffer.from(bytes) });
          }
          expect(file.size).toBe(model.length);
        }
        expect(file.read(0, model.length + 10).equals(model)).toBe(true);
        // What a reader was given stays, whatever happened to the file later.
        for (const { bytes, copy } of handedOut) expect(bytes.equals(copy)).toBe(true);
        file.close();
        disk.remove(name);
      }),
      { numRuns: runs(60) },
    );
  });
});

describe('MemoryDisk', () => {
  test('keeps large buffers, copies small ones, and reads within one without a copy', () => {
    const file = new MemoryDisk().open('f', { create: true });
    const large = Buffer.allocUnsafeSlow(64 * 1024).fill(1);
    const pinning = Buffer.allocUnsafeSlow(1024 * 1024).subarray(0, 40 * 1024);
    file.append(large, pinning);
    expect(file.read(10, 100).buffer).toBe(large.buffer);
    expect(file.read(large.length, 100).buffer).not.toBe(pinning.buffer);
    expect(file.read(large.length, pinning.length).buffer.byteLength).toBeLessThan(512 * 1024);
  });

  test('a crash takes what was not synced, and a copy stays apart', () => {
    const disk = new MemoryDisk();
    const file = disk.open('f', { create: true });
    file.append(Buffer.from('synced'));
    file.sync();
    file.append(Buffer.from(' and not'));
    const copy = disk.copy();
    const torn = disk.copy();
    disk.crash();
    torn.crash((name, synced, size) => (name === 'f' && size === synced + 8 ? synced + 4 : 0));
    file.append(Buffer.from('!'));
    expect([contentOf(disk, 'f'), contentOf(copy, 'f'), contentOf(torn, 'f')]).toEqual([
      'synced!',
      'synced and not',
      'synced and',
    ]);
  });
});

describe('FileDisk', () => {
  test('keeps few files open, and more of them in use', () => {
    const disk = new FileDisk(root, { maxOpenFiles: 4 });
    const open = () =>
      fs.readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
        } catch {
          return false;
        }
      }).length;
    const files = Array.from({ length: 20 }, (_, index) => disk.open(`f${index}`, { create: true }));
    for (let round = 0; round < 3; round++)
      for (const [index, file] of files.entries()) file.append(Buffer.from(`${index};`));
    if (fs.existsSync('/proc/self/fd')) expect(open()).toBeLessThanOrEqual(4);
    for (const [index, file] of files.entries()) expect(file.read(0, 100).toString()).toBe(`${index};`.repeat(3));
    disk.close();
    if (fs.existsSync('/proc/self/fd')) expect(open()).toBe(0);
  });

  test('what was just written is read without a copy, unless it was cut off since', () => {
    const file = new FileDisk(root).open('f', { create: true });
    const first = Buffer.allocUnsafeSlow(20_000).fill(1);
    file.append(first);
    expect(file.read(100, 500).buffer).toBe(first.buffer);
    file.truncate(10);
    file.append(Buffer.alloc(5000, 2));
    file.append(Buffer.allocUnsafeSlow(20_000).fill(3));
    expect(
      file.read(0, 5011).equals(Buffer.concat([first.subarray(0, 10), Buffer.alloc(5000, 2), Buffer.from([3])])),
    ).toBe(true);
    expect(file.read(20, 100).equals(Buffer.alloc(100, 2))).toBe(true);
  });

  test('errors name the file and say of what kind they are', () => {
    const disk = new FileDisk(root);
    expect(() => disk.open('absent')).toThrow(path.join(root, 'absent'));
    fs.writeFileSync(path.join(root, 'plain'), '');
    expect(reasonOf(() => disk.open('plain/x', { create: true }))).toBe('not-found');
    expect(reasonOf(() => disk.open('../outside', { create: true }))).toBe('denied');
    expect(disk.list('plain')).toEqual([]);
    expect(reasonOf(() => new FileDisk(path.join(root, 'plain')))).toBe('failed');
  });

  test.skipIf(!fs.existsSync('/dev/full'))('a full disk is one, and leaves the file as it was', () => {
    fs.symlinkSync('/dev/full', path.join(root, 'full'));
    const file = new FileDisk(root).open('full');
    expect(reasonOf(() => file.append(Buffer.from('x'), Buffer.from('y')))).toBe('full');
    expect(file.size).toBe(0);
  });
});
