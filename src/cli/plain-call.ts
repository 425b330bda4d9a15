import type { Command, Globals, OptionSpec } from './command.ts';
import { optionsFor, type Parsed } from './command-line.ts';
import { Failure } from './failure.ts';
import { globalsOf } from './globals.ts';
import { COMMANDS } from './registry.ts';
import { camelCase, checkArguments, checkOptions } from './values.ts';

/**
 * Reads a command line that leaves nothing to ask: the command's words first, every option by its whole name with its
 * value in the next word. Null for anything else, wrong calls included: the parser knows what to say about them. It says
 * the same of what is read here, but loading it takes longer than many a command.
 */
export function plainCall(argv: readonly string[], env: Globals['env']): Parsed | null {
  const command = commandOf(argv);
  if (command === null) return null;
  const specs = optionsFor(command);
  const read = wordsOf(argv.slice(command.path.length), specs);
  if (read === null || read.args.some((word) => mayBeSubcommand(word, command))) return null;
  try {
    const args = checkArguments(command.argument, read.args);
    const options = checkOptions(specs, read.given);
    return { kind: 'run', command, invocation: { args, options, globals: globalsOf(options, env) } };
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** The command with the most words among those that the line begins with. */
function commandOf(argv: readonly string[]): Command | null {
  const fitting = COMMANDS.filter(({ path }) => path.every((word, index) => argv[index] === word));
  return fitting.sort((a, b) => b.path.length - a.path.length)[0] ?? null;
}

function mayBeSubcommand(word: string, command: Command): boolean {
  const { length } = command.path;
  return COMMANDS.some(
    ({ path }) => path[length] === word && command.path.every((each, index) => path[index] === each),
  );
}

interface Words {
  readonly args: readonly string[];
  /** Texts, or true for a flag, by camel-case name. */
  readonly given: Readonly<Record<string, unknown>>;
}

function wordsOf(words: readonly string[], specs: readonly OptionSpec[]): Words | null {
  const args: string[] = [];
  const given: Record<string, unknown> = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      continue;
    }
    const spec = specs.find(({ name, short }) => word === `--${name}` || (short !== undefined && word === `-${short}`));
    if (spec === undefined || 'bare' in spec) return null;
    const key = camelCase(spec.name);
    const before = given[key];
    if (before !== undefined && spec.kind !== 'list') return null;
    if (spec.kind === 'flag') {
      given[key] = true;
      continue;
    }
    const value = words[++index];
    if (value === undefined || value.startsWith('-')) return null;
    given[key] = spec.kind === 'list' ? [...(Array.isArray(before) ? before : []), value] : value;
  }
  return { args, given };
}
