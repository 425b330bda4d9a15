import { escapeText } from '../../../render/escape.ts';
import type { CellValue, Column } from '../../../render/sheet.ts';
import { numberText, type Style } from '../../../render/style.ts';
import { displayWidth } from '../../../render/width.ts';

const GAP = '  ';
/** Rows that are looked at before the first is written: their widths are those of the table. */
const SAMPLE = 200;

/**
 * A table of any number of rows in bounded memory: the first rows decide how wide the columns are. A cell that turns
 * out wider pushes its row to the right. On a terminal the last column is cut where the line ends.
 */
export class StreamTable {
  readonly #columns: readonly { readonly column: Column; readonly index: number }[];
  readonly #style: Style;
  readonly #write: (text: string) => void;
  #sample: string[][] | null = [];
  #widths: number[] = [];

  constructor(columns: readonly Column[], style: Style, write: (text: string) => void) {
    this.#columns = columns.flatMap((column, index) => (column.wide && !style.wide ? [] : [{ column, index }]));
    this.#style = style;
    this.#write = write;
  }

  row(values: readonly CellValue[]): void {
    const cells = this.#columns.map(({ column, index }) => cell(values[index] ?? null, column, this.#style));
    if (this.#sample === null) {
      this.#line(cells);
      return;
    }
    this.#sample.push(cells);
    if (this.#sample.length >= SAMPLE) this.#settle();
  }

  /** Writes what is still held back. */
  end(): void {
    this.#settle();
  }

  #settle(): void {
    const rows = this.#sample;
    if (rows === null) return;
    this.#sample = null;
    const headers = this.#columns.map(({ column }) => column.header);
    this.#widths = headers.map((header, at) =>
      rows.reduce((width, row) => Math.max(width, displayWidth(row[at] ?? '')), header.length),
    );
    this.#line(headers, (text) => this.#style.theme('muted', text));
    for (const row of rows) this.#line(row);
  }

  #line(cells: readonly string[], paint: (text: string) => string = (text) => text): void {
    const last = cells.length - 1;
    let out = '';
    let used = 0;
    cells.forEach((text, at) => {
      const width = this.#widths[at] ?? 0;
      const padding = ' '.repeat(Math.max(0, width - displayWidth(text)));
      if (at > 0) out += GAP;
      if (this.#columns[at]?.column.kind !== 'text') out += padding + text;
      else if (at === last) out += this.#fit(text, used);
      else out += text + padding;
      used += width + GAP.length;
    });
    this.#write(`${paint(out)}\n`);
  }

  #fit(text: string, used: number): string {
    const { width, wide } = this.#style;
    if (width === null || wide || used + displayWidth(text) <= width) return text;
    const room = Math.max(8, width - used - 1);
    return `${[...text].slice(0, room).join('')}…`;
  }
}

function cell(value: CellValue, column: Column, style: Style): string {
  if (value === null) return '-';
  if (typeof value === 'string') return escapeText(value);
  return column.kind === 'count' ? numberText(value, style) : String(value);
}
