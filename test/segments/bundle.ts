import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** kmedic as one file in a directory of the test's, to be run as a process of its own. Returns its path. */
export async function bundle(directory: string): Promise<string> {
  const outfile = join(directory, 'kmedic.mjs');
  await build({
    entryPoints: [join(ROOT, 'src/cli/start.ts')],
    outfile,
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
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  return outfile;
}
