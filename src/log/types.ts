/** What the broker needs to know of a partition's log; `PartitionLog` in `partition-log.ts` is the implementation. */
import type { Disk } from './disk.ts';

/** The topic settings that a log obeys. Names are the topic configs' (segment.bytes → segmentBytes); times in ms. */
export interface LogConfig {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly segmentJitterMs: number;
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly maxMessageBytes: number;
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime';
  readonly flushMessages: number;
  readonly flushMs: number;
  readonly fileDeleteDelayMs: number;
  readonly cleanupPolicy: { readonly delete: boolean; readonly compact: boolean };
  /** How far a client's timestamps may lie in the past, and in the future; absent is no limit. */
  readonly messageTimestampBeforeMaxMs?: number;
  readonly messageTimestampAfterMaxMs?: number;
  /** Of a compacted topic: a segment rolls at this age at the latest, because the active one is not compacted. */
  readonly maxCompactionLagMs?: number;
}

/** The topic settings that compaction obeys. Times in ms. */
export interface CompactionConfig {
  /** How long tombstones and transaction markers stay after the first cleaning. */
  readonly deleteRetentionMs: number;
  readonly minCleanableDirtyRatio: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
}

export interface AppendResult {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Set under LogAppendTime, else -1. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  /** Whether the batch was in the log already (a producer's retry): the offsets are those of the first time. */
  readonly isDuplicate: boolean;
}

/** Clients' batches have to follow their producer's sequence; coordinators' need not. */
export type AppendOrigin = 'client' | 'coordinator';

export interface AppendOptions {
  /** Default: client. */
  readonly origin?: AppendOrigin;
}

export interface ReadOptions {
  /** Whether a first batch larger than the limit is returned all the same. Default: yes. */
  readonly minOneMessage?: boolean;
  /** High watermark, last stable offset or log end: only batches that lie below it are returned. Default: log end. */
  readonly upTo?: number;
}

export interface PartitionLogOptions {
  readonly disk: Disk;
  /** The partition's directory, relative to the disk's root. */
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  /** 22 characters; written to, and compared with, `partition.metadata`. null leaves that file alone. */
  readonly topicId: string | null;
  /** Asked at every append, so that a changed setting works at once. */
  readonly config: () => LogConfig;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The recovery point of the checkpoint: everything below it is on disk. 0 when nothing is known. */
  readonly recoverFrom: number;
  /** Whether the log directory was shut down in order: recovery is skipped. */
  readonly cleanShutdown: boolean;
  /** Of the checkpoint; default 0. */
  readonly logStartOffset?: number;
  /** Where the last compaction ended, by the checkpoint; default 0. */
  readonly cleanPoint?: number;
  /** Runs something after a delay in ms: how deleted files go after file.delete.delay.ms. Without it they go at once. */
  readonly later?: (delayMs: number, run: () => void) => void;
  /** For segment.jitter.ms; without it there is no jitter. */
  readonly random?: { below(bound: number): number };
  /** producer.id.expiration.ms; default 86 400 000. */
  readonly producerIdExpirationMs?: number;
}

/** Bytes of whole batches, ready to be sent. The buffer may be shared: do not write to it. */
export interface ReadResult {
  readonly records: Buffer;
  /** Base offset of the first batch, or -1 where nothing was read. The first batch may begin before the asked offset. */
  readonly baseOffset: number;
}

export interface TimestampOffset {
  readonly offset: number;
  readonly timestampMs: number;
  readonly leaderEpoch: number;
}

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}
