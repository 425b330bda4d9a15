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
    'Reads every batch of every log once, compares its checksum, and holds all other files against what the log says. Nothing is written. Compressed batches are not decompressed: their checksum covers the compressed bytes; --deep reads every record.',
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

/** In the order that help lists them. */
export const SEGMENTS_COMMANDS: readonly Command[] = [segmentsDump, segmentsVerify];
