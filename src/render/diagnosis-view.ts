import type {
  DiagnosisDocument,
  DiagnosisStep,
  DiagnosisVerdict,
  DiagnosisWalk,
  OpenQuestion,
} from '../diagnose/diagnosis-document.ts';
import { withName } from '../diagnose/fill-command.ts';
import { scopeOf } from '../diagnose/fold.ts';
import type { Fact, Leaf, Provenance, Subject } from '../diagnose/model.ts';
import { spanText } from '../health/span-text.ts';
import { alike, listText, wayOf } from './alike.ts';
import { escapeInline } from './escape.ts';
import { commandLines, indented, labelled, widthOf } from './labelled-lines.ts';
import type { Style } from './style.ts';
import type { Tone } from './theme.ts';
import { displayWidth } from './width.ts';
import { wrap } from './wrap.ts';

/** Walks whose path is printed in full when many are told at once. */
const WALKS_SHOWN = 8;
/** Facts of one step. */
const FACTS_SHOWN = 6;
/** A blank that no line is broken at. */
const TIED = '\u00a0';
/** A text that says itself over which time it was so. */
const SPAN = /\b(?:in|over|for) [\d.]+ ?(?:ms|s|m|h|d)\b/;
/** A longer answer is named by its id where it is only referred to. */
const CONDITION_LENGTH = 24;

/** Sign and word of where an answer comes from: the sign never stands alone. */
const PROVENANCE: Readonly<Record<Provenance, { sign: string; tone: Tone }>> = {
  measured: { sign: '●', tone: 'good' },
  answered: { sign: '◆', tone: 'note' },
  assumed: { sign: '○', tone: 'warn' },
  unknown: { sign: '?', tone: 'warn' },
};

export interface DiagnosisViewOptions {
  /** Also where each verdict comes from, and what the documents say wrongly. */
  readonly showSources: boolean;
  /** Commands to begin with when nothing that can be measured is wrong. */
  readonly beginnings?: readonly string[];
}

/** The whole of a diagnosis for a person: the paths, the verdicts, what is left to ask. */
export function diagnosisLines(document: DiagnosisDocument, style: Style, options: DiagnosisViewOptions): string[] {
  const ways = alike(document.path, wayOf);
  const rest = ways.slice(WALKS_SHOWN).reduce((sum, [, others]) => sum + 1 + others.length, 0);
  return [
    ...ways
      .slice(0, WALKS_SHOWN)
      .flatMap(([walk, others]) => [...walkLines(walk, style), ...sameWayLines(others, style), '']),
    ...(rest > 0
      ? [style.theme('muted', `… and ${rest} more walks: -o json has them all; -g or -t names one`), '']
      : []),
    ...conclusionLines(document, style, options),
  ];
}

/** What it comes to: verdicts, open questions, what could not be looked at. */
export function conclusionLines(document: DiagnosisDocument, style: Style, options: DiagnosisViewOptions): string[] {
  const { verdicts, asked, notWalked, path } = document;
  const sure = verdicts.filter(({ confidence }) => confidence !== 'low');
  const possible = verdicts.filter(({ confidence }) => confidence === 'low');
  const blocks = [
    ...alike(sure, ({ leaf, confidence }) => `${leaf} ${confidence}`).map(([first, others]) =>
      verdictLines(first, others, style, options),
    ),
    ...(possible.length === 0 ? [] : [possibleLines(possible, document.fault, style)]),
    ...(asked.length === 0 ? [] : [askedLines(asked, style)]),
    ...(notWalked.length === 0 ? [] : [notWalkedLines(notWalked, style)]),
    ...(document.replay === undefined ? [] : [replayLines(document.replay, document.trees, style)]),
  ];
  if (!document.fault && sure.every(({ outcome }) => outcome !== 'fault')) {
    const looked =
      path.length === 0
        ? 'nothing in the evidence calls for a walk'
        : `${path.length} ${path.length === 1 ? 'walk' : 'walks'}`;
    const open = path.some(({ endings }) =>
      endings.some(({ outcome, confidence }) => outcome === 'fault' && confidence === 'low'),
    );
    const said = open ? 'no fault is certain' : 'no fault found';
    const head = `${open ? style.theme('warn', '?') : style.theme('good', '✓')} ${style.theme('strong', said)}`;
    const { beginnings = [] } = options;
    const what = wrap(`${looked} · ${sampleText(document)}`, widthOf(style) - said.length - 4);
    blocks.unshift([
      ...what.map((line, at) => `${at === 0 ? head : ' '.repeat(said.length + 2)}  ${line}`),
      ...(path.length > 0 || beginnings.length === 0
        ? []
        : [
            ...indented(
              'not everything shows in a cluster; if something is wrong all the same, begin with it:',
              2,
              style,
            ),
            ...beginnings.map((command) => `    ${command}`),
          ]),
    ]);
  } else {
    blocks.push([style.theme('muted', `seen in ${sampleText(document)}`)]);
  }
  return blocks.flatMap((block, at) => (at === 0 ? block : ['', ...block]));
}

