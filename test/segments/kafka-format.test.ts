import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { FIXTURES } from './fixtures.ts';
import { filesOf, goldenOf, sections, TOOL_RUNS, TOOL_VERSIONS, type ToolVersion } from './golden.ts';

const FORMAT: Readonly<Record<ToolVersion, string>> = { '3.9.2': 'kafka-3.9', '4.3.1': 'kafka' };

const goldens = TOOL_VERSIONS.flatMap((version) =>
  readdirSync(join(FIXTURES, `tool-${version}`)).map((name) => {
    const [, kafka = '', run = ''] = /^(kafka-[\d.]+)-([\w-]+)\.txt\.gz$/.exec(name) ?? [];
    return [version, kafka, run] as const;
  }),
);

describe.each(TOOL_VERSIONS)('the dump tool of %s', (version) => {
  it('was asked about the files of its own release and about v0 and v1', () => {
    const asked = goldens.filter(([tool]) => tool === version).map(([, kafka, run]) => `${kafka} ${run}`);
    const runs = TOOL_RUNS.map(({ name }) => name).filter((name) => version !== '3.9.2' || name !== 'share-state');
    const legacy = ['records', 'deep', 'batches', 'contents', 'side'];
    expect(asked.sort()).toEqual(
      [...runs.map((run) => `kafka-${version} ${run}`), ...legacy.map((run) => `kafka-2.8.2 ${run}`)].sort(),
    );
  });
});

describe('--format kafka is, line by line, what the tool prints', () => {
  it.each(goldens)('tool %s, %s: %s', async (version, kafka, name) => {
    const run = TOOL_RUNS.find((each) => each.name === name);
    if (run === undefined) throw new Error(`${name}: no such run`);
    const directory = join(FIXTURES, kafka);
    const expected = goldenOf(FIXTURES, version, kafka, run) ?? '';
    const files = filesOf(directory, run);
    expect(files.length).toBeGreaterThan(0);
    const paths = files.map((file) => join(directory, file)).join(',');
    const { out, code } = await runCli([
      'segments',
      'dump',
      ...run.options,
      '--format',
      FORMAT[version],
      '--files',
      paths,
    ]);
    const ours = sections(out.replaceAll(`${directory}/`, ''));
    const theirs = sections(expected);
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    for (const [file, text] of Object.entries(theirs)) expect([file, ours[file]]).toEqual([file, text]);
    expect(code).toBe(0);
  });
});
