import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

/** Lines get no longer than this even where the terminal is wider: sentences are read, not scanned. */
const READABLE = 110;
/** Columns of the labels before a verdict's texts. */
const LABEL = 10;

/** Columns that sentences are wrapped at. */
export function widthOf({ width }: Style): number {
  return Math.min(width ?? READABLE, READABLE);
}

/** A label, and texts behind it that are wrapped and aligned. */
export function labelled(label: string, texts: readonly string[], style: Style): string[] {
  return texts.flatMap((text, at) =>
    wrap(text, widthOf(style) - LABEL - 3).map((line, row) => {
      const name = at === 0 && row === 0 ? style.theme('muted', label.padEnd(LABEL)) : ' '.repeat(LABEL);
      return `  ${name} ${line}`;
    }),
  );
}

/** Commands stay whole: a line that is broken cannot be copied. */
export function commandLines(label: string, commands: readonly string[], style: Style): string[] {
  return commands.map((command, at) => `  ${style.theme('muted', (at === 0 ? label : '').padEnd(LABEL))} ${command}`);
}

/** A paragraph, with what follows its first line two columns further in. */
export function indented(text: string, columns: number, style: Style): string[] {
  return wrap(text, widthOf(style) - columns - 2).map(
    (line, at) => `${' '.repeat(at === 0 ? columns : columns + 2)}${line}`,
  );
}
