import { FAULT_NAMES, FAULTS, type FaultDefinition, parameterNotes } from '../../../broker/fault/vocabulary.ts';
import type { Command } from '../../command.ts';

export const brokerStart = {
  path: ['broker', 'start'],
  summary: 'run the bundled broker: real listeners, Kafka’s own log format',
  description: [
    'Prints where it listens when, and only when, it is ready. Without --data-dir everything stays in memory. Ctrl-C or SIGTERM stops it cleanly.',
  ],
  connects: 'no',
  options: [
    { kind: 'integer', name: 'nodes', value: 'n', default: 3, min: 1, max: 50, description: 'brokers in this process' },
    {
      kind: 'integer',
      name: 'port',
      value: 'port',
      default: 9092,
      min: 0,
      max: 65_535,
      description: 'of the first broker; the others follow (0: any free ports)',
    },
    { kind: 'text', name: 'host', value: 'address', default: '127.0.0.1', description: 'address to listen on' },
    {
      kind: 'text',
      name: 'advertise',
      value: 'host',
      description: 'host name that clients are told (default: the address)',
    },
    {
      kind: 'text',
      name: 'data-dir',
      value: 'directory',
      description: 'keep everything there; started again, nothing is lost',
    },
    {
      kind: 'list',
      name: 'topic',
      value: 'name:partitions:rf',
      description: 'create this topic if it does not exist, repeatable',
    },
    {
      kind: 'text',
      name: 'racks',
      value: 'a,b,…',
      description: 'racks that the brokers are in, taken in turn (default: none)',
    },
    { kind: 'list', name: 'config', value: 'key=value', description: 'broker setting, by Kafka’s names, repeatable' },
    { kind: 'choice', name: 'log', value: 'format', choices: ['text', 'json'], description: 'log to stderr' },
  ],
  examples: [
    { command: 'kmedic broker start', tells: 'three brokers on 9092, 9093, 9094, in memory' },
    { command: 'kmedic broker start --data-dir ./data --topic orders:3:3', tells: 'kept on disk, with a topic' },
    { command: 'kmedic broker start --nodes 1 --port 0', tells: 'one broker on any free port' },
  ],
  run: () => import('./start.ts'),
} as const satisfies Command;

export const brokerStatus = {
  path: ['broker', 'status'],
  summary: 'which brokers answer, and which faults are injected',
  connects: 'live',
  options: [],
  examples: [{ command: 'kmedic broker status -b 127.0.0.1:9092', tells: 'is it up?' }],
  run: () => import('./status.ts'),
} as const satisfies Command;

const BROKERS = {
  kind: 'list',
  name: 'broker',
  value: 'id',
  description: 'on this broker, repeatable; without it, on all',
} as const;

export const brokerFault = {
  path: ['broker', 'fault'],
  summary: 'make something go wrong in the bundled broker, for a while',
  description: [
    'Parameters are name=value; lists are joined with +. A fault ends after --for, or with: kmedic broker fault clear. It is a dynamic broker config (kmedic.fault.<fault>), which any Kafka client can set just as well. A real Kafka is refused.',
    ...FAULT_NAMES.map((name) => describeFault(name, FAULTS[name])),
    ...parameterNotes().map(({ text, faults }) => `  ${text} (${faults.join(', ')})`),
  ],
  argument: { name: 'fault', description: 'which fault, and its parameters as name=value', arity: 'some' },
  connects: 'live',
  options: [
    BROKERS,
    { kind: 'duration', name: 'for', value: 'time', description: 'how long; without it, until it is cleared' },
    { kind: 'text', name: 'label', value: 'name', description: 'tells several faults of one kind apart' },
  ],
  examples: [
    { command: 'kmedic broker fault kill --broker 2 --for 30s', tells: 'broker 2 dies, and is back after 30 s' },
    { command: 'kmedic broker fault freeze --broker 3 --for 20s', tells: 'accepts connections, answers nobody' },
    {
      command: 'kmedic broker fault cut-link to=1 only=replication --broker 3 --for 1m',
      tells: 'a follower that is alive, and falls behind',
    },
    {
      command: 'kmedic broker fault error api=Produce error=NOT_LEADER_OR_FOLLOWER every=3 --for 30s',
      tells: 'every third write fails',
    },
    { command: 'kmedic broker fault disk-full --broker 1', tells: 'it halts; back with: fault clear' },
  ],
  run: () => import('./fault.ts'),
} as const satisfies Command;

export const brokerFaultList = {
  path: ['broker', 'fault', 'list'],
  summary: 'the faults that are injected, and what remains of each',
  connects: 'live',
  options: [],
  examples: [{ command: 'kmedic broker fault list', tells: 'what is wrong on purpose right now' }],
  run: () => import('./fault-list.ts'),
} as const satisfies Command;

export const brokerFaultClear = {
  path: ['broker', 'fault', 'clear'],
  summary: 'end faults before their time; stopped brokers start again',
  argument: { name: 'fault', description: 'only faults of this kind', arity: 'any' },
  connects: 'live',
  options: [
    { ...BROKERS, description: 'only those of this broker alone, repeatable' },
    { kind: 'text', name: 'label', value: 'name', description: 'only those with this label' },
  ],
  examples: [
    { command: 'kmedic broker fault clear', tells: 'everything back to normal' },
    { command: 'kmedic broker fault clear kill --broker 2', tells: 'start broker 2 again' },
  ],
  run: () => import('./fault-clear.ts'),
} as const satisfies Command;

/** One fault in the help: its parameters, and what it does. */
function describeFault(name: string, { summary, parameters }: FaultDefinition): string {
  const words = Object.entries(parameters).map(([parameter, { required }]) =>
    required ? `${parameter}=…` : `[${parameter}=…]`,
  );
  return `${[name, ...words].join(' ')}: ${summary}`;
}
