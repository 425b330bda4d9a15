import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { parseProperties } from '../client/properties-file.ts';
import { escapeInline } from '../render/escape.ts';
import type { Globals } from './command.ts';
import { Failure } from './failure.ts';
import type { Io } from './io.ts';

/**
 * Whether changing this cluster has to be confirmed by typing: `kmedic.protected=true` in the properties file, or
 * KMEDIC_PROTECTED in the environment.
 */
export function isProtected(globals: Globals): boolean {
  const variable = globals.env['KMEDIC_PROTECTED'] ?? '';
  if (variable !== '' && variable !== '0' && variable !== 'false') return true;
  const path = globals.commandConfig;
  if (path === undefined) return false;
  return parseProperties(readFileSync(path, 'utf8'), path).get('kmedic.protected')?.value === 'true';
}

/** Reads one line of an answer; null: nobody can be asked. Replaced in tests. */
export type Ask = (question: string) => Promise<string | null>;

/**
 * Lets pass what has to be confirmed: on a protected cluster, and for groups that a pattern chose. `--yes` answers
 * beforehand. Throws a Failure with exit code 4 where the answer is another one, or nobody can answer.
 */
export async function confirm(
  groups: readonly string[],
  why: { readonly protected: boolean; readonly pattern: boolean; readonly yes: boolean },
  ask: Ask,
): Promise<void> {
  if (why.yes || !(why.protected || why.pattern)) return;
  const [first] = groups;
  if (first === undefined) return;
  const expected = groups.length === 1 ? first : `${groups.length} groups`;
  const reason = why.protected ? 'this cluster is protected' : 'a pattern chose the groups';
  const answer = await ask(`${reason}: type ${escapeInline(expected)} to go on: `);
  if (answer === expected) return;
  const message = answer === null ? `${reason}, and nobody is there to confirm it` : 'not confirmed';
  throw new Failure({
    name: 'NOT_CONFIRMED',
    message: `${message}: nothing was changed`,
    advice: answer === null ? 'give --yes to go on without being asked' : null,
    scope: 'command line',
    exit: 4,
  });
}

/** Asks on the terminal; null where there is none. */
export function askOn(io: Io): Ask {
  return async (question) => {
    if (process.stdin.isTTY !== true || !io.errIsTty) return null;
    const lines = createInterface({ input: process.stdin, terminal: false });
    try {
      io.err(question);
      for await (const line of lines) return line.trim();
      return '';
    } finally {
      lines.close();
    }
  };
}
