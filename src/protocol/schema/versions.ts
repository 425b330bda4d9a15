/**
 * A contiguous range of API versions, written as Kafka's message definitions write it: `0+`, `2-7`, `3` or `none`.
 * An open end is kept as Infinity, so that a field says "from here on" without knowing the newest version.
 */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

const NONE: VersionRange = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
const parsed = new Map<string, VersionRange>([['none', NONE]]);

/** Parses `0+`, `2-7`, `3` or `none`. Ranges repeat in thousands of fields, so each text is parsed once. */
export function versionRange(text: string): VersionRange {
  let range = parsed.get(text);
  if (range === undefined) {
    const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
    if (!match) throw new TypeError(`not a version range: "${text}"`);
    const min = Number(match[1]);
    range = { min, max: match[2] ? Number.POSITIVE_INFINITY : Number(match[3] ?? min) };
    parsed.set(text, range);
  }
  return range;
}

export function includes(range: VersionRange, version: number): boolean {
  return version >= range.min && version <= range.max;
}

/** The versions in both ranges, or undefined where there is none. */
export function intersect(a: VersionRange, b: VersionRange): VersionRange | undefined {
  const min = Math.max(a.min, b.min);
  const max = Math.min(a.max, b.max);
  return min <= max ? { min, max } : undefined;
}
