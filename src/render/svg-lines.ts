import { fragment, h, type Markup } from './html.ts';
import { compact, linear, niceTicks, timeLabel, timeTicks } from './svg-scale.ts';

export interface LineSeries {
  readonly name: string;
  /** By time. Null is not known: the line has a gap there. */
  readonly points: readonly { readonly atMs: number; readonly value: number | null }[];
}

export interface LineChart {
  /** Unique on the page: the names of the chart are referred to by it. */
  readonly id: string;
  readonly title: string;
  /** What the chart says, in a sentence: for those who do not see it. */
  readonly says: string;
  readonly series: readonly LineSeries[];
}

const WIDTH = 900;
const HEIGHT = 230;
const LEFT = 52;
const TOP = 14;
const BOTTOM = 28;
/** Of the bold names at the lines' ends. */
const CHARACTER = 8.2;
const LABEL_ROOM = 26;
const LABEL_HEIGHT = 14;
/** Lines that can be told apart: each has its own colour, its own dashes, and its name at its end. */
export const SERIES_STYLES = 7;

/** Lines over time, each named at its end. */
export function lineChart({ id, title, says, series }: LineChart): Markup {
  const shown = series.slice(0, SERIES_STYLES);
  const times = shown.flatMap(({ points }) => points.map(({ atMs }) => atMs));
  const values = shown.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
  const from = Math.min(...times);
  const to = Math.max(...times);
  const ticks = niceTicks(Math.max(0, ...values));
  const longest = Math.max(...shown.map(({ name }) => Math.min(name.length, LABEL_ROOM)));
  const right = WIDTH - 14 - longest * CHARACTER;
  const x = linear(from, to, LEFT, right);
  const y = linear(0, ticks.at(-1) ?? 1, HEIGHT - BOTTOM, TOP);
  const labels = placeLabels(shown.map(({ points }) => y(points.findLast(({ value }) => value !== null)?.value ?? 0)));
  return h(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: 'chart',
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-says`,
    },
    h('title', { id: `${id}-title` }, title),
    h('desc', { id: `${id}-says` }, says),
    ticks.map((tick) =>
      fragment(
        h('line', { class: 'grid', x1: LEFT, x2: right, y1: round(y(tick)), y2: round(y(tick)) }),
        h('text', { class: 'tick', x: LEFT - 6, y: round(y(tick) + 4), 'text-anchor': 'end' }, compact(tick)),
      ),
    ),
    timeTicks(from, to).map((at) =>
      h(
        'text',
        { class: 'tick', x: round(x(at)), y: HEIGHT - BOTTOM + 18, 'text-anchor': 'middle' },
        timeLabel(at, to - from),
      ),
    ),
    shown.map(({ name, points }, index) => {
      const last = points.findLast(({ value }) => value !== null);
      return h(
        'g',
        { class: `series s${index}` },
        h('title', {}, name),
        runsOf(points).map((run) =>
          run.length === 1
            ? h('circle', { class: 'dot', cx: round(x(run[0]?.atMs ?? 0)), cy: round(y(run[0]?.value ?? 0)), r: 2.5 })
            : h('polyline', { points: run.map(({ atMs, value }) => `${round(x(atMs))},${round(y(value))}`).join(' ') }),
        ),
        last === undefined || last.value === null
          ? null
          : fragment(
              h('circle', { class: 'dot', cx: round(x(last.atMs)), cy: round(y(last.value)), r: 3 }),
              h('text', { class: 'label', x: right + 8, y: round((labels[index] ?? 0) + 4) }, shorten(name)),
            ),
      );
    }),
  );
}

interface Known {
  readonly atMs: number;
  readonly value: number;
}

/** The stretches without a gap. */
function runsOf(points: LineSeries['points']): Known[][] {
  const runs: Known[][] = [[]];
  for (const { atMs, value } of points) {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push({ atMs, value });
  }
  return runs.filter((run) => run.length > 0);
}

/** Moves labels apart where their lines end close together, as little as it takes. */
export function placeLabels(wanted: readonly number[]): number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
  const placed = order.map(({ at }) => at);
  for (let i = 1; i < placed.length; i++) {
    placed[i] = Math.max(placed[i] ?? 0, (placed[i - 1] ?? 0) + LABEL_HEIGHT);
  }
  // What was pushed out at the bottom pushes back.
  let limit = HEIGHT - BOTTOM + 2;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.min(placed[i] ?? 0, limit);
    limit = (placed[i] ?? 0) - LABEL_HEIGHT;
  }
  const result = new Array<number>(wanted.length).fill(0);
  for (const [place, { index }] of order.entries()) result[index] = placed[place] ?? 0;
  return result;
}

/** A name that fits beside a line, by characters. */
export function shorten(name: string, room = LABEL_ROOM): string {
  const characters = [...name];
  return characters.length <= room ? name : `${characters.slice(0, room - 1).join('')}…`;
}

/** A coordinate to a tenth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
