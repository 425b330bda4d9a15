/** What the broker needs to know of a partition's log; `PartitionLog` in `partition-log.ts` is the implementation. */

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
}

export interface AppendResult {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Set under LogAppendTime, else -1. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
}

/** Bytes of whole batches, ready to be sent; `truncated` where more could have been read but for `maxBytes`. */
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
