import { type Globals, type OptionSpec, type OptionValues, OUTPUTS } from './command.ts';

export const DEFAULT_TIMEOUT_MS = 10_000;
export const DEFAULT_BOOTSTRAP = '127.0.0.1:9092';

/** Options of every command. */
export const COMMON_OPTIONS = [
  {
    kind: 'choice',
    name: 'output',
    short: 'o',
    value: 'format',
    choices: OUTPUTS,
    default: 'table',
    description: 'how to write the result',
  },
  { kind: 'flag', name: 'no-color', description: 'no colours (as does NO_COLOR)' },
  { kind: 'flag', name: 'verbose', short: 'v', description: 'show stack traces and what was asked of the cluster' },
] as const satisfies readonly OptionSpec[];

/** Options of commands that look at a cluster. */
export const CONNECTION_OPTIONS = [
  {
    kind: 'text',
    name: 'bootstrap-server',
    short: 'b',
    value: 'host:port,…',
    description: `brokers to ask first (default ${DEFAULT_BOOTSTRAP}, or KAFKA_BOOTSTRAP_SERVERS)`,
  },
  {
    kind: 'text',
    name: 'command-config',
    value: 'file',
    description: "Java client.properties with security settings, as Kafka's own tools take it",
  },
  {
    kind: 'duration',
    name: 'timeout',
    value: 'time',
    default: DEFAULT_TIMEOUT_MS,
    description: 'give up on an answer after this long',
  },
  {
    kind: 'text',
    name: 'embedded',
    value: 'scenario',
    bare: 'demo',
    description: 'start a bundled cluster with a scenario, for this call only (default scenario: demo)',
  },
] as const satisfies readonly OptionSpec[];

/** Option of commands that can also look at a recording. */
export const RECORDING_OPTIONS = [
  {
    kind: 'text',
    name: 'from',
    value: 'recording',
    description: 'read a recording of `kmedic record` instead of a cluster',
  },
] as const satisfies readonly OptionSpec[];

/** Picks the global options out of parsed values. */
export function globalsOf(values: OptionValues, env: Globals['env']): Globals {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    bootstrapServer: text('bootstrapServer'),
    commandConfig: text('commandConfig'),
    timeoutMs: typeof values['timeout'] === 'number' ? values['timeout'] : DEFAULT_TIMEOUT_MS,
    output: OUTPUTS.find((output) => output === values['output']) ?? 'table',
    from: text('from'),
    embedded: text('embedded'),
    verbose: values['verbose'] === true,
    env,
  };
}
