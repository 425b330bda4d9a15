import type { Command } from '../../command.ts';

export const groupsList = {
  path: ['groups', 'list'],
  summary: 'all groups of all types, with state, lag and verdict',
  argument: { name: 'group', description: 'only these groups; globs and /regex/ work', arity: 'any' },
  connects: 'live-or-recording',
  options: [
    {
      kind: 'list',
      name: 'state',
      value: 'state',
      description: 'only groups in this state (Stable, Empty, …), repeatable',
    },
    {
      kind: 'choice',
      name: 'type',
      value: 'type',
      choices: ['classic', 'consumer', 'share', 'streams', 'connect', 'simple', 'unknown'],
      description: 'only groups of this type',
    },
  ],
  examples: [
    { command: 'kmedic groups list', tells: 'every group of 127.0.0.1:9092' },
    { command: 'kmedic groups list --state Empty', tells: 'groups that nobody is in' },
    { command: 'kmedic groups list -o csv > groups.csv', tells: 'for a spreadsheet' },
  ],
  run: async () => (await import('../reading.ts')).groupsList,
} as const satisfies Command;

export const groupsDescribe = {
  path: ['groups', 'describe'],
  summary: 'state, members, assignments and offsets of groups',
  description: ['Without a view option a terminal gets state, members and offsets; a pipe gets the offsets.'],
  argument: { name: 'group', description: 'groups to describe; globs and /regex/ work', arity: 'some' },
  connects: 'live-or-recording',
  options: [
    { kind: 'flag', name: 'members', description: 'who is in the group' },
    { kind: 'flag', name: 'state', description: 'state, coordinator, assignor, epochs' },
    { kind: 'flag', name: 'offsets', description: 'committed offsets and lag' },
    { kind: 'flag', name: 'assignments', description: 'which member has which partitions' },
  ],
  examples: [
    { command: 'kmedic groups describe payments', tells: 'everything about one group' },
    { command: 'kmedic groups describe payments --members', tells: 'its members' },
    { command: 'kmedic groups describe payments --offsets -o json', tells: 'its offsets, as a lag document' },
  ],
  run: async () => (await import('../reading.ts')).groupsDescribe,
} as const satisfies Command;

export const groupsDelete = {
  path: ['groups', 'delete'],
  summary: 'delete empty groups and their committed offsets',
  description: [
    'Shows what would be deleted, and changes nothing, until --execute is given. A group with members is refused.',
  ],
  argument: { name: 'group', description: 'exact names of the groups to delete', arity: 'some' },
  connects: 'live',
  options: [
    { kind: 'flag', name: 'execute', description: 'really delete' },
    { kind: 'flag', name: 'yes', description: 'do not ask, where the cluster is protected' },
  ],
  examples: [
    { command: 'kmedic groups delete old-report', tells: 'what would go' },
    { command: 'kmedic groups delete old-report --execute', tells: 'delete it' },
  ],
  run: async () => (await import('../reading.ts')).groupsDelete,
} as const satisfies Command;
