import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DRILLS } from '../../src/lab/drills/index.ts';
import { runCli } from '../cli/run-cli.ts';

/** Recordings of the drills, as test/drills made them: what was found while the incident lived is found in its recording. */
const DIRECTORY = join(import.meta.dirname, '../../fixtures/recordings');

interface Diagnosis {
  readonly verdicts: readonly { readonly leaf: string; readonly outcome: string }[];
  readonly asked: readonly { readonly tree: string; readonly question: string }[];
}

describe('the recording of a drill is judged as the drill was, each time the same', () => {
  it.each(DRILLS)('$name', async ({ name, expects }) => {
    const tree = expects.tree === undefined ? [] : [expects.tree];
    const command = ['diagnose', ...tree, '--no-input', '-o', 'json', '--from', join(DIRECTORY, `${name}.kmedic`)];
    const { code, out, err } = await runCli(command);
    expect(err).toBe('');
    const { verdicts, asked } = JSON.parse(out) as Diagnosis;
    const faults = verdicts.filter(({ outcome }) => outcome === 'fault').map(({ leaf }) => leaf);
    expect({ faults, code }).toEqual({ faults: expects.leaves, code: expects.leaves.length > 0 ? 1 : 0 });
    const questions = asked.map((each) => `${each.tree}/${each.question}`);
    expect(questions).toEqual(expect.arrayContaining([...expects.asks]));
    expect((await runCli(command)).out).toBe(out);
  });
});
