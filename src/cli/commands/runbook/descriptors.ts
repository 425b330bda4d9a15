import type { Command } from '../../command.ts';

export const runbook = {
  path: ['runbook'],
  summary: 'what to do by hand: a tree, a symptom, a verdict or a rule as Markdown or Mermaid',
  description: ['From the same data as diagnose. Without a name: the list of trees with their symptoms.'],
  argument: {
    name: 'name',
    description: 'a tree, a symptom, a verdict (REB-03), a rule (LAG-06), or profiles',
    arity: 'optional',
  },
  connects: 'no',
  options: [
    {
      kind: 'choice',
      name: 'output',
      short: 'o',
      value: 'format',
      choices: ['markdown', 'mermaid'],
      default: 'markdown',
      description: 'text, or the tree as a flowchart',
    },
    { kind: 'text', name: 'out', value: 'dir', description: 'write all of them into a directory, with an index' },
  ],
  examples: [
    { command: 'kmedic runbook', tells: 'which there are' },
    { command: 'kmedic runbook rebalance > rebalance.md', tells: 'a tree, for your wiki' },
    { command: 'kmedic runbook rebalance -o mermaid', tells: 'as a flowchart' },
    { command: 'kmedic runbook LAG-06', tells: 'what a verdict of kmedic lag asks for' },
    { command: 'kmedic runbook profiles', tells: 'settings for throughput, and for durability' },
  ],
  run: () => import('./runbook.ts'),
} as const satisfies Command;
