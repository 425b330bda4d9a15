import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KAFKA_4 } from './fixtures.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
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
  bin = join(place, 'kmedic.mjs');
  await build({
    entryPoints: [join(ROOT, 'src/cli/start.ts')],
    outfile: bin,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['@node-rs/crc32'],
    define: { KMEDIC_VERSION: '"0"' },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
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
    const directory = join(place, 'data');
    cpSync(KAFKA_4, directory, { recursive: true });
    const partition = join(directory, 'none-0');
    // What made Kafka's tool write: a ragged index, a missing one beside its time index, a preallocated one.
    truncateSync(join(partition, '00000000000000000000.index'), 11);
    rmSync(join(directory, 'gzip-0', '00000000000000000000.index'));
    truncateSync(join(directory, 'lz4-0', '00000000000000000000.index'), 8192);
    truncateSync(join(directory, 'zstd-0', '00000000000000000000.log'), 1000);
    const before = state(directory);
    const commands = [
      ['dump', directory, '--side-files'],
      ['dump', directory, '--records', '-o', 'json'],
      ['dump', '--files', join(directory, 'gzip-0', '00000000000000000000.timeindex')],
      ['verify', directory, '--deep'],
      ['stats', directory, '--deep'],
      ['groups', directory],
      ['find', partition, '--offset', '20'],
      ['find', partition, '--time', '1700000010000'],
      ['diff', partition, join(KAFKA_4, 'none-0')],
    ];
    for (const args of commands) {
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
