import type { Command } from '../../command.ts';

export const explain = {
  path: ['explain'],
  summary: 'what a verdict or rule means, why it follows, and what to do',
  argument: {
    name: 'name',
    description: 'a verdict of diagnose (REB-03), or a rule of lag or isr (LAG-06, STALL)',
    arity: 'one',
  },
  connects: 'no',
  options: [
    {
      kind: 'flag',
      name: 'show-sources',
      description: 'where it comes from, and which claims of the documents are wrong',
    },
    {
      kind: 'choice',
      name: 'output',
      short: 'o',
      value: 'format',
      choices: ['table', 'json', 'yaml'],
      default: 'table',
      description: 'for a person, or as one document',
    },
  ],
  examples: [
    { command: 'kmedic explain LAG-06', tells: 'a rule of kmedic lag' },
    { command: 'kmedic explain REB-03 --show-sources', tells: 'a verdict, with what the documents get wrong' },
  ],
  run: () => import('./explain.ts'),
} as const satisfies Command;
