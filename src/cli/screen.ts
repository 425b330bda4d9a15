import type { Io } from './io.ts';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

/** The terminal's alternate screen, redrawn in place. `close` gives back what was there before, cursor and wrapping included. */
export interface Screen {
  draw(lines: readonly string[]): void;
  close(): void;
}

/** Lines that do not fit are cut off by the caller's height and by the terminal's width, never wrapped. */
export function openScreen(io: Io): Screen {
  let open = true;
  io.out(ENTER);
  return {
    draw(lines) {
      const shown = lines.slice(0, io.height);
      io.out(`${HOME}${shown.map((line) => `${line}${REST_OF_LINE}`).join('\r\n')}${REST_OF_SCREEN}`);
    },
    close() {
      if (open) io.out(LEAVE);
      open = false;
    },
  };
}
