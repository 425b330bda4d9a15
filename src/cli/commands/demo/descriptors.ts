import type { Command } from '../../command.ts';
import { PORT_OPTION } from '../port-option.ts';

export const demo = {
  path: ['demo'],
  summary: 'a bundled cluster with a live incident to look at',
  description: [
    'Starts three brokers in memory, an order service, and three consumers of which one is stuck. On a terminal the incident stays alive until Ctrl-C; without one the lag table is printed once.',
  ],
  connects: 'no',
  options: [PORT_OPTION],
  examples: [{ command: 'kmedic demo', tells: 'start it, and try the commands that it names' }],
  run: async () => (await import('../reading.ts')).demo,
} as const satisfies Command;
