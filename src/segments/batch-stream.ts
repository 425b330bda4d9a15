import { baseOffset, lastOffset, partitionLeaderEpoch, storedCrc } from '../records/index.ts';
import type { LocatedPartition } from './locate.ts';
import { type Damage, SegmentScanner } from './scanner.ts';
import { type ByteSource, openSource, SourceError } from './source.ts';
import { segmentsOf } from './verify/segment-files.ts';

/** A batch of a partition, by its header. */
export interface StreamedBatch {
  readonly file: string;
  readonly position: number;
  readonly size: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  /** As stored. */
  readonly crc: number;
  /** Whether the checksum fits. */
  readonly valid: boolean;
}

/** What a stream of batches comes across. */
export interface Troubles {
  damage(damage: Damage): void;
  unreadable(error: SourceError, file: string): void;
}

/** The batches of all segments of a partition in order, as far as they can be read. */
export function* streamBatches(partition: LocatedPartition, troubles: Troubles): Generator<StreamedBatch, void, void> {
  for (const { log } of segmentsOf(partition).segments) {
    if (log === null) continue;
    let source: ByteSource | null = null;
    try {
      source = openSource(log.path);
      const scanner = new SegmentScanner(source, { bodies: true, crc: true });
      for (let step = scanner.next(); step !== 'end'; step = scanner.next()) {
        if (step === 'damage') {
          if (scanner.damage !== null) troubles.damage(scanner.damage);
          continue;
        }
        const { buffer, at, position, size } = scanner;
        yield {
          file: log.path,
          position,
          size,
          baseOffset: baseOffset(buffer, at),
          lastOffset: lastOffset(buffer, at),
          leaderEpoch: partitionLeaderEpoch(buffer, at),
          crc: storedCrc(buffer, at),
          valid: scanner.valid === true,
        };
      }
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      troubles.unreadable(error, log.path);
    } finally {
      source?.close();
    }
  }
}
