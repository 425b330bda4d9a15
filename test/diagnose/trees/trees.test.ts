import { describe, expect, it } from 'vitest';
import { checkTrees } from '../../../src/diagnose/check-tree.ts';
import { PROBES } from '../../../src/diagnose/probes/index.ts';
import { TREES } from '../../../src/diagnose/trees/index.ts';

describe('the trees', () => {
  it('are whole: every target exists, everything is reachable, every probe exists and answers only what is known', () => {
    expect(checkTrees(TREES, PROBES)).toEqual([]);
  });

  it('use every probe', () => {
    const used = new Set(
      TREES.flatMap(({ entry, questions }) => [entry, ...Object.values(questions).map(({ probe }) => probe)]),
    );
    expect([...PROBES.keys()].filter((id) => !used.has(id))).toEqual([]);
  });
});
