import { escapeJson } from './escape.ts';

/** Pieces are put together up to so many characters: each write costs something as well. */
const PIECE = 65_536;

/**
 * A document of several fields as `renderJson` writes it, in pieces: what stands in its lists is made a text one element at a time, so
 * that the whole text is never held.
 */
export function* jsonPieces(document: object): Generator<string> {
  const fields = Object.entries(document).filter(([, value]) => value !== undefined);
  let piece = '{';
  for (const [at, [name, value]] of fields.entries()) {
    piece += `${at === 0 ? '' : ','}\n  ${text(name)}: `;
    if (!Array.isArray(value) || value.length === 0) {
      piece += text(value, '  ');
      continue;
    }
    const items: readonly unknown[] = value;
    piece += '[';
    for (const [place, item] of items.entries()) {
      piece += `${place === 0 ? '' : ','}\n    ${text(item, '    ')}`;
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    piece += '\n  ]';
  }
  yield `${piece}\n}\n`;
}

/** A value's JSON, its lines behind the first one moved in. */
function text(value: unknown, indent = ''): string {
  // Inside of a list, what has no JSON is null.
  return escapeJson(JSON.stringify(value, null, 2) ?? 'null').replaceAll('\n', `\n${indent}`);
}
