import type { Command, OptionSpec } from '../../command.ts';

/** Options of commands that show a plan, and carry it out with `--execute`. */
const EXECUTE = [
  { kind: 'flag', name: 'execute', description: 'really change offsets; without it the plan is only shown' },
  {
    kind: 'duration',
    name: 'wait-empty',
    value: 'time',
    bare: 60_000,
    description: 'with --execute: wait so long for the members to go (60s when no time is given)',
  },
  {
    kind: 'duration',
    name: 'sample',
    value: 'time',
    default: 2000,
    description: 'with --execute: watch so long first whether somebody commits to the empty group',
  },
  {
    kind: 'duration',
    name: 'hold',
    value: 'time',
    bare: 30_000,
    description: 'with --execute: watch so long afterwards whether the offsets stay (30s when no time is given)',
  },
  { kind: 'flag', name: 'partial', description: 'leave out partitions that cannot be resolved (exit code 5)' },
  {
    kind: 'flag',
    name: 'yes',
    description: 'do not ask, where the cluster is protected or a pattern chose the groups',
  },
] as const satisfies readonly OptionSpec[];

const TOPIC = [
  {
    kind: 'list',
    name: 'topic',
    short: 't',
    value: 't[:0,1]',
    description: 'only this topic or these partitions of it, repeatable; also where the group never committed',
  },
] as const satisfies readonly OptionSpec[];

const GROUPS = [
  {
    kind: 'list',
    name: 'group',
    short: 'g',
    value: 'group',
    description: 'a group, as kafka-consumer-groups takes it; repeatable',
  },
  { kind: 'flag', name: 'all-groups', description: 'every group of the cluster' },
] as const satisfies readonly OptionSpec[];

/** Where to: the short grammar, and every strategy of kafka-consumer-groups --reset-offsets. */
const TARGET = [
  {
    kind: 'text',
    name: 'to',
    value: 'target',
    description: 'start, start+N, end, end-N, +N, -N, N, @time, -1h, group:OTHER or committed',
  },
  { kind: 'flag', name: 'to-earliest', description: 'as --to start' },
  { kind: 'flag', name: 'to-latest', description: 'as --to end' },
  { kind: 'flag', name: 'to-current', description: 'as --to committed' },
  { kind: 'text', name: 'to-offset', value: 'N', description: 'as --to N' },
  { kind: 'text', name: 'shift-by', value: 'N', description: 'as --to +N or --to -N' },
  { kind: 'text', name: 'by-duration', value: 'PnDTnHnMnS', description: 'an ISO duration before now' },
  {
    kind: 'text',
    name: 'to-datetime',
    value: 'time',
    description: 'YYYY-MM-DDTHH:mm:ss.sss, a zone behind it; without one it is UTC',
  },
  {
    kind: 'text',
    name: 'from-file',
    value: 'csv',
    description: 'offsets of a file as kafka-consumer-groups --export writes it',
  },
  { kind: 'flag', name: 'all-topics', description: 'every partition that the group has committed (the default)' },
  {
    kind: 'duration',
    name: 'window',
    value: 'time',
    description: 'measure for so long how fast a live group consumes, to estimate how long catching up takes',
  },
] as const satisfies readonly OptionSpec[];

export const offsetsReset = {
  path: ['offsets', 'reset'],
  summary: 'move the committed offsets of groups: a plan, until --execute',
  description: [
    'Shows per partition where the group stands, where it would go, what would be read again and what would be skipped. The plan can be made of a live group, and touches nothing. --execute refuses unless the group is empty, journals what it overwrites, commits, and reads back; kmedic offsets undo restores it.',
  ],
  argument: { name: 'group', description: 'groups; globs and /regex/ work', arity: 'any' },
  connects: 'live',
  options: [
    ...TARGET,
    ...TOPIC,
    ...GROUPS,
    { kind: 'flag', name: 'export', description: "print the plan as Kafka's CSV" },
    { kind: 'flag', name: 'dry-run', description: 'only show the plan (the default)' },
    ...EXECUTE,
  ],
  examples: [
    { command: 'kmedic offsets reset payments --to -15m', tells: 'what would a quarter of an hour again mean?' },
    { command: 'kmedic offsets reset payments --to end-1000 --topic orders:0,2', tells: 'two partitions only' },
    {
      command: 'kmedic offsets reset payments --to start --execute --wait-empty',
      tells: 'do it, as soon as nobody is in it',
    },
  ],
  run: () => import('./reset.ts'),
} as const satisfies Command;

export const offsetsSeek = {
  path: ['offsets', 'seek'],
  summary: 'set single positions: topic:partition=target',
  argument: {
    name: 'group topic:partition=target',
    description: 'the group, then positions; targets are those of offsets reset --to',
    arity: 'some',
  },
  connects: 'live',
  options: [...EXECUTE],
  examples: [
    { command: 'kmedic offsets seek payments orders:3=+1', tells: 'one record on in one partition' },
    { command: 'kmedic offsets seek payments orders:0=end orders:1=4790 --execute', tells: 'do it' },
  ],
  run: () => import('./seek.ts'),
} as const satisfies Command;

