import { isCancel, Prompt } from '@clack/core';
import type { Style } from '../render/style.ts';
import { wrap } from '../render/wrap.ts';

/** What a person can do with a question. */
export type Reply =
  | { readonly kind: 'answer'; readonly id: string }
  /** Does not know. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'back' }
  | { readonly kind: 'quit' }
  /** Ctrl-C, or the process is being ended. */
  | { readonly kind: 'interrupted' };

export interface Asked {
  /** Lines above the choices. */
  readonly head: readonly string[];
  readonly choices: readonly { readonly id: string; readonly text: string }[];
  /** What `w` shows; absent: there is no such key. */
  readonly why?: readonly string[];
  /** Which keys there are beside choosing. */
  readonly back: boolean;
  readonly skip: boolean;
  /** What `q` does, in a word or two. */
  readonly quit: string;
  /** What stays on the screen in the question's place. */
  readonly after: (reply: Reply) => readonly string[];
}

export interface Prompter {
  choose(asked: Asked): Promise<Reply>;
}

/** Choices shown at a time. */
const WINDOW = 12;

/** Asks on a terminal. Takes the keyboard only while a question stands, and gives it back whatever happens. */
export function terminalPrompter(
  streams: { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream },
  interrupted: AbortSignal,
  style: () => Style,
): Prompter {
  return {
    choose: async (asked) => {
      const question = new Question(asked, style);
      const prompt = new Prompt<string>(
        {
          ...streams,
          signal: interrupted,
          render: () => question.lines().join('\n'),
        },
        false,
      );
      prompt.on('key', (character, { name }) => {
        question.press(character, name);
        if (question.reply !== null) prompt.state = 'submit';
      });
      prompt.on('cursor', (key) => {
        question.move(key);
        if (question.reply !== null) prompt.state = 'submit';
      });
      const result = await prompt.prompt();
      if (interrupted.aborted || question.reply === null) return { kind: 'interrupted' };
      return isCancel(result) && question.reply.kind === 'answer' ? { kind: 'interrupted' } : question.reply;
    },
  };
}

/** One question while it is on the screen. */
export class Question {
  reply: Reply | null = null;
  readonly #asked: Asked;
  readonly #style: () => Style;
  #at = 0;
  #showsWhy = false;

  constructor(asked: Asked, style: () => Style) {
    this.#asked = asked;
    this.#style = style;
  }

  /** Arrow keys, and the ones that vi users expect. Up from the first choice goes back, as left does. */
  move(key: string | undefined): void {
    const { choices, back } = this.#asked;
    if (key === 'down') this.#at = Math.min(this.#at + 1, choices.length - 1);
    else if (key === 'left' && back) this.reply = { kind: 'back' };
    else if (key === 'up') {
      if (this.#at === 0 && back) this.reply = { kind: 'back' };
      else this.#at = Math.max(0, this.#at - 1);
    }
  }

  /** Every other key. `name` as Node's readline calls it. */
  press(character: string | undefined, name: string | undefined): void {
    const { choices, back, skip, why } = this.#asked;
    const chosen = name === 'return' ? choices[this.#at] : choices[Number(character) - 1];
    if (character === '\u0003') this.reply = { kind: 'interrupted' };
    else if (chosen !== undefined) this.reply = { kind: 'answer', id: chosen.id };
    else if (character === 'b' && back) this.reply = { kind: 'back' };
    else if (character === 's' && skip) this.reply = { kind: 'skip' };
    else if (character === 'q' || name === 'escape') this.reply = { kind: 'quit' };
    else if (character === 'w' && why !== undefined) this.#showsWhy = !this.#showsWhy;
  }

  /** What the screen shows. The chosen line has a sign, so that it needs no colour. */
  lines(): readonly string[] {
    const { head, choices, why = [], after } = this.#asked;
    if (this.reply !== null) return after(this.reply);
    const style = this.#style();
    const first = Math.max(0, Math.min(this.#at - WINDOW + 3, choices.length - WINDOW));
    const shown = choices.slice(first, first + WINDOW).map(({ text }, row) => {
      const at = first + row;
      const line = `${at === this.#at ? '>' : ' '} ${at < 9 ? `${at + 1})` : '  '} ${text}`;
      return `     ${at === this.#at ? style.theme('strong', line) : line}`;
    });
    const rest = choices.length - first - shown.length;
    return [
      ...head,
      ...(this.#showsWhy ? why : []),
      ...shown,
      ...(rest > 0 ? [`         … and ${rest} more below`] : []),
      ...wrap(this.#keys(), (style.width ?? 80) - 6).map((line) => `     ${style.theme('muted', line)}`),
    ];
  }

  #keys(): string {
    const { back, skip, why, quit } = this.#asked;
    return [
      '↑↓ or digit, Enter takes it',
      ...(skip ? ["s don't know"] : []),
      ...(back ? ['b back'] : []),
      ...(why === undefined ? [] : ['w why?']),
      `q ${quit}`,
    ].join(' · ');
  }
}
