import { type Disk, DiskError } from '../../log/disk.ts';
import {
  type LogDirectoryState,
  openLogDirectory,
  PartitionOffsets,
  partitionDirectory,
  writeCleanPoints,
  writeHighWatermarks,
  writeLogStartOffsets,
  writeRecoveryPoints,
} from '../../log/log-directory.ts';
import { PartitionLog } from '../../log/partition-log.ts';
import { METADATA_TOPIC } from '../../protocol/internal-topics.ts';
import type { TopicConfig } from '../config/topic-config.ts';
import { type Log, type Random, reasonOf, type Scheduler, wallTime } from '../env.ts';

export interface PartitionId {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
}

/** What is written down of a replica. */
export interface Checkpointed {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: number;
  readonly log: PartitionLog;
}

export interface LogStoreOptions {
  readonly disk: Disk;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
}

/** The logs of a node, and the files beside them that tell how far each was durable, visible, and cut at its start. */
export class LogStore {
  readonly #options: LogStoreOptions;
  #failure: DiskError | null = null;
  /** As the node found it when it started. */
  readonly #found: LogDirectoryState;
  /** Directories of logs that were removed since: what was found of them holds for none that follows. */
  readonly #removed = new Set<string>();
  /** What the checkpoint files hold, so that an idle node writes none. */
  readonly #written = new Map<typeof writeRecoveryPoints, string>();

  constructor(options: LogStoreOptions) {
    this.#options = options;
    this.#found = this.#open();
    for (const problem of this.#found.problems) {
      // Without it logs are looked through from their start, which is slow, and right.
      options.log('warn', 'a checkpoint file is damaged, and is not used', { problem });
    }
  }

  /** Why the log directory could not be read at the start; null where it could. */
  get failure(): DiskError | null {
    return this.#failure;
  }

  /** Whether the node stopped in order the last time, and its broker epoch then (-1 where it did not). */
  get lastShutdown(): { readonly clean: boolean; readonly brokerEpoch: number } {
    return { clean: this.#found.cleanShutdown, brokerEpoch: this.#found.brokerEpoch };
  }

  /** Opens a partition's log, or begins one. What a deleted topic of the same name has left there is put aside. */
  open(id: PartitionId, config: () => TopicConfig): { log: PartitionLog; highWatermark: number } {
    const { disk, scheduler, random, log } = this.#options;
    const { topic, partition, topicId } = id;
    const directory = partitionDirectory(topic, partition);
    const stored = this.#removed.has(directory)
      ? undefined
      : this.#found.partitions.find((other) => other.directory === directory);
    const isOwn = stored !== undefined && (stored.topicId === null || stored.topicId === topicId);
    if (stored !== undefined && !isOwn && disk.exists(directory)) this.#putAside(directory, stored.topicId);
    const opened = PartitionLog.open({
      disk,
      directory,
      topic,
      partition,
      topicId,
      config,
      now: () => wallTime(scheduler),
      recoverFrom: isOwn ? (this.#found.recoveryPoints.get(topic, partition) ?? 0) : 0,
      cleanShutdown: isOwn && this.#found.cleanShutdown,
      logStartOffset: isOwn ? (this.#found.logStartOffsets.get(topic, partition) ?? 0) : 0,
      cleanPoint: isOwn ? (this.#found.cleanPoints.get(topic, partition) ?? 0) : 0,
      random,
      later: (delayMs, run) => {
        scheduler.after(delayMs, () => this.#removeFiles(directory, run));
      },
    });
    if (opened.recovery.truncatedBytes > 0) {
      log('warn', 'a log had a damaged end, which was cut off', { directory, ...opened.recovery });
    }
    return { log: opened, highWatermark: isOwn ? (this.#found.highWatermarks.get(topic, partition) ?? 0) : 0 };
  }

  /** Deletes the log of a replica that this node does not hold any more. */
  remove(log: PartitionLog): void {
    this.#removed.add(log.directory);
    log.remove();
  }

  /** Puts aside what the start found of partitions that are not this node's any more. */
  putAsideStrays(isOwn: (topic: string, partition: number, topicId: string | null) => boolean): void {
    for (const { topic, partition, directory, topicId } of this.#found.partitions) {
      if (topic === METADATA_TOPIC || isOwn(topic, partition, topicId)) continue;
      if (this.#options.disk.exists(directory)) this.#putAside(directory, topicId);
    }
  }

  /** Writes down how far each log is durable, visible and cut at its start. */
  checkpoint(replicas: Iterable<Checkpointed>): void {
    const highWatermarks = new PartitionOffsets();
    const recoveryPoints = new PartitionOffsets();
    const logStarts = new PartitionOffsets();
    for (const { topic, partition, highWatermark, log } of replicas) {
      highWatermarks.set(topic, partition, highWatermark);
      recoveryPoints.set(topic, partition, log.recoveryPoint);
      if (log.logStartOffset > (log.segmentBaseOffsets[0] ?? 0)) logStarts.set(topic, partition, log.logStartOffset);
    }
    this.#write(writeRecoveryPoints, recoveryPoints);
    this.#write(writeLogStartOffsets, logStarts);
    this.#write(writeHighWatermarks, highWatermarks);
  }

  /** Writes down how far each log is compacted. */
  checkpointCleaning(replicas: Iterable<Omit<Checkpointed, 'highWatermark'>>): void {
    const cleanPoints = new PartitionOffsets();
    for (const { topic, partition, log } of replicas) {
      if (log.compaction.cleanPoint > 0) cleanPoints.set(topic, partition, log.compaction.cleanPoint);
    }
    this.#write(writeCleanPoints, cleanPoints);
  }

  #removeFiles(directory: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log('warn', 'deleted files cannot be removed, and go at the next start', {
        directory,
        reason: reasonOf(error),
      });
    }
  }

  #open(): LogDirectoryState {
    try {
      return openLogDirectory(this.#options.disk);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#failure = error;
      return EMPTY;
    }
  }

  #write(write: typeof writeRecoveryPoints, offsets: PartitionOffsets): void {
    const text = JSON.stringify([...offsets]);
    if (this.#written.get(write) === text) return;
    write(this.#options.disk, offsets);
    this.#written.set(write, text);
  }

  /** Renames a directory as Kafka does with such: nothing is lost, and it is not in the way. */
  #putAside(directory: string, topicId: string | null): void {
    const { disk, log } = this.#options;
    const id = topicId === null ? ''.padStart(32, '0') : Buffer.from(topicId, 'base64url').toString('hex');
    log('warn', 'a directory belongs to no partition of this node, and is put aside', { directory });
    disk.rename(directory, `${directory}.${id}-stray`);
    disk.syncDirectory('');
  }
}

const EMPTY: LogDirectoryState = {
  partitions: [],
  cleanShutdown: false,
  brokerEpoch: -1,
  recoveryPoints: new PartitionOffsets(),
  logStartOffsets: new PartitionOffsets(),
  highWatermarks: new PartitionOffsets(),
  cleanPoints: new PartitionOffsets(),
  problems: [],
};
