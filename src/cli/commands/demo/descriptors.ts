import type { Command } from '../../command.ts';

export const demo = {
  path: ['demo'],
  summary: 'a bundled cluster with a live incident to look at',
  description: [
    'Starts three brokers in memory, an order service, and three consumers of which one is stuck. On a terminal the incident stays alive until Ctrl-C; without one the lag table is printed once.',
  ],
  connects: 'no',
  options: [
    {
      kind: 'integer',
      name: 'port',
      value: 'port',
      default: 0,
      min: 0,
      max: 65_535,
      description: 'of the first broker (0: any free ports)',
    },
  ],
  examples: [{ command: 'kmedic demo', tells: 'start it, and try the commands that it names' }],
  run: async () => (await import('../reading.ts')).demo,
} as const satisfies Command;
