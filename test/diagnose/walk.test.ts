import { describe, expect, it } from 'vitest';
import { checkTrees } from '../../src/diagnose/check-tree.ts';
import type { AnswerGiven, Reading, Tree } from '../../src/diagnose/model.ts';
import { walk } from '../../src/diagnose/walk.ts';
import { BROKEN, evidence, fact, knowledge, leaf, PAYMENTS, probe, SLOW, UNTOLD } from './tiny-tree.ts';

const answer = (question: string, given: string, rest: Partial<AnswerGiven> = {}): AnswerGiven => ({
  tree: 'slow',
  question,
  subject: null,
  answer: given,
  ...rest,
});
const slow = (answers: readonly AnswerGiven[] = [], known = knowledge(), seen = evidence()) =>
  walk(known, 'slow', PAYMENTS, seen, answers);
const leaves = ({ endings }: ReturnType<typeof walk>): string[] =>
  endings.map((each) => `${each.leaf} ${each.confidence}`);

describe('a walk', () => {
  it('ends where everything was measured, with high confidence', () => {
    const walked = slow([], knowledge(), evidence({ committed: 100 }));
    expect(leaves(walked)).toEqual(['SLW-00 high']);
    expect(walked.steps.map(({ question, provenance, answer: taken }) => [question, provenance, taken])).toEqual([
      ['behind', 'measured', 'no'],
    ]);
    expect(walked.open).toEqual([]);
  });

  it('walks every branch of what is not known, and guesses none', () => {
    const walked = slow();
    expect(leaves(walked)).toEqual(['SLW-03 low', 'SLW-02 low', 'SLW-01 low']);
    expect(walked.steps.map(({ question, provenance }) => [question, provenance])).toEqual([
      ['behind', 'measured'],
      ['batch', 'unknown'],
      ['keys', 'unknown'],
    ]);
    expect(walked.steps[2]?.under).toEqual({ tree: 'slow', question: 'batch', answer: 'under' });
    expect(walked.open.map(({ question }) => question)).toEqual(['batch', 'keys']);
  });

  it('takes answers, and keeps them apart from measurements', () => {
    const walked = slow([answer('batch', 'under'), answer('keys', 'yes')]);
    expect(leaves(walked)).toEqual(['SLW-02 high']);
    expect(walked.steps.map(({ provenance }) => provenance)).toEqual(['measured', 'answered', 'answered']);
  });

  it('lets no answer overrule a measurement', () => {
    const walked = slow([answer('behind', 'no')], knowledge(), evidence());
    expect(walked.steps[0]).toMatchObject({ provenance: 'measured', answer: 'yes' });
  });

  it("takes a subject's own answer before one for all, and the newest", () => {
    const own = { subject: PAYMENTS };
    expect(leaves(slow([answer('batch', 'over', own), answer('batch', 'under')]))).toEqual(['SLW-03 high']);
    expect(leaves(slow([answer('batch', 'under', own), answer('batch', 'over', own)]))).toEqual(['SLW-03 high']);
    const other = { subject: { kind: 'group', name: 'audit' } } as const;
    expect(slow([answer('batch', 'over', other)]).steps[1]).toMatchObject({ provenance: 'unknown' });
  });

  it('notes who was asked and does not know, and goes on as with what is unknown', () => {
    const walked = slow([answer('batch', 'unknown')]);
    expect(walked.steps[1]).toMatchObject({ provenance: 'unknown', answer: null, notKnown: true });
    expect(walked.endings).toHaveLength(3);
  });

  it("reads the client's file where there is one", () => {
    const client = { file: 'consumer.properties', properties: { 'max.poll.interval.ms': '300000' } };
    expect(leaves(slow([], knowledge(), evidence({ client })))).toEqual(['SLW-03 high']);
  });

  it('is less sure of what was assumed, and lets a person say otherwise', () => {
    const assumed: Reading = { status: 'assumed', answer: 'over', facts: [fact('the default')] };
    const known = knowledge([probe('batch-time', ['under', 'over'], () => assumed)]);
    expect(leaves(slow([], known))).toEqual(['SLW-03 medium']);
    expect(slow([], known).steps[1]).toMatchObject({ provenance: 'assumed' });
    expect(leaves(slow([answer('batch', 'under'), answer('keys', 'no')], known))).toEqual(['SLW-01 high']);
  });

  it('is less sure of what is only likely', () => {
    const likely: Reading = { status: 'measured', answer: 'over', facts: [], certainty: 'likely' };
    expect(leaves(slow([], knowledge([probe('batch-time', ['over'], () => likely)])))).toEqual(['SLW-03 medium']);
  });

  it('ranks by what the facts lean to, without deciding by it', () => {
    const leaning = knowledge([probe('batch-time', ['under', 'over'], () => ({ ...UNTOLD, leans: 'under' }))]);
    expect(leaves(slow([], leaning))).toEqual(['SLW-02 low', 'SLW-01 low', 'SLW-03 low']);
  });

  it('is sure where every branch of what is unknown ends the same', () => {
    const tree = edited(SLOW, (copy) => {
      for (const each of copy.questions['batch']?.answers ?? []) each.to = 'SLW-03';
    });
    const walked = slow([], knowledge([], [BROKEN, tree]));
    expect(leaves(walked)).toEqual(['SLW-03 high']);
    expect(walked.open).toEqual([]);
  });

  it('goes on where the verdict holds whatever the answer is, and still asks', () => {
    const tree = edited(SLOW, (copy) => {
      const batch = copy.questions['batch'];
      if (batch !== undefined) batch.otherwise = 'SLW-01';
    });
    const walked = slow([], knowledge([], [BROKEN, tree]));
    expect(leaves(walked)).toEqual(['SLW-01 medium']);
    expect(walked.open.map(({ question, open }) => [question, open])).toEqual([['batch', 'refines']]);
    expect(leaves(slow([answer('batch', 'over')], knowledge([], [BROKEN, tree])))).toEqual(['SLW-03 high']);
  });

  it('goes on in another tree, whose subject may be the cluster', () => {
    const tree = edited(SLOW, (copy) => {
      const [yes] = copy.questions['behind']?.answers ?? [];
      if (yes !== undefined) yes.to = 'tree:broken';
    });
    const [ending] = slow([], knowledge([], [BROKEN, tree]), evidence({ leaderless: true })).endings;
    expect(ending).toMatchObject({ tree: 'broken', leaf: 'BRK-01', subject: { kind: 'cluster', name: null } });
  });

  it('does not multiply where branches meet again', () => {
    const meeting: Tree = {
      ...BROKEN,
      id: 'meeting',
      entry: null,
      root: 'q0',
      symptoms: [],
      questions: Object.fromEntries(
        [...Array(40).keys()].map((at) => [
          `q${at}`,
          {
            ask: `${at}?`,
            why: 'it matters',
            probe: null,
            howToTell: 'look',
            answers: ['a', 'b', 'c'].map((id) => ({
              id,
              text: id,
              to: at === 39 ? `MET-0${id === 'a' ? 1 : 2}` : `q${at + 1}`,
            })),
          },
        ]),
      ),
      leaves: { 'MET-01': leaf('one'), 'MET-02': leaf('two') },
    };
    const walked = walk(knowledge([], [meeting]), 'meeting', { kind: 'cluster', name: null }, evidence(), []);
    expect(leaves(walked)).toEqual(['MET-01 low', 'MET-02 low']);
    expect(walked.steps).toHaveLength(40);
  });
});

