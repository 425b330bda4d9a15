import { spanText } from '../../../health/span-text.ts';

/** Bytes for people: `410 KB`, decimal units. */
export function byteText(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ${units[unit]}`;
}

/** A UTC time: `14:15:00Z` on the day that is looked at, with the date on others. Null stays null. */
export function clockText(at: string | null, day: string): string | null {
  if (at === null) return null;
  const short = at.replace(/\.\d+Z$/, 'Z');
  return short.startsWith(day) ? short.slice(11) : short.replace('T', ' ');
}

export function durationText(ms: number): string {
  return spanText(ms);
}
