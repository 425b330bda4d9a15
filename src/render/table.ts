import { escapeText } from './escape.ts';
import type { CellValue, Column, Sheet } from './sheet.ts';
import { numberText, type Style, spanCell } from './style.ts';
import { plainTheme, type Tone } from './theme.ts';
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
  const columns = cellTexts(sheet, style);
  const shown = new Set(columns);
  const dropped: string[] = [];
  const total = (): number => [...shown].reduce((sum, each) => sum + each.width + GAP.length, -GAP.length);
  while (style.width !== null && !style.wide && total() > style.width) {
    const [next] = [...shown].filter(({ column }) => column.keep < 9).sort((a, b) => a.column.keep - b.column.keep);
    if (next === undefined) break;
    shown.delete(next);
    dropped.push(next.column.header);
  }
  return { text: layOut([...shown], sheet, style), dropped };
}

/** A column whose cells are text. */
export interface CellText {
  readonly column: Column;
  /** Where its values are in a row. */
  readonly index: number;
  readonly cells: string[];
  width: number;
}

/** Writes the cells of the columns that are shown where the style goes, and measures them. */
export function cellTexts(sheet: Sheet, style: Style): CellText[] {
  const columns = sheet.columns.flatMap((column, index): CellText[] =>
    column.wide && !style.wide && !(column.piped && !style.human)
      ? []
      : [{ column, index, width: displayWidth(column.header), cells: new Array<string>(sheet.rows.length) }],
  );
  writeCells(sheet, columns, style);
  return columns;
}

function writeCells({ rows }: Sheet, columns: readonly CellText[], style: Style): void {
  // Neighbours are often the same: the group, the topic, the verdict.
  const values = columns.map((): CellValue | undefined => undefined);
  const texts = columns.map(() => '');
  for (let row = 0; row < rows.length; row++) {
    const given = rows.at(row);
    for (let at = 0; at < columns.length; at++) {
      const each = columns[at];
      if (each === undefined) continue;
      const value = given?.[each.index] ?? null;
      if (value !== values[at]) {
        const text = cellText(value, each.column, style);
        values[at] = value;
        texts[at] = text;
        each.width = Math.max(each.width, displayWidth(text));
      }
      each.cells[row] = texts[at] ?? '';
    }
  }
}

/** Puts the columns side by side, a line for each row; a line ends without blanks. */
function layOut(columns: readonly CellText[], { rows, tone }: Sheet, style: Style): string {
  const pieces = columns.map((each, at) => pad(each, each.column.header, at, columns.length));
  const lines = new Array<string>(rows.length + 2);
  lines[0] = style.theme('muted', pieces.join(''));
  // Cells are padded anew only where they differ from those above them.
  const before = columns.map(({ column }) => column.header);
  const painted = tone !== undefined && style.theme !== plainTheme;
  for (let row = 0; row < rows.length; row++) {
    for (let at = 0; at < columns.length; at++) {
      const each = columns[at];
      const cell = each?.cells[row] ?? '';
      if (each === undefined || cell === before[at]) continue;
      before[at] = cell;
      pieces[at] = pad(each, cell, at, columns.length);
    }
    const colour = painted ? tone(row) : null;
    // Joined at once: text that is put together bit by bit is kept as bits, of which a long table has millions.
    lines[row + 1] = (colour === null ? pieces : paint(columns, pieces, before, colour, style)).join('');
  }
  lines[rows.length + 1] = '';
  return lines.join('\n');
}

/** A cell with the gap before it and the blanks that make it as wide as its column. */
function pad({ column, width }: CellText, cell: string, at: number, count: number): string {
  const gap = at === 0 ? '' : GAP;
  const blanks = ' '.repeat(width - displayWidth(cell));
  if (column.kind !== 'text') return gap + blanks + cell;
  return at === count - 1 ? gap + cell : gap + cell + blanks;
}

function paint(
  columns: readonly CellText[],
  pieces: string[],
  cells: string[],
  tone: Tone,
  { theme }: Style,
): string[] {
  return pieces.map((piece, at) => {
    const cell = cells[at] ?? '';
    return columns[at]?.column.toned === true ? piece.replace(cell, () => theme(tone, cell)) : piece;
  });
}

function cellText(value: CellValue, column: Column, style: Style): string {
  if (value === null) return '-';
  if (typeof value === 'string') return escapeText(value);
  if (column.kind === 'count') return numberText(value, style);
  if (column.kind === 'span') return spanCell(value, style);
  return String(value);
}
