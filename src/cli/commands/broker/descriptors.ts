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
  summary: 'which brokers answer, and how quickly',
  connects: 'live',
  options: [],
  examples: [{ command: 'kmedic broker status -b 127.0.0.1:9092', tells: 'is it up?' }],
  run: async () => (await import('../reading.ts')).brokerStatus,
} as const satisfies Command;
