import type { Command } from '../../command.ts';

export const schema = {
  path: ['schema'],
  summary: 'print the JSON schema of a document',
  argument: {
    name: 'kind',
    description: 'which document',
    arity: 'one',
    choices: [
      'lag',
      'groups',
      'deletion',
      'isr',
      'restart',
      'election',
      'cluster',
      'wait',
      'segments',
      'snapshot',
      'plan',
      'apply',
      'offsets',
      'records',
      'history',
    ],
  },
  connects: 'no',
  options: [],
  examples: [{ command: 'kmedic schema lag', tells: 'what `kmedic lag -o json` prints' }],
  run: () => import('./schema.ts'),
} as const satisfies Command;
