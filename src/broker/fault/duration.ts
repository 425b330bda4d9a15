const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LARGEST_FIRST = Object.entries(UNITS).sort(([, a], [, b]) => b - a);

/** `500ms`, `2s`, `1m30s`, `1h`; result in ms, null where it is no duration. A number needs its unit. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null;
  let total = 0;
  for (const [, value = '', , unit = ''] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(value) * (UNITS[unit] ?? 0);
  }
  return Math.round(total);
}

/** The shortest text that `parseDuration` reads back as the same. */
export function durationText(ms: number): string {
  let left = Math.round(ms);
  let text = '';
  for (const [unit, size] of LARGEST_FIRST) {
    const count = Math.floor(left / size);
    if (count > 0) text += `${count}${unit}`;
    left -= count * size;
  }
  return text === '' ? '0ms' : text;
}
