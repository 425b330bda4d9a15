import { describe, expect, it } from 'vitest';
import { OffsetsError } from '../../src/offsets/error.ts';
import { parseIsoDuration, parseKafkaDateTime, parseMoment, parseSpan } from '../../src/offsets/moment.ts';
import { parseSeek, parseTopicScope } from '../../src/offsets/scope.ts';
import { describeTarget, parseStrategy, parseTarget } from '../../src/offsets/target.ts';
import fc, { runs } from '../property.ts';

const NOW = Date.UTC(2026, 10, 20, 14, 15);

/** The error's own message: every wrong input has to be named in it. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof OffsetsError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the short grammar', () => {
  it.each([
    ['start', { kind: 'start', plus: 0 }],
    ['start+7', { kind: 'start', plus: 7 }],
    ['earliest', { kind: 'start', plus: 0 }],
    ['end', { kind: 'end', minus: 0 }],
    ['end-1000', { kind: 'end', minus: 1000 }],
    ['+5', { kind: 'shift', by: 5 }],
    ['-5', { kind: 'shift', by: -5 }],
    ['0', { kind: 'offset', offset: 0 }],
    ['4812', { kind: 'offset', offset: 4812 }],
    ['committed', { kind: 'committed' }],
    ['group:other', { kind: 'group', group: 'other' }],
    ['group:a:b', { kind: 'group', group: 'a:b' }],
    ['-1h', { kind: 'time', timestampMs: NOW - 3_600_000 }],
    ['-1h30m', { kind: 'time', timestampMs: NOW - 5_400_000 }],
    ['-PT1H', { kind: 'time', timestampMs: NOW - 3_600_000 }],
    ['@-1d', { kind: 'time', timestampMs: NOW - 86_400_000 }],
    ['@now', { kind: 'time', timestampMs: NOW }],
    ['@2026-11-20T14:00:00Z', { kind: 'time', timestampMs: Date.UTC(2026, 10, 20, 14) }],
    ['@2026-11-20T15:00:00.5+01:00', { kind: 'time', timestampMs: Date.UTC(2026, 10, 20, 14, 0, 0, 500) }],
    ['@1795183200000', { kind: 'time', timestampMs: 1_795_183_200_000 }],
  ])('%s', (text, target) => {
    expect(parseTarget(text, NOW)).toMatchObject({ target, text });
  });

  it.each([
    '',
    'begin',
    'end+5',
    'start-5',
    '+1h',
    'group:',
    '@',
    '@yesterday',
    '@2026-02-30',
    '@2026-11-20T25:00Z',
    '@2026-11-20T14:00:00+99:00',
    '2026-11-20',
    '5.5',
    '99999999999999999999',
    '-',
    '--5',
    'end -5',
  ])('refuses %j and names it', (text) => {
    expect(refusal(() => parseTarget(text, NOW))).toContain(text === '' ? '(nothing)' : text.replace('@', ''));
  });

  it('reads what has no zone as UTC, and says so', () => {
    expect(parseTarget('@2026-11-20 14:00', NOW)).toMatchObject({
      target: { timestampMs: Date.UTC(2026, 10, 20, 14) },
      note: '2026-11-20 14:00 has no time zone: read as UTC',
    });
    expect(parseTarget('@2026-11-20T14:00Z', NOW).note).toBeNull();
    expect(parseMoment('1795183200')).toEqual({
      timestampMs: 1_795_183_200_000,
      note: '1795183200 has 10 digits: read as seconds since 1970',
    });
  });

  it('says what it means', () => {
    expect(describeTarget(parseTarget('-15m', NOW).target, NOW)).toBe(
      'the first record at or after 2026-11-20 14:00:00Z (15 minutes ago)',
    );
    expect(describeTarget(parseTarget('end-10', NOW).target, NOW)).toBe('10 before the end of the log');
  });

  it('never gives anything but a safe integer, whatever is typed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(start|end|@|group:)?[+-]?[\w:.-]{0,20}$/)), (text) => {
        let parsed: ReturnType<typeof parseTarget>;
        try {
          parsed = parseTarget(text, NOW);
        } catch (error) {
          return error instanceof OffsetsError && error.name === 'INVALID_TARGET';
        }
        const { target } = parsed;
        const numbers = Object.values(target).filter((value) => typeof value === 'number');
        return numbers.every((value) => Number.isSafeInteger(value));
      }),
      { numRuns: runs(500) },
    );
  });
});

describe("Kafka's own strategies", () => {
  it.each([
    ['to-earliest', '', { kind: 'start', plus: 0 }],
    ['to-latest', '', { kind: 'end', minus: 0 }],
    ['to-current', '', { kind: 'committed' }],
    ['to-offset', '12', { kind: 'offset', offset: 12 }],
    ['to-offset', '-12', { kind: 'offset', offset: -12 }],
    ['shift-by', '-3', { kind: 'shift', by: -3 }],
    ['by-duration', 'P1DT1H', { kind: 'time', timestampMs: NOW - 90_000_000 }],
    ['by-duration', '-PT1H', { kind: 'time', timestampMs: NOW + 3_600_000 }],
    ['to-datetime', '2026-11-20T14:00:00.000', { kind: 'time', timestampMs: Date.UTC(2026, 10, 20, 14) }],
    ['to-datetime', '2026-11-20T14:00:00.000+0130', { kind: 'time', timestampMs: Date.UTC(2026, 10, 20, 12, 30) }],
    ['to-datetime', '2026-11-20T14:00:00.000-02', { kind: 'time', timestampMs: Date.UTC(2026, 10, 20, 16) }],
  ] as const)('--%s %s', (strategy, value, target) => {
    expect(parseStrategy(strategy, value, NOW).target).toEqual(target);
  });

  it('refuses what it cannot read', () => {
    expect(refusal(() => parseStrategy('to-offset', 'ten', NOW))).toContain('--to-offset ten');
    expect(refusal(() => parseStrategy('by-duration', '1h', NOW))).toContain('--by-duration 1h');
    expect(refusal(() => parseStrategy('to-datetime', 'noon', NOW))).toContain('noon');
  });

  it("does not read a fraction either way where Kafka's own tool reads it in its own way", () => {
    expect(refusal(() => parseKafkaDateTime('2026-11-20T14:00:00.6Z'))).toContain('.6 is ambiguous');
    expect(parseKafkaDateTime('2026-11-20T14:00:00.600Z').timestampMs % 1000).toBe(600);
    expect(parseKafkaDateTime('2026-11-20T14:00:00.006Z').timestampMs % 1000).toBe(6);
  });
});

describe('durations', () => {
  it.each([
    ['P1D', 86_400_000],
    ['PT1.5S', 1_500],
    ['PT-1.5S', -1_500],
    ['-P1D', -86_400_000],
    ['pt1m', 60_000],
    ['P', null],
    ['PT', null],
    ['P1Y', null],
    ['1h', null],
  ])('ISO %s', (text, ms) => {
    expect(parseIsoDuration(text)).toBe(ms);
  });

  it.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['2w', 1_209_600_000],
    ['500ms', 500],
    ['5', null],
    ['h', null],
  ])('short %s', (text, ms) => {
    expect(parseSpan(text)).toBe(ms);
  });
});

describe('scopes', () => {
  it('are topics with or without partitions', () => {
    expect(parseTopicScope('orders')).toEqual({ topic: 'orders', partitions: null });
    expect(parseTopicScope('orders:2,0,4-6')).toEqual({ topic: 'orders', partitions: [0, 2, 4, 5, 6] });
    expect(parseSeek('orders:3=end-10')).toEqual({ scope: { topic: 'orders', partitions: [3] }, target: 'end-10' });
  });

  it.each(['', ':1', 'orders:', 'orders:x', 'orders:3-1', 'orders:-1'])('refuse %j', (word) => {
    expect(refusal(() => parseTopicScope(word))).toContain(word);
  });

  it('a position needs a target', () => {
    expect(refusal(() => parseSeek('orders:3'))).toContain('orders:3');
  });
});
