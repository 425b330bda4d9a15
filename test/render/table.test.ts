import { describe, expect, it } from 'vitest';
import { themeOf } from '../../src/render/colours.ts';
import type { Sheet } from '../../src/render/sheet.ts';
import type { Style } from '../../src/render/style.ts';
import { renderTable } from '../../src/render/table.ts';
import { plainTheme } from '../../src/render/theme.ts';
import { displayWidth } from '../../src/render/width.ts';
import fc from '../property.ts';

const pipe: Style = { theme: plainTheme, human: false, width: null, wide: false };
const terminal = (width: number): Style => ({ theme: plainTheme, human: true, width, wide: false });

const sheet = (rows: Sheet['rows']): Sheet => ({
  columns: [
    { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
    { key: 'part', header: 'PART', kind: 'id', keep: 9 },
    { key: 'start', header: 'START', kind: 'count', keep: 1 },
    { key: 'lag', header: 'LAG', kind: 'count', keep: 9 },
    { key: 'time', header: 'TIME LAG', kind: 'span', keep: 5 },
    { key: 'member', header: 'MEMBER', kind: 'text', keep: 0, wide: true },
    { key: 'verdict', header: 'VERDICT', kind: 'text', keep: 9, toned: true },
  ],
  rows,
  tone: () => 'bad',
});

const rows: Sheet['rows'] = [
  ['payments', 1234, 0, 1_234_567, 62_000, 'm-1', 'STALL'],
  ['', 2, null, 0, 0, null, 'OK'],
];

describe('renderTable', () => {
  it('groups digits and spaces spans for people; numbers that are names stay whole', () => {
    expect(`\n${renderTable(sheet(rows), terminal(100)).text}`).toMatchInlineSnapshot(`
      "
      GROUP     PART  START        LAG  TIME LAG  VERDICT
      payments  1234      0  1 234 567     1m02s  STALL
      ""           2      -          0       0 s  OK
      "
    `);
  });

  it('gives a pipe plain numbers, without a space inside a cell', () => {
    const { text } = renderTable(sheet(rows), pipe);
    expect(text).toMatchInlineSnapshot(`
      "GROUP     PART  START      LAG  TIME LAG  VERDICT
      payments  1234      0  1234567     1m02s  STALL
      ""           2      -        0        0s  OK
      "
    `);
    const [, ...data] = text.trimEnd().split('\n');
    for (const line of data) expect(line.split(/ +/).length).toBe(6);
  });

  it('drops the least useful column first, and tells', () => {
    const narrow = renderTable(sheet(rows), terminal(44));
    expect(narrow.dropped).toEqual(['START']);
    expect(renderTable(sheet(rows), terminal(34)).dropped).toEqual(['START', 'TIME LAG']);
    for (const line of narrow.text.split('\n')) expect(line.length).toBeLessThanOrEqual(44);
  });

  it('shows everything with -o wide, whatever the width', () => {
    expect(renderTable(sheet(rows), { ...terminal(20), wide: true }).text.split('\n')[0]).toContain('MEMBER');
  });

  it('colours without moving a character', () => {
    const coloured = renderTable(sheet(rows), { ...terminal(100), theme: themeOf(1) }).text;
    expect(coloured).toContain('\u001b[31mSTALL\u001b[39m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out again
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(renderTable(sheet(rows), terminal(100)).text);
  });

  it('aligns whatever the texts are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.nat(), fc.option(fc.integer())), { maxLength: 8 }),
        (entries) => {
          const table = renderTable(sheet(entries.map(([a, b, c]) => [a, b, c, c, null, a, 'X'])), terminal(100_000));
          const lines = table.text.trimEnd().split('\n');
          expect(lines.length).toBe(entries.length + 1);
          const ends = lines.slice(1).map((line) => displayWidth(line.slice(0, line.lastIndexOf('X'))));
          expect(new Set(ends).size).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('writes ten times the rows with ten times the text: 20,000 rows are linear', () => {
    const many = (count: number): Sheet =>
      sheet(Array.from({ length: count }, (_, at) => [`group-${String(at).padStart(6, '0')}`, 1, 1, 1, 1, 'm', 'OK']));
    const small = renderTable(many(2_000), pipe).text.length;
    const large = renderTable(many(20_000), pipe).text.length;
    const header = 'GROUP'.length;
    expect((large - header) / (small - header)).toBeCloseTo(10, 1);
  });
});

describe('displayWidth', () => {
  it.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['😀', 2],
    ['✗ …', 3],
  ])('%j takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});
