const ASCII = /^[\x20-\x7e]*$/;
const MARK = /^\p{Mark}$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;

/** Code point ranges that terminals draw two columns wide (Unicode East Asian Width W and F, in the large). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

/** Columns that (already escaped) text takes on a terminal. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x300 && MARK.test(character)) continue;
    width += code >= 0x1100 && (EMOJI.test(character) || isWide(code)) ? 2 : 1;
  }
  return width;
}

function isWide(code: number): boolean {
  return WIDE.some(([from, to]) => code >= from && code <= to);
}
