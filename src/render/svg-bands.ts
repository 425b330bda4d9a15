import { h, type Markup } from './html.ts';
import { round, shorten } from './svg-lines.ts';
import { linear, timeLabel, timeTicks } from './svg-scale.ts';

/** How a band looks. Its text says the same. */
export type BandTone = 'good' | 'note' | 'warn' | 'bad' | 'none';

export interface Band {
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
  readonly tone: BandTone;
  /** The whole of it, for the pointer and for those who hear it. */
  readonly says: string;
}

export interface BandRow {
  readonly name: string;
  readonly bands: readonly Band[];
}

export interface BandChart {
  readonly id: string;
  readonly title: string;
  readonly says: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: readonly BandRow[];
}

const WIDTH = 900;
const ROW = 26;
const TOP = 6;
const AXIS = 26;
const CHARACTER = 7.3;
const NAME_ROOM = 28;
/** However short it was, it can be seen. */
const LEAST = 3;

/** What held from when to when, a row for each thing. */
export function bandChart({ id, title, says, fromMs, toMs, rows }: BandChart): Markup {
  const longest = Math.max(0, ...rows.map(({ name }) => Math.min(name.length, NAME_ROOM)));
  const left = 16 + longest * CHARACTER;
  const right = WIDTH - 10;
  const height = TOP + rows.length * ROW + AXIS;
  const x = linear(fromMs, toMs, left, right);
  return h(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${height}`, class: 'chart', role: 'img', 'aria-labelledby': `${id}-title ${id}-says` },
    h('title', { id: `${id}-title` }, title),
    h('desc', { id: `${id}-says` }, says),
    rows.map(({ name, bands }, index) => {
      const top = TOP + index * ROW;
      return h(
        'g',
        {},
        h('text', { class: 'name', x: left - 8, y: top + 16, 'text-anchor': 'end' }, shorten(name, NAME_ROOM)),
        bands.map((band) => {
          const start = x(band.fromMs);
          const width = Math.max(LEAST, x(band.toMs) - start - 1);
          const fits = band.text.length * CHARACTER + 8 <= width;
          return h(
            'g',
            { class: `band ${band.tone}` },
            h('title', {}, band.says),
            h('rect', { x: round(start), y: top + 2, width: round(width), height: ROW - 6, rx: 3 }),
            fits ? h('text', { x: round(start + 6), y: top + 16 }, band.text) : null,
          );
        }),
      );
    }),
    timeTicks(fromMs, toMs).map((at) =>
      h(
        'text',
        { class: 'tick', x: round(x(at)), y: height - 8, 'text-anchor': 'middle' },
        timeLabel(at, toMs - fromMs),
      ),
    ),
  );
}
