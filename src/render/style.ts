import { type Phrase, say } from '../health/phrase.ts';
import { spanText } from '../health/span-text.ts';
import { escapeInline } from './escape.ts';
import type { Theme } from './theme.ts';

/** How text is written to where it goes. */
export interface Style {
  readonly theme: Theme;
  /** A person reads it: digits are grouped, spans spaced. A pipe gets `3626` and `62s`. */
  readonly human: boolean;
  /** Columns of the terminal; null where there is no limit. */
  readonly width: number | null;
  readonly wide: boolean;
}

/** A number: its digits in groups of three on a terminal, plain elsewhere. */
export function numberText(value: number, { human }: Pick<Style, 'human'>): string {
  if (!human || Math.abs(value) < 1000) return String(value);
  const [whole = '', fraction] = String(value).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ' ');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A span of time; a pipe gets it without blanks, so that it stays one word. */
export function spanCell(durationMs: number, { human }: Pick<Style, 'human'>): string {
  return human ? spanText(durationMs) : spanText(durationMs).replaceAll(' ', '');
}

/** Records per second with a sign: `+58/s`, `-3.5/s`. */
export function rateText(perSecond: number, style: Pick<Style, 'human'>): string {
  const rounded = Math.abs(perSecond) < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond);
  return `${rounded > 0 ? '+' : ''}${numberText(rounded === 0 ? 0 : rounded, style)}/s`;
}

/** A phrase for people: numbers grouped, strangers' text escaped. */
export function phraseText(sentence: Phrase, style: Pick<Style, 'human'>): string {
  return say(sentence, {
    number: (value) => numberText(value, style),
    span: spanText,
    text: escapeInline,
  });
}