/** `3 samples over 20 s, at 2026-11-20 14:15:00Z` */
export function sampleText({ samples, windowMs, at }: DiagnosisDocument): string {
  const when = at.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
  return samples === 1 ? `1 sample, at ${when}` : `${samples} samples over ${spanText(windowMs)}, at ${when}`;
}

/** One walk: its title, and each step with what was seen and where that leads. */
function walkLines(walk: DiagnosisWalk, style: Style): string[] {
  return [walkTitle(walk, style), ...walk.steps.flatMap((step, at) => stepLines(step, at + 1, walk, style))];
}

/** Whose walks go the same way. */
function sameWayLines(others: readonly DiagnosisWalk[], style: Style): string[] {
  if (others.length === 0) return [];
  const names = listText(others.map(({ subject }) => subjectText(subject)).filter((text) => text !== ''));
  return indented(`the same way${names === '' ? `: ${others.length} more` : `: ${names}`}`, 5, style);
}

export function walkTitle({ title, subject, source }: DiagnosisWalk, style: Style): string {
  const left = `${title}${subjectText(subject) === '' ? '' : ` · ${subjectText(subject)}`}`;
  const from = `source: ${[...new Set(source.map(({ document, section }) => `${document} ${section}`))].join(', ')}`;
  const room = widthOf(style) - displayWidth(left) - 2;
  const fits = source.length > 0 && displayWidth(from) <= room;
  return `${style.theme('strong', left)}${fits ? style.theme('muted', from.padStart(room + 2)) : ''}`;
}

/** ` 2 ● Do members leave?      measured`, the facts, and `→ yes`. `asking`: while a person is asked, without where it goes. */
export function stepLines(
  step: DiagnosisStep,
  number: number,
  walk: DiagnosisWalk,
  style: Style,
  asking = false,
): string[] {
  const { sign, tone } = PROVENANCE[step.provenance];
  const width = widthOf(style);
  const body = width - 5;
  const word = asking ? (step.because === null ? 'only you know' : 'not measured') : step.provenance;
  const asks = wrap(`${conditionText(step, walk)}${escapeInline(step.ask)}`, body - word.length - 2);
  const head = asks.map((line, at) => {
    if (at > 0) return `     ${line}`;
    const left = `${String(number).padStart(2)} ${sign} ${line}`;
    const gap = ' '.repeat(Math.max(2, width - displayWidth(left) - word.length));
    return `${String(number).padStart(2)} ${style.theme(tone, sign)} ${line}${style.human ? gap : '  '}${style.theme(tone, word)}`;
  });
  const facts = step.facts.slice(0, FACTS_SHOWN).flatMap((fact) => wrap(factText(fact), body));
  const more = step.facts.length - FACTS_SHOWN;
  if (more > 0) facts.push(`… and ${more} more`);
  const untold = step.because === null ? [] : wrap(`not known: ${escapeInline(step.because)}`, body);
  if (step.wouldTell !== null) untold.push(...wrap(`would tell: ${escapeInline(step.wouldTell)}`, body));
  return [
    ...head,
    ...facts.map((line) => `     ${style.theme('muted', line)}`),
    ...untold.map((line) => `     ${line}`),
    ...(asking ? [] : wrap(`→ ${goesText(step)}`, body).map((line) => `     ${line}`)),
  ];
}

/** What would have to be true for a step behind an open question to be reached. */
function conditionText({ under }: DiagnosisStep, { steps }: DiagnosisWalk): string {
  if (under === null) return '';
  const open = steps.findIndex(({ tree, question }) => tree === under.tree && question === under.question);
  const text = steps[open]?.goesTo.find(({ answer }) => answer === under.answer)?.text ?? under.answer;
  return `(if ${open + 1} is: ${text.length > CONDITION_LENGTH ? under.answer : escapeInline(text)}) `;
}

