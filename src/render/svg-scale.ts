/** Positions and labels of charts: pure arithmetic. */

/** Maps a domain to a range, linearly; an empty domain maps to the middle. */
export function linear(from: number, to: number, low: number, high: number): (value: number) => number {
  if (to === from) return () => (low + high) / 2;
  return (value) => low + ((value - from) / (to - from)) * (high - low);
}

/** Round values from 0 to at least `max`, about `count` of them: 0, 500, 1000 … */
export function niceTicks(max: number, count = 4): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let n = 0; ; n++) {
    // Multiplied, not added up: no 0.30000000000000004.
    ticks.push(Number((n * step).toPrecision(12)));
    if (n * step >= max) return ticks;
  }
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
] as const;

/** Round moments within a span, at most `count` + 1 of them, in ms since 1970. */
export function timeTicks(fromMs: number, toMs: number, count = 6): number[] {
  const span = toMs - fromMs;
  const day = 24 * HOUR;
  const step = STEPS.find((each) => span / each <= count) ?? Math.ceil(span / count / day) * day;
  const ticks: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs; at += step) ticks.push(at);
  return ticks;
}

/** `14:05:10`, without seconds where every label is on the minute; with the date where the span is longer than a day. UTC. */
export function timeLabel(atMs: number, spanMs: number): string {
  const iso = new Date(atMs).toISOString();
  if (spanMs > 24 * HOUR) return `${iso.slice(5, 10)} ${iso.slice(11, 16)}`;
  return spanMs > 6 * MINUTE ? iso.slice(11, 16) : iso.slice(11, 19);
}

/** A number in few characters: `950`, `1.2k`, `34k`, `5.6M`. */
export function compact(value: number): string {
  const size = Math.abs(value);
  if (size < 9.95 && !Number.isInteger(value)) return value.toFixed(1).replace(/\.0$/, '');
  if (size < 1_000) return String(Math.round(value));
  for (const [unit, name] of [
    [1e3, 'k'],
    [1e6, 'M'],
    [1e9, 'G'],
  ] as const) {
    if (size < unit * 999.5 || name === 'G') {
      const scaled = value / unit;
      return `${Math.abs(scaled) < 10 ? scaled.toFixed(1).replace(/\.0$/, '') : Math.round(scaled)}${name}`;
    }
  }
  return String(value);
}

/** At most `count` of the items, evenly spread, the first and the last among them. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, index) => {
    const at = Math.round((index * (items.length - 1)) / (count - 1));
    return items[at];
  }).filter((item): item is T => item !== undefined);
}
