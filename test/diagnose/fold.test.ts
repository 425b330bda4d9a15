import { describe, expect, it } from 'vitest';
import { concernsOf, fold } from '../../src/diagnose/fold.ts';
import type { Subject, Tree } from '../../src/diagnose/model.ts';
import { type Ending, leafOf, type Step } from '../../src/diagnose/walk.ts';
import fc, { runs } from '../property.ts';
import { leaf, SLOW } from './tiny-tree.ts';

/** Leaves that bring one another about, in a circle too. */
const TREE: Tree = {
  ...SLOW,
  leaves: {
    'AA-01': leaf('a', { causedBy: ['AA-02', 'AA-03'] }),
    'AA-02': leaf('b', { causedBy: ['AA-03'] }),
    'AA-03': leaf('c', { causedBy: ['AA-01'] }),
    'AA-04': leaf('d', { outcome: 'advice' }),
  },
};
const KNOWLEDGE = { trees: new Map([[TREE.id, TREE]]), probes: new Map() };

function ending(of: string, subject: Subject, concerns: readonly string[], confidence: Ending['confidence']): Ending {
  const step: Step = {
    tree: TREE.id,
    question: 'behind',
    subject,
    provenance: 'measured',
    answer: 'yes',
    reading: { status: 'measured', answer: 'yes', facts: [], concerns: [...concerns] },
    notKnown: false,
    open: null,
    under: null,
  };
  return { tree: TREE.id, leaf: of, subject, confidence, path: [{ step, answer: 'yes' }] };
}

const endings = fc.array(
  fc
    .tuple(
      fc.constantFrom('AA-01', 'AA-02', 'AA-03', 'AA-04'),
      fc.constantFrom<Subject>(
        { kind: 'cluster', name: null },
        { kind: 'topic', name: 'a' },
        { kind: 'group', name: 'g' },
        { kind: 'group', name: 'h' },
      ),
      fc.array(fc.constantFrom('a-0', 'a-1', 'b-0', 'topic a', 'topic b', 'broker 1'), { maxLength: 2 }),
      fc.constantFrom<Ending['confidence']>('high', 'medium', 'low'),
    )
    .map((parts) => ending(...parts)),
  { maxLength: 12 },
);

/** The same, each asking all the others. */
function slowly(all: readonly Ending[]): [Ending, Ending[]][] {
  const widened = (scope: string): string[] => {
    const topic = /^(\S+)-\d+$/.exec(scope)?.[1];
    return topic === undefined ? [scope] : [scope, `topic ${topic}`];
  };
  const related = (a: Ending, b: Ending): boolean => {
    const [left, right] = [concernsOf(a), concernsOf(b)];
    if (left.length === 0 || right.length === 0) return true;
    return (
      right.some((scope) => left.flatMap(widened).includes(scope)) ||
      right.flatMap(widened).some((scope) => left.includes(scope))
    );
  };
  const causeOf = new Map<Ending, Ending>();
  const chain = (from: Ending): Ending[] => {
    const up = causeOf.get(from);
    return up === undefined ? [from] : [from, ...chain(up)];
  };
  for (const one of all) {
    const cause = all.find(
      (other) =>
        other !== one &&
        other.confidence !== 'low' &&
        leafOf(KNOWLEDGE, other).outcome === 'fault' &&
        (leafOf(KNOWLEDGE, one).causedBy ?? []).includes(other.leaf) &&
        related(one, other) &&
        !chain(other).includes(one),
    );
    if (cause !== undefined) causeOf.set(one, cause);
  }
  return all
    .filter((one) => !causeOf.has(one))
    .map((one) => [one, all.filter((other) => other !== one && chain(other).at(-1) === one)]);
}

describe('folding consequences under their causes', () => {
  it('finds for each the first cause on the same things, as if it had asked every other one', () => {
    fc.assert(
      fc.property(endings, (all) => {
        const told = fold(KNOWLEDGE, all).map(({ ending: one, consequences }) => [one, [...consequences]]);
        expect(told).toEqual(slowly(all));
      }),
      { numRuns: runs(300) },
    );
  });

  it('tells twenty thousand groups under the causes of each', () => {
    const groups = Array.from({ length: 20_000 }, (_, at): Subject => ({ kind: 'group', name: `g-${at}` }));
    const all = groups.flatMap((group) => [ending('AA-01', group, [], 'high'), ending('AA-02', group, [], 'high')]);
    const told = fold(KNOWLEDGE, all);
    expect(told).toHaveLength(20_000);
    expect(told.every(({ ending: one, consequences }) => consequences[0]?.subject === one.subject)).toBe(true);
  });
});
