import { describe, expect, it } from 'vitest';
import { COVERAGE } from '../../../src/diagnose/trees/coverage.ts';
import { TREES } from '../../../src/diagnose/trees/index.ts';
import { TRADE_OFFS } from '../../../src/diagnose/trees/trade-offs.ts';

const leaves = new Map(TREES.flatMap((tree) => Object.entries(tree.leaves)));
const cites = (id: string, document: string, section: string): boolean =>
  leaves.get(id)?.sources.some((source) => source.document === document && source.section === section) ?? false;
const rows = COVERAGE.flatMap(({ document, section, branches }) =>
  branches.map(([branch, ...ids]) => ({ document, section, branch, ids })),
);

/** What the documents have, counted by hand. */
const COUNTS: readonly (readonly [section: string, branches: number])[] = [
  ['Kafka Compaction Decision Tree', 5],
  ['Consumer Lag Investigation Tree', 5],
  ['Producer Configuration Strategy', 5],
  ['Replication and ISR Decision Tree', 5],
  ['Production debug guide', 5],
  ['Quick Debug Cheat Sheet', 5],
  ['Common mistakes', 5],
  ['Post-mortem: rebalance storm', 5],
  ['Kafka Configuration Trade-offs', 10],
];

describe('the documents', () => {
  it.each(COUNTS)('%s: %i branches', (section, branches) => {
    expect(COVERAGE.find((each) => each.section === section)?.branches).toHaveLength(branches);
  });

  it.each(rows)('$document $section: $branch', ({ document, section, ids }) => {
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => !leaves.has(id))).toEqual([]);
    expect(ids.some((id) => cites(id, document, section))).toBe(true);
  });

  it('are named alike wherever a leaf or a tree names them', () => {
    const known = new Set(COVERAGE.map(({ document, section }) => `${document} ${section}`));
    const named = TREES.flatMap((tree) => [
      ...tree.sources.map((source) => ({ at: tree.id, ...source })),
      ...Object.entries(tree.leaves).flatMap(([at, leaf]) => leaf.sources.map((source) => ({ at, ...source }))),
    ]);
    expect(named.filter(({ document, section }) => !known.has(`${document} ${section}`))).toEqual([]);
  });

  it('are all there, and no leaf comes from nowhere', () => {
    expect([...new Set(COVERAGE.map(({ document }) => document))].sort()).toEqual(['000', '001', '002', '003', '004']);
    expect([...leaves].filter(([, { sources }]) => sources.length === 0)).toEqual([]);
  });

  it('disagree with Kafka in the places that are known: every such claim is corrected at a leaf', () => {
    const facts = new Set([...leaves.values()].flatMap(({ corrections }) => corrections.map(({ fact }) => fact)));
    expect([...'abcdefghijklmnopqrstuv'].filter((id) => !facts.has(id))).toEqual([]);
  });
});

describe('the two profiles', () => {
  it('have ten settings, each with leaves that deal with it', () => {
    expect(TRADE_OFFS).toHaveLength(10);
    const missing = TRADE_OFFS.flatMap(({ leaves: { throughput, durability } }) => [throughput, durability]).filter(
      (id) => !leaves.has(id),
    );
    expect(missing).toEqual([]);
  });

  it('are those of the table of branches', () => {
    const section = COVERAGE.find((each) => each.section === 'Kafka Configuration Trade-offs');
    expect(section?.branches.map(([branch]) => branch)).toEqual(TRADE_OFFS.map(({ setting }) => setting));
  });
});
