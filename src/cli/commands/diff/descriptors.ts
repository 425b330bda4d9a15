import type { Command } from '../../command.ts';

export const diff = {
  path: ['diff'],
  summary: 'what changed between two recordings, the worst first; exit 1: something got worse',
  description: [
    'Compares the newest sample of each: groups, states, members, generations, lag, commits that went back, leaders, ISR, brokers, and settings. Of one recording alone: its first sample with its newest.',
    'Of many changes of one kind the largest three are shown, and how many there are; --all, -o csv and -o json have every one.',
    'Exit 0: nothing got worse. Exit 1: at least one change is for the worse (warn or error). Offsets that move on are no change.',
  ],
  argument: {
    name: 'recording',
    description: 'two recordings, the older one first; or one of several samples',
    arity: 'some',
  },
  connects: 'no',
  options: [{ kind: 'flag', name: 'all', description: 'every change as a row: what many have in common is told once' }],
  examples: [
    { command: 'kmedic diff before.kmedic after.kmedic', tells: 'what the deployment did' },
    { command: 'kmedic diff incident.kmedic', tells: 'from its first sample to its last' },
    { command: 'kmedic diff before.kmedic after.kmedic -o json', tells: 'as one document; kmedic schema diff' },
  ],
  run: () => import('./diff.ts'),
} as const satisfies Command;
