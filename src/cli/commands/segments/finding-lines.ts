import { escapeInline } from '../../../render/escape.ts';
import { numberText, type Style } from '../../../render/style.ts';
import { wrap } from '../../../render/wrap.ts';
import { CODES, type Finding } from '../../../segments/findings.ts';

const WORD = { corrupt: 'CORRUPT', warning: 'WARNING', note: 'NOTE' } as const;
const TONE = { corrupt: 'bad', warning: 'warn', note: 'note' } as const;
const INDENT = ' '.repeat(9);

/** Where something was found, what it is. */
export function findingLine(found: Finding, style: Style): string {
  const number = (value: number): string => numberText(value, style);
  const place = [
    escapeInline(found.file),
    ...(found.position === null ? [] : [`byte ${number(found.position)}`]),
    ...(found.offsets === null ? [] : [offsetsText(found.offsets, number)]),
    `${found.code}  ${CODES[found.code].title}`,
  ];
  return `${style.theme(TONE[found.severity], WORD[found.severity].padEnd(8))} ${place.join('  ')}`;
}

function offsetsText([first, last]: readonly [number, number], number: (value: number) => string): string {
  return first === last ? `offset ${number(first)}` : `offsets ${number(first)}–${number(last)}`;
}

/** The same with what was seen. */
export function findingSeen(found: Finding, style: Style): string[] {
  return [findingLine(found, style), ...indented(INDENT, escapeInline(found.detail), style)];
}

/** The same with what it means, and what to do. */
export function findingBlock(found: Finding, style: Style): string[] {
  const { meaning, action } = CODES[found.code];
  return [...findingSeen(found, style), ...[meaning, `do: ${action}`].flatMap((text) => indented(INDENT, text, style))];
}

/** A text behind a heading: on a terminal it goes on below its beginning. */
export function indented(heading: string, text: string, { width }: Style): string[] {
  const indent = ' '.repeat(heading.length);
  const lines = width === null ? [text] : wrap(text, Math.max(20, width - heading.length));
  return lines.map((line, index) => (index === 0 ? heading : indent) + line);
}

/** A finding in a document. */
export function findingJson(found: Finding): Record<string, unknown> {
  const { title, meaning, action } = CODES[found.code];
  const { code, severity, position, length, offsets, detail } = found;
  return { code, severity, title, position, length, offsets, detail, meaning, action };
}
