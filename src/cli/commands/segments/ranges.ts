import type { Range } from '../../../segments/filter.ts';
import { parseDuration } from '../../duration.ts';
import { usage } from '../../failure.ts';

/** `A..B`, `A..`, `..B` or `A` (that one alone), both ends included. */
export function offsetRange(text: string | undefined): Range | null {
  if (text === undefined) return null;
  const match = /^(\d*)(\.\.)?(\d*)$/.exec(text);
  const [, from = '', dots, to = ''] = match ?? [];
  if (match === null || (from === '' && to === ''))
    throw usage(`--offsets ${text}: not a range`, 'write 100..200, 100.. or ..200');
  return checked(
    {
      from: from === '' ? 0 : Number(from),
      to: to !== '' ? Number(to) : dots === undefined ? Number(from) : Number.POSITIVE_INFINITY,
    },
    `--offsets ${text}`,
  );
}

/** `A..B`, `A..`, `..B`; each end a time in UTC, milliseconds since 1970, or an age such as -15m. */
export function timeRange(text: string | undefined, now: number): Range | null {
  if (text === undefined) return null;
  const [from = '', to, more] = text.split('..');
  if (to === undefined || more !== undefined || (from === '' && to === '')) {
    throw usage(`--time ${text}: not a range`, 'write 2026-11-20T14:00..2026-11-20T15:00, -15m.. or ..1700000000000');
  }
  return checked(
    {
      from: from === '' ? Number.NEGATIVE_INFINITY : instant(from, '--time', now),
      to: to === '' ? Number.POSITIVE_INFINITY : instant(to, '--time', now),
    },
    `--time ${text}`,
  );
}

/** A moment in milliseconds since 1970. A text without a zone is UTC. */
export function instant(text: string, option: string, now: number): number {
  // Four digits are a year.
  if (/^\d{1,16}$/.test(text) && text.length !== 4) return Number(text);
  if (text.startsWith('-')) {
    const age = parseDuration(text.slice(1));
    if (age !== null) return now - age;
  }
  const zoned = /^\d{4}(-\d{2}){0,2}$/.test(text) ? text : /(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`;
  const ms = /^\d{4}(-\d{2}){0,2}($|T| )/.test(text) ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(ms))
    throw usage(`${option} ${text}: not a time`, 'write 2026-11-20T14:00:00Z, milliseconds since 1970, or -15m');
  return ms;
}

function checked(range: Range, what: string): Range {
  if (range.from > range.to) throw usage(`${what}: ends before it begins`);
  return range;
}
