import { describe, expect, it } from 'vitest';
import type { Command, OptionSpec } from '../../src/cli/command.ts';
import { optionsFor } from '../../src/cli/command-line.ts';
import { parse } from '../../src/cli/parse.ts';
import { plainCall } from '../../src/cli/plain-call.ts';
import { COMMANDS } from '../../src/cli/registry.ts';

const ENV = { KAFKA_BOOTSTRAP_SERVERS: 'kafka:9092' };

/** Values that an option takes, values that it does not take, and words that look like something else. */
function valuesOf(spec: OptionSpec): readonly string[] {
  switch (spec.kind) {
    case 'flag':
      return [];
    case 'choice':
      return [...spec.choices, 'no-such-choice'];
    case 'integer':
      return [String(spec.min), String(spec.max), '7', '-1', '1.5', 'x'];
    case 'duration':
      return ['2s', '500ms', '0', '-1s', 'soon'];
    case 'text':
    case 'list':
      return ['word', 'a,b', '', '-', '--', '-x', 'lag'];
  }
}

function argumentsOf({ argument }: Command): readonly (readonly string[])[] {
  const words = argument?.choices ?? ['one', 'list', 'elect', '-'];
  return [[], words.slice(0, 1), words.slice(0, 2), words.slice(2, 3), ['--', '-x'], ['-15m'], ['--no-such-option']];
}

/** What the parser says: what is to be run, or that it would not run anything. */
function parsed(argv: readonly string[]): unknown {
  try {
    const result = parse(argv, ENV);
    return result.kind === 'run' ? result : null;
  } catch {
    return null;
  }
}

function compare(argv: readonly string[]): 'plain' | 'left' {
  const plain = plainCall(argv, ENV);
  if (plain === null) return 'left';
  expect(plain, argv.join(' ')).toEqual(parsed(argv));
  return 'plain';
}

describe('calls that need no parser', () => {
  it.each(COMMANDS.map((command) => [command.path.join(' '), command] as const))('%s: as the parser', (_, command) => {
    const seen = new Set<string>();
    for (const args of argumentsOf(command)) {
      seen.add(compare([...command.path, ...args]));
      for (const spec of optionsFor(command)) {
        const flags = [`--${spec.name}`, ...('short' in spec && spec.short !== undefined ? [`-${spec.short}`] : [])];
        for (const flag of flags) {
          compare([...command.path, ...args, flag]);
          compare([flag, ...command.path, ...args]);
          for (const value of valuesOf(spec)) {
            compare([...command.path, ...args, flag, value]);
            compare([...command.path, flag, value, ...args]);
            compare([...command.path, ...args, `${flag}=${value}`]);
            compare([...command.path, flag, value, flag, value, ...args]);
          }
        }
      }
    }
    expect(seen).toContain('plain');
  });

  it('are the examples of the commands, all but a few', () => {
    const examples = COMMANDS.flatMap(({ examples: each }) => each.map(({ command }) => command)).filter(
      (line) => !/['"|>]/.test(line),
    );
    const how = examples.map((line) =>
      compare(
        line
          .replace(/ {2,}.*$/, '')
          .split(' ')
          .slice(1),
      ),
    );
    expect(how.filter((each) => each === 'plain').length / how.length).toBeGreaterThan(0.7);
  });

  it('leave help, versions and what is wrong to the parser', () => {
    for (const line of [
      '',
      '--help',
      'lag --help',
      'lag -h',
      '-o json lag',
      'lag -ojson',
      'lagg',
      'lag --groups',
      'segments',
    ]) {
      expect(plainCall(line.split(' ').filter(Boolean), ENV), line).toBeNull();
    }
  });
});
