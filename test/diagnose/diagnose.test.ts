import { describe, expect, it } from 'vitest';
import { buildDiagnosis } from '../../src/diagnose/build-diagnosis.ts';
import { diagnose, diagnoseAll } from '../../src/diagnose/diagnose.ts';
import { diagnosisDocumentSchema } from '../../src/diagnose/diagnosis-document.ts';
import { fillCommand } from '../../src/diagnose/fill-command.ts';
import type { Evidence } from '../../src/diagnose/model.ts';
import { evidence, knowledge, probe } from './tiny-tree.ts';

const FEW_CONSUMERS = [
  { tree: 'slow', question: 'batch', subject: null, answer: 'under' },
  { tree: 'slow', question: 'keys', subject: null, answer: 'no' },
];
const EVERYTHING = { tree: null, start: null, also: [], group: null, topic: null, broker: null };
const told = ({ verdicts }: ReturnType<typeof diagnose>): unknown[] =>
  verdicts.map(({ ending, consequences }) => [ending.leaf, ending.confidence, consequences.map(({ leaf }) => leaf)]);
const say = ({ words, behind }: { words: readonly string[]; behind: readonly string[] }): string =>
  ['kmedic', ...words, ...(behind.length > 0 ? ['--', ...behind] : [])].join(' ');

describe('a diagnosis', () => {
  it('walks only what the evidence calls for', () => {
    const sound = diagnoseAll(knowledge(), evidence({ committed: 100 }));
    expect(sound).toMatchObject({ walks: [], verdicts: [], fault: false });
    const behind = diagnoseAll(knowledge(), evidence());
    expect(behind.walks.map(({ tree, subject }) => [tree, subject.name])).toEqual([['slow', 'payments']]);
  });

  it('knows that there is a fault where every possible ending is one, and tells all of them', () => {
    const { fault, verdicts } = diagnoseAll(knowledge(), evidence());
    expect(fault).toBe(true);
    expect(verdicts.map(({ ending }) => ending.confidence)).toEqual(['low', 'low', 'low']);
  });

  it('tells a consequence under its cause, once', () => {
    const seen = evidence({ leaderless: true });
    expect(told(diagnose(knowledge(), seen, EVERYTHING, FEW_CONSUMERS))).toEqual([['BRK-01', 'high', ['SLW-01']]]);
  });

  it('keeps apart what is about other things', () => {
    const elsewhere = probe('is-leaderless', ['yes', 'no'], () => ({
      status: 'measured',
      answer: 'yes',
      facts: [],
      concerns: ['ledger-7'],
    }));
    expect(told(diagnose(knowledge([elsewhere]), evidence(), EVERYTHING, FEW_CONSUMERS))).toEqual([
      ['BRK-01', 'high', []],
      ['SLW-01', 'high', []],
    ]);
  });

  it('says which trees it could not tell anything about', () => {
    const blind = probe('is-leaderless', ['yes', 'no'], () => ({
      status: 'unknown',
      facts: [],
      because: 'no broker answered',
      wouldTell: 'a broker',
    }));
    expect(diagnoseAll(knowledge([blind]), evidence()).notWalked).toEqual([
      { tree: 'broken', subjects: 1, because: 'no broker answered', wouldTell: 'a broker' },
    ]);
  });

  it('walks a named tree for a named subject even where nothing calls for it', () => {
    const aim = { ...EVERYTHING, tree: 'slow', group: 'payments' };
    const { walks, fault } = diagnose(knowledge(), evidence({ committed: 100 }), aim, []);
    expect(walks[0]?.endings.map(({ leaf }) => leaf)).toEqual(['SLW-00']);
    expect(fault).toBe(false);
  });
});

describe('its document', () => {
  const build = (seen: Evidence, answers = FEW_CONSUMERS) => {
    const known = knowledge();
    return buildDiagnosis(known, 'test', seen, diagnose(known, seen, EVERYTHING, answers), say);
  };

  it('keeps its published schema, and is the same each time', () => {
    const seen = evidence({ leaderless: true });
    const document = build(seen);
    expect(diagnosisDocumentSchema.parse(document)).toEqual(document);
    expect(build(seen)).toEqual(document);
  });

  it('tells verdict, evidence, actions and filled commands', () => {
    expect(
      build(evidence(), [{ tree: 'slow', question: 'batch', subject: null, answer: 'over' }]).verdicts,
    ).toMatchObject([
      {
        id: 'SLW-03 group payments',
        leaf: 'SLW-03',
        confidence: 'high',
        cause: 'a batch takes too long',
        concerns: ['group payments', 'orders-1'],
        evidence: [{ text: '1 partitions are behind' }, { source: 'consumer.properties' }],
        commands: ['kmedic lag payments'],
        runbook: 'kmedic runbook SLW-03',
      },
    ]);
  });

  it('asks what could not be measured, and says how it may be answered', () => {
    expect(build(evidence(), []).asked).toMatchObject([
      {
        question: 'batch',
        key: 'slow/batch@payments',
        because: "the consumer's own settings cannot be seen from here",
        wouldTell: '--client-config consumer.properties',
        effect: 'decides',
      },
      { question: 'keys', because: null, answers: [{ id: 'yes' }, { id: 'no' }] },
    ]);
  });

  it('fills commands from what the readings concern, and leaves the rest to the reader', () => {
    const blanks = { group: '-odd', topic: 'orders', partition: '1', broker: null, client: null };
    expect(say(fillCommand('kmedic offsets peek {group} {topic}:{partition}', blanks))).toBe(
      'kmedic offsets peek orders:1 -- -odd',
    );
    expect(say(fillCommand('kmedic diagnose lag -g {group}', blanks))).toBe('kmedic diagnose lag -g -odd');
    expect(say(fillCommand("kmedic isr can-restart {broker} --except 'a b'", blanks))).toBe(
      'kmedic isr can-restart <broker> --except a b',
    );
  });
});
