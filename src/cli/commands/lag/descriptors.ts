import type { Command } from '../../command.ts';

export const lag = {
  path: ['lag'],
  summary: 'how far groups are behind, per partition, with a verdict',
  description: [
    'Without a name: all groups. Names may be globs (pay*) or regular expressions between slashes (/^pay/).',
    'One sample shows who is behind; --window takes a second one and tells a stall from a slow consumer. Lag is high watermark − committed offset; unknown is -, and totals say how many are unknown.',
    'A recording with several samples (record --samples) is judged over all of them; --window and --samples choose the newest.',
  ],
  argument: { name: 'group', description: 'groups to look at; all of them when none is named', arity: 'any' },
  connects: 'live-or-recording',
  options: [
    {
      kind: 'list',
      name: 'topic',
      value: 't[:0,1]',
      description: 'only these topics or partitions; globs and /regex/ work',
    },
    { kind: 'flag', name: 'all', description: 'all groups, said out loud (the default when none is named)' },
    {
      kind: 'choice',
      name: 'by',
      value: 'what',
      choices: ['partition', 'topic', 'member', 'group'],
      default: 'partition',
      description: 'one row per partition, or added up',
    },
    {
      kind: 'text',
      name: 'lag',
      value: "'>N'",
      description: 'only rows with such a lag (>, >=, <, <=, =); unknown lag stays',
    },
    {
      kind: 'choice',
      name: 'sort',
      value: 'column',
      choices: ['group', 'lag', 'topic', 'time'],
      default: 'group',
      description: 'order of the rows; lag and time: largest first',
    },
    {
      kind: 'choice',
      name: 'isolation',
      value: 'level',
      choices: ['read_uncommitted', 'read_committed'],
      default: 'read_uncommitted',
      description: 'where reading ends: the high watermark, or the last stable offset',
    },
    {
      kind: 'choice',
      name: 'time-lag',
      value: 'when',
      choices: ['auto', 'always', 'never'],
      default: 'auto',
      description:
        'read the record at each committed offset to tell its age (auto: of all groups only while few commits are behind)',
    },
    {
      kind: 'duration',
      name: 'window',
      value: 'time',
      description: 'take two samples this far apart, and compare them',
    },
    {
      kind: 'integer',
      name: 'samples',
      value: 'n',
      min: 1,
      max: 1000,
      description: 'take n samples over the window; with --watch: end after n',
    },
    {
      kind: 'duration',
      name: 'watch',
      value: 'interval',
      bare: 2000,
      description: 'look again every 2 s, or every interval',
    },
    {
      kind: 'duration',
      name: 'old-after',
      value: 'age',
      description:
        'an unread record older than this is old (default: 1m; where a recording has the history of the group, three of its usual commit intervals)',
    },
    { kind: 'flag', name: 'exit-code', description: 'exit 1 when a verdict is an error' },
  ],
  examples: [
    { command: 'kmedic lag', tells: 'every group of 127.0.0.1:9092' },
    { command: 'kmedic lag payments --window 10s -b kafka-1:9092', tells: 'two samples: STALL, SLOW or catching up?' },
    { command: "kmedic lag 'pay*' --lag '>1000' --sort lag", tells: 'the worst partitions of some groups' },
    { command: 'kmedic lag --by member payments', tells: 'which member is behind' },
    { command: 'kmedic lag payments --watch', tells: 'rate, ETA and history, redrawn in place' },
    { command: 'kmedic lag --from incident.json -o json', tells: 'a recording, as one document' },
  ],
  run: async () => (await import('../reading.ts')).lag,
} as const satisfies Command;
