import { isValidCrc, requireBatch, setBaseOffset, setMaxTimestamp, setPartitionLeaderEpoch } from '../records/batch.ts';
import { baseOffset, batchSize, lastOffset, magic, producerId } from '../records/fields.ts';
import { LAST_OFFSET_DELTA_AT } from '../records/layout.ts';
import { probeBatch } from '../records/scan.ts';
import { LogError } from './error.ts';
import type { ProducerState } from './producer-state.ts';
import type { TransactionIndex } from './transaction-index.ts';
import type { AppendOrigin } from './types.ts';

/**
 * Checks batches against what their producers wrote before. Returns the earlier append that the first repeated batch
 * is a retry of, or null. Throws LogError for a wrong epoch or sequence, and for a format that is not v2.
 */
export function checkProducers(
  records: Buffer,
  producers: ProducerState,
  origin: AppendOrigin,
): ReturnType<ProducerState['duplicateOf']> {
  for (let at = 0; at < records.length; at += batchSize(records, at)) {
    requireBatch(records, at);
    if (magic(records, at) !== 2) {
      throw new LogError('UNSUPPORTED_FOR_MESSAGE_FORMAT', `format v${magic(records, at)} cannot be appended`);
    }
    if (producerId(records, at) < 0) continue;
    const duplicate = origin === 'client' ? producers.duplicateOf(records, at) : null;
    if (duplicate !== null) return duplicate;
    producers.check(records, at, origin);
  }
  return null;
}

/** Notes appended batches with their producers, and aborted transactions in the index. Returns the offset behind them. */
export function noteProducers(records: Buffer, producers: ProducerState, aborted: TransactionIndex): number {
  let next = 0;
  for (let at = 0; at < records.length; at += batchSize(records, at)) {
    next = lastOffset(records, at) + 1;
    noteProducer(records, at, producers, aborted);
  }
  return next;
}

/** Notes one batch with its producer, and the transaction that it aborts in the index; null where that is there already. */
export function noteProducer(
  buffer: Buffer,
  at: number,
  producers: ProducerState,
  aborted: TransactionIndex | null,
): void {
  const completed = producers.update(buffer, at);
  if (completed === null) return;
  if (completed.aborted) {
    aborted?.append({ ...completed, lastStableOffset: producers.lastStableOffsetAfter(completed) });
  }
  producers.complete(completed);
}

/**
 * Writes offsets from `firstOffset` on and the leader's epoch into whole v2 batches, and the time with a new CRC where
 * `logAppendTimeMs` is not negative. Returns the offset behind the last batch.
 */
export function stampBatches(
  records: Buffer,
  firstOffset: number,
  leaderEpoch: number,
  logAppendTimeMs: number,
): number {
  let next = firstOffset;
  for (let at = 0; at < records.length; at += batchSize(records, at)) {
    setBaseOffset(records, at, next);
    setPartitionLeaderEpoch(records, at, leaderEpoch);
    if (logAppendTimeMs >= 0) setMaxTimestamp(records, at, 'LogAppendTime', logAppendTimeMs);
    next += records.readInt32BE(at + LAST_OFFSET_DELTA_AT) + 1;
  }
  return next;
}

/**
 * The whole batches that a follower may append behind `logEndOffset`; a batch cut off at the end is left out. Throws
 * LogError when a batch is damaged or lies below the end.
 */
export function replicatedBatches(records: Buffer, logEndOffset: number, verifyCrc: boolean): Buffer {
  let next = logEndOffset;
  let end = 0;
  for (let size = probeBatch(records, end); size > 0; size = probeBatch(records, end)) {
    const offset = baseOffset(records, end);
    if (offset < next) {
      throw new LogError('OFFSET_OUT_OF_RANGE', `a batch at ${offset} where the log goes on at ${next}`);
    }
    if (verifyCrc && !isValidCrc(records, end)) {
      throw new LogError('CORRUPT_MESSAGE', `the batch at offset ${offset} has a wrong CRC`);
    }
    next = lastOffset(records, end) + 1;
    end += size;
  }
  return end === records.length ? records : records.subarray(0, end);
}
