import { describe, expect, it } from 'vitest';
import { TREES } from '../../../src/diagnose/trees/index.ts';
import { evidence } from './build-evidence.ts';
import { BROKER_CASES } from './cases-brokers.ts';
import { CLUSTER_CASES } from './cases-clusters.ts';
import { GROUP_CASES } from './cases-groups.ts';
import { endingOf } from './ending.ts';

const TABLE = [...BROKER_CASES, ...GROUP_CASES, ...CLUSTER_CASES];

describe.each(TABLE)('the tree $tree', ({ tree, subject, cases }) => {
  it.each(cases)('ends in $leaf', ({ leaf, parts, answers = {}, start }) => {
    expect(endingOf(tree, subject, evidence(parts), answers, start)).toEqual([leaf]);
  });
});

it('what only a person can tell is not guessed: automatic commits alone lose nothing', () => {
  const automatic = evidence({ client: { 'enable.auto.commit': 'true' } });
  expect(endingOf('loss', { kind: 'group', name: 'payments' }, automatic).sort()).toEqual(['LOS-01', 'LOS-02']);
});

it('every leaf of every tree is reached by some evidence, with answers where a person has to be asked', () => {
  const reached = new Set(TABLE.flatMap(({ cases }) => cases.map(({ leaf }) => leaf)));
  const all = TREES.flatMap(({ leaves }) => Object.keys(leaves));
  expect(all.filter((leaf) => !reached.has(leaf))).toEqual([]);
});
