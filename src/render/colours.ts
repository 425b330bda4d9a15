import { Chalk } from 'chalk';
import type { Theme, Tone } from './theme.ts';

/** A theme for a terminal with that many colours (chalk's levels). */
export function themeOf(level: 1 | 2 | 3): Theme {
  const chalk = new Chalk({ level });
  const paint = {
    good: chalk.green,
    note: chalk.cyan,
    warn: chalk.yellow,
    bad: chalk.red,
    muted: chalk.dim,
    strong: chalk.bold,
  } satisfies Record<Tone, (text: string) => string>;
  return (tone, text) => paint[tone](text);
}
