import type {
  DiagnosisDocument,
  DiagnosisStep,
  DiagnosisVerdict,
  DiagnosisWalk,
} from '../diagnose/diagnosis-document.ts';
import type { Fact, Subject } from '../diagnose/model.ts';
import { alike, listText, wayOf } from './alike.ts';
import { factText, sampleText, subjectText } from './diagnosis-view.ts';
import { escapeMarkdown, markdownCode } from './markdown.ts';

/** Ways that are told step by step, and names in one list: a ticket is read by a person. */
const WAYS_SHOWN = 12;
const NAMES_SHOWN = 20;

/** A diagnosis as an incident report for a ticket: verdicts, what to do, the evidence, what is still open. */
export function diagnosisMarkdown(
  document: DiagnosisDocument,
  { showSources }: { readonly showSources: boolean },
): string {
  const sure = document.verdicts.filter(({ confidence }) => confidence !== 'low');
  const possible = document.verdicts.filter(({ confidence }) => confidence === 'low');
  const [first] = sure.filter(({ outcome }) => outcome === 'fault');
  const title = first === undefined ? (document.fault ? 'a fault, its cause is open' : 'no fault found') : first.cause;
  const ways = alike(document.path, wayOf);
  const rest = ways.slice(WAYS_SHOWN).reduce((sum, [, others]) => sum + 1 + others.length, 0);
  const blocks = [
    [`# Incident report: ${escapeMarkdown(title)}`],
    [
      `- cluster: ${document.cluster.id === null ? 'unknown' : markdownCode(document.cluster.id)}`,
      `- seen in: ${sampleText(document)}`,
      `- judged by: trees ${document.trees}`,
    ],
    ...alike(sure, ({ leaf, confidence }) => `${leaf} ${confidence}`).flatMap(([verdict, others]) =>
      verdictBlocks(verdict, others, showSources),
    ),
    ...(possible.length === 0 ? [] : possibleBlocks(possible)),
    ...askedBlocks(document),
    ...ways.slice(0, WAYS_SHOWN).flatMap(([walk, others]) => walkBlocks(walk, others)),
    ...(rest > 0 ? [[`and ${rest} more walks`]] : []),
    ...(document.errors.length === 0 ? [] : errorBlocks(document)),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function verdictBlocks(
  verdict: DiagnosisVerdict,
  others: readonly DiagnosisVerdict[],
  showSources: boolean,
): string[][] {
  const { leaf, cause, because, confidence, outcome, subject, actions, commands, consequences, runbook } = verdict;
  const about = subjectText(subject);
  const list = (title: string, items: readonly string[]): string[][] =>
    items.length === 0 ? [] : [[`### ${title}`], items.map((item) => `- ${item}`)];
  return [
    [`## ${leaf}: ${escapeMarkdown(cause)}`],
    [`${outcome}, confidence ${confidence}${about === '' ? '' : `, about ${escapeMarkdown(about)}`}`],
    ...alsoBlocks(others.map((other) => other.subject)),
    [escapeMarkdown(because)],
    ...list('What to do', actions.map(escapeMarkdown)),
    ...(commands.length === 0 ? [] : [['### Next commands'], ['```', ...commands, runbook, '```']]),
    ...list('Evidence', verdict.evidence.map(factLine)),
    ...list(
      'Follows from it',
      alike(consequences, ({ leaf: of }) => of).map(([first, more]) => {
        const names = [first, ...more].map(({ subject: one }) => subjectText(one)).filter((name) => name !== '');
        const tail = names.length === 0 ? '' : ` (${escapeMarkdown(listText(names, NAMES_SHOWN))})`;
        return `${first.leaf} ${escapeMarkdown(first.cause)}${tail}`;
      }),
    ),
    ...(showSources
      ? [
          ...list(
            'Sources',
            verdict.source.map(({ document, section }) => `document ${document}, ${escapeMarkdown(section)}`),
          ),
          ...list(
            'Corrections',
            verdict.corrections.map(
              ({ claim, right }) => `${escapeMarkdown(claim)}. In fact: ${escapeMarkdown(right)}`,
            ),
          ),
        ]
      : []),
  ];
}

function possibleBlocks(possible: readonly DiagnosisVerdict[]): string[][] {
  return [
    ['## Possible, best supported first'],
    alike(possible, ({ leaf }) => leaf).map(([{ leaf, cause, subject, outcome }, others]) => {
      const about = namesOf([subject, ...others.map((other) => other.subject)]);
      return `- ${leaf}: ${escapeMarkdown(cause)} (${outcome}${about === '' ? '' : `, ${escapeMarkdown(about)}`})`;
    }),
  ];
}

function askedBlocks({ asked }: DiagnosisDocument): string[][] {
  if (asked.length === 0) return [];
  return [
    ['## Only a person can tell'],
    alike(asked, ({ tree, question }) => `${tree}/${question}`).flatMap(([first, others]) => {
      const { ask, subject, howToTell, wouldTell, answers, key } = first;
      const about = namesOf([subject, ...others.map((other) => other.subject)]);
      return [
        `- **${escapeMarkdown(ask)}**${about === '' ? '' : ` (${escapeMarkdown(about)})`}`,
        `  - to find out: ${escapeMarkdown(wouldTell ?? howToTell)}`,
        `  - ${markdownCode(key)}: ${answers.map(({ id }) => markdownCode(id)).join(', ')}`,
      ];
    }),
  ];
}

function alsoBlocks(subjects: readonly Subject[]): string[][] {
  const names = namesOf(subjects);
  return names === '' ? [] : [[`the same of ${escapeMarkdown(names)}`]];
}

function namesOf(subjects: readonly Subject[]): string {
  return listText(
    subjects.map(subjectText).filter((name) => name !== ''),
    NAMES_SHOWN,
  );
}

function walkBlocks(walk: DiagnosisWalk, others: readonly DiagnosisWalk[]): string[][] {
  const about = subjectText(walk.subject);
  return [
    [`## Path: ${escapeMarkdown(walk.title)}${about === '' ? '' : ` (${escapeMarkdown(about)})`}`],
    ...alsoBlocks(others.map((other) => other.subject)),
    walk.steps.flatMap((step, at) => [
      `${at + 1}. ${escapeMarkdown(step.ask)} **${escapeMarkdown(answerOf(step))}** (${step.provenance})`,
      ...step.facts.map((fact) => `   - ${factLine(fact)}`),
      ...(step.because === null ? [] : [`   - not known: ${escapeMarkdown(step.because)}`]),
    ]),
    [`ends in: ${walk.endings.map(({ leaf, confidence }) => `${leaf} (${confidence})`).join(', ')}`],
  ];
}

function answerOf({ answerText, goesTo }: DiagnosisStep): string {
  return (
    answerText ?? (goesTo.length === 1 ? 'unknown' : `unknown: ${goesTo.map(({ text }) => text ?? '').join(' or ')}`)
  );
}

function factLine(fact: Fact): string {
  return `${escapeMarkdown(factText(fact))}${fact.at === null ? '' : `, ${fact.at}`}`;
}

function errorBlocks({ errors }: DiagnosisDocument): string[][] {
  return [
    ['## Could not be read'],
    errors.map(({ scope, name, message }) => `- ${escapeMarkdown(`${scope}: ${name}: ${message}`)}`),
  ];
}