describe('the check of trees', () => {
  const { probes } = knowledge();

  it('finds nothing wrong with sound ones', () => {
    expect(checkTrees([BROKEN, SLOW], probes)).toEqual([]);
  });

  it.each<[string, (tree: Tree) => void]>([
    ['slow: behind/yes leads to nowhere, which is neither question nor leaf', redirect('behind', 0, 'nowhere')],
    ['slow: nothing leads to SLW-03', redirect('batch', 1, 'keys')],
    ['in circles: slow/behind → slow/batch → slow/behind', redirect('batch', 1, 'behind')],
    ['slow: behind/no leads to tree:none, which does not exist', redirect('behind', 1, 'tree:none')],
    [
      'slow: behind asks probe none, which does not exist',
      (tree) => Object.assign(tree.questions['behind'] ?? {}, { probe: 'none' }),
    ],
    [
      'slow: batch does not know yes, an answer of probe is-behind',
      (tree) => Object.assign(tree.questions['batch'] ?? {}, { probe: 'is-behind' }),
    ],
    [
      'slow: SLW-01 is caused by XXX-01, which is no other leaf',
      (tree) => Object.assign(tree.leaves['SLW-01'] ?? {}, { causedBy: ['XXX-01'] }),
    ],
    ['two of leaf BRK-01', (tree) => Object.assign(tree.leaves, { 'BRK-01': leaf('again') })],
  ])('says: %s', (sentence, spoil) => {
    expect(checkTrees([BROKEN, edited(SLOW, spoil)], probes)).toContain(sentence);
  });
});

function edited(tree: Tree, edit: (copy: Tree) => void): Tree {
  const copy = structuredClone(tree);
  edit(copy);
  return copy;
}

function redirect(question: string, at: number, to: string): (tree: Tree) => void {
  return (tree) => Object.assign(tree.questions[question]?.answers[at] ?? {}, { to });
}
