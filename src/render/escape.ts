/**
 * Text from a cluster (group names, client ids, error messages) is written by strangers. Before it reaches a terminal or a
 * file, everything that could move a cursor, change colours, reorder text or hide itself is spelled out.
 */

// Control characters (C0, DEL, C1), directional and invisible formatting, line separators, lone surrogates, and the
// backslash itself, so that what is printed says exactly what was there.
const HOSTILE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]|\p{Default_Ignorable_Code_Point}/gu;

/** Most text is: printable ASCII without a backslash. Looking for that is much cheaper than looking for what is hostile. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** Makes text safe for one line of a terminal, without losing any of it: `a\nb` becomes `a\\nb`. The empty string becomes `""`. */
export function escapeText(text: string): string {
  return text === '' ? '""' : escapeInline(text);
}

/** As `escapeText`, for text inside a sentence: an empty string stays empty. */
export function escapeInline(text: string): string {
  if (PLAIN.test(text)) return text;
  HOSTILE.lastIndex = 0;
  return HOSTILE.test(text) ? text.replace(HOSTILE, spell) : text;
}

function spell(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

/** Escapes hostile characters inside finished JSON (or double-quoted YAML) text, where they can only occur in strings. */
export function escapeJson(json: string): string {
  return json.replace(HOSTILE, (character) => {
    if (character === '\\' || character === '\n') return character;
    return [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join('');
  });
}

/** Whether a text holds anything that `escapeText` would spell out (other than a backslash). */
export function isHostile(text: string): boolean {
  return escapeInline(text.replaceAll('\\', '')) !== text.replaceAll('\\', '');
}
