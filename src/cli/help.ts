import type { Command, Example, OptionSpec } from './command.ts';
import { COMMON_OPTIONS, CONNECTION_OPTIONS, RECORDING_OPTIONS } from './globals.ts';
import { COMMANDS, NOUNS } from './registry.ts';

/** Help is written from the descriptors: examples first, because that is what people look for. */

const WIDTH = 100;

/** `kmedic --help`. */
export function rootHelp(): string {
  const rows = COMMANDS.map((command): [string, string] => [
    `${command.path.join(' ')}${argumentText(command)}`,
    command.summary,
  ]);
  return [
    'kmedic: first aid for Kafka consumer groups',
    '',
    section('Examples', [
      ...exampleLines([
        { command: 'kmedic demo', tells: 'a bundled cluster with a live incident' },
        { command: 'kmedic lag -b kafka-1:9092', tells: 'who is behind, and why' },
        { command: 'kmedic groups list', tells: 'all groups with state, lag and verdict' },
      ]),
    ]),
    section('Commands', columns(rows)),
    section('Options of every command', optionLines(COMMON_OPTIONS)),
    section('Options of commands that look at a cluster', optionLines([...CONNECTION_OPTIONS, ...RECORDING_OPTIONS])),
    section('Exit codes', [
      '  0 fine · 1 a verdict or look-up failed · 2 usage or an invalid file · 3 unreachable or not authorised',
      '  4 refused, nothing changed · 5 partly done · 130 interrupted',
    ]),
    'kmedic <command> --help tells more. kmedic --version tells the version.',
    '',
  ].join('\n');
}

/** `kmedic groups --help`. */
export function nounHelp(noun: string): string {
  const own = COMMANDS.filter((command) => command.path[0] === noun && command.path.length > 1);
  return [
    `kmedic ${noun}: ${NOUNS[noun] ?? ''}`,
    '',
    section('Examples', exampleLines(own.flatMap((command) => command.examples.slice(0, 1)))),
    section(
      'Commands',
      columns(own.map((command) => [`${command.path.join(' ')}${argumentText(command)}`, command.summary])),
    ),
    `kmedic ${noun} <command> --help tells more.`,
    '',
  ].join('\n');
}

/** `kmedic lag --help`. */
export function commandHelp(command: Command): string {
  const name = `kmedic ${command.path.join(' ')}`;
  const own = command.options.length === 0 ? [] : [section('Options', optionLines(command.options))];
  const argument =
    command.argument === undefined
      ? []
      : [section('Arguments', columns([[command.argument.name, argumentDescription(command)]]))];
  const redefined = new Set(command.options.map(({ name }) => name));
  const reaching = [...CONNECTION_OPTIONS, ...(command.connects === 'live' ? [] : RECORDING_OPTIONS)];
  const connection =
    command.connects === 'no'
      ? []
      : [section('Connection', optionLines(reaching.filter(({ name: option }) => !redefined.has(option))))];
  const below = COMMANDS.filter(
    ({ path }) => path.length > command.path.length && command.path.every((word, at) => path[at] === word),
  );
  const more =
    below.length === 0
      ? []
      : [
          section(
            'More commands',
            columns(below.map((each) => [`${each.path.join(' ')}${argumentText(each)}`, each.summary])),
          ),
        ];
  return [
    `${name}: ${command.summary}`,
    ...(command.description ?? []).flatMap((paragraph) => wrap(paragraph, WIDTH)),
    '',
    section('Examples', exampleLines(command.examples)),
    section('Usage', [`  ${name}${command.options.length > 0 ? ' [options]' : ''}${argumentText(command)}`]),
    ...argument,
    ...own,
    ...more,
    ...connection,
    section('Common', optionLines(COMMON_OPTIONS.filter(({ name: option }) => !redefined.has(option)))),
  ].join('\n');
}

function argumentDescription({ argument }: Command): string {
  const choices = argument?.choices === undefined ? '' : `: ${argument.choices.join(', ')}`;
  return `${argument?.description ?? ''}${choices}`;
}

function argumentText({ argument }: Command): string {
  if (argument === undefined) return '';
  const form = { one: '<N>', optional: '[N]', some: '<N…>', any: '[N…]' }[argument.arity];
  return ` ${form.replace('N', argument.name)}`;
}

function section(title: string, lines: readonly string[]): string {
  return `${title}:\n${lines.join('\n')}\n`;
}

function exampleLines(examples: readonly Example[]): string[] {
  return columns(examples.map(({ command, tells }) => [command, `# ${tells}`]));
}

function optionLines(specs: readonly OptionSpec[]): string[] {
  return columns(specs.map((spec) => [flagsOf(spec), describe(spec)]));
}

/** `-o, --output <format>`, as commander reads it, too. */
export function flagsOf(spec: OptionSpec): string {
  const names = `${spec.short === undefined ? '' : `-${spec.short}, `}--${spec.name}`;
  if (spec.kind === 'flag') return names;
  const optional = 'bare' in spec && spec.bare !== undefined;
  return `${names} ${optional ? `[${spec.value}]` : `<${spec.value}>`}`;
}

function describe(spec: OptionSpec): string {
  const notes: string[] = [];
  if (spec.kind === 'choice') notes.push(spec.choices.join('|'));
  const fallback = 'default' in spec ? spec.default : undefined;
  if (fallback !== undefined) {
    notes.push(`default ${spec.kind === 'duration' ? `${Number(fallback) / 1000}s` : String(fallback)}`);
  }
  return notes.length === 0 ? spec.description : `${spec.description} (${notes.join('; ')})`;
}

/** Two columns; the right one is wrapped, and begins on a line of its own where the left one is long. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.min(Math.max(...rows.map(([first]) => first.length)), 44);
  return rows.flatMap(([first, second]) => {
    const wrapped = wrap(second, WIDTH - left - 4);
    const indent = ' '.repeat(left + 4);
    const head = first.length > left ? [`  ${first}`] : [];
    const lead = first.length > left ? indent : `  ${first.padEnd(left)}  `;
    return [...head, ...wrapped.map((line, index) => `${index === 0 ? lead : indent}${line}`)];
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
