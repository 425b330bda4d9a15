import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { renderCsv } from '../../src/render/csv.ts';
import { escapeText } from '../../src/render/escape.ts';
import { renderJson } from '../../src/render/json.ts';
import type { Sheet } from '../../src/render/sheet.ts';
import { renderYaml } from '../../src/render/yaml.ts';
import fc from '../property.ts';

/** What must never reach a terminal raw: controls, formatting, separators, surrogates, invisible characters. */
const HOSTILE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\p{Default_Ignorable_Code_Point}/u;

const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b[31m',
      '\u0007',
      '\n',
      '\r',
      '\t',
      '\u009b',
      '\u202e',
      '\u2066',
      '\u200b',
      '\u2028',
      '\ud800',
    ),
    fc.constantFrom('\\', '"', ',', '=', '+', '-', '@', ' ', 'a', 'é', '日', '😀', ':', '#', "'"),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  ),
  maxLength: 20,
});

describe('escapeText', () => {
  it.each([
    ['\u001b[31mred', '\\x1b[31mred'],
    ['a\nb\tc', 'a\\nb\\tc'],
    ['evil\u202egpj', 'evil\\u202egpj'],
    ['back\\slash', 'back\\\\slash'],
    ['', '""'],
    ['Zürich 日本 😀', 'Zürich 日本 😀'],
    ['\udc00', '\\udc00'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('spells %j out', (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  it('lets nothing hostile through, and never maps two texts to one', () => {
    fc.assert(
      fc.property(nasty, nasty, (a, b) => {
        expect(escapeText(a)).not.toMatch(HOSTILE);
        if (a !== b) expect(escapeText(a)).not.toBe(escapeText(b));
      }),
    );
  });
});

describe('json and yaml', () => {
  it('say the same after being read back, and hold nothing hostile', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const document = { kind: 'x', groups: [{ group: text, [`k${'y'}`]: [text] }] };
        const json = renderJson(document);
        expect(json.replaceAll('\n', '')).not.toMatch(HOSTILE);
        expect(JSON.parse(json)).toEqual(document);
        const yaml = renderYaml(document);
        expect(yaml.replaceAll('\n', '')).not.toMatch(HOSTILE);
        expect(parseYaml(yaml)).toEqual(document);
      }),
    );
  });
});

describe('csv', () => {
  const sheet = (rows: Sheet['rows']): Sheet => ({
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
      { key: 'lag', header: 'LAG', kind: 'count', keep: 9 },
    ],
    rows,
  });

  it('keeps unknown, empty, zero and negative apart, and quotes what needs it', () => {
    expect(
      renderCsv(
        sheet([
          ['a,b', null],
          ['', 0],
          ['say "hi"', -5],
          [null, 3],
        ]),
      ),
    ).toBe('group,lag\n"a,b",\n"",0\n"say ""hi""",-5\n,3\n');
  });

  it.each(['=cmd()', '+1', '-1', '@SUM(A1)'])('does not let a spreadsheet run %s', (text) => {
    expect(renderCsv(sheet([[text, 1]]))).toBe(`group,lag\n'${text},1\n`);
  });

  it('has one line per row whatever the texts hold', () => {
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 5 }), (texts) => {
        const csv = renderCsv(sheet(texts.map((text) => [text, 1])));
        expect(csv.split('\n').length).toBe(texts.length + 2);
      }),
    );
  });
});
