import { h, type Markup } from './html.ts';
import { round, shorten } from './svg-lines.ts';
import { compact, timeLabel } from './svg-scale.ts';

export interface HeatRow {
  readonly name: string;
  /** One per column; null is not known. */
  readonly values: readonly (number | null)[];
}

export interface HeatMap {
  readonly id: string;
  readonly title: string;
  readonly says: string;
  /** Of the columns, in ms since 1970. */
  readonly times: readonly number[];
  readonly rows: readonly HeatRow[];
}

const WIDTH = 900;
const ROW = 24;
const TOP = 4;
const AXIS = 24;
const CHARACTER = 7.3;
const NAME_ROOM = 28;
/** Steps of shade; the number stands in the cell, or in its title where it does not fit. */
const SHADES = 5;
const CELL_AT_MOST = 120;

/** Numbers as shades, a row for each partition: one that is unlike the others stands out. */
export function heatMap({ id, title, says, times, rows }: HeatMap): Markup {
  const longest = Math.max(0, ...rows.map(({ name }) => Math.min(name.length, NAME_ROOM)));
  const left = 16 + longest * CHARACTER;
  const cell = Math.min(CELL_AT_MOST, (WIDTH - 10 - left) / Math.max(1, times.length));
  const height = TOP + rows.length * ROW + AXIS;
  const max = Math.max(0, ...rows.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const everyLabel = Math.max(1, Math.ceil(70 / cell));
  return h(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${height}`, class: 'chart', role: 'img', 'aria-labelledby': `${id}-title ${id}-says` },
    h('title', { id: `${id}-title` }, title),
    h('desc', { id: `${id}-says` }, says),
    rows.map(({ name, values }, row) => {
      const top = TOP + row * ROW;
      return h(
        'g',
        {},
        h('text', { class: 'name', x: left - 8, y: top + 16, 'text-anchor': 'end' }, shorten(name, NAME_ROOM)),
        values.map((value, column) => {
          const text = value === null ? '–' : compact(value);
          const x = left + column * cell;
          const said = `${name}, ${timeLabel(times[column] ?? 0, 0)}: ${value === null ? 'not known' : value}`;
          return h(
            'g',
            { class: `cell h${shadeOf(value, max)}` },
            h('title', {}, said),
            h('rect', { x: round(x), y: top + 1, width: round(Math.max(1, cell - 2)), height: ROW - 2, rx: 2 }),
            text.length * CHARACTER + 4 <= cell
              ? h('text', { x: round(x + cell / 2 - 1), y: top + 16, 'text-anchor': 'middle' }, text)
              : null,
          );
        }),
      );
    }),
    times.map((at, column) =>
      column % everyLabel === 0
        ? h(
            'text',
            { class: 'tick', x: round(left + (column + 0.5) * cell), y: height - 6, 'text-anchor': 'middle' },
            timeLabel(at, span),
          )
        : null,
    ),
  );
}

/** 0 is nothing (or not known); the shades grow with the root, so that a small one is not lost beside a huge one. */
export function shadeOf(value: number | null, max: number): number {
  if (value === null || value <= 0 || max <= 0) return 0;
  return Math.max(1, Math.ceil(Math.sqrt(Math.min(1, value / max)) * SHADES));
}
