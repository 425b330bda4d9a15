import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KNOWLEDGE } from '../../src/diagnose/knowledge.ts';
import { OnTerminal, runBin } from './run-bin.ts';

const FROM = ['--from', 'fixtures/snapshots/incident.json'];
const LOSS = ['diagnose', 'loss', '-g', 'payments', ...FROM];
const CTRL_C = '\u0003';
const ENTER = '\r';
const DOWN = '\u001b[B';
const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';

const home = mkdtempSync(join(tmpdir(), 'kmedic-talk-'));
afterAll(() => rmSync(home, { recursive: true }));

/** The first words of a question: enough to find it, and never broken over lines. */
function words(question: string): string {
  return (KNOWLEDGE.trees.get('loss')?.questions[question]?.ask ?? '').split(' ').slice(0, 4).join(' ');
}
const CUT_OFF = words('cut-off');
const AUTO = words('auto-commit');
const PROCESSING = words('processing');

/** The lines that were drawn: a cursor that moves begins a new one. */
function plain(text: string): string {
  // biome-ignore-start lint/suspicious/noControlCharactersInRegex: that is what they are
  return text
    .replace(/\u001b\[\d+[ABD]/g, '\n')
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .replaceAll('\r', '');
  // biome-ignore-end lint/suspicious/noControlCharactersInRegex: that is what they are
}

describe('diagnose on a terminal', () => {
  beforeAll(() => {
    expect(AUTO).not.toBe('');
    expect(PROCESSING).not.toBe('');
  });

  it('chooses with arrow keys, goes back, tells why, and ends in a verdict', async () => {
    const talk = new OnTerminal(LOSS, { NO_COLOR: '1' });
    await talk.said(CUT_OFF);
    talk.type('w');
    await talk.said('why: ');
    talk.type(DOWN);
    await talk.said('> 2)');
    talk.type(ENTER);
    await talk.said(AUTO);
    talk.type('1');
    await talk.said(PROCESSING);
    talk.type('b');
    await talk.said('↑ back');
    // The question, what was answered, and the question again.
    await talk.said(AUTO, 3);
    talk.type('s');
    const { code, out } = await talk.ended;
    expect(code).toBe(0);
    expect(plain(out)).toContain('advice  LOS-02');
    expect(out.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(out.lastIndexOf(HIDE_CURSOR));
  });

  it('leaves the terminal as it was at Ctrl-C, with 130 and no file', async () => {
    const session = join(home, 'never.kmedic');
    const talk = new OnTerminal([...LOSS, '--save', session]);
    await talk.said(CUT_OFF);
    talk.type('2');
    await talk.said(AUTO);
    talk.type(CTRL_C);
    const { code, out } = await talk.ended;
    expect(code).toBe(130);
    expect(out.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(out.lastIndexOf(HIDE_CURSOR));
    expect(readdirSync(home)).toEqual([]);
  });

  it('saves and quits, resumes at the same question, and replays', async () => {
    const session = join(home, 'session.kmedic');
    const first = new OnTerminal([...LOSS, '--save', session], { NO_COLOR: '1' });
    await first.said(CUT_OFF);
    first.type('2');
    await first.said(AUTO);
    first.type(ENTER);
    await first.said(PROCESSING);
    first.type('q');
    expect((await first.ended).out).toContain(`kmedic diagnose --resume ${session}`);

    const resumed = new OnTerminal(['diagnose', '--resume', session], { NO_COLOR: '1' });
    await resumed.said(PROCESSING);
    resumed.type('1');
    const { code, out } = await resumed.ended;
    expect(plain(out)).toContain('LOS-01');
    expect(code).toBe(1);

    const replayed = await runBin(['diagnose', 'replay', session]);
    expect(replayed.out).toContain('the same trees');
    expect(replayed.out).toContain('answered');
  });

  it.each([
    [80, { NO_COLOR: '1' }],
    [80, {}],
    [100, {}],
  ] as const)('fits %i columns, with signs and words beside every colour (%j)', async (columns, env) => {
    const talk = new OnTerminal(LOSS, { ...env }, columns);
    await talk.said(CUT_OFF);
    talk.type('s');
    await talk.said(AUTO);
    talk.type('s');
    const { out } = await talk.ended;
    const lines = plain(out).split('\n');
    const wide = lines.filter((line) => [...line].length > columns && !/^\s+(?:next +|runbook +)?kmedic /.test(line));
    expect(wide).toEqual([]);
    expect(plain(out)).toMatch(/● .*\bmeasured\b/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what it looks for
    expect(/\u001b\[3\dm/.test(out)).toBe(!('NO_COLOR' in env));
  });

  it('takes answers from a file', async () => {
    const answers = join(home, 'answers.yaml');
    const [automatic] = KNOWLEDGE.trees.get('loss')?.questions['auto-commit']?.answers ?? [];
    writeFileSync(answers, `loss/cut-off: no\nloss/auto-commit@payments: ${automatic?.id}\nloss/processing: unknown\n`);
    const { out, err } = await runBin([...LOSS, '--answers', answers, '-o', 'json']);
    expect(err).toBe('');
    const { path } = JSON.parse(out) as { path: { steps: { question: string; provenance: string }[] }[] };
    const provenance = new Map(path[0]?.steps.map((step) => [step.question, step.provenance]));
    expect(provenance.get('auto-commit')).toBe('answered');
    expect(provenance.get('processing')).toBe('unknown');
  });

  it('never asks on a pipe', async () => {
    const { code, out } = await runBin(LOSS);
    expect(code).toBe(0);
    expect(out).toContain('loss/auto-commit@payments');
  });
});
