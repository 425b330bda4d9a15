import type {
  DiagnosisDocument,
  DiagnosisStep,
  DiagnosisVerdict,
  DiagnosisWalk,
  OpenQuestion,
} from '../diagnose/diagnosis-document.ts';
import type { Fact, Provenance, Subject } from '../diagnose/model.ts';
import type { TimelineEvent } from '../health/timeline.ts';
import type { Severity } from '../health/verdicts.ts';
import { alike, listText } from './alike.ts';
import { type Child, h, Markup } from './html.ts';
import { spread } from './svg-scale.ts';

/** The parts of a report that are words. Signs repeat what the words beside them say. */

const OUTCOME: Readonly<Record<DiagnosisVerdict['outcome'], { sign: string; tone: string; word: string }>> = {
  fault: { sign: '✗', tone: 'bad', word: 'fault' },
  advice: { sign: '!', tone: 'warn', word: 'advice' },
  sound: { sign: '✓', tone: 'good', word: 'sound' },
};
const SEVERITY: Readonly<Record<Severity, { sign: string; tone: string; word: string }>> = {
  error: { sign: '✗', tone: 'bad', word: 'bad' },
  warn: { sign: '!', tone: 'warn', word: 'worse' },
  note: { sign: '·', tone: 'note', word: 'note' },
  ok: { sign: '✓', tone: 'good', word: 'better' },
};
const PROVENANCE: Readonly<Record<Provenance, string>> = {
  measured: 'good',
  answered: 'note',
  assumed: 'warn',
  unknown: 'warn',
};
const FACTS_SHOWN = 8;
const QUESTIONS_SHOWN = 30;
const NAMES_SHOWN = 20;
const EVENTS_SHOWN = 30;

/** A word on a ground of its tone. */
export function badge(tone: string, ...children: readonly Child[]): Markup {
  return h('span', { class: `badge ${tone}` }, ...children);
}

/** A part of the page with its heading; `id` is what links lead to. */
export function section(id: string, title: string, ...children: readonly Child[]): Markup {
  return h('section', { 'aria-labelledby': id }, h('h2', { id }, title), ...children);
}

/** Items with bullets or numbers; null where there are none. */
export function list(items: readonly Child[], ordered = false): Markup | null {
  return items.length === 0
    ? null
    : h(
        ordered ? 'ol' : 'ul',
        {},
        items.map((item) => h('li', {}, item)),
      );
}

/** A table that scrolls by itself where the page is narrow. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly Child[])[],
  numeric: readonly number[] = [],
): Markup {
  const kind = (at: number): string | null => (numeric.includes(at) ? 'number' : null);
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': headers.join(', ') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          headers.map((header, at) => h('th', { scope: 'col', class: kind(at) }, header)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            {},
            row.map((cell, at) => h('td', { class: kind(at) }, cell)),
          ),
        ),
      ),
    ),
  );
}

function subjectName({ kind, name }: Subject): string {
  if (name === null) return kind === 'cluster' ? '' : kind;
  return `${kind} ${name}`;
}

/** Names of several subjects, and how many more there are; empty where none has one. */
export function namesOf(subjects: readonly Subject[]): string {
  return listText(
    subjects.map(subjectName).filter((name) => name !== ''),
    NAMES_SHOWN,
  );
}

/** Of whom the same is true. */
function sameOf(subjects: readonly Subject[]): Markup | null {
  const names = namesOf(subjects);
  return names === '' ? null : h('p', { class: 'meta' }, `The same of ${names}`);
}

/** One verdict: the cause, why, what to do, the next commands, and what it rests on. */
export function verdictCard(verdict: DiagnosisVerdict, others: readonly DiagnosisVerdict[] = []): Markup {
  const { sign, tone, word } = OUTCOME[verdict.outcome];
  const about = subjectName(verdict.subject);
  return h(
    'article',
    { class: `card ${tone}` },
    h('h3', {}, badge(tone, `${sign} ${word}`), ' ', h('span', { class: 'cause' }, verdict.cause)),
    h(
      'p',
      { class: 'meta' },
      [`${verdict.leaf}`, about, `confidence ${verdict.confidence}`].filter((part) => part !== '').join(' · '),
    ),
    sameOf(others.map((other) => other.subject)),
    h('p', {}, verdict.because),
    verdict.actions.length === 0
      ? null
      : [h('h4', {}, 'What to do'), h('div', { class: 'actions' }, list(verdict.actions, true))],
    verdict.commands.length === 0
      ? null
      : [h('h4', {}, 'Next commands'), h('pre', {}, codeLines([...verdict.commands, verdict.runbook]))],
    verdict.evidence.length === 0 ? null : [h('h4', {}, 'Evidence'), factList(verdict.evidence)],
    verdict.consequences.length === 0
      ? null
      : [
          h('h4', {}, 'Follows from it'),
          list(
            alike(verdict.consequences, ({ leaf }) => leaf).map(([{ leaf, cause, subject }, more]) => {
              const names = namesOf([subject, ...more.map((other) => other.subject)]);
              return `${cause} (${names === '' ? leaf : `${leaf}, ${names}`})`;
            }),
          ),
        ],
    verdict.source.length === 0
      ? null
      : h(
          'p',
          { class: 'meta' },
          `source: ${verdict.source.map(({ document, section: part }) => `document ${document}, ${part}`).join('; ')}`,
        ),
  );
}

