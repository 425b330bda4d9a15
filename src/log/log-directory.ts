import { CheckpointError, checkpointNumber, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import { type Disk, readFile, replaceFile } from './disk.ts';
import { readPartitionMetadata } from './partition-metadata.ts';

const RECOVERY_POINTS = 'recovery-point-offset-checkpoint';
const LOG_START_OFFSETS = 'log-start-offset-checkpoint';
/** High watermarks, despite its name. */
const HIGH_WATERMARKS = 'replication-offset-checkpoint';
/** How far compaction has come. */
const CLEAN_POINTS = 'cleaner-offset-checkpoint';
const CLEAN_SHUTDOWN = '.kafka_cleanshutdown';
const DELETED_DIRECTORY = /\.[0-9a-f]{32}-delete$/;
const PARTITION_DIRECTORY = /^(.+)-(\d+)$/;

/** A partition that has a directory here. */
export interface StoredPartition {
  readonly topic: string;
  readonly partition: number;
  /** Relative to the disk's root. */
  readonly directory: string;
  /** From `partition.metadata`, or null where there is none. */
  readonly topicId: string | null;
}

/** Offsets by partition, as the checkpoint files of a log directory keep them. */
export class PartitionOffsets {
  readonly #offsets = new Map<string, { topic: string; partition: number; offset: number }>();

  get(topic: string, partition: number): number | undefined {
    return this.#offsets.get(`${topic}-${partition}`)?.offset;
  }

  set(topic: string, partition: number, offset: number): this {
    this.#offsets.set(`${topic}-${partition}`, { topic, partition, offset });
    return this;
  }

  *[Symbol.iterator](): Generator<{ readonly topic: string; readonly partition: number; readonly offset: number }> {
    yield* this.#offsets.values();
  }
}

/** What a broker finds in its log directory when it starts. */
export interface LogDirectoryState {
  readonly partitions: readonly StoredPartition[];
  readonly cleanShutdown: boolean;
  /** Of the last clean shutdown, or -1. */
  readonly brokerEpoch: number;
  readonly recoveryPoints: PartitionOffsets;
  readonly logStartOffsets: PartitionOffsets;
  readonly highWatermarks: PartitionOffsets;
  readonly cleanPoints: PartitionOffsets;
  /** Checkpoint files that could not be read; they count as empty. */
  readonly problems: readonly string[];
}

/** The directory name of a partition. */
export function partitionDirectory(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/**
 * Reads what the root of a log directory says, removes what was left of deleted partitions, and takes away the mark
 * of a clean shutdown, so that a crash from now on is seen as one.
 */
export function openLogDirectory(disk: Disk): LogDirectoryState {
  const problems: string[] = [];
  const partitions: StoredPartition[] = [];
  for (const name of disk.list('')) {
    if (DELETED_DIRECTORY.test(name)) {
      disk.remove(name);
      continue;
    }
    const match = PARTITION_DIRECTORY.exec(name);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    // A file, or a directory in which nothing was ever kept.
    if (disk.list(name).length === 0) continue;
    partitions.push({
      topic: match[1],
      partition: Number(match[2]),
      directory: name,
      topicId: readPartitionMetadata(disk, name),
    });
  }
  const brokerEpoch = readCleanShutdown(disk);
  const state = {
    partitions,
    cleanShutdown: brokerEpoch !== null,
    brokerEpoch: brokerEpoch ?? -1,
    recoveryPoints: readOffsets(disk, RECOVERY_POINTS, problems),
    logStartOffsets: readOffsets(disk, LOG_START_OFFSETS, problems),
    highWatermarks: readOffsets(disk, HIGH_WATERMARKS, problems),
    cleanPoints: readOffsets(disk, CLEAN_POINTS, problems),
    problems,
  };
  if (state.cleanShutdown) {
    disk.remove(CLEAN_SHUTDOWN);
    disk.syncDirectory('');
  }
  return state;
}

export function writeRecoveryPoints(disk: Disk, offsets: PartitionOffsets): void {
  writeOffsets(disk, RECOVERY_POINTS, offsets);
}

/** Only partitions whose log does not begin with a segment need to be in it. */
export function writeLogStartOffsets(disk: Disk, offsets: PartitionOffsets): void {
  writeOffsets(disk, LOG_START_OFFSETS, offsets);
}

export function writeHighWatermarks(disk: Disk, offsets: PartitionOffsets): void {
  writeOffsets(disk, HIGH_WATERMARKS, offsets);
}

/** Only partitions that were compacted need to be in it. */
export function writeCleanPoints(disk: Disk, offsets: PartitionOffsets): void {
  writeOffsets(disk, CLEAN_POINTS, offsets);
}

/** The last thing that a broker writes: all logs are closed, all checkpoints written. */
export function markCleanShutdown(disk: Disk, brokerEpoch: number): void {
  replaceFile(disk, CLEAN_SHUTDOWN, Buffer.from(JSON.stringify({ version: 0, brokerEpoch })));
}

/** The broker epoch in the mark of a clean shutdown (-1 where it does not say), or null when there is no mark. */
function readCleanShutdown(disk: Disk): number | null {
  const content = readFile(disk, CLEAN_SHUTDOWN);
  if (content === null) return null;
  // Older brokers leave an empty file.
  return Number(/"brokerEpoch"\s*:\s*(-?\d+)/.exec(content.toString('utf8'))?.[1] ?? -1);
}

function readOffsets(disk: Disk, path: string, problems: string[]): PartitionOffsets {
  const offsets = new PartitionOffsets();
  try {
    for (const [topic, partition, offset] of readCheckpoint(disk, path)) {
      if (topic === undefined) throw new CheckpointError(`${path}: an empty line`);
      offsets.set(topic, checkpointNumber(partition, path), checkpointNumber(offset, path));
    }
    return offsets;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    problems.push(error.message);
    return new PartitionOffsets();
  }
}

function writeOffsets(disk: Disk, path: string, offsets: PartitionOffsets): void {
  const entries = [...offsets].map(({ topic, partition, offset }) => [topic, partition, offset]);
  writeCheckpoint(disk, path, entries);
}
