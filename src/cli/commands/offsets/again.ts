import type { Command, Invocation, OptionSpec } from '../../command.ts';
import { quote } from '../../hint.ts';
import { camelCase } from '../../values.ts';

/** The command line that was given, with further words before how the cluster is reached: to be run again. */
export function sameAgain(
  command: Command,
  { args, options }: Pick<Invocation, 'args' | 'options'>,
  reach: readonly string[],
  more: readonly string[],
): string {
  const words = command.options.flatMap((spec) => wordsOf(spec, options[camelCase(spec.name)]));
  return ['kmedic', ...command.path, ...args, ...words, ...more, ...reach].map(quote).join(' ');
}

function wordsOf(spec: OptionSpec, value: Invocation['options'][string]): string[] {
  const name = `--${spec.name}`;
  if (value === undefined || value === false || spec.name === 'dry-run') return [];
  if ('default' in spec && value === spec.default) return [];
  if (value === true) return [name];
  if (Array.isArray(value)) return (value as readonly string[]).flatMap((each) => [name, each]);
  if (spec.kind === 'duration')
    return [name, Number(value) % 1000 === 0 ? `${Number(value) / 1000}s` : `${String(value)}ms`];
  return [name, String(value)];
}
