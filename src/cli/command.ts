import type { Deps } from './deps.ts';
import type { Io } from './io.ts';

/**
 * A command is data plus a function that is loaded when it runs. Everything that help, completion and parsing need is in
 * the data, so that `--help` loads no command.
 */
export interface Command {
  /** Words that name it: `['groups', 'list']`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** More than the summary says; paragraphs. */
  readonly description?: readonly string[];
  readonly argument?: ArgumentSpec;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /** Whether it looks at a cluster: then the connection options belong to it, and `--from` where a recording will do. */
  readonly connects: 'no' | 'live' | 'live-or-recording';
  readonly run: () => Promise<{ readonly run: Run }>;
}

/** What a command's own module exports as `run`: the options as parsed, already checked against the descriptor. */
export type Run = (invocation: Invocation, io: Io, deps: Deps) => Promise<ExitCode>;

export interface Invocation {
  readonly args: readonly string[];
  /** Checked values of the command's own options, by camel-case name. */
  readonly options: OptionValues;
  readonly globals: Globals;
}

export type OptionValue = boolean | string | number | readonly string[] | undefined;
export type OptionValues = Readonly<Record<string, OptionValue>>;

export interface ArgumentSpec {
  readonly name: string;
  readonly description: string;
  readonly arity: 'one' | 'optional' | 'some' | 'any';
  readonly choices?: readonly string[];
}

export interface Example {
  readonly command: string;
  readonly tells: string;
}

interface OptionBase {
  /** Long name without dashes: `data-dir`. */
  readonly name: string;
  readonly short?: string;
  readonly description: string;
}

export type OptionSpec =
  | (OptionBase & { readonly kind: 'flag' })
  | (OptionBase & { readonly kind: 'text'; readonly value: string; readonly default?: string; readonly bare?: string })
  | (OptionBase & { readonly kind: 'list'; readonly value: string })
  | (OptionBase & {
      readonly kind: 'integer';
      readonly value: string;
      readonly default?: number;
      readonly min: number;
      readonly max: number;
    })
  /** Given as `500ms`, `2s`, `1m`, `1h` (a bare number is seconds); handed over in ms. `bare`: the value when none is given. */
  | (OptionBase & {
      readonly kind: 'duration';
      readonly value: string;
      readonly default?: number;
      readonly bare?: number;
    })
  | (OptionBase & {
      readonly kind: 'choice';
      readonly value: string;
      readonly choices: readonly string[];
      readonly default?: string;
    });

type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

type ValueOf<O extends OptionSpec> = O extends { kind: 'flag' }
  ? boolean
  : O extends { kind: 'list' }
    ? readonly string[]
    : O extends { kind: 'choice'; choices: infer C extends readonly string[] }
      ? O extends { default: string }
        ? C[number]
        : C[number] | undefined
      : O extends { kind: 'integer' | 'duration' }
        ? O extends { default: number }
          ? number
          : number | undefined
        : O extends { default: string }
          ? string
          : string | undefined;

/** The typed values of a descriptor's options: `ValuesOf<typeof lagCommand>`. */
export type ValuesOf<C extends { options: readonly OptionSpec[] }> = {
  readonly [O in C['options'][number] as CamelCase<O['name']>]: ValueOf<O>;
};

/** Reads an invocation's options as the descriptor's types. Parsing has checked them; this only gives them their names. */
export function optionsOf<C extends Command>(invocation: Invocation): ValuesOf<C> {
  return invocation.options as ValuesOf<C>;
}

export const OUTPUTS = ['table', 'wide', 'json', 'ndjson', 'yaml', 'csv'] as const;
export type Output = (typeof OUTPUTS)[number];

export interface Globals {
  readonly bootstrapServer: string | undefined;
  readonly commandConfig: string | undefined;
  readonly timeoutMs: number;
  readonly output: Output;
  readonly from: string | undefined;
  /** Scenario of an embedded cluster that is started for this call. */
  readonly embedded: string | undefined;
  readonly verbose: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** 0 fine · 1 a check, verdict or look-up failed · 2 usage or an invalid file · 3 unreachable or not authorised · 4 refused, nothing changed · 5 partly done · 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130;
