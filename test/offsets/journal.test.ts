import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entriesOf, type Intent, Journal, journalPath, type Outcome, readHistory } from '../../src/offsets/journal.ts';

function intent(id: string, group = 'g', undoes: string | null = null): Intent {
  return {
    kind: 'intent',
    version: 1,
    id,
    group,
    at: '2026-11-20T14:00:00.000Z',
    by: { user: 'u', host: 'h' },
    cluster: { id: 'c' },
    action: undoes === null ? 'reset' : 'undo',
    target: { text: 'start', meaning: 'the log start' },
    undoes,
    existed: true,
    changes: [
      {
        topic: 'orders',
        partition: 0,
        topicId: null,
        prior: { offset: 5, leaderEpoch: 1, metadata: 'm' },
        next: { offset: 0, leaderEpoch: null, metadata: '' },
        start: 0,
        end: 9,
      },
    ],
  };
}

function outcome(id: string, status: Outcome['status'], group = 'g'): Outcome {
  return { kind: 'outcome', version: 1, id, group, at: '2026-11-20T14:00:01.000Z', status, results: [] };
}

describe('the journal', () => {
  let directory: string;
  let journal: Journal;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kmedic-journal-'));
    journal = new Journal(join(directory, 'state', 'kmedic', 'journal.ndjson'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is empty before the first apply', () => {
    expect(journal.read()).toEqual({ entries: [], damaged: [], torn: false });
  });

  it('keeps intents and outcomes in order, readable by nobody else', () => {
    journal.append([intent('plan-1'), intent('plan-1', 'h')]);
    journal.append([outcome('plan-1', 'applied')]);
    const { entries } = journal.read();
    expect(entries.map(({ id, group, outcome: found }) => [id, group, found?.status ?? 'interrupted'])).toEqual([
      ['plan-1', 'g', 'applied'],
      ['plan-1', 'h', 'interrupted'],
    ]);
    expect(entries[0]?.intent).toEqual(intent('plan-1'));
    expect(statSync(journal.path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'state', 'kmedic')).mode & 0o777).toBe(0o700);
  });

  it('loses nothing but the last line, wherever a writer was killed', () => {
    const first = `${JSON.stringify(intent('plan-1'))}\n`;
    const second = `${JSON.stringify(outcome('plan-1', 'applied'))}\n`;
    for (let cut = 0; cut < second.length; cut++) {
      const history = readHistory(first + second.slice(0, cut));
      expect(history.entries.map(({ id }) => id)).toEqual(['plan-1']);
      expect(history.entries[0]?.outcome).toBeNull();
      expect(history.torn).toBe(cut > 0);
      expect(history.damaged).toEqual([]);
    }
  });

  it('does not let a torn line swallow the next one', () => {
    journal.append([intent('plan-1')]);
    appendFileSync(journal.path, '{"kind":"outcome","ver');
    journal.append([intent('plan-2')]);
    const { entries, damaged, torn } = journal.read();
    expect(entries.map(({ id }) => id)).toEqual(['plan-1', 'plan-2']);
    expect({ damaged, torn }).toEqual({ damaged: [2], torn: false });
    expect(readFileSync(journal.path, 'utf8').endsWith('\n')).toBe(true);
  });

  it('finds what there is to undo: the newest apply that is not undone', () => {
    journal.append([intent('plan-1'), outcome('plan-1', 'applied')]);
    journal.append([intent('plan-2'), outcome('plan-2', 'applied')]);
    journal.append([intent('plan-3'), outcome('plan-3', 'refused')]);
    const newest = (): string | undefined => entriesOf(journal.read(), null, null)[0]?.id;
    expect(newest()).toBe('plan-2');
    journal.append([intent('undo-2', 'g', 'plan-2'), outcome('undo-2', 'applied')]);
    expect(newest()).toBe('plan-1');
    journal.append([intent('undo-1', 'g', 'plan-1'), outcome('undo-1', 'applied')]);
    expect(newest).toThrow('nothing to undo');
    expect(entriesOf(journal.read(), 'undo-1', null)).toHaveLength(1);
    expect(() => entriesOf(journal.read(), 'plan-9', null)).toThrow('plan-9: no such entry');
  });

  it('undoes what was done on this cluster, however much was done elsewhere since', () => {
    const there = { ...intent('plan-2'), cluster: { id: 'there' } };
    journal.append([{ ...intent('plan-1'), cluster: { id: 'here' } }, outcome('plan-1', 'applied')]);
    journal.append([there, outcome('plan-2', 'applied')]);
    const history = journal.read();
    expect(entriesOf(history, null, null, 'here').map(({ id }) => id)).toEqual(['plan-1']);
    expect(entriesOf(history, null, null, 'there').map(({ id }) => id)).toEqual(['plan-2']);
    expect(() => entriesOf(history, null, null, 'nowhere')).toThrow('was done on others');
    expect(entriesOf(history, 'plan-2', null, 'here').map(({ id }) => id)).toEqual(['plan-2']);
  });

  it('lives in the XDG state directory', () => {
    expect(journalPath({ XDG_STATE_HOME: '/s', HOME: '/h' })).toBe('/s/kmedic/journal.ndjson');
    expect(journalPath({ XDG_STATE_HOME: 'relative', HOME: '/h' })).toBe('/h/.local/state/kmedic/journal.ndjson');
    expect(journalPath({ KMEDIC_STATE_DIR: '/own', HOME: '/h' })).toBe('/own/journal.ndjson');
  });
});
