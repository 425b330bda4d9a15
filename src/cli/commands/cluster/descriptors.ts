import type { Command } from '../../command.ts';

export const cluster = {
  path: ['cluster'],
  summary: 'brokers, controllers, sizes on disk, and who is hit when a broker or topic fails',
  connects: 'live-or-recording',
  options: [
    {
      kind: 'choice',
      name: 'show',
      value: 'what',
      choices: ['all', 'brokers', 'quorum', 'biggest', 'topics', 'groups'],
      default: 'all',
      description: 'one table alone (topics and groups: of --blast-radius); -o csv needs one',
    },
    {
      kind: 'integer',
      name: 'biggest',
      value: 'n',
      default: 5,
      min: 0,
      max: 100_000,
      description: 'so many of the largest partitions',
    },
    {
      kind: 'text',
      name: 'blast-radius',
      value: 'broker:N|topic:T',
      description: 'the topics of a broker (or one topic), and the groups that depend on them',
    },
  ],
  examples: [
    { command: 'kmedic cluster', tells: 'who is there, who leads, how full the disks are' },
    { command: 'kmedic cluster --blast-radius broker:2', tells: 'topics and groups that need broker 2' },
    { command: 'kmedic cluster --show biggest --biggest 20', tells: 'where the disk space went' },
  ],
  run: () => import('./cluster.ts'),
} as const satisfies Command;
