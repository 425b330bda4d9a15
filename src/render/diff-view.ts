import type { Change, DiffDocument } from '../health/change.ts';
import { spanText } from '../health/span-text.ts';
import type { Severity } from '../health/verdicts.ts';
import { alike } from './alike.ts';
import { plural } from './findings-view.ts';
import type { Sheet } from './sheet.ts';
import type { Style } from './style.ts';
import type { Tone } from './theme.ts';

const TONES: Readonly<Record<Severity, Tone>> = { ok: 'good', note: 'muted', warn: 'warn', error: 'bad' };
/** What a change means for the reader, in the words of the first column. */
export const HARM: Readonly<Record<Severity, string>> = { ok: 'better', note: 'change', warn: 'worse', error: 'bad' };

/** Changes of one kind from which on only the largest are rows of their own, and how many these are. */
const MANY_ALIKE = 6;
const ALIKE_SHOWN = 3;

/** A row: a change, or how many more there are that are like the one above. */
type Row = Change & { readonly more?: number };

/** What many have in common once: of each kind of change the largest ones, then how many there are beside them. */
export function foldChanges(changes: readonly Change[]): readonly Row[] {
  const kindOf = ({ severity, subject, what }: Change): string =>
    `${severity} ${subject} ${what.startsWith('committed ') ? 'committed' : what}`;
  return alike(changes, kindOf).flatMap(([first, others]): Row[] => {
    const own = [first, ...others];
    if (own.length < MANY_ALIKE) return own;
    const shown = own.toSorted((a, b) => sizeOf(b) - sizeOf(a)).slice(0, ALIKE_SHOWN);
    return [...shown, { ...first, more: own.length - shown.length }];
  });
}

/** By how much a number changed; what is no number is as large as all others of its kind. */
function sizeOf({ before, after }: Change): number {
  return typeof before === 'number' && typeof after === 'number' ? Math.abs(after - before) : 0;
}

/** One row per change, the worst first. */
export function diffSheet(changes: readonly Row[]): Sheet {
  return {
    columns: [
      { key: 'harm', header: 'HARM', kind: 'text', keep: 9, toned: true },
      { key: 'subject', header: 'WHAT', kind: 'text', keep: 7 },
      { key: 'name', header: 'NAME', kind: 'text', keep: 9 },
      { key: 'changed', header: 'CHANGED', kind: 'text', keep: 9 },
      { key: 'before', header: 'BEFORE', kind: 'text', keep: 8 },
      { key: 'after', header: 'AFTER', kind: 'text', keep: 8 },
      { key: 'meaning', header: 'WHAT IT MEANS', kind: 'text', keep: 5 },
    ],
    rows: changes.map(({ severity, subject, name, what, before, after, meaning, more }) =>
      more === undefined
        ? [HARM[severity], subject, name, what, textOf(before), textOf(after), meaning]
        : [HARM[severity], subject, `${more} more`, what.replace(/^(committed) .*/, '$1'), '…', '…', 'likewise'],
    ),
    tone: (row) => {
      const change = changes[row];
      return change === undefined ? null : TONES[change.severity];
    },
  };
}

function textOf(value: Change['before']): string | null {
  return value === null ? null : String(value);
}

/** Below a folded table: that it is one, and how to see all of it. */
export function foldedLines(changes: readonly Change[], rows: readonly Row[], style: Style): string[] {
  if (rows.length === changes.length) return [];
  return [
    style.theme('muted', `${plural(changes.length, 'change', style)}; the largest of each kind: --all shows every one`),
  ];
}

/** The answer first: did anything get worse? */
export function diffLines({ changes, worse, before, after, betweenMs }: DiffDocument, style: Style): string[] {
  const better = changes.filter(({ severity }) => severity === 'ok').length;
  const head =
    changes.length === 0
      ? style.theme('good', '✓ nothing changed')
      : worse === 0
        ? style.theme(
            'good',
            `✓ nothing got worse: ${plural(changes.length, 'change', style)}, ${better} for the better`,
          )
        : style.theme('bad', `✗ ${plural(worse, 'change', style)} for the worse, ${better} for the better`);
  const order = betweenMs < 0 ? style.theme('warn', '  the second recording is the older one') : null;
  const span = `  ${before.at} to ${after.at}: ${spanText(Math.abs(betweenMs))}`;
  return [head, style.theme('muted', span), ...(order === null ? [] : [order])];
}
