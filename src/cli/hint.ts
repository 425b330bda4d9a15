import type { Next } from '../health/lag-report.ts';

/** A command line that does what a "next" says, from where the reader is now: `kmedic lag payments --watch -b host:9092`. */
export function hintLine(next: Next, reach: readonly string[]): string {
  return ['kmedic', ...hintWords(next, reach)].map(quote).join(' ');
}

/** The same as words. A subject that looks like an option goes last, behind `--`. */
export function hintWords(next: Next, reach: readonly string[]): string[] {
  const { subject } = next;
  const {
    command,
    options,
    more = [],
  }: Omit<Next, 'subject'> = reach[0] === '--from' && next.offline !== undefined ? next.offline : next;
  if (subject?.startsWith('-')) return [...command, ...options, ...reach, '--', subject, ...more];
  return [...command, ...(subject === null ? [] : [subject]), ...more, ...options, ...reach];
}

/**
 * Quotes a word for a POSIX shell where it needs it. Letters of all languages stay as they are; control characters, and
 * others that cannot be seen, go through $'…', so that nothing raw is printed.
 */
export function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (/^[ \p{L}\p{M}\p{N}\p{P}\p{S}]*$/u.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const spelled = [...Buffer.from(word)].map((byte) => {
    if (byte === 0x27 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `$'${spelled.join('')}'`;
}
