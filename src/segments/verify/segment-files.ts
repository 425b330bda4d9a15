import { existsSync } from 'node:fs';
import { fileKind } from '../file-kind.ts';
import type { LocatedFile, LocatedPartition } from '../locate.ts';

/** The files of one segment. */
export interface SegmentFiles {
  /** From the log's name; null for a log by another name. */
  readonly baseOffset: number | null;
  readonly log: LocatedFile | null;
  readonly offsetIndex: LocatedFile | null;
  readonly timeIndex: LocatedFile | null;
  readonly transactionIndex: LocatedFile | null;
}

export interface PartitionFiles {
  /** In the order of their offsets. */
  readonly segments: readonly SegmentFiles[];
  readonly snapshots: readonly LocatedFile[];
  readonly others: readonly LocatedFile[];
}

/** Sorts a partition's files by the segment they belong to. An index that was named alone brings its log with it. */
export function segmentsOf(partition: LocatedPartition): PartitionFiles {
  const files = [...partition.files, ...missingLogs(partition)];
  const live = files.filter(({ kind }) => kind.state === 'live');
  const logs = [
    ...live.filter(({ kind }) => kind.type === 'log'),
    // A KRaft snapshot is a log of its own.
    ...live.filter(({ kind }) => kind.type === 'metadata-snapshot' && !partition.complete),
    // Named one by one, whatever the broker meant to do with it.
    ...(partition.complete ? [] : files.filter(({ kind }) => kind.type === 'log' && kind.state !== 'live')),
  ];
  const used = new Set<LocatedFile>(logs);
  const byName = new Map(live.map((file) => [`${file.kind.type} ${file.kind.offset}`, file]));
  const take = (type: LocatedFile['kind']['type'], offset: number | null): LocatedFile | null => {
    const found = offset === null ? null : (byName.get(`${type} ${offset}`) ?? null);
    if (found !== null) used.add(found);
    return found;
  };
  const segments = logs.map((log) => ({
    baseOffset: log.kind.type === 'log' ? log.kind.offset : null,
    log,
    offsetIndex: take('offset-index', log.kind.offset),
    timeIndex: take('time-index', log.kind.offset),
    transactionIndex: take('transaction-index', log.kind.offset),
  }));
  // A log by another name says nothing of its place: it comes last.
  segments.sort((a, b) => (a.baseOffset ?? Number.MAX_VALUE) - (b.baseOffset ?? Number.MAX_VALUE));
  const snapshots = live.filter(({ kind }) => kind.type === 'producer-snapshot' && kind.offset !== null);
  for (const snapshot of snapshots) used.add(snapshot);
  return { segments, snapshots, others: files.filter((file) => !used.has(file)) };
}

function missingLogs({ files, complete }: LocatedPartition): LocatedFile[] {
  if (complete) return [];
  const named = new Set(files.map(({ path }) => path));
  const paths = files
    .filter(({ kind }) => /-index$/.test(kind.type) && kind.state === 'live' && kind.offset !== null)
    .map(({ path }) => path.replace(/\.[a-z]+$/, '.log'));
  return [...new Set(paths)]
    .filter((path) => !named.has(path) && existsSync(path))
    .map((path) => ({ path, kind: fileKind(path) }));
}
