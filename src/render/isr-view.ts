import { isDenied } from '../health/denied.ts';
import type { IsrPartition, IsrReport, MissingReplica, Since } from '../health/isr-report.ts';
import type { IsrVerdict } from '../health/isr-verdicts.ts';
import type { Next } from '../health/lag-report.ts';
import { spanText } from '../health/span-text.ts';
import { plural } from './findings-view.ts';
import type { CellValue, Column, Sheet } from './sheet.ts';
import { numberText, phraseText, type Style } from './style.ts';
import type { Tone } from './theme.ts';

const TONES = { ok: 'good', note: 'note', warn: 'warn', error: 'bad' } as const satisfies Record<string, Tone>;

/** What a verdict is called in the first column. */
const HARM: Readonly<Record<IsrVerdict, string>> = {
  OK: 'none',
  'NO-SPARE': 'no spare',
  UNBALANCED: 'unbalanced',
  REASSIGNING: 'reassigning',
  'UNDER-REPLICATED': 'under-replicated',
  'ISR-FOREIGN': 'foreign in ISR',
  'AT-MIN-ISR': 'at min ISR',
  'UNDER-MIN-ISR': 'under min ISR',
  'LEADER-SILENT': 'leader silent',
  OFFLINE: 'offline',
};

interface Field extends Column {
  readonly of: (row: IsrPartition, style: Pick<Style, 'human'>) => CellValue;
}

const list = (ids: readonly number[]): string => (ids.length === 0 ? 'none' : ids.join(','));
const maybe = (ids: readonly number[] | null): string | null => (ids === null ? null : list(ids));

/** Columns in the order that they always have. */
const FIELDS: readonly Field[] = [
  { key: 'harm', header: 'HARM', kind: 'text', keep: 9, toned: true, of: ({ verdict }) => HARM[verdict] },
  { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9, of: ({ topic }) => topic },
  { key: 'partition', header: 'PART', kind: 'id', keep: 9, of: ({ partition }) => partition },
  {
    key: 'leader',
    header: 'LEADER',
    kind: 'text',
    keep: 8,
    of: ({ leader }) => (leader === null ? 'none' : `${leader}`),
  },
  {
    key: 'leaderEpoch',
    header: 'EPOCH',
    kind: 'id',
    keep: 0,
    wide: true,
    piped: true,
    of: ({ leaderEpoch }) => leaderEpoch,
  },
  { key: 'replicas', header: 'REPLICAS', kind: 'text', keep: 6, of: ({ replicas }) => list(replicas) },
  { key: 'racks', header: 'RACKS', kind: 'text', keep: 0, wide: true, of: ({ racks }) => racksText(racks) },
  { key: 'isr', header: 'ISR', kind: 'text', keep: 9, of: ({ isr }) => list(isr) },
  { key: 'elr', header: 'ELR', kind: 'text', keep: 2, of: ({ elr }) => maybe(elr) },
  { key: 'minIsr', header: 'MIN', kind: 'id', keep: 7, of: ({ minIsr }) => minIsr },
  {
    key: 'effectiveMinIsr',
    header: 'EFFECTIVE MIN',
    kind: 'id',
    keep: 0,
    wide: true,
    of: (row) => row.effectiveMinIsr,
  },
  {
    key: 'behind',
    header: 'FOLLOWERS BEHIND',
    kind: 'text',
    keep: 5,
    of: (row, style) => behindText(row, style),
  },
  { key: 'since', header: 'SINCE', kind: 'text', keep: 4, of: ({ since }) => sinceText(since) },
  { key: 'hidden', header: 'HIDDEN', kind: 'count', keep: 1, wide: true, piped: true, of: ({ hidden }) => hidden },
  { key: 'verdict', header: 'VERDICT', kind: 'text', keep: 0, wide: true, piped: true, of: ({ verdict }) => verdict },
  {
    key: 'evidence',
    header: 'WHAT IT MEANS',
    kind: 'text',
    keep: 3,
    of: ({ evidence }, style) => phraseText(evidence, style),
  },
];

function racksText(racks: readonly (string | null)[]): string | null {
  return racks.every((rack) => rack === null) ? null : racks.map((rack) => rack ?? '-').join(',');
}

/** `3 by 41 022 · 1 down · 4 new`: who is not in the ISR, how far behind where that is known, or why it is not there. */
function behindText({ missing, joining }: IsrPartition, style: Pick<Style, 'human'>): string {
  const one = (broker: number, state: MissingReplica['state'] | 'new', behind: number | null): string =>
    behind !== null && (state === 'behind' || state === 'new')
      ? `${broker} by ${numberText(behind, style)}`
      : `${broker} ${state}`;
  const all = [
    ...missing.map(({ broker, state, behind }) => one(broker, state, behind)),
    ...joining.map(({ broker, behind }) => one(broker, 'new', behind)),
  ];
  return all.length === 0 ? 'none' : all.join(' · ');
}

