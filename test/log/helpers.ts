import { type Disk, readFile } from '../../src/log/disk.ts';
import { PartitionLog } from '../../src/log/partition-log.ts';
import type { LogConfig, PartitionLogOptions } from '../../src/log/types.ts';
import { type BatchInput, encodeBatch } from '../../src/records/index.ts';

export const START_MS = 1_700_000_000_000;
export const TOPIC_ID = 'AAAAAAAAAAEAAAAAAAAAAg';

/** Kafka's defaults, but for segments that are small enough to have several of them. */
export function logConfig(changes: Partial<LogConfig> = {}): LogConfig {
  return {
    segmentBytes: 1024 * 1024,
    segmentMs: 604_800_000,
    segmentJitterMs: 0,
    segmentIndexBytes: 10 * 1024 * 1024,
    indexIntervalBytes: 4096,
    retentionMs: 604_800_000,
    retentionBytes: -1,
    maxMessageBytes: 1_048_588,
    messageTimestampType: 'CreateTime',
    flushMessages: Number.MAX_SAFE_INTEGER,
    flushMs: Number.MAX_SAFE_INTEGER,
    fileDeleteDelayMs: 60_000,
    cleanupPolicy: { delete: true, compact: false },
    ...changes,
  };
}

export function openLog(
  disk: Disk,
  config: Partial<LogConfig> | (() => LogConfig) = {},
  options: Partial<PartitionLogOptions> = {},
): PartitionLog {
  return PartitionLog.open({
    disk,
    directory: 't-0',
    topic: 't',
    partition: 0,
    topicId: TOPIC_ID,
    config: typeof config === 'function' ? config : () => logConfig(config),
    now: () => START_MS,
    recoverFrom: 0,
    cleanShutdown: false,
    ...options,
  });
}

/** All bytes of a file that is there. */
export function bytesOf(disk: Disk, path: string): Buffer {
  const bytes = readFile(disk, path);
  if (bytes === null) throw new Error(`${path} is not there`);
  return bytes;
}

/** A batch of `count` records with values of `valueBytes` each, a timestamp per record. */
export function batch(
  count = 1,
  input: Partial<BatchInput> & { readonly valueBytes?: number; readonly firstTimestamp?: number } = {},
): Buffer {
  const { valueBytes = 10, firstTimestamp = START_MS, ...rest } = input;
  return encodeBatch({
    records: Array.from({ length: count }, (_, index) => ({
      key: `k${index}`,
      value: Buffer.alloc(valueBytes, index),
      timestamp: firstTimestamp + index,
    })),
    ...rest,
  });
}
