import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { KAFKA_4 } from './fixtures.ts';
import { readingCommands, temptingDirectory } from './reading-commands.ts';

/** Node's own permission model: every attempt to write fails with ERR_ACCESS_DENIED. */
const FLAGS = [
  process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission',
  '--allow-fs-read=*',
  '--allow-addons',
];
let place = '';
let bin = '';

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-read-only-'));
  bin = await bundle(place);
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const run = (...args: string[]) => spawnSync(process.execPath, [...FLAGS, bin, ...args], { encoding: 'utf8' });

/** Names, sizes, times and content of everything in a directory. */
function state(directory: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(directory, name);
    const stat = statSync(path);
    hash.update(`${name} ${stat.size} ${stat.mtimeMs}\n`);
    if (stat.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

describe('reading never writes', () => {
  it('would be noticed', () => {
    const script = join(place, 'write.mjs');
    writeFileSync(script, "import { writeFileSync } from 'node:fs'; writeFileSync('/tmp/kmedic-never', '');");
    expect(() => execFileSync(process.execPath, [...FLAGS, script], { stdio: 'pipe' })).toThrow(/ERR_ACCESS_DENIED/);
  });

  it('works where writing is impossible, on sound and on damaged files, and changes nothing', () => {
    const directory = temptingDirectory(place);
    const before = state(directory);
    for (const args of readingCommands(directory)) {
      const { status, stdout, stderr } = run('segments', ...args);
      expect([args[0], stderr.includes('ERR_ACCESS_DENIED'), stdout.includes('INTERNAL')]).toEqual([
        args[0],
        false,
        false,
      ]);
      expect([0, 1]).toContain(status);
      expect(stdout.length).toBeGreaterThan(20);
    }
    expect(state(directory)).toBe(before);
  });
});

describe('standard input', () => {
  // Spooled to a temporary file, which is why no permission model is in force here.
  const read = (input: Buffer, ...args: string[]) =>
    spawnSync(process.execPath, [bin, 'segments', ...args], { input, encoding: 'utf8' });
  const dump = (input: Buffer, ...args: string[]) => read(input, 'dump', '-', ...args);
  const log = readFileSync(join(KAFKA_4, 'none-0', '00000000000000000000.log'));

  it('is read as a log, under the name that was given', () => {
    const { status, stdout } = dump(log.subarray(0, 1000), '-o', 'json');
    const { files } = JSON.parse(stdout);
    expect(files).toMatchObject([
      { file: '-', batches: 2, findings: [{ code: 'SEG-01', position: 723, length: 277 }] },
    ]);
    expect(status).toBe(1);
    const kafka = dump(log, '--format', 'kafka');
    expect([kafka.status, kafka.stdout.startsWith('Dumping -\nLog starting offset: 0\nbaseOffset: 0 ')]).toEqual([
      0,
      true,
    ]);
  });

  it('is verified as a log', () => {
    const sound = read(log, 'verify', '-', '-o', 'json');
    expect([sound.status, sound.stderr]).toEqual([0, '']);
    expect(JSON.parse(sound.stdout)).toMatchObject({
      files: [{ file: '-' }],
      partitions: [{ directory: '-', topic: null }],
    });
    const torn = read(log.subarray(0, 1000), 'verify', '-', '-o', 'json');
    const findings = [{ code: 'SEG-01', position: 723 }];
    expect([torn.status, JSON.parse(torn.stdout).files]).toMatchObject([1, [{ file: '-', findings }]]);
  });

  it('is refused where it cannot be read, with what to do', () => {
    for (const args of [
      ['stats', '-'],
      ['groups', '-'],
      ['find', '-', '--offset', '1'],
      ['diff', '-', '-'],
    ]) {
      const { status, stderr } = read(log, ...args);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/save it as a file, and name that/)]);
    }
  });

  it('may be empty', () => {
    const { status, stderr } = dump(Buffer.alloc(0));
    expect([status, stderr]).toEqual([0, '']);
  });
});