export const offsetsShow = {
  path: ['offsets', 'show'],
  summary: 'committed offsets with leader epoch, metadata and the range of the log',
  argument: { name: 'group', description: 'groups; globs and /regex/ work', arity: 'some' },
  connects: 'live-or-recording',
  options: [...TOPIC],
  examples: [{ command: 'kmedic offsets show payments', tells: 'everything that is stored of its commits' }],
  run: () => import('./show.ts'),
} as const satisfies Command;

export const offsetsExport = {
  path: ['offsets', 'export'],
  summary: "print committed offsets as Kafka's CSV, or as JSON with metadata",
  argument: { name: 'group', description: 'groups; globs and /regex/ work', arity: 'some' },
  connects: 'live-or-recording',
  options: [...TOPIC],
  examples: [
    { command: 'kmedic offsets export payments > payments.csv', tells: 'for kafka-consumer-groups --from-file' },
    { command: 'kmedic offsets export payments -o json > payments.json', tells: 'with leader epochs and metadata' },
  ],
  run: () => import('./export.ts'),
} as const satisfies Command;

export const offsetsImport = {
  path: ['offsets', 'import'],
  summary: 'set offsets from a file that offsets export or Kafka wrote',
  argument: { name: 'file', description: 'CSV or JSON; - is standard input', arity: 'one' },
  connects: 'live',
  options: [
    {
      kind: 'text',
      name: 'group',
      short: 'g',
      value: 'group',
      description: 'the group, where the file names none, or another one',
    },
    ...EXECUTE,
  ],
  examples: [
    { command: 'kmedic offsets import payments.csv --group payments', tells: 'what would change' },
    { command: 'kmedic offsets import payments.json --execute', tells: 'do it' },
  ],
  run: () => import('./import.ts'),
} as const satisfies Command;

export const offsetsClone = {
  path: ['offsets', 'clone'],
  summary: 'give a group the offsets of another one',
  argument: { name: 'from to', description: 'the group to copy from, and the group to set', arity: 'some' },
  connects: 'live',
  options: [...TOPIC, ...EXECUTE],
  examples: [{ command: 'kmedic offsets clone payments payments-v2', tells: 'where would payments-v2 begin?' }],
  run: () => import('./clone.ts'),
} as const satisfies Command;

export const offsetsDelete = {
  path: ['offsets', 'delete'],
  summary: 'remove committed offsets of topics or partitions',
  description: [
    'Only --topic is removed; use kmedic groups delete for a whole group. Members that are subscribed to a topic keep its offsets from being removed.',
  ],
  argument: { name: 'group', description: 'groups; globs and /regex/ work', arity: 'some' },
  connects: 'live',
  options: [...TOPIC, ...EXECUTE],
  examples: [{ command: 'kmedic offsets delete payments --topic old-orders', tells: 'what would go' }],
  run: () => import('./delete.ts'),
} as const satisfies Command;

export const offsetsPlan = {
  path: ['offsets', 'plan'],
  summary: 'write a plan to standard output, for offsets apply',
  argument: { name: 'group', description: 'groups; globs and /regex/ work', arity: 'any' },
  connects: 'live',
  options: [...TARGET, ...TOPIC, ...GROUPS],
  examples: [
    { command: 'kmedic offsets plan payments --to -15m > plan.json', tells: 'for somebody else to look at' },
    { command: 'kmedic offsets apply plan.json --execute', tells: 'carry it out' },
  ],
  run: () => import('./plan.ts'),
} as const satisfies Command;

export const offsetsApply = {
  path: ['offsets', 'apply'],
  summary: 'carry out a plan, unless something has moved since',
  description: [
    'Without --execute it shows the plan, and what has moved. Drift is refused: --accept-drift names the kinds that do not matter (commit, range, topic, type, applied).',
  ],
  argument: { name: 'file', description: 'a plan document; - is standard input', arity: 'one' },
  connects: 'live',
  options: [
    {
      kind: 'list',
      name: 'accept-drift',
      value: 'kind',
      description: 'apply although this has moved: commit, range, topic, type, applied; repeatable',
    },
    ...EXECUTE,
  ],
  examples: [
    { command: 'kmedic offsets apply plan.json', tells: 'is it still true?' },
    { command: 'kmedic offsets apply plan.json --execute --wait-empty 60s', tells: 'carry it out' },
  ],
  run: () => import('./apply.ts'),
} as const satisfies Command;

export const offsetsUndo = {
  path: ['offsets', 'undo'],
  summary: 'put offsets, leader epochs and metadata back to what an apply overwrote',
  argument: {
    name: 'id',
    description: 'an id of offsets history; the newest apply to this cluster when none is given',
    arity: 'optional',
  },
  connects: 'live',
  options: [
    { kind: 'text', name: 'group', short: 'g', value: 'group', description: 'only this group of it' },
    {
      kind: 'list',
      name: 'accept-drift',
      value: 'kind',
      description: 'undo although this has moved: commit, range, topic, type; repeatable',
    },
    ...EXECUTE,
  ],
  examples: [
    { command: 'kmedic offsets undo', tells: 'what would be put back' },
    { command: 'kmedic offsets undo 1120-1415-3f9a2c --execute', tells: 'put it back' },
  ],
  run: () => import('./undo.ts'),
} as const satisfies Command;