function sinceText(since: Since | null): string | null {
  return since === null ? null : `${since.atLeast ? '> ' : ''}${spanText(since.ms)}`;
}

/** One row for each partition, toned by the severity of its verdict. */
export function isrSheet(partitions: readonly IsrPartition[], style: Pick<Style, 'human'>): Sheet {
  return {
    columns: FIELDS,
    rows: partitions.map((row) => FIELDS.map((field) => field.of(row, style))),
    tone: (at) => {
      const row = partitions[at];
      return row === undefined ? null : TONES[row.severity];
    },
  };
}

/** What a number of partitions with a verdict means, in words; verdicts that need none are left out. */
const HEADLINES: readonly (readonly [IsrVerdict, (count: string, one: boolean) => string])[] = [
  [
    'OFFLINE',
    (count, one) => `${count} ${one ? 'has' : 'have'} no leader: nobody can read or write ${one ? 'it' : 'them'}`,
  ],
  ['LEADER-SILENT', (count, one) => `${count} ${one ? 'has a leader that does' : 'have leaders that do'} not answer`],
  ['UNDER-MIN-ISR', (count, one) => `${count} ${one ? 'refuses' : 'refuse'} acks=all writes now`],
  ['AT-MIN-ISR', (count, one) => `${count} ${one ? 'is' : 'are'} one failure away from it`],
  ['UNDER-REPLICATED', (count, one) => `${count} ${one ? 'is' : 'are'} short of replicas`],
  ['ISR-FOREIGN', (count, one) => `${count} ${one ? 'has' : 'have'} a foreign broker in the ISR`],
  ['REASSIGNING', (count, one) => `${count} ${one ? 'is' : 'are'} being moved`],
  ['UNBALANCED', (count, one) => `${count} ${one ? 'is' : 'are'} not led by the preferred replica`],
];

/** What partitions at min ISR become with one failure more: who has a single copy left is offline then. */
function nextOf(partitions: readonly IsrPartition[]): string {
  const left = partitions.flatMap(({ verdict, isr }) => (verdict === 'AT-MIN-ISR' ? [isr.length] : []));
  if (left.every((count) => count === 1)) return 'offline';
  return left.includes(1) ? 'read-only or offline' : 'read-only';
}

/** Verdict, evidence, next command: above the rows. */
export function isrLines(report: IsrReport, style: Style, hint: (next: Next) => string): string[] {
  const { partitions } = report;
  const count = (verdict: IsrVerdict): number => partitions.filter((row) => row.verdict === verdict).length;
  const parts: string[] = [];
  for (const [verdict, words] of HEADLINES) {
    const found = count(verdict);
    if (found === 0) continue;
    const text = parts.length === 0 ? plural(found, 'partition', style) : numberText(found, style);
    // Without a partition that fails already, "one failure away from it" would refer to nothing.
    const refers = verdict === 'AT-MIN-ISR' && count('UNDER-MIN-ISR') === 0;
    parts.push(
      refers
        ? `${text} ${found === 1 ? 'is' : 'are'} one failure away from ${nextOf(partitions)}`
        : words(text, found === 1),
    );
  }
  const severity = partitions.some((row) => row.severity === 'error')
    ? 'error'
    : partitions.some((row) => row.severity === 'warn')
      ? 'warn'
      : parts.length > 0
        ? 'note'
        : 'ok';
  const sign = { error: '✗', warn: '!', note: '·', ok: '✓' }[severity];
  if (partitions.length === 0)
    return [report.problems.some(isDenied) ? 'no partition can be seen' : 'no partition fits'];
  if (parts.length === 0) {
    const bare = count('NO-SPARE');
    const spare = bare === 0 ? '' : ` · ${numberText(bare, style)} cannot lose one without harm`;
    parts.push(`${plural(partitions.length, 'partition', style)}, every replica in sync${spare}`);
  }
  return [
    style.theme(TONES[severity], `${sign} ${parts.join(' · ')}`),
    ...report.symptoms.map((symptom) => `  clients: ${phraseText(symptom, style)}`),
    ...report.causes.map((cause) => `  cause: ${phraseText(cause, style)}`),
    ...report.next.map(({ when, next }) => `  ${when}: ${hint(next)}`),
  ];
}
