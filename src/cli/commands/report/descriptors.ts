import type { Command } from '../../command.ts';

export const report = {
  path: ['report'],
  summary: 'a recording or a diagnosis as an incident report: one HTML file with charts, or Markdown',
  description: [
    'Verdicts, timeline, charts of lag, rates, states and ISR, the path walked, the evidence and what to do. The page needs no network and no script, follows the light or dark of its reader, and prints.',
    'A recording is diagnosed by what it shows; the answers of a saved session (diagnose --save) are in its report. Without --out it is written to stdout.',
  ],
  argument: { name: 'file', description: 'a recording, or a saved session', arity: 'one' },
  connects: 'no',
  options: [
    { kind: 'text', name: 'out', value: 'file', description: 'where to write (.md: Markdown)' },
    { kind: 'flag', name: 'force', description: 'replace the file if it exists' },
    {
      kind: 'choice',
      name: 'output',
      short: 'o',
      value: 'format',
      choices: ['html', 'markdown'],
      description: 'for a browser, or for a ticket (default: by the name of --out; html)',
    },
  ],
  examples: [
    { command: 'kmedic report incident.kmedic --out incident.html', tells: 'open it in a browser' },
    { command: 'kmedic report incident.kmedic -o markdown', tells: 'paste it into a ticket' },
  ],
  run: () => import('./report.ts'),
} as const satisfies Command;
