import type { Command } from '../../command.ts';

export const record = {
  path: ['record'],
  summary: 'write what is known of the cluster to a file, for `--from`',
  description: [
    'The file holds names, offsets, members and addresses of brokers and clients, but no records. Only its owner can read it.',
  ],
  argument: { name: 'file', description: 'where to write', arity: 'one' },
  connects: 'live-or-recording',
  options: [
    {
      kind: 'list',
      name: 'group',
      value: 'group',
      description: 'only these groups; globs and /regex/ work, repeatable',
    },
    { kind: 'flag', name: 'force', description: 'replace the file if it exists' },
  ],
  examples: [
    { command: 'kmedic record incident.json', tells: 'all groups and topics' },
    { command: 'kmedic lag --from incident.json', tells: 'look at it later, offline' },
  ],
  run: async () => (await import('../reading.ts')).record,
} as const satisfies Command;
