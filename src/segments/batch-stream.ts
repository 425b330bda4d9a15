import { baseOffset, lastOffset, partitionLeaderEpoch, storedCrc } from '../records/index.ts';
import type { LocatedPartition } from './locate.ts';
import { type Damage, SegmentScanner } from './scanner.ts';
import { openSource } from './source.ts';
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

/** The batches of all segments of a partition in order; damage is handed to `onDamage`. Throws SourceError. */
export function* streamBatches(
  partition: LocatedPartition,
  onDamage: (file: string, damage: Damage) => void,
): Generator<StreamedBatch, void, void> {
  for (const { log } of segmentsOf(partition).segments) {
    if (log === null) continue;
    const source = openSource(log.path);
    try {
      const scanner = new SegmentScanner(source, { bodies: true, crc: true });
      for (let step = scanner.next(); step !== 'end'; step = scanner.next()) {
        if (step === 'damage') {
          if (scanner.damage !== null) onDamage(log.path, scanner.damage);
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
    } finally {
      source.close();
    }
  }
}