export const offsetsHistory = {
  path: ['offsets', 'history'],
  summary: 'what was applied from this machine, and what became of it',
  argument: { name: 'id', description: 'only this apply, partition by partition', arity: 'optional' },
  connects: 'live',
  options: [
    { kind: 'text', name: 'group', short: 'g', value: 'group', description: 'only this group' },
    { kind: 'flag', name: 'check', description: 'ask the cluster what is committed now' },
  ],
  examples: [
    { command: 'kmedic offsets history', tells: 'everything in the journal' },
    {
      command: 'kmedic offsets history 1120-1415-3f9a2c --check',
      tells: 'one apply, and where its partitions stand now',
    },
  ],
  run: () => import('./history.ts'),
} as const satisfies Command;

export const offsetsPeek = {
  path: ['offsets', 'peek'],
  summary: 'the records around a committed offset',
  argument: { name: 'group topic:partition', description: 'the group, and the partition to look at', arity: 'some' },
  connects: 'live',
  options: [
    {
      kind: 'integer',
      name: 'before',
      short: 'B',
      value: 'n',
      default: 2,
      min: 0,
      max: 1000,
      description: 'records before the committed offset',
    },
    {
      kind: 'integer',
      name: 'after',
      short: 'A',
      value: 'n',
      default: 3,
      min: 0,
      max: 1000,
      description: 'records from the committed offset on',
    },
    {
      kind: 'choice',
      name: 'decode',
      value: 'how',
      choices: ['auto', 'text', 'json', 'hex'],
      default: 'auto',
      description: 'how to show keys, values and headers',
    },
  ],
  examples: [
    { command: 'kmedic offsets peek payments orders:2', tells: 'what does it stumble over?' },
    { command: 'kmedic offsets peek payments orders:2 -B 0 -A 1 -o json', tells: 'the very next record, as JSON' },
  ],
  run: () => import('./peek.ts'),
} as const satisfies Command;

export const offsetsSkip = {
  path: ['offsets', 'skip'],
  summary: 'step over records that cannot be processed, keeping them',
  description: [
    'The skipped records are written to a file or a dead-letter topic first, with where they came from in headers; only then the offset moves.',
  ],
  argument: { name: 'group topic:partition', description: 'the group, and the partition', arity: 'some' },
  connects: 'live',
  options: [
    {
      kind: 'integer',
      name: 'count',
      value: 'n',
      default: 1,
      min: 1,
      max: 10_000,
      description: 'how many records to step over',
    },
    { kind: 'text', name: 'to-file', value: 'path', description: 'where to keep them; the file must not exist' },
    { kind: 'text', name: 'to-topic', value: 'topic', description: 'the dead-letter topic to keep them in' },
    { kind: 'text', name: 'note', value: 'text', default: '', description: 'why, for whoever finds them' },
    ...EXECUTE,
  ],
  examples: [
    { command: 'kmedic offsets skip payments orders:2', tells: 'which record would be skipped?' },
    {
      command: "kmedic offsets skip payments orders:2 --to-file pill.ndjson --note 'no customer id' --execute",
      tells: 'keep it and step over it',
    },
  ],
  run: () => import('./skip.ts'),
} as const satisfies Command;

export const offsetsTranslate = {
  path: ['offsets', 'translate'],
  summary: 'where a group would stand on another cluster that has copies of its topics',
  description: [
    'Looks for the record at each committed offset on the other cluster by its timestamp, and recognises it by timestamp, key and CRC. The result is a plan for that cluster.',
  ],
  argument: { name: 'group', description: 'the group', arity: 'one' },
  connects: 'live',
  options: [
    {
      kind: 'text',
      name: 'to-cluster',
      value: 'host:port,…',
      description: 'the other cluster, or a client.properties file with bootstrap.servers in it',
    },
    { kind: 'text', name: 'as', value: 'group', description: 'name of the group there (default: the same)' },
    ...TOPIC,
    ...EXECUTE,
  ],
  examples: [
    {
      command: 'kmedic offsets translate payments --to-cluster dr-1:9092',
      tells: 'where it would go on, and the gaps',
    },
    {
      command: 'kmedic offsets translate payments --to-cluster dr-1:9092 -o json > failover.json',
      tells: 'a plan, for the day when it is needed',
    },
  ],
  run: () => import('./translate.ts'),
} as const satisfies Command;

/** In the order that help lists them. */
export const OFFSETS_COMMANDS: readonly Command[] = [
  offsetsReset,
  offsetsSeek,
  offsetsShow,
  offsetsExport,
  offsetsImport,
  offsetsClone,
  offsetsDelete,
  offsetsPlan,
  offsetsApply,
  offsetsUndo,
  offsetsHistory,
  offsetsPeek,
  offsetsSkip,
  offsetsTranslate,
];
