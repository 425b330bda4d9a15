import { describe, expect, it } from 'vitest';
import { COMMON_SYMPTOMS } from '../../../src/cli/commands/diagnose/with-person.ts';
import { checkTrees } from '../../../src/diagnose/check-tree.ts';
import { PROBES } from '../../../src/diagnose/probes/index.ts';
import { TREES } from '../../../src/diagnose/trees/index.ts';

describe('the trees', () => {
  it('have the symptoms that are offered first', () => {
    const known = TREES.flatMap(({ symptoms }) => symptoms.map(({ id }) => id));
    expect(COMMON_SYMPTOMS.filter((id) => !known.includes(id))).toEqual([]);
  });

  it('are whole: every target exists, everything is reachable, every probe exists and answers only what is known', () => {
    expect(checkTrees(TREES, PROBES)).toEqual([]);
  });

  it('are told about a symptom that says what nobody can be asked', () => {
    const [tree] = TREES.filter(({ id }) => id === 'producer').map((each) => structuredClone(each));
    for (const symptom of tree?.symptoms ?? []) symptom.says = { refused: 'no', complaint: 'nonsense' };
    const others = TREES.filter(({ id }) => id !== 'producer');
    const faults = checkTrees([...others, ...(tree === undefined ? [] : [tree])], PROBES);
    expect(faults).toHaveLength(6);
    expect(faults[0]).toContain('says refused: no');
  });

  it('are told about a symptom that misses a tree, or names one that is not there', () => {
    const trees = TREES.map((each) => structuredClone(each));
    for (const tree of trees)
      for (const symptom of tree.symptoms)
        if (symptom.id === 'disk-fills') symptom.also = ['offsets-topic', 'transactions', 'producer', 'discs'];
    expect(checkTrees(trees, PROBES)).toEqual([
      'disk: symptom disk-fills also walks producer, which is no other tree with an entry',
      'disk: symptom disk-fills also walks discs, which is no other tree with an entry',
      'disk: symptom disk-fills does not walk compaction, which holds a cause',
    ]);
  });

  it('use every probe', () => {
    const used = new Set(
      TREES.flatMap(({ entry, questions }) => [entry, ...Object.values(questions).map(({ probe }) => probe)]),
    );
    expect([...PROBES.keys()].filter((id) => !used.has(id))).toEqual([]);
  });
});
