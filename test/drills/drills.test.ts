import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import '../../src/client/kafkajs-channel.ts';
import { DRILLS } from '../../src/lab/drills/index.ts';
import { startDrill } from '../../src/lab/start-drill.ts';
import { runBin } from '../e2e/run-bin.ts';

/**
 * Every drill is really made to happen, recorded, and diagnosed by the built command: the cause that its author had in
 * mind is found from evidence alone, no other fault is reported, and what only a person can know is asked for.
 * `KMEDIC_KEEP_RECORDINGS=fixtures/recordings` keeps the recordings, for test/diagnose/recordings.test.ts.
 */
const directory = mkdtempSync(join(tmpdir(), 'kmedic-drills-'));
const keepIn = process.env['KMEDIC_KEEP_RECORDINGS'];

afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Diagnosis {
  readonly verdicts: readonly { readonly leaf: string; readonly outcome: string }[];
  readonly asked: readonly { readonly tree: string; readonly question: string }[];
}

describe.concurrent('every drill is diagnosed from evidence alone', () => {
  it.each(DRILLS)('$name', { timeout: 180_000 }, async (drill) => {
    const file = join(directory, `${drill.name}.kmedic`);
    const running = await startDrill(drill, { nodes: 3, port: 0 });
    try {
      const bootstrap = ['-b', running.cluster.brokers.map(({ host, port }) => `${host}:${port}`).join(',')];
      const recorded = await runBin([
        'record',
        '--out',
        file,
        '--samples',
        '6',
        '--every',
        '2s',
        '--keys',
        ...bootstrap,
      ]);
      // 5: something could not be read, which is what some of the incidents are about.
      expect([0, 5], recorded.err).toContain(recorded.code);
    } finally {
      await running.close();
    }
    if (keepIn !== undefined) copyFileSync(file, join(keepIn, `${drill.name}.kmedic`));
    const tree = drill.expects.tree === undefined ? [] : [drill.expects.tree];
    const { code, out, err } = await runBin(['diagnose', ...tree, '--no-input', '-o', 'json', '--from', file]);
    const { verdicts, asked } = JSON.parse(out) as Diagnosis;
    const faults = verdicts.filter(({ outcome }) => outcome === 'fault').map(({ leaf }) => leaf);
    expect({ faults, code, err }).toEqual({
      faults: drill.expects.leaves,
      code: drill.expects.leaves.length > 0 ? 1 : 0,
      err: '',
    });
    const questions = asked.map((each) => `${each.tree}/${each.question}`);
    expect(questions).toEqual(expect.arrayContaining([...drill.expects.asks]));
  });
});
