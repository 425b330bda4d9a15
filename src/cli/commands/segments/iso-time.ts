/** A time for people and for JSON; null where there is none. */
export function isoTime(ms: number | null): string | null {
  if (ms === null || ms < 0) return null;
  // Beyond what a Date can say the number itself is the best that there is.
  return ms > 8.64e15 ? String(ms) : new Date(ms).toISOString();
}
