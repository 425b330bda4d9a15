import { ClientError } from './error.ts';

/** One `key=value` of a Java properties file, and the line where it began (from 1). */
export interface Property {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/**
 * Parses Java's properties format: `=`, `:` or blanks between key and value, `#` and `!` comments, backslash escapes,
 * `\uXXXX`, and lines that go on behind a trailing backslash. A key that is given twice counts as it was given last, as in Java.
 */
export function parseProperties(text: string, file: string): Map<string, Property> {
  const properties = new Map<string, Property>();
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1;
    let logical = (lines[at] ?? '').replace(/^[ \t\f]+/, '');
    if (logical === '' || logical.startsWith('#') || logical.startsWith('!')) continue;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(logical) && at + 1 < lines.length) {
      at += 1;
      logical = logical.slice(0, -1) + (lines[at] ?? '').replace(/^[ \t\f]+/, '');
    }
    const { key, value } = splitPair(logical);
    const where = `${file}:${line}`;
    properties.set(unescaped(key, where), { key: unescaped(key, where), value: unescaped(value, where), line });
  }
  return properties;
}

/** The key ends at the first `=`, `:` or blank that no backslash precedes. */
function splitPair(line: string): { key: string; value: string } {
  let end = 0;
  while (end < line.length && !/[=: \t\f]/.test(line[end] ?? '')) end += line[end] === '\\' ? 2 : 1;
  const rest = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
  return { key: line.slice(0, end), value: rest };
}

function unescaped(text: string, where: string): string {
  return text.replace(/\\(u[0-9A-Fa-f]{4}|u|[^u]|$)/g, (_, escaped: string) => {
    if (escaped === 'u')
      throw new ClientError('INVALID_SETTING', `${where}: \\u must be followed by four hexadecimal digits`);
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return ESCAPES[escaped] ?? escaped;
  });
}
