import { basename, dirname } from 'node:path';
import { OFFSETS_TOPIC, TRANSACTION_STATE_TOPIC } from '../protocol/internal-topics.ts';

/** What a file in a broker's log directory is, by its name. */
export const FILE_TYPES = [
  'log',
  'offset-index',
  'time-index',
  'transaction-index',
  'producer-snapshot',
  'metadata-snapshot',
  'leader-epoch-checkpoint',
  'offset-checkpoint',
  'partition-metadata',
  'meta-properties',
  'quorum-state',
  'clean-shutdown',
  'unknown',
] as const;
export type FileType = (typeof FILE_TYPES)[number];

/** What a broker has in mind with a file: use it, delete it soon, or put it in the place of another one. */
export type FileState = 'live' | 'deleted' | 'cleaned' | 'swap' | 'tmp';

export interface FileKind {
  readonly type: FileType;
  readonly state: FileState;
  /** The offset in the name (of a snapshot: the offset behind the last record that it knows of); null without one. */
  readonly offset: number | null;
  /** The leader epoch in the name of a KRaft snapshot. */
  readonly epoch: number | null;
}

const BY_SUFFIX: Readonly<Record<string, FileType>> = {
  log: 'log',
  index: 'offset-index',
  timeindex: 'time-index',
  txnindex: 'transaction-index',
  snapshot: 'producer-snapshot',
  checkpoint: 'metadata-snapshot',
};

const BY_NAME: Readonly<Record<string, FileType>> = {
  'leader-epoch-checkpoint': 'leader-epoch-checkpoint',
  'recovery-point-offset-checkpoint': 'offset-checkpoint',
  'log-start-offset-checkpoint': 'offset-checkpoint',
  'replication-offset-checkpoint': 'offset-checkpoint',
  'cleaner-offset-checkpoint': 'offset-checkpoint',
  'partition.metadata': 'partition-metadata',
  'meta.properties': 'meta-properties',
  'quorum-state': 'quorum-state',
  '.kafka_cleanshutdown': 'clean-shutdown',
  'bootstrap.checkpoint': 'metadata-snapshot',
};

/** Tells what a file is by the last part of its path. A log by another name (`copy.log`) is a log without an offset. */
export function fileKind(path: string): FileKind {
  const name = basename(path);
  const state = /\.(deleted|cleaned|swap|tmp)$/.exec(name)?.[1] as FileState | undefined;
  const plain = state === undefined ? name : name.slice(0, -state.length - 1);
  const known = BY_NAME[plain];
  if (known !== undefined) return { type: known, state: state ?? 'live', offset: null, epoch: null };
  const type = BY_SUFFIX[plain.slice(plain.lastIndexOf('.') + 1)] ?? 'unknown';
  // The index of a tiered segment is kept as <offset>_<id of the segment> (KIP-405).
  const [, offset, epoch] = /^(\d{20})(?:-(\d{10}))?\./.exec(plain) ?? /^(\d+)_[\w-]{22}\.\w*index$/.exec(plain) ?? [];
  return {
    type,
    state: state ?? 'live',
    offset: offset === undefined ? null : Number(offset),
    epoch: epoch === undefined ? null : Number(epoch),
  };
}

/** The partition that a directory belongs to, by its name. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
  /** `delete`: being removed. `future`: being moved here from another log directory. `stray`: not this broker's any more. */
  readonly state: 'live' | 'delete' | 'future' | 'stray';
}

/** `orders-1` and, while a broker moves or deletes it, `orders-1.<32 hex digits>-delete`; null for other names. */
export function partitionName(directory: string): PartitionName | null {
  const name = basename(directory);
  const match = /^(.+)-(\d+)(?:\.[0-9a-f]{32}-(delete|future|stray))?$/.exec(name);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { topic: match[1], partition: Number(match[2]), state: (match[3] as PartitionName['state']) ?? 'live' };
}

/** How the records of Kafka's own topics are read. */
export const DECODERS = ['none', 'offsets', 'transactions', 'share-state', 'metadata'] as const;
export type DecoderName = (typeof DECODERS)[number];

const BY_TOPIC: Readonly<Record<string, DecoderName>> = {
  __consumer_offsets: 'offsets',
  __transaction_state: 'transactions',
  __share_group_state: 'share-state',
  __cluster_metadata: 'metadata',
};

/** The decoder for a file, by the name of its directory; KRaft snapshots hold metadata wherever they lie. */
export function decoderFor(path: string): DecoderName {
  if (fileKind(path).type === 'metadata-snapshot') return 'metadata';
  return BY_TOPIC[partitionName(dirname(path))?.topic ?? ''] ?? 'none';
}

/** Kafka's own topics that are compacted, whatever else is known of them. */
export function isCompactedByName(topic: string): boolean {
  return topic === OFFSETS_TOPIC || topic === TRANSACTION_STATE_TOPIC;
}
