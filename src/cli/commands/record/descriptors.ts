import type { Command } from '../../command.ts';

export const record = {
  path: ['record'],
  summary: 'write what is known of the cluster to a file, for `--from`, `diff` and `report`',
  description: [
    'Groups with their members and commits, offsets, replication, settings, open transactions, sizes on disk, and the history of groups from __consumer_offsets (which needs READ on that topic). No records, and no values. Only its owner can read the file.',
    'With --samples the file holds a series, so that a stall can be told from a slow consumer later, too. Ctrl-C writes the samples that were taken.',
    'With --redact the names of groups, topics, clients, hosts, racks and keys become group-1, topic-1 …: the same name is the same alias everywhere in the file.',
  ],
  argument: {
    name: 'file',
    description: 'where to write (or --out); packed, unless it ends in .json',
    arity: 'optional',
  },
  connects: 'live-or-recording',
  options: [
    { kind: 'text', name: 'out', value: 'file', description: 'where to write' },
    {
      kind: 'integer',
      name: 'samples',
      value: 'n',
      min: 1,
      max: 10_000,
      default: 1,
      description: 'how often to look',
    },
    { kind: 'duration', name: 'every', value: 'time', default: 10_000, description: 'time between samples' },
    {
      kind: 'list',
      name: 'group',
      short: 'g',
      value: 'group',
      description: 'only these groups; globs and /regex/ work, repeatable',
    },
    {
      kind: 'list',
      name: 'topic',
      short: 't',
      value: 't[:0,1]',
      description: 'only these topics or partitions; globs and /regex/ work, repeatable',
    },
    {
      kind: 'duration',
      name: 'history',
      value: 'time',
      description: 'how far the history of groups looks back (default: as far as 13 MB of their partition reach)',
    },
    {
      kind: 'flag',
      name: 'keys',
      description: "count the keys of each partition's newest records (READ on the topics)",
    },
    { kind: 'flag', name: 'redact', description: 'replace names, so that the file can be given away' },
    { kind: 'flag', name: 'force', description: 'replace the file if it exists' },
  ],
  examples: [
    { command: 'kmedic record --out incident.kmedic', tells: 'all groups and topics, once' },
    {
      command: 'kmedic record --out incident.kmedic --samples 12 --every 10s -g payments',
      tells: 'two minutes of one group',
    },
    {
      command: 'kmedic record --from incident.kmedic --out for-the-ticket.kmedic --redact',
      tells: 'the same without names',
    },
    { command: 'kmedic lag --from incident.kmedic', tells: 'look at it later, offline' },
    { command: 'kmedic report incident.kmedic --out incident.html', tells: 'an incident report with charts' },
  ],
  run: () => import('./record.ts'),
} as const satisfies Command;
