import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError } from '../../log/checkpoint-file.ts';
import { readOffsetCheckpoint, SIDE_FILE_LIMIT } from '../side-files.ts';
import { readSmallFile, SourceError } from '../source.ts';

/** What the root of a log directory says of its partitions. */
export interface LogRoot {
  /** False also where the directory is no broker's. */
  readonly isBrokers: boolean;
  /** Whether the broker stopped in order; its logs may end anywhere when not. */
  readonly cleanShutdown: boolean;
  /** By `topic-partition`; null where the file is missing or cannot be read. */
  readonly recoveryPoints: ReadonlyMap<string, number> | null;
  readonly logStartOffsets: ReadonlyMap<string, number> | null;
  readonly highWatermarks: ReadonlyMap<string, number> | null;
  readonly cleaned: ReadonlyMap<string, number> | null;
}

export const RECOVERY_POINTS = 'recovery-point-offset-checkpoint';
export const LOG_STARTS = 'log-start-offset-checkpoint';
export const HIGH_WATERMARKS = 'replication-offset-checkpoint';
export const CLEANED = 'cleaner-offset-checkpoint';

/** Reads the root that a partition's directory lies in; unreadable files say nothing here (they are findings of their own). */
export function readLogRoot(directory: string): LogRoot {
  return {
    isBrokers: existsSync(join(directory, 'meta.properties')),
    cleanShutdown: existsSync(join(directory, '.kafka_cleanshutdown')),
    recoveryPoints: offsets(join(directory, RECOVERY_POINTS)),
    logStartOffsets: offsets(join(directory, LOG_STARTS)),
    highWatermarks: offsets(join(directory, HIGH_WATERMARKS)),
    cleaned: offsets(join(directory, CLEANED)),
  };
}

function offsets(path: string): ReadonlyMap<string, number> | null {
  try {
    const entries = readOffsetCheckpoint(readSmallFile(path, SIDE_FILE_LIMIT).toString(), path);
    return new Map(entries.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]));
  } catch (error) {
    if (error instanceof SourceError || error instanceof CheckpointError) return null;
    throw error;
  }
}
