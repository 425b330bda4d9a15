import { LogError } from '../../log/error.ts';
import type { AbortedTransaction } from '../../log/types.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { PartitionReplica } from './replica.ts';

export interface ReadRequest {
  readonly fetchOffset: number;
  /** -1 where the reader does not know: no fencing. */
  readonly currentLeaderEpoch: number;
  /** Epoch of the reader's last record; -1 where it does not say: no check for divergence. */
  readonly lastFetchedEpoch: number;
  readonly maxBytes: number;
  /** Give one whole batch even beyond `maxBytes`, so that a reader can always go on (KIP-74). */
  readonly atLeastOneBatch: boolean;
  readonly isolation: 'read_uncommitted' | 'read_committed' | 'log_end';
}

export interface ReadOutcome {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | null;
  /** Only for read_committed. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  readonly records: Buffer;
}

export const NO_RECORDS = Buffer.alloc(0);

/** An answer without records. */
export function readFailure(errorCode: number): ReadOutcome {
  return {
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    diverging: null,
    abortedTransactions: null,
    records: NO_RECORDS,
  };
}

/** How a request's idea of the leader epoch fits this replica's: NONE, or the error that sends the client looking. */
export function checkLeaderEpoch(replica: PartitionReplica, currentLeaderEpoch: number): number {
  if (currentLeaderEpoch >= 0 && currentLeaderEpoch < replica.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (currentLeaderEpoch > replica.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
  return replica.isLeader ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER;
}

/** Reads from the leader's log what a consumer or a follower may see. Whole batches, by reference where the disk can. */
export function readReplica(replica: PartitionReplica, request: ReadRequest): ReadOutcome {
  const epochError = checkLeaderEpoch(replica, request.currentLeaderEpoch);
  if (epochError !== ErrorCode.NONE) return readFailure(epochError);
  const { log } = replica;
  const { highWatermark, lastStableOffset } = replica;
  const outcome = {
    errorCode: ErrorCode.NONE as number,
    highWatermark,
    lastStableOffset,
    logStartOffset: log.logStartOffset,
    diverging: null,
    abortedTransactions: null,
    records: NO_RECORDS,
  };
  const { fetchOffset, isolation } = request;
  if (request.lastFetchedEpoch >= 0) {
    const end = log.endOffsetForEpoch(request.lastFetchedEpoch);
    if (end.epoch < 0) return { ...outcome, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE };
    // The logs part at the end of the largest epoch that both know (KIP-595).
    if (end.epoch < request.lastFetchedEpoch || end.endOffset < fetchOffset) return { ...outcome, diverging: end };
  }
  if (fetchOffset < log.logStartOffset || fetchOffset > log.logEndOffset) {
    return { ...outcome, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE };
  }
  const limit = limitOf(replica, isolation);
  const abortedTransactions = isolation === 'read_committed' ? [] : null;
  if (fetchOffset >= limit || (request.maxBytes <= 0 && !request.atLeastOneBatch)) {
    return { ...outcome, abortedTransactions };
  }
  try {
    const { records } = log.read(fetchOffset, request.maxBytes, {
      upTo: limit,
      minOneMessage: request.atLeastOneBatch,
    });
    if (abortedTransactions === null) return { ...outcome, records };
    // More than the records span is allowed, and cheaper than to look where they end.
    return { ...outcome, records, abortedTransactions: log.abortedTransactions(fetchOffset, limit) };
  } catch (error) {
    if (error instanceof LogError) return { ...outcome, errorCode: error.errorCode };
    replica.failed(error);
    return readFailure(ErrorCode.KAFKA_STORAGE_ERROR);
  }
}

function limitOf(replica: PartitionReplica, isolation: ReadRequest['isolation']): number {
  switch (isolation) {
    case 'log_end':
      return replica.log.logEndOffset;
    case 'read_committed':
      return replica.lastStableOffset;
    case 'read_uncommitted':
      return replica.highWatermark;
  }
}
