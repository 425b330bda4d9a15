import { describe, expect, it } from 'vitest';
import { renderFrame } from '../../src/render/frame.ts';
import type { CellValue, Sheet } from '../../src/render/sheet.ts';
import { plainTheme } from '../../src/render/theme.ts';

const sheet = (rows: readonly CellValue[][]): Sheet => ({
  columns: [
    { key: 'broker', header: 'BROKER', kind: 'id', keep: 9 },
    { key: 'host', header: 'HOST', kind: 'text', keep: 9 },
    { key: 'rack', header: 'RACK', kind: 'text', keep: 1, wide: true },
    { key: 'status', header: 'STATUS', kind: 'text', keep: 9, toned: true },
  ],
  rows,
  tone: () => 'good',
});
const style = { theme: plainTheme, human: true, width: 60, wide: false };

describe('a frame', () => {
  it('holds a small summary, escaped and coloured like a table', () => {
    const rows: CellValue[][] = [
      [1, 'kafka-1', 'r1', 'up'],
      [12, '日本\u001b[31m', null, null],
    ];
    expect(renderFrame(sheet(rows), style)).toMatchInlineSnapshot(`
      "┌────────┬──────────────┬────────┐
      │ BROKER │ HOST         │ STATUS │
      ├────────┼──────────────┼────────┤
      │      1 │ kafka-1      │ up     │
      ├────────┼──────────────┼────────┤
      │     12 │ 日本\\x1b[31m │ -      │
      └────────┴──────────────┴────────┘
      "
    `);
    const theme = (tone: string, text: string): string => `<${tone}>${text}</${tone}>`;
    expect(renderFrame(sheet(rows), { ...style, theme })).toContain('<good>up</good>');
  });

  it('is not made of a list, nor where it does not fit', () => {
    const row: CellValue[] = [1, 'kafka-1', 'r1', 'up'];
    expect(renderFrame(sheet(Array.from({ length: 51 }, () => row)), style)).toBeNull();
    expect(renderFrame(sheet([row]), { ...style, width: 29 })).not.toBeNull();
    expect(renderFrame(sheet([row]), { ...style, width: 28 })).toBeNull();
  });
});
