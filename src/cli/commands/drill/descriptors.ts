import type { Command } from '../../command.ts';
import { PORT_OPTION } from '../port-option.ts';

export const drillList = {
  path: ['drill', 'list'],
  summary: 'the practice incidents',
  description: ['Names and symptoms. The causes are told at the end of a drill.'],
  connects: 'no',
  options: [],
  examples: [{ command: 'kmedic drill list', tells: 'what can be practised' }],
  run: () => import('./list.ts'),
} as const satisfies Command;

export const drillRun = {
  path: ['drill', 'run'],
  summary: 'a practice incident on the bundled cluster: find it, repair it',
  description: [
    'Starts three brokers in memory, real clients in processes of their own, and the faults that make the incident. It says what the pager would say, and stays alive until it is repaired or stopped; the work is done in another terminal. What may be changed of the deployment lies in files: saving one deploys it.',
    'On the standard input, a line each: `hint` for a hint (h does it), `files` for the files, `quit` to give up and hear the cause.',
    'Exit 0 when it was repaired, 1 when it was given up or the time was over.',
  ],
  argument: { name: 'drill', description: 'its name; see `kmedic drill list`', arity: 'one' },
  connects: 'no',
  options: [
    PORT_OPTION,
    { kind: 'duration', name: 'give-up-after', value: 'time', description: 'end it then, repaired or not' },
  ],
  examples: [
    { command: 'kmedic drill run rebalance-storm', tells: 'be on call' },
    { command: 'kmedic drill run disk-full --port 9092', tells: 'on ports that you know' },
    { command: 'kmedic diagnose --embedded=slow-consumer', tells: 'the same incident, for one command' },
  ],
  run: () => import('./run.ts'),
} as const satisfies Command;

export const DRILL_COMMANDS: readonly Command[] = [drillList, drillRun];
