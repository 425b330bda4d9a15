import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Which rooms of src/ each room may import from. What is not said is not allowed. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  records: [],
  log: ['records'],
  client: ['protocol'],
  broker: ['protocol', 'records', 'log'],
  cluster: ['client', 'protocol', 'records'],
  health: ['cluster'],
  offsets: ['cluster', 'client', 'protocol', 'records'],
  segments: ['records', 'log', 'protocol'],
  diagnose: ['health', 'cluster', 'segments'],
  lab: ['broker', 'cluster', 'client', 'protocol', 'records'],
  render: ['diagnose', 'offsets', 'health', 'cluster', 'segments'],
  cli: ['render', 'diagnose', 'segments', 'lab', 'offsets', 'health', 'cluster', 'client', 'broker'],
};

/** The parts of the command line that start the bundled broker; nothing else above `broker` may know of it. */
const STARTS_THE_BROKER = [/^cli\/commands\/broker\//, /^cli\/commands\/demo/, /^cli\/embedded/];

/** Packages that only certain rooms may load, so that start-up stays cheap and the seams stay where they are. */
const PACKAGE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['client', 'lab'],
  commander: ['cli'],
  chalk: ['render', 'cli'],
  ora: ['cli'],
  'cli-table3': ['render'],
  yaml: ['render', 'cli'],
};

const SRC = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function importsOf(path: string, source: string): Import[] {
  const found: Import[] = [];
  const statements =
    /^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|^\s*import\s+'([^']+)'/gm;
  for (const match of source.matchAll(statements)) {
    const specifier = match[2] ?? match[3] ?? match[4];
    if (specifier !== undefined) found.push({ from: path, specifier, typeOnly: match[1] !== undefined });
  }
  return found;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => name.replaceAll('\\', '/'));
const imports = files.flatMap((name) => importsOf(name, readFileSync(join(SRC, name), 'utf8')));
const roomOf = (path: string): string => path.split('/')[0] ?? '';

function wrongArrows(edges: readonly Import[]): string[] {
  const wrong: string[] = [];
  for (const { from, specifier, typeOnly } of edges) {
    if (!specifier.startsWith('.')) continue;
    const target = roomOf(relative(SRC, join(SRC, dirname(from), specifier)).replaceAll('\\', '/'));
    const room = roomOf(from);
    // The bundle's entry point stands beside the rooms, not in one.
    if (room === target || !from.includes('/')) continue;
    const allowed = ARROWS[room]?.includes(target) ?? false;
    const startsBroker = target !== 'broker' || room !== 'cli' || STARTS_THE_BROKER.some((path) => path.test(from));
    if (!allowed || !(startsBroker || typeOnly)) wrong.push(`${from} -> ${specifier}`);
  }
  return wrong;
}

describe('architecture', () => {
  it('knows every room', () => {
    const rooms = new Set(files.filter((name) => name.includes('/')).map(roomOf));
    expect([...rooms].filter((room) => !(room in ARROWS))).toEqual([]);
  });

  it('imports only along the arrows', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(wrongArrows(imports)).toEqual([]);
  });

  it('notices a wrong arrow', () => {
    const edge = importsOf('cluster/lag.ts', "import { startCluster } from '../broker/shell/index.ts';");
    expect(wrongArrows(edge)).toEqual(['cluster/lag.ts -> ../broker/shell/index.ts']);
  });

  it('keeps packages in their rooms', () => {
    const strays = imports.filter(({ from, specifier }) => {
      const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0];
      const rooms = PACKAGE_ROOMS[name ?? ''];
      return rooms !== undefined && from.includes('/') && !rooms.includes(roomOf(from));
    });
    expect(strays.map(({ from, specifier }) => `${from} -> ${specifier}`)).toEqual([]);
  });

  it('has no file that outgrew its one job', () => {
    const long = files
      .map((name) => ({ name, lines: readFileSync(join(SRC, name), 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 420);
    expect(long).toEqual([]);
  });
});
