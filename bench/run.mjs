// Runs one measurement: `npm run bench -- bench/startup.bench.ts`. The file is bundled first, since Node 20 reads no
// TypeScript, and runs in a process of its own so that nothing of the bundler is measured.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) {
  process.stderr.write('usage: npm run bench -- bench/NAME.bench.ts [options]\n');
  process.exit(2);
}
const directory = mkdtempSync(join(tmpdir(), 'kmedic-bench-'));
// What is not bundled is found beside it.
symlinkSync(resolve('node_modules'), join(directory, 'node_modules'), 'junction');
const outfile = join(directory, `${basename(entry, '.ts')}.mjs`);
try {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    external: ['@node-rs/crc32'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  const { status } = spawnSync(process.execPath, [outfile, ...args], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
