import { OffsetsError } from './error.ts';

/** A moment as somebody typed it. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  /** How an ambiguous input was read, to be echoed: `… has no time zone: read as UTC`. */
  readonly note: string | null;
}

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
const EPOCH_SECONDS = /^\d{10}$/;
const EPOCH_MS = /^\d{13}$/;
const EXAMPLES = 'for example 2026-11-20T14:00:00Z, 2026-11-20 14:00, 2026-11-20 or 1795183200000';

/**
 * Reads a date, a date and time, or an epoch (13 digits are ms, 10 are seconds). Without a zone it is UTC, as Kafka's own
 * tools have it. Throws OffsetsError INVALID_TARGET with the input in it.
 */
export function parseMoment(text: string): Moment {
  if (EPOCH_MS.test(text)) return { timestampMs: Number(text), note: null };
  if (EPOCH_SECONDS.test(text)) {
    return { timestampMs: Number(text) * 1000, note: `${text} has 10 digits: read as seconds since 1970` };
  }
  const parts = DATE_TIME.exec(text);
  if (parts === null) throw new OffsetsError('INVALID_TARGET', `${text}: not a date or time`, EXAMPLES);
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone] = parts;
  const timestampMs = utc([year, month, day, hour, minute, second].map(Number), text) + millis(fraction);
  if (zone === undefined) return { timestampMs, note: `${text} has no time zone: read as UTC` };
  return { timestampMs: timestampMs - offsetMs(zone, text), note: null };
}

/**
 * Reads the argument of `--to-datetime`. Kafka takes the digits after the point as a number of milliseconds (`.6` is 6 ms,
 * everybody else reads 600 ms), so fewer than three digits are refused; what Kafka refuses (no fraction, a date alone)
 * is understood.
 */
export function parseKafkaDateTime(text: string): Moment {
  const fraction = /\.(\d{1,2})(?!\d)/.exec(text)?.[1];
  if (fraction !== undefined) {
    const advice = `write .${fraction.padEnd(3, '0')}, or .${fraction.padStart(3, '0')} for what Kafka's own tool does with it`;
    throw new OffsetsError('INVALID_TARGET', `${text}: .${fraction} is ambiguous`, advice);
  }
  return parseMoment(text);
}

function utc(parts: readonly number[], text: string): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!same || hour > 23 || minute > 59 || second > 59) {
    throw new OffsetsError('INVALID_TARGET', `${text}: there is no such date or time`, EXAMPLES);
  }
  return ms;
}

function millis(fraction: string): number {
  return Math.floor(Number(`0.${fraction || '0'}`) * 1000 + 1e-6);
}

function offsetMs(zone: string, text: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2) || '0');
  if (hours > 18 || minutes > 59) {
    throw new OffsetsError('INVALID_TARGET', `${text}: there is no such time zone as ${zone}`, EXAMPLES);
  }
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

const ISO_DURATION =
  /^([-+]?)P(?:([-+]?\d+)D)?(?:T(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+)(?:[.,](\d{0,9}))?S)?)?$/i;

/** `P1DT2H`, as Java's Duration reads it (signs included), in ms; null where it is none. */
export function parseIsoDuration(text: string): number | null {
  const parts = ISO_DURATION.exec(text);
  if (parts === null || /[PT]$/i.test(text)) return null;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = parts;
  const part = millis(fraction) * (seconds.startsWith('-') ? -1 : 1);
  const total = Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000;
  const ms = total + Number(seconds) * 1000 + part;
  return sign === '-' ? -ms : ms;
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SHORT_DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/;

/** `90s`, `1h30m`, `2d`, or an ISO duration, in ms; null where it is none. A bare number is none: it would be an offset. */
export function parseSpan(text: string): number | null {
  if (!SHORT_DURATION.test(text)) return parseIsoDuration(text);
  let total = 0;
  for (const [, value = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    total += Number(value) * (UNITS[unit] ?? 0);
  }
  return Math.round(total);
}
