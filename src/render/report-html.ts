import { latestSample, type Recording } from '../cluster/recording.ts';
import type { DiagnosisDocument, DiagnosisVerdict } from '../diagnose/diagnosis-document.ts';
import { spanText } from '../health/span-text.ts';
import { timelineOf } from '../health/timeline.ts';
import { alike, wayOf } from './alike.ts';
import { h, Markup } from './html.ts';
import { evidenceSection, groupsSection, replicationSection } from './report-cluster.ts';
import {
  askedList,
  badge,
  clock,
  list,
  namesOf,
  questionsNotShown,
  section,
  timelineTable,
  verdictCard,
  walkArticle,
} from './report-sections.ts';
import { REPORT_STYLE } from './report-style.ts';

/** What a report is made from. */
export interface ReportInput {
  readonly recording: Recording;
  readonly diagnosis: DiagnosisDocument;
}

/** More would be a book. */
const WALKS_SHOWN = 12;
const VERDICTS_SHOWN = 20;
const POSSIBLE_SHOWN = 30;
/** Nothing is loaded and nothing runs, whatever ends up in the page. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A recording and its diagnosis as one HTML page that needs nothing else: no network, no script. Pure: the same input gives the same bytes. */
export function reportHtml({ recording, diagnosis }: ReportInput): string {
  const title = headline(diagnosis);
  const events = timelineOf(recording);
  const endMs = Date.parse(latestSample(recording).at);
  const sure = diagnosis.verdicts.filter(({ confidence }) => confidence !== 'low');
  const possible = diagnosis.verdicts.filter(({ confidence }) => confidence === 'low');
  const found = alike(sure, ({ leaf, confidence }) => `${leaf} ${confidence}`);
  const perhaps = alike(possible, ({ leaf }) => leaf);
  const ways = alike(diagnosis.path, wayOf);
  const untold = ways.slice(WALKS_SHOWN).reduce((sum, [, others]) => sum + 1 + others.length, 0);
  const asked = askedList(diagnosis);
  const body = h(
    'main',
    {},
    pageHeader(recording, diagnosis, title),
    sure.length === 0
      ? null
      : section(
          'verdicts',
          'Verdicts',
          found.slice(0, VERDICTS_SHOWN).map(([verdict, others]) => verdictCard(verdict, others)),
          notShown(found.slice(VERDICTS_SHOWN).map(([verdict]) => verdict)),
        ),
    possible.length === 0
      ? null
      : section(
          'possible',
          'Possible, best supported first',
          list(
            perhaps.slice(0, POSSIBLE_SHOWN).map(([{ leaf, cause, subject }, others]) => {
              const names = namesOf([subject, ...others.map((other) => other.subject)]);
              return `${cause} (${names === '' ? leaf : `${leaf}, ${names}`})`;
            }),
          ),
          notShown(perhaps.slice(POSSIBLE_SHOWN).map(([verdict]) => verdict)),
        ),
    events.length === 0 ? null : section('timeline', 'Timeline', timelineTable(events, endMs)),
    groupsSection(recording),
    replicationSection(recording),
    diagnosis.path.length === 0
      ? null
      : section(
          'path',
          'The path walked',
          ways.slice(0, WALKS_SHOWN).map(([walk, others]) => walkArticle(walk, others)),
          untold > 0 ? h('p', { class: 'meta' }, `${untold} more walks are not shown`) : null,
        ),
    asked === null ? null : section('asked', 'Only a person can tell', asked, questionsNotShown(diagnosis)),
    evidenceSection(recording),
    h(
      'footer',
      {},
      `Written by kmedic from a recording${recording.redacted ? ' whose names were replaced' : ''}. Times are UTC.`,
    ),
  );
  const head = h(
    'head',
    {},
    h('meta', { charset: 'utf-8' }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('title', {}, `Incident report: ${title}`),
    STYLE,
  );
  return `<!doctype html>\n${h('html', { lang: 'en' }, head, h('body', {}, body)).text}\n`;
}

/** The only markup that is not built from elements: a constant of this program. */
const STYLE = new Markup(`<style>${REPORT_STYLE}</style>`);

/** Verdicts beyond the ones that are told in full, counted by cause. */
function notShown(verdicts: readonly DiagnosisVerdict[]): Markup | null {
  const counts = new Map<string, number>();
  for (const { leaf, cause } of verdicts) {
    const name = `${leaf} ${cause}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return list([...counts].map(([name, count]) => `and ${count} more: ${name}`));
}

/** What it comes to, in one sentence: the surest fault's cause. */
export function headline({ verdicts, fault }: DiagnosisDocument): string {
  const first = verdicts.find(({ outcome, confidence }) => outcome === 'fault' && confidence !== 'low');
  if (first !== undefined) return first.cause;
  return fault ? 'A fault, whose cause is open' : 'No fault found';
}

function pageHeader(recording: Recording, { fault, verdicts }: DiagnosisDocument, title: string): Markup {
  const latest = latestSample(recording);
  const [first] = recording.samples;
  const spanMs = Date.parse(latest.at) - Date.parse(first?.at ?? latest.at);
  const faults = verdicts.filter(({ outcome, confidence }) => outcome === 'fault' && confidence !== 'low').length;
  const state = fault ? badge('bad', `✗ ${faults > 1 ? `${faults} faults` : 'fault'}`) : badge('good', '✓ no fault');
  const facts: readonly (readonly [string, string])[] = [
    ['Cluster', recording.cluster.id ?? 'unknown'],
    ['Recorded (UTC)', clock(recording.at)],
    ['Samples', spanMs > 0 ? `${recording.samples.length} over ${spanText(spanMs)}` : '1'],
    ['Brokers', String(latest.brokers.length)],
    ['Groups', String(latest.groups.length)],
    ['Topics', String(latest.topics.length)],
  ];
  return h(
    'header',
    {},
    h('p', { class: 'eyebrow' }, 'Incident report'),
    h('h1', {}, title),
    h('p', {}, state),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
  );
}
