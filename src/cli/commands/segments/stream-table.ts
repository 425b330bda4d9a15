import { escapeText } from '../../../render/escape.ts';
import type { CellValue, Column } from '../../../render/sheet.ts';
import { numberText, type Style } from '../../../render/style.ts';
import { displayWidth } from '../../../render/width.ts';

const GAP = '  ';
/** Rows that are looked at before the first is written: their widths are those of the table. */
const SAMPLE = 200;
/** Columns whose text may be cut keep so many places. */
const NARROWEST = 12;

interface Shown {
  readonly column: Column;
  /** Where its values are in a row. */
  readonly index: number;
  width: number;
}

/**
 * A table of any number of rows in bounded memory: the first rows decide how wide the columns are. A cell that turns
 * out wider pushes its row to the right. On a terminal columns that do not fit are left out, the least useful first, and keys
 * and values (text that is always shown) are cut.
 */
export class StreamTable {
  readonly #style: Style;
  readonly #write: (text: string) => void;
  readonly #leftOut: (headers: readonly string[]) => void;
  #columns: readonly Shown[];
  #sample: string[][] | null = [];

  /** `leftOut` hears of the columns that do not fit. */
  constructor(
    columns: readonly Column[],
    style: Style,
    write: (text: string) => void,
    leftOut: (headers: readonly string[]) => void,
  ) {
    this.#columns = columns.flatMap((column, index) =>
      column.wide && !style.wide ? [] : [{ column, index, width: column.header.length }],
    );
    this.#style = style;
    this.#write = write;
    this.#leftOut = leftOut;
  }

  row(values: readonly CellValue[]): void {
    const cells = this.#columns.map(({ column, index }) => this.#cell(values[index] ?? null, column));
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

  /** Places on the line; null for as many as are needed. */
  get #room(): number | null {
    return this.#style.wide ? null : this.#style.width;
  }

  #settle(): void {
    const rows = this.#sample;
    if (rows === null) return;
    this.#sample = null;
    const all = this.#columns;
    all.forEach((each, at) => {
      each.width = rows.reduce((width, row) => Math.max(width, displayWidth(row[at] ?? '')), each.width);
    });
    if (this.#room !== null) this.#fit(this.#room);
    this.#line(
      this.#columns.map(({ column }) => column.header),
      (text) => this.#style.theme('muted', text),
    );
    const places = this.#columns.map((each) => all.indexOf(each));
    for (const row of rows) this.#line(places.map((at) => row[at] ?? ''));
  }

  /** Leaves columns out until the others fit, and gives what is left to those that may be cut. */
  #fit(room: number): void {
    const needed = (each: Shown): number => (mayBeCut(each) ? Math.min(each.width, NARROWEST) : each.width);
    const total = (): number => this.#columns.reduce((sum, each) => sum + needed(each) + GAP.length, -GAP.length);
    const leftOut: string[] = [];
    while (total() > room) {
      const [next] = this.#columns
        .filter(({ column }) => column.keep < 9)
        .sort((a, b) => a.column.keep - b.column.keep);
      if (next === undefined) break;
      this.#columns = this.#columns.filter((each) => each !== next);
      leftOut.push(next.column.header);
    }
    if (leftOut.length > 0) this.#leftOut(leftOut);
    let spare = room - total();
    const cut = this.#columns.filter((each) => mayBeCut(each)).sort((a, b) => a.width - b.width);
    cut.forEach((each, at) => {
      const least = needed(each);
      const more = Math.min(each.width - least, Math.max(0, Math.floor(spare / (cut.length - at))));
      each.width = least + more;
      spare -= more;
    });
  }

  #line(cells: readonly string[], paint: (text: string) => string = (text) => text): void {
    const last = cells.length - 1;
    let out = '';
    cells.forEach((cell, at) => {
      const each = this.#columns[at];
      if (each === undefined) return;
      const text = this.#room !== null && mayBeCut(each) ? cut(cell, each.width) : cell;
      const padding = ' '.repeat(Math.max(0, each.width - displayWidth(text)));
      if (at > 0) out += GAP;
      if (each.column.kind !== 'text') out += padding + text;
      else out += at === last ? text : text + padding;
    });
    this.#write(`${paint(out)}\n`);
  }

  #cell(value: CellValue, column: Column): string {
    if (value === null) return '-';
    if (typeof value !== 'string') return column.kind === 'count' ? numberText(value, this.#style) : String(value);
    // What is behind the end of the line need not be spelled out.
    const room = this.#room;
    return escapeText(room === null || value.length <= room * 2 ? value : value.slice(0, room * 2));
  }
}

function mayBeCut({ column }: Shown): boolean {
  return column.kind === 'text' && column.keep >= 9;
}

function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let used = 0;
  let out = '';
  for (const character of text) {
    used += displayWidth(character);
    if (used > width - 1) break;
    out += character;
  }
  return `${out}…`;
}
