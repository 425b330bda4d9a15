import type { Command } from '../../command.ts';
import { DUMP_OPTIONS } from './dump-options.ts';

const PATHS = {
  name: 'path',
  description: 'files, directories of partitions, whole log directories, or patterns with * and ?',
  arity: 'some',
} as const;

export const segmentsDump = {
  path: ['segments', 'dump'],
  summary: "what is in a broker's files: batches, records, indexes, snapshots, checkpoints",
  description: [
    'Reads files of a log directory, and never writes to them. Damage is told, and what lies behind it is still shown; a record whose batch fails its CRC never is.',
    'Understands message formats v0, v1 and v2 with all codecs, .index, .timeindex, .txnindex, .snapshot, checkpoints, partition.metadata, meta.properties and KRaft snapshots, whatever .deleted, .swap or .cleaned stands behind them. - reads a log from standard input.',
    'The options of kafka-dump-log are understood; --format kafka (or --files) prints what it prints. Exit 1 when something is corrupt.',
  ],
  argument: { ...PATHS, arity: 'any' },
  connects: 'no',
  options: DUMP_OPTIONS,
  examples: [
    { command: 'kmedic segments dump /var/lib/kafka/orders-1', tells: 'all batches of a partition' },
    {
      command: 'kmedic segments dump /var/lib/kafka/orders-1 --records --offsets 1200..1210 --headers',
      tells: 'a few records',
    },
    {
      command: "kmedic segments dump '/var/lib/kafka/__consumer_offsets-*' --records -o ndjson",
      tells: 'commits and groups, decoded',
    },
    {
      command: 'kmedic segments dump --files 00000000000000000000.log --print-data-log',
      tells: 'as kafka-dump-log prints it',
    },
  ],
  run: () => import('./dump.ts'),
} as const satisfies Command;

export const segmentsVerify = {
  path: ['segments', 'verify'],
  summary: 'whether files are sound: checksums, offsets, producers, transactions, indexes, checkpoints',
  description: [
    'Reads every batch of every log once, compares its checksum, and holds all other files against what the log says. Nothing is written. Compressed batches are not decompressed: their checksum covers the compressed bytes; --deep reads every record. - reads a log from standard input.',
    'Each finding tells where it is, what it means for readers, and what to do. Exit 1 when something is corrupt, 0 when all is sound (warnings and notes included).',
  ],
  argument: PATHS,
  connects: 'no',
  options: [{ kind: 'flag', name: 'deep', description: 'decompress and read every record as well' }],
  examples: [
    { command: 'kmedic segments verify /var/lib/kafka', tells: 'a whole log directory' },
    { command: 'kmedic segments verify /var/lib/kafka/orders-1 --deep', tells: 'one partition, record by record' },
    { command: 'kmedic segments verify /var/lib/kafka -o json', tells: 'for scripts: findings by file' },
  ],
  run: () => import('./verify.ts'),
} as const satisfies Command;

export const segmentsFind = {
  path: ['segments', 'find'],
  summary: 'where a record lies: by offset, time, key or producer',
  description: [
    'Offsets and times are looked up by the indexes, so that little more than one batch is read; what the indexes say is not trusted, the log is. A producer is found by the headers of batches; a key means reading everything. Exit 1 when nothing is found.',
  ],
  argument: PATHS,
  connects: 'no',
  options: [
    {
      kind: 'integer',
      name: 'offset',
      value: 'n',
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      description: 'the record at this offset, or the next one',
    },
    {
      kind: 'text',
      name: 'time',
      value: 'when',
      description: 'the first record at or after this time: ISO (UTC), milliseconds, or an age: -15m',
    },
    { kind: 'text', name: 'key', value: 'text', description: 'all records with exactly this key (0x… for bytes)' },
    {
      kind: 'integer',
      name: 'producer',
      value: 'id',
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      description: 'all batches of this producer id',
    },
    {
      kind: 'integer',
      name: 'limit',
      value: 'n',
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      description: 'with --key or --producer: at most n rows',
    },
  ],
  examples: [
    { command: 'kmedic segments find /var/lib/kafka/orders-1 --offset 1310720', tells: 'file, byte and record' },
    { command: 'kmedic segments find /var/lib/kafka/orders-1 --time 2026-11-20T14:00', tells: 'where a time begins' },
    { command: 'kmedic segments find /var/lib/kafka/orders-1 --producer 4711', tells: 'what a producer wrote' },
  ],
  run: () => import('./find.ts'),
} as const satisfies Command;

const segmentsDiff = {
  path: ['segments', 'diff'],
  summary: 'where two replicas of a partition begin to differ',
  description: [
    'Compares batch by batch where both have records. What one lacks at its start (retention) or at its end (it lags behind) is told and is no difference. Exit 1 when they differ.',
  ],
  argument: { name: 'directory', description: 'two directories of the same partition', arity: 'some' },
  connects: 'no',
  options: [],
  examples: [
    { command: 'kmedic segments diff broker1/orders-1 broker2/orders-1', tells: 'the first offset that differs' },
  ],
  run: () => import('./diff.ts'),
} as const satisfies Command;