/** Commands, one a line. */
function codeLines(lines: readonly string[]): Markup {
  const newline = new Markup('\n');
  return h(
    'code',
    {},
    lines.map((line, at) => (at === 0 ? line : [newline, line])),
  );
}

function factList(facts: readonly Fact[]): Child {
  const shown = facts.slice(0, FACTS_SHOWN);
  const rest = facts.length - shown.length;
  return list([
    ...shown.map(
      (fact): Child => [
        fact.text,
        h('span', { class: 'source' }, ` ${fact.source}${fact.at === null ? '' : `, ${clock(fact.at).slice(11)}`}`),
      ],
    ),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ]);
}

/** The path of one walk: every question, where its answer came from, and what follows. */
export function walkArticle(walk: DiagnosisWalk, others: readonly DiagnosisWalk[] = []): Markup {
  const about = subjectName(walk.subject);
  return h(
    'article',
    { class: 'walk' },
    h('h3', {}, `${walk.title}${about === '' ? '' : `: ${about}`}`),
    sameOf(others.map((other) => other.subject)),
    h(
      'ol',
      { class: 'steps' },
      walk.steps.map((step) => h('li', {}, stepContent(step))),
    ),
    h(
      'p',
      { class: 'meta' },
      walk.endings.length === 0
        ? 'ends open'
        : `ends in ${walk.endings
            .slice(0, 6)
            .map(({ leaf, cause, confidence }) => `${leaf} ${cause} (${confidence})`)
            .join('; ')}`,
    ),
  );
}

function stepContent(step: DiagnosisStep): Child {
  const answers = step.goesTo.map(({ text }) => text ?? '').filter((text) => text !== '');
  return [
    h('span', { class: 'ask' }, step.ask),
    ' ',
    badge(PROVENANCE[step.provenance], step.provenance),
    h(
      'div',
      { class: 'answer' },
      step.answerText ?? (answers.length > 1 ? `any of: ${answers.join(' | ')}` : 'holds whatever the answer is'),
    ),
    step.facts.length === 0 ? null : factList(step.facts),
    step.because === null ? null : h('p', { class: 'meta' }, `not known: ${step.because}`),
  ];
}

/** What is asked of several subjects is one question. */
function questionsOf(asked: DiagnosisDocument['asked']): [first: OpenQuestion, others: OpenQuestion[]][] {
  return alike(asked, ({ tree, question }) => `${tree}/${question}`);
}

/** What only a person can answer, a few of each kind; null where nothing is open. */
export function askedList({ asked }: DiagnosisDocument): Markup | null {
  return list(
    questionsOf(asked)
      .slice(0, QUESTIONS_SHOWN)
      .map(([{ ask, subject, howToTell, wouldTell, answers }, others]): Child => {
        const about = namesOf([subject, ...others.map((other) => other.subject)]);
        return [
          h('strong', {}, ask),
          about === '' ? null : ` (${about})`,
          h('div', { class: 'meta' }, `To find out: ${wouldTell ?? howToTell}`),
          h('div', { class: 'meta' }, `Answers: ${answers.map(({ text }) => text).join(' | ')}`),
        ];
      }),
  );
}

/** How many questions there are besides; null where all are shown. */
export function questionsNotShown({ asked }: DiagnosisDocument): Markup | null {
  const rest = questionsOf(asked).length - QUESTIONS_SHOWN;
  return rest > 0 ? h('p', { class: 'meta' }, `and ${rest} more questions`) : null;
}

/** What happened, oldest first. Of very many events those that harmed are kept first. */
export function timelineTable(events: readonly TimelineEvent[], endMs: number): Markup {
  const harm = events.filter(({ severity }) => severity === 'warn' || severity === 'error');
  const others = events.filter((event) => !harm.includes(event));
  const kept = new Set([...spread(harm, EVENTS_SHOWN), ...spread(others, Math.max(2, EVENTS_SHOWN - harm.length))]);
  const shown = events.filter((event) => kept.has(event));
  const rest = events.length - shown.length;
  return h(
    'div',
    { class: 'events' },
    table(
      ['When (UTC)', 'Before the end', 'What', '', 'From'],
      shown.map(({ atMs, subject, text, severity, source }) => {
        const { sign, tone, word } = SEVERITY[severity];
        return [
          h('time', { datetime: new Date(atMs).toISOString() }, clock(new Date(atMs).toISOString())),
          ago(endMs - atMs),
          [h('strong', {}, subject), ` ${text}`],
          badge(tone, `${sign} ${word}`),
          source,
        ];
      }),
      [1],
    ),
    rest > 0 ? h('p', { class: 'meta' }, `${rest} more events are not shown`) : null,
  );
}

/** `2026-11-21 10:05:12` */
export function clock(iso: string): string {
  return iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/, '');
}

function ago(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return '0 s';
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
