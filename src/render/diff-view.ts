import type { Change, DiffDocument } from '../health/change.ts';
import { spanText } from '../health/span-text.ts';
import type { Severity } from '../health/verdicts.ts';
import { plural } from './findings-view.ts';
import type { Sheet } from './sheet.ts';
import type { Style } from './style.ts';
import type { Tone } from './theme.ts';

const TONES: Readonly<Record<Severity, Tone>> = { ok: 'good', note: 'muted', warn: 'warn', error: 'bad' };
/** What a change means for the reader, in the words of the first column. */
export const HARM: Readonly<Record<Severity, string>> = { ok: 'better', note: 'change', warn: 'worse', error: 'bad' };

/** One row per change, the worst first. */
export function diffSheet(changes: readonly Change[]): Sheet {
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
    rows: changes.map(({ severity, subject, name, what, before, after, meaning }) => [
      HARM[severity],
      subject,
      name,
      what,
      before === null ? null : String(before),
      after === null ? null : String(after),
      meaning,
    ]),
    tone: (row) => {
      const change = changes[row];
      return change === undefined ? null : TONES[change.severity];
    },
  };
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
