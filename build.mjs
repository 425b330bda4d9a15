import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

/**
 * Bundles src/cli/start.ts to dist/main.js. Code splitting keeps what a command does not need out of its start-up: the
 * client, zod and the broker are chunks of their own, loaded when they are used.
 */
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const root = new URL('.', import.meta.url).pathname;

// commander can start other programs as subcommands. kmedic has none, and loading child_process costs a sixth of a start.
const withoutChildProcess = {
  name: 'without-child-process',
  setup(building) {
    building.onResolve({ filter: /^(node:)?child_process$/ }, ({ importer }) =>
      importer.includes('node_modules/commander/') ? { path: 'child_process', namespace: 'absent' } : undefined,
    );
    building.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

// kafkajs' connection loads SASL, and with it every request that kafkajs knows, although few connections need it.
const saslWhenNeeded = {
  name: 'sasl-when-needed',
  setup(building) {
    building.onLoad({ filter: /kafkajs[/\\]src[/\\]network[/\\]connection\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source
        .replace("const SASLAuthenticator = require('../broker/saslAuthenticator')\n", '')
        .replace('new SASLAuthenticator(', "new (await import('../broker/saslAuthenticator')).default(");
      if (contents.includes('const SASLAuthenticator')) throw new Error(`${path} is not the one of kafkajs 2.2.4`);
      return { contents, loader: 'js' };
    });
  },
};

rmSync(new URL('dist', import.meta.url), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli/start.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  // Native, optional, and found at run time where it is installed.
  external: ['@node-rs/crc32'],
  define: { KMEDIC_VERSION: JSON.stringify(version) },
  // CommonJS packages inside the bundle call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  plugins: [withoutChildProcess, saslWhenNeeded],
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(new URL('dist/meta.json', import.meta.url), JSON.stringify(metafile));
