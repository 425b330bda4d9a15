import type { Command, Invocation, OptionSpec } from './command.ts';
import { COMMON_OPTIONS, CONNECTION_OPTIONS, RECORDING_OPTIONS } from './globals.ts';

/** What a command line asks for. */
export type Parsed =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly command: Command; readonly invocation: Invocation };

/** Options that a command takes: its own, and the global ones that make sense for it. */
export function optionsFor(command: Command): readonly OptionSpec[] {
  const connection: readonly OptionSpec[] = command.connects === 'no' ? [] : CONNECTION_OPTIONS;
  const recording: readonly OptionSpec[] = command.connects === 'live-or-recording' ? RECORDING_OPTIONS : [];
  // A command may give a global option a meaning of its own: `wait --timeout` bounds the waiting.
  const own = new Set(command.options.map(({ name }) => name));
  const global = [...connection, ...recording, ...COMMON_OPTIONS].filter(({ name }) => !own.has(name));
  return [...command.options, ...global];
}
