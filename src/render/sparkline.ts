const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** One bar per value, from zero to the largest. Unknown (null) is a gap. */
export function sparkline(values: readonly (number | null)[]): string {
  const top = Math.max(1, ...values.map((value) => value ?? 0));
  return values
    .map((value) => (value === null ? ' ' : (BARS[Math.min(7, Math.round((Math.max(0, value) / top) * 7))] ?? ' ')))
    .join('');
}
