import Table from 'cli-table3';
import type { Sheet } from './sheet.ts';
import type { Style } from './style.ts';
import { type CellText, cellTexts } from './table.ts';

/** A frame is for a glance; what is longer is a list, and lists have no frames. */
const ROWS_AT_MOST = 50;
/** Of each column: two blanks and a line. */
const AROUND = 3;

/**
 * A small summary in a frame, for terminals. Null where it is no summary: too many rows, or too wide for the terminal, whose
 * width decides which columns a list may drop.
 */
export function renderFrame(sheet: Sheet, style: Style): string | null {
  if (sheet.rows.length > ROWS_AT_MOST) return null;
  const columns = cellTexts(sheet, style);
  const width = columns.reduce((sum, column) => sum + column.width + AROUND, 1);
  if (style.width !== null && width > style.width) return null;
  const table = new Table({
    head: columns.map(({ column }) => style.theme('muted', column.header)),
    colAligns: columns.map(({ column }) => (column.kind === 'text' ? 'left' : 'right')),
    style: { head: [], border: [] },
  });
  for (let row = 0; row < sheet.rows.length; row++) table.push(columns.map((each) => painted(each, row, sheet, style)));
  return `${table.toString()}\n`;
}

function painted({ column, cells }: CellText, row: number, { tone }: Sheet, style: Style): string {
  const cell = cells[row] ?? '';
  const colour = column.toned === true ? (tone?.(row) ?? null) : null;
  return colour === null ? cell : style.theme(colour, cell);
}
