import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KNOWLEDGE } from '../../src/diagnose/knowledge.ts';
import { DRILLS } from '../../src/lab/drills/index.ts';
import { runCli } from '../cli/run-cli.ts';

/** What people could complain of while a drill goes on, whoever they are: each has to lead to its cause. */
const COMPLAINTS: Readonly<Record<string, readonly string[]>> = {
  'rebalance-storm': ['rebalancing', 'lag-spikes', 'duplicates'],
  'slow-consumer': ['lag-grows'],
  'hot-partition': ['one-partition', 'lag-grows'],
  'too-many-consumers': ['lag-grows'],
  'stuck-partition': ['one-partition', 'downstream-empty', 'read-committed-stuck', 'lost'],
  'auto-commit-loss': ['lost'],
  duplicates: ['duplicates', 'rebalancing', 'rebalance-slow', 'lag-grows'],
  'hidden-committer': ['offset-jumps', 'lag-grows', 'one-partition'],
  'isr-shrink': ['under-replicated', 'producer-timeouts', 'send-blocks'],
  'under-min-isr': ['not-enough-replicas', 'producer-timeouts', 'send-blocks', 'downstream-empty'],
  'broker-down': ['under-replicated', 'producer-timeouts'],
  'offline-partition': ['no-leader', 'producer-timeouts', 'lost'],
  'offsets-topic-bloat': ['disk-fills', 'offsets-topic-grows'],
  'compaction-stuck': ['compaction-stuck', 'disk-fills'],
  'disk-full': ['disk-fills', 'under-replicated', 'no-leader', 'compaction-stuck', 'broker-slow'],
  'hanging-transaction': ['read-committed-stuck', 'one-partition', 'lag-spikes', 'compaction-stuck', 'disk-fills'],
  'retention-overtakes-consumer': ['lost', 'negative-lag', 'downstream-empty', 'duplicates'],
  'topic-recreated': ['downstream-empty', 'offset-jumps', 'negative-lag'],
  'coordinator-down': ['no-leader', 'rebalancing', 'lag-grows'],
  'slow-broker': ['broker-slow', 'producer-timeouts', 'send-blocks'],
};

const cases = DRILLS.flatMap(({ name, expects }) =>
  (COMPLAINTS[name] ?? []).map((symptom) => ({ name, symptom, faults: expects.leaves })),
);

describe('a symptom leads to what causes it, whichever tree knows that', () => {
  it('for every drill, from symptoms that exist', () => {
    expect(Object.keys(COMPLAINTS).sort()).toEqual(DRILLS.map(({ name }) => name).sort());
    const symptoms = [...KNOWLEDGE.trees.values()].flatMap((tree) => tree.symptoms.map(({ id }) => id));
    expect(cases.map(({ symptom }) => symptom).filter((symptom) => !symptoms.includes(symptom))).toEqual([]);
  });

  it.each([
    ['retention-overtakes-consumer', 'reporting'],
    ['topic-recreated', 'catalogue'],
  ])('%s: nothing is said to be read where nobody reads, and positions do not fit', async (name, group) => {
    const file = join(import.meta.dirname, '../../fixtures/recordings', `${name}.kmedic`);
    const { out } = await runCli(['diagnose', 'lag', '-g', group, '--no-input', '--from', file]);
    expect(out).toContain('fault  BEH-06');
    expect(out).toContain('no members; readers that never join would not be seen');
    expect(out).not.toContain('nothing is unread');
  });

  it.each(cases)('$name: $symptom', async ({ name, symptom, faults }) => {
    const file = join(import.meta.dirname, '../../fixtures/recordings', `${name}.kmedic`);
    const { out, err } = await runCli(['diagnose', symptom, '--no-input', '-o', 'json', '--from', file]);
    expect(err).toBe('');
    const { verdicts } = JSON.parse(out) as { verdicts: readonly { leaf: string; outcome: string }[] };
    expect(verdicts.filter(({ outcome }) => outcome === 'fault').map(({ leaf }) => leaf)).toEqual(faults);
  });
});
