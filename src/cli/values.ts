import type { ArgumentSpec, OptionSpec, OptionValue, OptionValues } from './command.ts';
import { parseDuration } from './duration.ts';
import { usage } from './failure.ts';
import { didYouMean } from './suggest.ts';

/** `data-dir` as commander and our own code name it: `dataDir`. */
export function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Checks what was typed against the descriptor, and fills in defaults. `given` holds texts (or true for a flag, or for an
 * option without its optional value), by camel-case name.
 */
export function checkOptions(specs: readonly OptionSpec[], given: Readonly<Record<string, unknown>>): OptionValues {
  const values: Record<string, OptionValue> = {};
  for (const spec of specs) values[camelCase(spec.name)] = check(spec, given[camelCase(spec.name)]);
  return values;
}

function check(spec: OptionSpec, typed: unknown): OptionValue {
  switch (spec.kind) {
    case 'flag':
      return typed === true;
    case 'list':
      return Array.isArray(typed) ? typed.map(String) : [];
    case 'text':
      return typed === true || (typed === '' && spec.bare !== undefined)
        ? spec.bare
        : typed === undefined
          ? spec.default
          : String(typed);
    case 'choice':
      return typed === undefined ? spec.default : checkChoice(`--${spec.name}`, String(typed), spec.choices);
    case 'duration': {
      if (typed === undefined) return spec.default;
      if (typed === true || (typed === '' && spec.bare !== undefined)) return spec.bare;
      const ms = parseDuration(String(typed));
      if (ms === null || ms <= 0) {
        throw usage(`--${spec.name} ${String(typed)}: not a time`, 'write 500ms, 2s, 1m30s or 1h');
      }
      return ms;
    }
    case 'integer': {
      if (typed === undefined) return spec.default;
      const value = /^-?\d+$/.test(String(typed)) ? Number(typed) : Number.NaN;
      if (!(value >= spec.min && value <= spec.max)) {
        throw usage(`--${spec.name} ${String(typed)}: not a whole number from ${spec.min} to ${spec.max}`);
      }
      return value;
    }
  }
}

function checkChoice(what: string, typed: string, choices: readonly string[]): string {
  if (choices.includes(typed)) return typed;
  const near = didYouMean(typed, choices);
  throw usage(`${what} ${typed}: not one of ${choices.join(', ')}`, near);
}

/** Checks how many arguments there are, and what they are where the descriptor lists that. Throws what a wrong call does. */
export function checkArguments(spec: ArgumentSpec | undefined, args: readonly string[]): readonly string[] {
  if (spec === undefined) {
    if (args.length > 0) throw usage(`unexpected argument: ${args[0]}`);
    return args;
  }
  if (args.length === 0 && (spec.arity === 'one' || spec.arity === 'some'))
    throw usage(`missing argument: ${spec.name}`, spec.description);
  if (args.length > 1 && (spec.arity === 'one' || spec.arity === 'optional'))
    throw usage(`unexpected argument: ${args[1]}`);
  if (spec.choices !== undefined) for (const arg of args) checkChoice(spec.name, arg, spec.choices);
  return args;
}
