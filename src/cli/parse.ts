import { Command as Commander, CommanderError, Option } from 'commander';
import type { Command, Globals, OptionSpec } from './command.ts';
import { optionsFor, type Parsed } from './command-line.ts';
import { parseDuration } from './duration.ts';
import { type Failure, usage } from './failure.ts';
import { COMMON_OPTIONS, CONNECTION_OPTIONS, globalsOf, RECORDING_OPTIONS } from './globals.ts';
import { commandHelp, flagsOf, nounHelp, rootHelp } from './help.ts';
import { COMMANDS } from './registry.ts';
import { didYouMean } from './suggest.ts';
import { camelCase, checkArguments, checkOptions } from './values.ts';

const ANYWHERE: readonly OptionSpec[] = [...COMMON_OPTIONS, ...CONNECTION_OPTIONS, ...RECORDING_OPTIONS];

/**
 * Reads a command line (without `node` and the script). Throws a `Failure` with exit code 2 where it is wrong. Global
 * options are understood before and after the command's name.
 */
export function parse(argv: readonly string[], env: Globals['env']): Parsed {
  // As other tools have it: `help`, `help lag`, `version`.
  const [first, ...rest] = argv;
  if (first === 'help') return parse([...rest, '--help'], env);
  if (first === 'version' && rest.length === 0) return { kind: 'version' };
  let parsed: Parsed | null = null;
  const done = (result: Parsed): void => {
    parsed ??= result;
  };
  const program = silent(new Commander('kmedic'), rootHelp);
  addOptions(program, ANYWHERE);
  program.option('-V, --version');
  program.action((_options: unknown, self: Commander) => {
    const [word] = self.args;
    if (self.opts()['version'] === true) done({ kind: 'version' });
    else if (word === undefined) done({ kind: 'help', text: rootHelp() });
    else throw unknownCommand(word, '', [...new Set(COMMANDS.map(({ path }) => path[0] ?? ''))]);
  });
  const above = new Map<string, Commander>();
  for (const command of COMMANDS) {
    const words = command.path.slice(0, -1);
    const last = command.path.at(-1) ?? '';
    // Declaring all options of all commands takes longer than the rest of a start: only what may be meant is declared.
    const [noun = last] = words;
    if (!argv.includes(noun)) continue;
    if (words.length > 0 && !above.has(noun)) above.set(noun, addNoun(program, noun, done));
    if (!command.path.every((word) => argv.includes(word))) continue;
    const parent = above.get(words.join(' ')) ?? program;
    const leaf = silent(parent.command(last), () => commandHelp(command));
    // A command by itself may have subcommands, too: `isr` and `isr can-restart`.
    above.set(command.path.join(' '), leaf);
    addOptions(leaf, optionsFor(command));
    leaf.action((_options: unknown, self: Commander) => {
      const given = typed(self);
      const specs = optionsFor(command);
      refuseForeign(command, given, specs);
      const args = checkArguments(command.argument, self.args);
      const values = checkOptions(specs, given);
      done({ kind: 'run', command, invocation: { args, options: values, globals: globalsOf(values, env) } });
    });
  }
  try {
    program.parse(withBareOptions(argv), { from: 'user' });
  } catch (error) {
    if (error instanceof HelpAsked) return { kind: 'help', text: error.text };
    throw error instanceof CommanderError ? translate(error, argv) : error;
  }
  return parsed ?? { kind: 'help', text: rootHelp() };
}

class HelpAsked extends Error {
  readonly text: string;
  constructor(text: string) {
    super('help');
    this.text = text;
  }
}

/** A commander command that never prints or exits by itself: wrong calls and help become exceptions. */
function silent(command: Commander, help: () => string): Commander {
  command.exitOverride();
  command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  command.allowExcessArguments(true);
  command.helpCommand(false);
  command.showSuggestionAfterError(false);
  command.helpOption('-h, --help');
  command.outputHelp = () => {
    throw new HelpAsked(help());
  };
  return command;
}

function addNoun(program: Commander, noun: string, done: (result: Parsed) => void): Commander {
  const command = silent(program.command(noun), () => nounHelp(noun));
  addOptions(command, ANYWHERE);
  command.action((_options: unknown, self: Commander) => {
    const [word] = self.args;
    if (word === undefined) return done({ kind: 'help', text: nounHelp(noun) });
    const verbs = COMMANDS.filter(({ path }) => path[0] === noun).map(({ path }) => path[1] ?? '');
    throw unknownCommand(word, `${noun} `, verbs);
  });
  return command;
}