function goesText({ answerText, goesTo, provenance }: DiagnosisStep): string {
  if (answerText !== null) return escapeInline(answerText);
  const [only] = goesTo;
  if (provenance === 'unknown' && goesTo.length === 1 && only?.answer === null) return 'holds whatever the answer is';
  return `any of: ${goesTo.map(({ text }) => escapeInline(text ?? '')).join(' | ')}`;
}

/** `lag changes by 27 records/s (OffsetFetch, ListOffsets, over 10 s)`: what was seen, where, and over which time. */
export function factText({ text, source, windowMs }: Fact): string {
  const said = escapeInline(text);
  const spans = windowMs === null || windowMs === 0 || SPAN.test(text);
  const behind = [
    ...(said.includes(source) ? [] : [escapeInline(source)]),
    ...(spans ? [] : [`over ${spanText(windowMs)}`]),
  ];
  return behind.length === 0 ? said : `${said} (${behind.join(', ')})`;
}

/** Sign, colour and word of an outcome. */
export const SIGNS: Readonly<Record<DiagnosisVerdict['outcome'], { sign: string; tone: Tone; word: string }>> = {
  fault: { sign: '✗', tone: 'bad', word: 'fault' },
  advice: { sign: '!', tone: 'warn', word: 'advice' },
  sound: { sign: '✓', tone: 'good', word: 'sound' },
};

function verdictLines(
  verdict: DiagnosisVerdict,
  others: readonly DiagnosisVerdict[],
  style: Style,
  { showSources }: DiagnosisViewOptions,
): string[] {
  const { sign, tone, word } = SIGNS[verdict.outcome];
  const subject = subjectText(verdict.subject);
  const head = `${word}  ${verdict.leaf}  ${escapeInline(verdict.cause)}`;
  const about = [
    ...(subject === '' ? [] : [subject]),
    ...verdict.concerns.filter((scope) => scope !== scopeOf(verdict.subject)).map(escapeInline),
  ];
  const said = wrap(`${head}  (confidence:${TIED}${verdict.confidence})`, widthOf(style) - 2).map((line) =>
    line.trimEnd().replaceAll(TIED, ' '),
  );
  return [
    ...said.map((line, at) => (at === 0 ? `${style.theme(tone, sign)} ${style.theme('strong', line)}` : `  ${line}`)),
    ...labelled(
      'about',
      [listText(about)].filter((text) => text !== ''),
      style,
    ),
    ...labelled(
      'also',
      others.length === 0 ? [] : [listText(others.map(({ subject: other }) => subjectText(other)))],
      style,
    ),
    ...labelled('because', [escapeInline(verdict.because)], style),
    ...labelled('do', verdict.actions.map(escapeInline), style),
    ...labelled('follows', consequenceTexts(verdict), style),
    ...(showSources ? sourceLines(verdict, style) : noteLines(verdict, style)),
    ...commandLines('next', verdict.commands, style),
    ...(verdict.outcome === 'sound' ? [] : commandLines('runbook', [verdict.runbook], style)),
  ];
}

function consequenceTexts({ consequences }: DiagnosisVerdict): string[] {
  const byLeaf = new Map<string, { cause: string; subjects: string[] }>();
  for (const { leaf, cause, subject } of consequences) {
    const told = byLeaf.get(leaf) ?? { cause, subjects: [] };
    told.subjects.push(subjectText(subject));
    byLeaf.set(leaf, told);
  }
  return [...byLeaf].map(([leaf, { cause, subjects }]) => {
    const names = subjects.filter((name) => name !== '');
    return `${leaf} ${escapeInline(cause)}${names.length === 0 ? '' : `: ${listText(names)}`}`;
  });
}

function noteLines({ corrections, leaf }: DiagnosisVerdict, style: Style): string[] {
  const [first] = corrections;
  if (first === undefined) return [];
  return [
    ...labelled('note', [correctionText(first)], style),
    ...commandLines('', [`kmedic explain ${leaf} --show-sources`], style),
  ];
}

/** What is often said, and what is right: one without the other would not be understood. */
export function correctionText({ claim, right }: Leaf['corrections'][number]): string {
  return `often said: ${escapeInline(claim)} — in fact: ${escapeInline(right)}`;
}

