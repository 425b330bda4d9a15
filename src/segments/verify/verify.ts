import { readSideFile } from '../dump-side-file.ts';
import { type Finding, finding } from '../findings.ts';
import type { Located, LocatedFile, LocatedPartition, LocatedRoot } from '../locate.ts';
import { SIDE_FILE_LIMIT } from '../side-files.ts';
import { readSmallFile, SourceError } from '../source.ts';
import { type FileReport, type PartitionReport, type VerifyOptions, verifyPartition } from './partition.ts';

/** What was found about the files in the root of a log directory. */
export interface RootReport {
  readonly directory: string;
  readonly files: readonly FileReport[];
  readonly findings: readonly Finding[];
}

/** Partitions as they are verified: a KRaft snapshot is a log of its own, wherever it lies. */
export function partitionsToVerify({ roots, partitions }: Located): LocatedPartition[] {
  const snapshotsOf = (directory: string, files: readonly LocatedFile[]): LocatedPartition[] =>
    files
      .filter(({ kind }) => kind.type === 'metadata-snapshot' && kind.state === 'live')
      .map((file) => ({ directory, name: null, files: [file], complete: false }));
  return [
    ...partitions.flatMap((partition) =>
      partition.complete ? [partition, ...snapshotsOf(partition.directory, partition.files)] : [partition],
    ),
    ...roots.flatMap(({ directory, files }) => snapshotsOf(directory, files)),
  ];
}

export function verifyRoot({ directory, files }: LocatedRoot): RootReport {
  const findings: Finding[] = [];
  const reports: FileReport[] = [];
  for (const file of files) {
    // The KRaft bootstrap snapshot is a log.
    if (file.kind.type === 'metadata-snapshot') continue;
    try {
      const bytes = readSmallFile(file.path, SIDE_FILE_LIMIT);
      findings.push(...readSideFile(file.path, bytes).findings);
      reports.push(report(file, bytes.length));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      findings.push(finding('SEG-30', file.path, `${error.code}: ${error.message}`));
    }
  }
  return { directory, files: reports, findings };
}

function report(file: LocatedFile, bytes: number): FileReport {
  const none = { batches: null, records: null, firstOffset: null, lastOffset: null };
  return { file: file.path, type: file.kind.type, bytes, ...none };
}

export { type FileReport, type PartitionReport, type VerifyOptions, verifyPartition };
