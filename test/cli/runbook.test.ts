import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explanationSchema } from '../../src/diagnose/look-up.ts';
import { BROKEN, knowledge, SLOW } from '../diagnose/tiny-tree.ts';
import { runCli } from './run-cli.ts';

const run = (...words: string[]) => runCli(words, { deps: { knowledge: async () => knowledge() } });

describe('runbook', () => {
  it('lists trees with their symptoms', async () => {
    expect((await run('runbook')).out).toBe(
      [
        'broken       A broker is down (cluster)',
        '  offline    a partition is offline',
        'slow         A group that falls behind (group)',
        '  lag-grows  lag grows',
        'profiles     Two profiles: throughput, or durability (ten settings)',
        '',
      ].join('\n'),
    );
  });

  it('writes a tree, a symptom, a verdict or a rule', async () => {
    expect((await run('runbook', 'slow')).out).toContain('```mermaid');
    expect((await run('runbook', 'lag-grows')).out).toContain('# A group that falls behind');
    expect((await run('runbook', 'slw-02')).out).toContain('**a hot key**');
    expect((await run('runbook', 'LAG-06')).out).toContain('# LAG-06 OUT-OF-RANGE');
    expect((await run('runbook', 'profiles')).out.match(/^\| `/gm)).toHaveLength(10);
    expect((await run('runbook', 'broken', '-o', 'mermaid')).out).toMatch(/^flowchart TD\n/);
  });

  it('writes all of them', async () => {
    const home = mkdtempSync(join(tmpdir(), 'kmedic-runbooks-'));
    try {
      const { code, out, err } = await run('runbook', '--out', home);
      expect({ code, out }).toEqual({ code: 0, out: '' });
      expect(err).toContain('2 runbooks and their index');
      expect(readdirSync(home).sort()).toEqual([`${BROKEN.id}.md`, 'README.md', `${SLOW.id}.md`].sort());
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it.each([
    [['slwo'], 'there is no runbook slwo', 'did you mean slow?'],
    [['-o', 'mermaid'], '-o mermaid draws one tree', 'broken, slow'],
    [['LAG-06', '-o', 'mermaid'], 'has no tree of its own', ''],
    [['slow', '--out', 'x'], 'it takes no name', ''],
  ])('explains: runbook %j', async (words, message, advice) => {
    const { code, err } = await run('runbook', ...words);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain(advice);
  });
});

describe('explain', () => {
  it('tells a verdict: why, how it is found, what to do', async () => {
    const { out } = await run('explain', 'slw-03');
    expect(out).toContain('✗ fault  SLW-03  a batch takes too long');
    expect(out).toContain('How long does one batch take to process at worst? → over five minutes');
    expect(out).toContain('kmedic lag <group>');
    expect(out).not.toContain('document 002');
  });

  it('tells where it comes from, where that is asked', async () => {
    const { out } = await run('explain', 'SLW-03', '--show-sources');
    expect(out).toContain('document 002, debug guide 1');
    expect(out).toContain('kafka-consumer-groups.sh --describe');
  });

  it('tells a rule by id or name, and a tree', async () => {
    expect((await run('explain', 'stall')).out).toContain('LAG-01  STALL');
    expect((await run('explain', 'LAG-01')).out).toContain('kmedic diagnose lag -g <group>');
    expect((await run('explain', 'slow')).out).toContain('SLW-02 a hot key');
  });

  it('is one document for scripts', async () => {
    const { out } = await run('explain', 'SLW-01', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'explanation',
      version: 1,
      leaf: { id: 'SLW-01', outcome: 'fault' },
    });
    for (const word of ['SLW-01', 'LAG-06', 'slow']) {
      const document: unknown = JSON.parse((await run('explain', word, '-o', 'json')).out);
      expect(explanationSchema.parse(document)).toEqual(document);
    }
  });

  it('suggests what was meant', async () => {
    const { code, err } = await run('explain', 'SLW-1');
    expect(code).toBe(2);
    expect(err).toContain('nothing is called SLW-1');
  });
});
