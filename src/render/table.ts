import { escapeText } from './escape.ts';
import type { CellValue, Column, Sheet } from './sheet.ts';
import { numberText, type Style, spanCell } from './style.ts';
import { displayWidth } from './width.ts';

const GAP = '  ';

export interface Table {
  /** The table, one line per row, header first; ends with a newline. Empty sheets give the header alone. */
  readonly text: string;
  /** Headers of the columns that did not fit. */
  readonly dropped: readonly string[];
}

/**
 * Aligned columns. One pass to write and measure the cells, one to lay them out: linear in the number of cells. Columns
 * that do not fit the terminal are left out, the least useful first.
 */
export function renderTable(sheet: Sheet, style: Style): Table {
  const candidates = sheet.columns.flatMap((column, index) =>
    column.wide && !style.wide && !(column.piped && !style.human) ? [] : [{ column, index }],
  );
  const written = candidates.map(({ column, index }) => {
    const cells = sheet.rows.map((row) => cellText(row[index] ?? null, column, style));
    const widths = cells.map(displayWidth);
    let width = displayWidth(column.header);
    for (const each of widths) if (each > width) width = each;
    return { column, cells, widths, width };
  });
  const shown = new Set(written);
  const dropped: string[] = [];
  const total = (): number => [...shown].reduce((sum, each) => sum + each.width + GAP.length, -GAP.length);
  while (style.width !== null && !style.wide && total() > style.width) {
    const [next] = [...shown].filter(({ column }) => column.keep < 9).sort((a, b) => a.column.keep - b.column.keep);
    if (next === undefined) break;
    shown.delete(next);
    dropped.push(next.column.header);
  }
  const columns = [...shown];
  const lines: string[] = [];
  const line = (at: number): string => {
    const tone = at < 0 ? null : (sheet.tone?.(at) ?? null);
    let out = '';
    let pending = 0;
    columns.forEach(({ column, cells, widths, width }, position) => {
      const text = at < 0 ? column.header : (cells[at] ?? '');
      const padding = width - (at < 0 ? displayWidth(text) : (widths[at] ?? 0));
      const left = column.kind === 'text' ? 0 : padding;
      out += ' '.repeat(pending + left + (position === 0 ? 0 : GAP.length));
      out += column.toned && tone !== null ? style.theme(tone, text) : text;
      pending = padding - left;
    });
    return at < 0 ? style.theme('muted', out) : out;
  };
  for (let at = -1; at < sheet.rows.length; at++) lines.push(line(at));
  return { text: `${lines.join('\n')}\n`, dropped };
}

function cellText(value: CellValue, column: Column, style: Style): string {
  if (value === null) return '-';
  if (typeof value === 'string') return escapeText(value);
  if (column.kind === 'count') return numberText(value, style);
  if (column.kind === 'span') return spanCell(value, style);
  return String(value);
}
