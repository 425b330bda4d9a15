const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time for people, two units at most: `0.14 s`, `12 s`, `1m02s`, `2h03m`, `7d 00h`. Input in ms. */
export function spanText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms === 0) return '0 s';
  if (ms < 10 * SECOND && ms % SECOND !== 0) {
    const seconds = ms / SECOND;
    return `${ms < SECOND ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  }
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m${two(Math.floor((ms % MINUTE) / SECOND))}s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h${two(Math.floor((ms % HOUR) / MINUTE))}m`;
  return `${Math.floor(ms / DAY)}d ${two(Math.floor((ms % DAY) / HOUR))}h`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