const segmentsSalvage = {
  path: ['segments', 'salvage'],
  summary: 'copy what is sound to a new directory, and say what is lost',
  description: [
    'Copies every sound batch of a damaged partition (or of a whole log directory) to a new directory, with indexes, producer snapshots and leader epochs built anew. The source is only read; a destination that is not empty is refused.',
    'Exit 0 when nothing was lost, 5 when something was.',
  ],
  argument: { name: 'directory', description: 'the damaged directory, and the new one', arity: 'some' },
  connects: 'no',
  options: [],
  examples: [
    { command: 'kmedic segments salvage /var/lib/kafka/orders-1 ./salvaged/orders-1', tells: 'one partition' },
  ],
  run: () => import('./salvage.ts'),
} as const satisfies Command;

const SIZE = { kind: 'integer', value: 'bytes', min: -1, max: Number.MAX_SAFE_INTEGER } as const;

export const segmentsStats = {
  path: ['segments', 'stats'],
  summary: 'what fills the disk, and why retention or compaction does not free it',
  description: [
    'Per partition, segment or topic: records, bytes, batches, codecs, time range, rate; what retention would delete and when, and why a segment stays. Headers are enough for that; --deep reads the records, for keys, hot keys, tombstones and compression ratios.',
    "The topic's settings are taken from the cluster's metadata where its log lies in the same log directory (KRaft); what stands in server.properties is not in these files. Give what differs from Kafka's defaults.",
  ],
  argument: PATHS,
  connects: 'no',
  options: [
    {
      kind: 'choice',
      name: 'by',
      value: 'what',
      choices: ['partition', 'segment', 'topic'],
      default: 'partition',
      description: 'one row for each',
    },
    { kind: 'flag', name: 'deep', description: 'read every record: keys, tombstones, sizes before compression' },
    {
      kind: 'integer',
      name: 'top',
      value: 'n',
      min: 0,
      max: 1000,
      default: 10,
      description: 'with --deep: so many hot keys',
    },
    {
      kind: 'choice',
      name: 'cleanup-policy',
      value: 'policy',
      choices: ['delete', 'compact', 'compact,delete'],
      description: "the topic's cleanup.policy (default delete)",
    },
    { kind: 'duration', name: 'retention', value: 'time', description: "the topic's retention.ms (default 7d)" },
    { ...SIZE, name: 'retention-bytes', description: "the topic's retention.bytes (default -1: no limit)" },
    { kind: 'duration', name: 'segment-ms', value: 'time', description: "the topic's segment.ms (default 7d)" },
    { ...SIZE, name: 'segment-bytes', description: "the topic's segment.bytes (default 1 GiB)" },
    {
      kind: 'duration',
      name: 'min-compaction-lag',
      value: 'time',
      description: "the topic's min.compaction.lag.ms (default 0)",
    },
    {
      kind: 'text',
      name: 'min-cleanable-dirty-ratio',
      value: 'ratio',
      description: "the topic's min.cleanable.dirty.ratio (default 0.5)",
    },
  ],
  examples: [
    { command: 'kmedic segments stats /var/lib/kafka --by topic', tells: 'who fills the disk' },
    {
      command: 'kmedic segments stats /var/lib/kafka/orders-1 --by segment --retention 3d',
      tells: 'what goes when, and why a segment is still there',
    },
    { command: 'kmedic segments stats /var/lib/kafka/orders-1 --deep', tells: 'hot keys, tombstones, compression' },
  ],
  run: () => import('./stats.ts'),
} as const satisfies Command;

export const segmentsGroups = {
  path: ['segments', 'groups'],
  summary: 'groups, commits and rebalances, from the files of __consumer_offsets',
  description: [
    'Rebuilds from the records of __consumer_offsets what a broker would load: groups, members, committed offsets; and from those that compaction has left, how often a group committed and rebalanced, and which group fills the disk.',
  ],
  argument: PATHS,
  connects: 'no',
  options: [
    {
      kind: 'choice',
      name: 'by',
      value: 'what',
      choices: ['group', 'partition', 'generation', 'member'],
      default: 'group',
      description: 'one row per group, per committed partition, per rebalance, or per member',
    },
    { kind: 'list', name: 'group', value: 'name', description: 'only these groups; * and ? work' },
  ],
  examples: [
    { command: 'kmedic segments groups /var/lib/kafka', tells: 'all groups that this broker has stored' },
    {
      command: 'kmedic segments groups /var/lib/kafka --group payments --by partition',
      tells: 'its committed offsets',
    },
    {
      command: 'kmedic segments groups /var/lib/kafka --group payments --by generation',
      tells: 'its rebalances: when, who came, who left',
    },
  ],
  run: () => import('./groups.ts'),
} as const satisfies Command;

/** In the order that help lists them. */
export const SEGMENTS_COMMANDS: readonly Command[] = [
  segmentsDump,
  segmentsVerify,
  segmentsStats,
  segmentsGroups,
  segmentsFind,
  segmentsDiff,
  segmentsSalvage,
];
