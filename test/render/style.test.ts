import { describe, expect, it } from 'vitest';
import { phrase, plainText, span } from '../../src/health/phrase.ts';
import { spanText } from '../../src/health/span-text.ts';
import { sparkline } from '../../src/render/sparkline.ts';
import { numberText, phraseText, rateText } from '../../src/render/style.ts';

const human = { human: true };

describe('numbers, spans and phrases', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1 000'],
    [-16_531, '-16 531'],
    [1_234_567.5, '1 234 567.5'],
    [Number.MAX_SAFE_INTEGER, '9 007 199 254 740 991'],
  ])('groups %d as %s', (value, text) => {
    expect(numberText(value, human)).toBe(text);
    expect(numberText(value, { human: false })).toBe(String(value));
  });

  it.each([
    [0, '0 s'],
    [140, '0.14 s'],
    [2_500, '2.5 s'],
    [12_000, '12 s'],
    [62_000, '1m02s'],
    [7_380_000, '2h03m'],
    [7 * 86_400_000, '7d 00h'],
  ])('says %d ms as %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });

  it('signs rates', () => {
    expect([58.2, -3.46, 0.01, 12_345].map((rate) => rateText(rate, human))).toEqual([
      '+58/s',
      '-3.5/s',
      '0/s',
      '+12 345/s',
    ]);
  });

  it('groups the numbers of a phrase, and escapes only what strangers wrote', () => {
    const sentence = phrase`committed ${12_345} of ${'evil\u001b[2J'} for ${span(62_000)}`;
    expect(phraseText(sentence, human)).toBe('committed 12 345 of evil\\x1b[2J for 1m02s');
    expect(plainText(sentence)).toBe('committed 12345 of evil\u001b[2J for 1m02s');
  });

  it('draws unknown as a gap, and zero as the lowest bar', () => {
    expect(sparkline([0, 5, 10, null, 10])).toBe('▁▅█ █');
    expect(sparkline([])).toBe('');
  });
});
