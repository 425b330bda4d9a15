import { damageFinding, unreadable } from './damage.ts';
import type { Finding } from './findings.ts';
import { GroupBuilder } from './group-builder.ts';
import type { LocatedPartition } from './locate.ts';
import { SegmentScanner } from './scanner.ts';
import { type ByteSource, openSource, SourceError } from './source.ts';
import { segmentsOf } from './verify/segment-files.ts';

/** The last thing that a group committed for a partition. */
export interface StoredCommit {
  readonly topic: string;
  readonly partition: number;
  /** Null: the commit was deleted, or has expired. */
  readonly offset: number | null;
  readonly metadata: string | null;
  /** Milliseconds since 1970. */
  readonly committedAt: number;
  /** How often it was committed, as far as compaction left it. */
  readonly commits: number;
  /** The first of these, milliseconds since 1970. */
  readonly firstCommittedAt: number;
  /** How often it went back behind the commit before. */
  readonly rewinds: number;
  /** Commits of a transaction that was still open where the log ends: until it is over, readers may have to wait (KIP-447). */
  readonly pending: number;
}

/** One generation of a classic group, or one epoch of the newer kinds. */
export interface StoredGeneration {
  readonly generation: number;
  readonly at: number;
  readonly members: readonly string[];
  /** Members that are new in it, and those that are gone since the one before. */
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** A group as `__consumer_offsets` tells it. */
export interface StoredGroup {
  readonly group: string;
  readonly type: 'classic' | 'consumer' | 'share' | 'streams';
  /** The last generation or epoch; null where only commits are known. */
  readonly generation: number | null;
  readonly protocol: string | null;
  /** Member ids, or of static members their instance ids, with the client that they come from. */
  readonly members: readonly StoredMember[];
  /** The group was deleted, or is empty and has expired. */
  readonly deleted: boolean;
  readonly commits: readonly StoredCommit[];
  readonly history: readonly StoredGeneration[];
  /** Generations that were seen, also those that `history` no longer has. */
  readonly generations: number;
  /** Members that came and went between generations. */
  readonly joins: number;
  readonly leaves: number;
  readonly records: number;
  /** Bytes of its records. */
  readonly bytes: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
}

export interface StoredMember {
  readonly member: string;
  readonly clientId: string;
  readonly host: string;
  readonly partitions: number | null;
}

export interface StoredGroups {
  readonly groups: readonly StoredGroup[];
  readonly records: number;
  readonly bytes: number;
  /** Records of a newer Kafka, or that cannot be decoded. */
  readonly undecoded: number;
  readonly findings: readonly Finding[];
}

const PAUSE_EVERY_BATCHES = 4096;
const PAUSE_EVERY_BYTES = 4 * 1024 * 1024;

/**
 * Rebuilds groups from the files of `__consumer_offsets`. The last record of a key counts; older ones tell the history. `pause` is
 * called now and then with the bytes read so far; ends the run with false.
 */
export async function storedGroups(
  partitions: readonly LocatedPartition[],
  pause: (done: number) => Promise<boolean>,
): Promise<StoredGroups> {
  const builder = new GroupBuilder();
  const logs = partitions.flatMap((partition) =>
    segmentsOf(partition).segments.map(({ log }) => ({ log, directory: partition.directory })),
  );
  let before = 0;
  for (const { log, directory } of logs) {
    if (log === null) continue;
    let source: ByteSource | null = null;
    try {
      source = openSource(log.path);
      const scanner = new SegmentScanner(source, { bodies: true, crc: true });
      let pausedAt = 0;
      for (let step = scanner.next(), steps = 1; step !== 'end'; step = scanner.next(), steps++) {
        if (step === 'damage') {
          if (scanner.damage !== null)
            builder.findings.push(damageFinding(log.path, scanner.damage, scanner.nextOffset));
        } else builder.batch(scanner, log.path, directory);
        if (steps % PAUSE_EVERY_BATCHES !== 0 && scanner.position - pausedAt < PAUSE_EVERY_BYTES) continue;
        pausedAt = scanner.position;
        if (!(await pause(before + pausedAt))) return builder.result();
      }
      before += source.size;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      builder.findings.push(unreadable(error, log.path));
    } finally {
      source?.close();
    }
  }
  return builder.result();
}