function addOptions(command: Commander, specs: readonly OptionSpec[]): void {
  for (const spec of specs) {
    // `--no-color` would be commander's negation of `color`: it is declared as a flag of its own.
    const option = new Option(flagsOf(spec));
    option.negate = false;
    if (spec.kind === 'list')
      option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    option.attributeName = () => camelCase(spec.name);
    command.addOption(option);
  }
}

/**
 * An option whose value may be left out (`--watch [interval]`) would swallow the next word, whatever it is. Only a word
 * that can be its value belongs to it: in `--watch payments` payments is the group.
 */
export function withBareOptions(argv: readonly string[]): string[] {
  const bare = new Map<string, (word: string) => boolean>();
  for (const spec of [...ANYWHERE, ...COMMANDS.flatMap(({ options }) => options)]) {
    if (!('bare' in spec) || spec.bare === undefined) continue;
    const fits =
      spec.kind === 'duration' ? (word: string) => parseDuration(word) !== null : (word: string) => word === spec.bare;
    bare.set(`--${spec.name}`, fits);
  }
  const end = argv.indexOf('--');
  return argv.map((word, index) => {
    if (end >= 0 && index > end) return word;
    const fits = bare.get(word);
    const next = argv[index + 1];
    return fits === undefined || next === undefined || next.startsWith('-') || fits(next) ? word : `${word}=`;
  });
}

/** Options as typed, those before the command's name included; the nearest to the command wins. */
function typed(leaf: Commander): Record<string, unknown> {
  const chain: Commander[] = [];
  for (let at: Commander | null = leaf; at !== null; at = at.parent) chain.unshift(at);
  return Object.assign({}, ...chain.map((command) => command.opts())) as Record<string, unknown>;
}

function refuseForeign(command: Command, given: Readonly<Record<string, unknown>>, specs: readonly OptionSpec[]): void {
  const own = new Set(specs.map((spec) => camelCase(spec.name)));
  // Options of `isr` are understood behind `isr can-restart` as well, and mean nothing there.
  const all = [...ANYWHERE, ...COMMANDS.flatMap(({ options }) => options)];
  const foreign = all.find(({ name }) => given[camelCase(name)] !== undefined && !own.has(camelCase(name)));
  if (foreign === undefined) return;
  const advice =
    foreign.name === 'from'
      ? 'it works on a cluster: -b host:port; kmedic lag, groups, isr, cluster, diagnose and offsets show read recordings'
      : `kmedic ${command.path.join(' ')} --help tells more`;
  throw usage(`kmedic ${command.path.join(' ')} takes no --${foreign.name}`, advice);
}

function unknownCommand(word: string, prefix: string, candidates: readonly string[]): Failure {
  const near = didYouMean(word, candidates, `kmedic ${prefix}`);
  return usage(`kmedic ${prefix}has no command ${word}`, near ?? `kmedic ${prefix}--help lists them`);
}

/** Commander's complaints in our own words, with a suggestion for what was mistyped. */
function translate(error: CommanderError, argv: readonly string[]): Failure {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const words = argv.filter((word) => !word.startsWith('-'));
  // Of `broker fault` and `broker fault list` the longer one is meant.
  const command = COMMANDS.findLast(({ path }) => path.every((word, index) => words[index] === word));
  const specs = command === undefined ? ANYWHERE : optionsFor(command);
  const name = command === undefined ? 'kmedic' : `kmedic ${command.path.join(' ')}`;
  switch (error.code) {
    case 'commander.unknownOption': {
      const noun = { '-g': 'group', '--group': 'group', '-t': 'topic', '--topic': 'topic' }[quoted];
      if (noun !== undefined && noun === command?.argument?.name)
        return usage(`${name} has no option ${quoted}`, `name the ${noun} without it: ${name} <${noun}>`);
      const near = didYouMean(
        quoted.replace(/^-+/, ''),
        specs.map((spec) => spec.name),
        '--',
      );
      return usage(`${name} has no option ${quoted}`, near ?? `${name} --help lists them`);
    }
    case 'commander.optionMissingArgument':
      return usage(`${quoted.replace(/^-\w, /, '')} needs a value`, `${name} --help tells more`);
    default:
      return usage(error.message.replace(/^error: /, ''), `${name} --help tells more`);
  }
}