/** Where a verdict comes from, and the documents' claims beside what is right. */
export function sourceLines(
  { source, corrections, originals }: Pick<DiagnosisVerdict, 'source' | 'corrections' | 'originals'>,
  style: Style,
): string[] {
  return [
    ...labelled(
      'source',
      source.map(({ document, section }) => `document ${document}, ${escapeInline(section)}`),
      style,
    ),
    ...labelled(
      'claim',
      corrections.map(({ claim, right }) => `${escapeInline(claim)} — in fact: ${escapeInline(right)}`),
      style,
    ),
    ...labelled(
      'instead of',
      originals.map(({ original, kmedic }) => `${escapeInline(original)}  →  ${withName(kmedic)}`),
      style,
    ),
  ];
}

function possibleLines(possible: readonly DiagnosisVerdict[], fault: boolean, style: Style): string[] {
  const head = fault
    ? 'possible causes, best supported first; the answers below would tell'
    : 'possible, best supported first; the answers below would tell';
  return [
    `${style.theme('warn', '?')} ${style.theme('strong', head)}`,
    ...alike(possible, ({ leaf }) => leaf).flatMap(([{ leaf, cause, outcome, subject }, others]) => {
      const about = [subject, ...others.map((other) => other.subject)].map(subjectText).filter((text) => text !== '');
      return labelled(
        leaf,
        [`${escapeInline(cause)} (${[outcome, listText(about)].filter(Boolean).join(', ')})`],
        style,
      );
    }),
  ];
}

function askedLines(asked: readonly OpenQuestion[], style: Style): string[] {
  const lines = [`${style.theme('warn', '?')} ${style.theme('strong', 'open: let them be measured, or answer them')}`];
  for (const [first, others] of alike(asked, ({ tree, question }) => `${tree}/${question}`)) {
    const { ask, because, wouldTell, howToTell, answers, key } = first;
    const about = listText([first, ...others].map(({ subject }) => subjectText(subject)).filter((text) => text !== ''));
    lines.push(...indented(`${escapeInline(ask)}${about === '' ? '' : ` (${about})`}`, 2, style));
    if (because !== null) lines.push(...indented(`not known: ${escapeInline(because)}`, 4, style));
    lines.push(...indented(`to find out: ${escapeInline(wouldTell ?? howToTell)}`, 4, style));
    const choices = answers.map(({ id, text }) => (id === text ? id : `${id} (${escapeInline(text)})`)).join(' | ');
    lines.push(...indented(`in --answers: "${escapeInline(key)}": ${choices}`, 4, style));
  }
  return lines;
}

function notWalkedLines(notWalked: DiagnosisDocument['notWalked'], style: Style): string[] {
  const lines = [`${style.theme('warn', '?')} ${style.theme('strong', 'not looked at')}`];
  for (const { tree, because, wouldTell } of notWalked)
    lines.push(...indented(`${tree}: ${escapeInline(because)}; would tell: ${escapeInline(wouldTell)}`, 2, style));
  return lines;
}

/** Whether a session is judged as it was when it was saved. */
function replayLines(
  { trees, differences }: NonNullable<DiagnosisDocument['replay']>,
  now: string,
  style: Style,
): string[] {
  const judges = trees === now ? 'the same trees' : `trees ${now}, then ${trees}`;
  if (differences.length === 0)
    return [
      `${style.theme('good', '=')} ${style.theme('strong', 'judged again')}  the verdict is the same (${judges})`,
    ];
  const names = (leaves: readonly string[]): string => (leaves.length === 0 ? 'not walked' : leaves.join(', '));
  return [
    `${style.theme('warn', '≠')} ${style.theme('strong', 'judged again')}  the verdict differs (${judges})`,
    ...differences.flatMap(({ tree, subject, before, after, parts }) => [
      ...indented(`${tree} ${subjectText(subject)}: ${names(before)} → ${names(after)}`, 2, style),
      ...(parts === null ? [] : indented(`then: ${escapeInline(parts.before ?? 'ended before')}`, 4, style)),
      ...(parts === null ? [] : indented(`now:  ${escapeInline(parts.after ?? 'ends before')}`, 4, style)),
    ]),
  ];
}

export function subjectText({ kind, name }: Subject): string {
  return name === null || kind === 'cluster' ? '' : `${kind} ${escapeInline(name)}`;
}
