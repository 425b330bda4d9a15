import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
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

const ENTRY = 'src/cli/start.ts';
/** The process of one client of a drill. */
const LAB_CLIENT = 'src/lab/clients/process.ts';
const BASE = ['src/cli/main.ts', 'src/cli/io.ts', 'src/cli/real-deps.ts'];
const SHOWING = [
  ...['present', 'values', 'suggest', 'until-interrupted'].map((name) => `src/cli/${name}.ts`),
  ...['render/bytes', 'render/wrap', 'protocol/internal-topics'].map((name) => `src/${name}.ts`),
];
const READING = ['src/cli/commands/reading.ts', 'src/cli/connect.ts'];
/** What every command on segments needs, or most of them: helpers of the commands, and the readers of files. */
const SEGMENTS = [
  ...['dump', 'dump-error', 'finding-lines', 'iso-time', 'ranges'].map(
    (name) => `src/cli/commands/segments/${name}.ts`,
  ),
  ...['find', 'locate', 'dump-log', 'dump-side-file', 'verify/log-root'].map((name) => `src/segments/${name}.ts`),
];
const CLUSTER_ROOMS = ['client', 'cluster'];
/** What needs one of these may use a few words of those, and looks at no cluster. */
const OTHER_ROOMS = ['broker', 'segments'];

/**
 * Code that is shared by other sets of commands lands in chunks of its own: dozens of them, each of which costs as much
 * to find and open as its code. So what every start needs, what every command needs, and what every command needs that
 * looks at a cluster, are made one set each: all that would load some of it load all of it.
 */
const together = (entries) => ({
  name: 'together',
  setup(building) {
    building.onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
      const rooms = entries.get(relative(root, path).replaceAll('\\', '/'));
      if (rooms === undefined) return undefined;
      const [looks, elsewhere] = [CLUSTER_ROOMS, OTHER_ROOMS].map((some) => some.some((room) => rooms.has(room)));
      const segments = rooms.has('segments') ? SEGMENTS : [];
      const reading = looks && !elsewhere ? READING : [];
      const imports = [...BASE, ...SHOWING, ...reading, ...segments].filter((file) => join(root, file) !== path);
      const lines = imports.map((file) => `import ${JSON.stringify(join(root, file))};\n`);
      return { contents: readFileSync(path, 'utf8') + lines.join(''), loader: 'ts' };
    });
  },
});

/** The files that are loaded by themselves, and which rooms of src/ each of them needs at once. */
function entriesOf({ outputs }) {
  const inputsOf = (path, seen = new Set()) => {
    if (seen.has(path)) return [];
    seen.add(path);
    const needed = outputs[path].imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
    return [...Object.keys(outputs[path].inputs), ...needed.flatMap((each) => inputsOf(each.path, seen))];
  };
  const closures = new Map();
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint?.startsWith('src/') === true) closures.set(entryPoint, inputsOf(path));
  }
  // What every start needs anyhow is loaded with it, although somebody loads it by itself as well.
  for (const input of closures.get(ENTRY)) closures.delete(input);
  closures.delete(LAB_CLIENT);
  const roomOf = (input) => /^src\/(\w+)\//.exec(input)?.[1];
  return new Map([...closures].map(([entry, inputs]) => [entry, new Set(inputs.map(roomOf))]));
}

rmSync(new URL('dist', import.meta.url), { recursive: true, force: true });
const options = {
  absWorkingDir: root,
  entryPoints: { main: ENTRY, 'lab-client': LAB_CLIENT },
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
};
// The helper threads of `segments verify` start at once: nothing but what they need, in a format that Node loads faster.
await build({
  ...options,
  entryPoints: { 'segments-ahead': 'src/segments/ahead/worker.ts' },
  outdir: 'dist/chunks',
  outExtension: { '.js': '.cjs' },
  splitting: false,
  format: 'cjs',
  define: { ...options.define, 'import.meta.url': '__filename' },
  banner: {},
  plugins: [],
  metafile: false,
});
const apart = await build({ ...options, write: false });
const plugins = [...options.plugins, together(entriesOf(apart.metafile))];
const { metafile } = await build({ ...options, plugins });
writeFileSync(new URL('dist/meta.json', import.meta.url), JSON.stringify(metafile));
