import { OffsetsError } from './error.ts';
import { parseIsoDuration, parseKafkaDateTime, parseMoment, parseSpan } from './moment.ts';

/** Where a group should stand in one partition, before the partition is looked at. */
export type Target =
  /** The log start offset, `plus` offsets later. */
  | { readonly kind: 'start'; readonly plus: number }
  /** The high watermark, `minus` offsets earlier. */
  | { readonly kind: 'end'; readonly minus: number }
  | { readonly kind: 'offset'; readonly offset: number }
  /** Relative to the committed offset. */
  | { readonly kind: 'shift'; readonly by: number }
  /** The first record whose timestamp is not earlier. */
  | { readonly kind: 'time'; readonly timestampMs: number }
  /** Where another group stands. */
  | { readonly kind: 'group'; readonly group: string }
  /** Where the group stands already; the end where it never committed. */
  | { readonly kind: 'committed' };

/** A target as typed, with everything that has to be echoed about how it was read. */
export interface ParsedTarget {
  readonly target: Target;
  readonly text: string;
  readonly note: string | null;
}

const GRAMMAR =
  'targets are start, start+N, end, end-N, +N, -N, N, @time, -1h, group:OTHER and committed; see kmedic offsets reset --help';

/** Reads the short grammar of `--to`. `nowMs` is what `-1h` counts from. Throws OffsetsError INVALID_TARGET. */
export function parseTarget(text: string, nowMs: number): ParsedTarget {
  const done = (target: Target, note: string | null = null): ParsedTarget => ({ target, text, note });
  if (text === 'committed' || text === 'current') return done({ kind: 'committed' });
  const [, edge, sign, count] = /^(start|earliest|end|latest)(?:([+-])(\d+))?$/.exec(text) ?? [];
  if (edge !== undefined) {
    const first = edge === 'start' || edge === 'earliest';
    const size = integer(count ?? '0', text);
    if (sign !== undefined && (sign === '+') !== first && size > 0) {
      const where = first ? 'before the log start: there is nothing' : 'beyond the end: that is not written yet';
      throw new OffsetsError('INVALID_TARGET', `${text} lies ${where}`, GRAMMAR);
    }
    return done(first ? { kind: 'start', plus: size } : { kind: 'end', minus: size });
  }
  if (text.startsWith('group:') && text.length > 'group:'.length) {
    return done({ kind: 'group', group: text.slice('group:'.length) });
  }
  if (/^\d+$/.test(text)) return done({ kind: 'offset', offset: integer(text, text) });
  if (/^[+-]\d+$/.test(text)) return done({ kind: 'shift', by: integer(text, text) });
  if (text.startsWith('@')) return atTime(text, nowMs);
  if (text.startsWith('-')) {
    const ago = parseSpan(text.slice(1));
    if (ago !== null && ago >= 0) return done({ kind: 'time', timestampMs: nowMs - ago });
  }
  if (text.startsWith('+') && parseSpan(text.slice(1)) !== null) {
    throw new OffsetsError('INVALID_TARGET', `${text} is in the future: no record is there yet`, 'the end is: end');
  }
  const advice = /^\d{4}-\d{2}-\d{2}/.test(text) ? `a time begins with @: @${text}` : GRAMMAR;
  throw new OffsetsError('INVALID_TARGET', `${text || '(nothing)'}: not a target`, advice);
}

function atTime(text: string, nowMs: number): ParsedTarget {
  const time = text.slice(1);
  const ago = time.startsWith('-') ? parseSpan(time.slice(1)) : null;
  if (ago !== null) return { target: { kind: 'time', timestampMs: nowMs - ago }, text, note: null };
  if (time === 'now') return { target: { kind: 'time', timestampMs: nowMs }, text, note: null };
  const { timestampMs, note } = parseMoment(time);
  return { target: { kind: 'time', timestampMs }, text, note };
}

function integer(digits: string, text: string): number {
  const value = Number(digits);
  if (Number.isSafeInteger(value)) return value;
  throw new OffsetsError('INVALID_TARGET', `${text}: larger than any offset that can be handled (2^53 - 1)`);
}

/** The strategies of kafka-consumer-groups --reset-offsets, by the name of the flag. */
export const KAFKA_STRATEGIES = [
  'to-earliest',
  'to-latest',
  'to-current',
  'to-offset',
  'shift-by',
  'by-duration',
  'to-datetime',
] as const;
export type KafkaStrategy = (typeof KAFKA_STRATEGIES)[number];

/** Reads one of Kafka's own flags; `value` is its argument, empty for the flags that take none. Throws OffsetsError. */
export function parseStrategy(strategy: KafkaStrategy, value: string, nowMs: number): ParsedTarget {
  const text = value === '' ? `--${strategy}` : `--${strategy} ${value}`;
  const done = (target: Target, note: string | null = null): ParsedTarget => ({ target, text, note });
  switch (strategy) {
    case 'to-earliest':
      return done({ kind: 'start', plus: 0 });
    case 'to-latest':
      return done({ kind: 'end', minus: 0 });
    case 'to-current':
      return done({ kind: 'committed' });
    case 'to-offset':
    case 'shift-by': {
      if (!/^[+-]?\d+$/.test(value)) throw new OffsetsError('INVALID_TARGET', `${text}: not a whole number`);
      const number = integer(value, text);
      return done(strategy === 'to-offset' ? { kind: 'offset', offset: number } : { kind: 'shift', by: number });
    }
    case 'by-duration': {
      const ms = parseIsoDuration(value);
      if (ms === null) {
        throw new OffsetsError('INVALID_TARGET', `${text}: not a duration`, 'for example P1D, PT1H30M or P1DT12H');
      }
      return done({ kind: 'time', timestampMs: nowMs - ms });
    }
    case 'to-datetime': {
      const { timestampMs, note } = parseKafkaDateTime(value);
      return done({ kind: 'time', timestampMs }, note);
    }
  }
}

/** What a target means, in one clause for people. `nowMs` gives times their age. */
export function describeTarget(target: Target, nowMs: number): string {
  switch (target.kind) {
    case 'start':
      return target.plus === 0 ? 'the log start' : `${target.plus} after the log start`;
    case 'end':
      return target.minus === 0 ? 'the end of the log' : `${target.minus} before the end of the log`;
    case 'offset':
      return `offset ${target.offset}`;
    case 'shift':
      return `${Math.abs(target.by)} ${target.by < 0 ? 'before' : 'after'} the committed offset`;
    case 'time':
      return `the first record at or after ${utcText(target.timestampMs)}${ageText(nowMs - target.timestampMs)}`;
    case 'group':
      return `where group ${target.group} stands`;
    case 'committed':
      return 'the committed offset as it is (the end where there is none)';
  }
}

/** ` (15 minutes ago)`; nothing for the future and for the last second. */
function ageText(ms: number): string {
  const units: readonly [string, number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ];
  const [unit, size] = units.find(([, length]) => ms >= length) ?? ['', 0];
  if (size === 0) return '';
  const count = Math.floor(ms / size);
  return ` (${ms % size === 0 ? '' : 'about '}${count} ${unit}${count === 1 ? '' : 's'} ago)`;
}

/** `2026-11-20 14:00:00Z`, with milliseconds where there are any. */
export function utcText(timestampMs: number): string {
  const date = new Date(timestampMs);
  if (Number.isNaN(date.getTime())) return `${timestampMs} ms`;
  return date.toISOString().replace('T', ' ').replace('.000Z', 'Z');
}
