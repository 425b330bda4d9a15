import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DIST } from './run-bin.ts';

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly entryPoint?: string;
        readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
        readonly inputs: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

const meta = JSON.parse(readFileSync(new URL('meta.json', DIST), 'utf8')) as Metafile;

/** Every source file that is loaded when an output is: through static imports only. */
function loadedWith(output: string): string[] {
  const seen = new Set<string>();
  const inputs = new Set<string>();
  const visit = (path: string): void => {
    const found = meta.outputs[path];
    if (found === undefined || seen.has(path)) return;
    seen.add(path);
    for (const input of Object.keys(found.inputs)) inputs.add(input);
    for (const each of found.imports) if (each.kind === 'import-statement' && each.external !== true) visit(each.path);
  };
  visit(output);
  return [...inputs];
}

function outputOf(source: string): string {
  const found = Object.entries(meta.outputs).find(
    ([, { inputs, entryPoint }]) => entryPoint === source || (entryPoint !== undefined && source in inputs),
  );
  if (found === undefined) throw new Error(`${source} is in no entry of the bundle`);
  return found[0];
}

const packages = (inputs: readonly string[]): string[] =>
  [...new Set(inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []))].sort();

/** Data without imports: the names of faults, which help tells, and the words for what a file system answers. */
const DATA = new Set(['src/broker/fault/vocabulary.ts', 'src/client/file-reason.ts']);

const rooms = (inputs: readonly string[]): string[] =>
  [
    ...new Set(inputs.filter((input) => !DATA.has(input)).flatMap((input) => /^src\/([^/]+)\//.exec(input)?.[1] ?? [])),
  ].sort();

describe('the bundle', () => {
  it('loads no package and nothing of other rooms for --help and --version', () => {
    const inputs = loadedWith('dist/main.js');
    expect(packages(inputs)).toEqual([]);
    expect(rooms(inputs)).toEqual(['cli', 'render']);
  });

  it('loads neither zod, nor the broker, nor kafkajs’ producers for kmedic lag', () => {
    const inputs = [
      ...loadedWith(outputOf('src/cli/commands/reading.ts')),
      ...loadedWith(outputOf('src/cli/connect.ts')),
    ];
    expect(packages(inputs)).toEqual(['kafkajs']);
    expect(rooms(inputs)).not.toContain('broker');
    expect(inputs.filter((input) => /kafkajs\/src\/(producer|consumer|admin)\//.test(input))).toEqual([]);
  });

  it('keeps the native checksum outside, where it may be missing', () => {
    const external = Object.values(meta.outputs).flatMap(({ imports }) =>
      imports.filter(({ external: out }) => out === true),
    );
    const named = new Set(external.map(({ path }) => path).filter((path) => !/^(node:)?[a-z0-9_/]+$/.test(path)));
    expect([...named].every((path) => path === '@node-rs/crc32')).toBe(true);
  });
});
