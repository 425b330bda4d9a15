import { readControlRecord } from '../records/control.ts';
import {
  baseOffset,
  baseSequence,
  isControl,
  isTransactional,
  lastOffset,
  lastSequence,
  maxTimestamp,
  producerEpoch,
  producerId,
} from '../records/fields.ts';
import { firstRecord } from '../records/record.ts';
import { LogError } from './error.ts';
import type { ProducerSnapshotEntry } from './producer-snapshot.ts';
import type { AppendOrigin } from './types.ts';

/** How many of a producer's last batches are remembered: a retry of one of them is answered, not appended. */
const BATCHES_REMEMBERED = 5;
const NONE = -1;
const MAX_SEQUENCE = 0x7fff_ffff;

/** A batch that was appended. */
export interface ProducerBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly timestamp: number;
}

/** What the log knows of one producer. */
export interface ProducerEntry {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly lastTimestamp: number;
  /** First offset of the open transaction, or -1. */
  readonly currentTxnFirstOffset: number;
  /** The last batches of this epoch, oldest first; none when the last thing written was a transaction marker. */
  readonly batches: readonly ProducerBatch[];
}

/** A transaction that a marker ended. */
export interface CompletedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly aborted: boolean;
}

/**
 * The idempotent and transactional producers of one partition: sequences, epochs, open transactions. A pure state
 * machine over batch headers; snapshots and replay are for its user.
 */
export class ProducerState {
  #producers = new Map<number, ProducerEntry>();
  /** Open transactions: producer id → first offset, in the order of their first offsets. */
  #ongoing = new Map<number, number>();
  /** Ended transactions whose marker was not yet seen below the high watermark, in the order of their markers. */
  #unreplicated: CompletedTransaction[] = [];

  get producers(): ReadonlyMap<number, ProducerEntry> {
    return this.#producers;
  }

  /** The first offset of the oldest open transaction, or Infinity. */
  get firstOngoingOffset(): number {
    for (const firstOffset of this.#ongoing.values()) return firstOffset;
    return Number.POSITIVE_INFINITY;
  }

  /** The batch that this one repeats, if it is one of the producer's last five of the same epoch. */
  duplicateOf(buffer: Buffer, at: number): ProducerBatch | null {
    const entry = this.#producers.get(producerId(buffer, at));
    if (entry === undefined || entry.producerEpoch !== producerEpoch(buffer, at)) return null;
    const first = baseSequence(buffer, at);
    const last = lastSequence(buffer, at);
    return entry.batches.find((batch) => batch.firstSequence === first && batch.lastSequence === last) ?? null;
  }

  /**
   * Checks a batch that a leader is about to append: producer epoch, sequence (of clients' batches), transaction
   * state, coordinator epoch (of markers). Throws LogError.
   */
  check(buffer: Buffer, at: number, origin: AppendOrigin): void {
    const id = producerId(buffer, at);
    const entry = this.#producers.get(id);
    if (entry === undefined) return;
    const epoch = producerEpoch(buffer, at);
    if (epoch < entry.producerEpoch) {
      throw new LogError(
        'INVALID_PRODUCER_EPOCH',
        `epoch ${epoch} of producer ${id} is below the last seen epoch ${entry.producerEpoch}`,
      );
    }
    if (isControl(buffer, at)) {
      checkCoordinatorEpoch(entry, markerOf(buffer, at)?.coordinatorEpoch ?? NONE);
      return;
    }
    if (origin === 'client') checkSequence(entry, epoch, baseSequence(buffer, at));
    if (entry.currentTxnFirstOffset !== NONE && !isTransactional(buffer, at)) {
      throw new LogError('INVALID_TXN_STATE', `producer ${id} has an open transaction, its batch is not part of it`);
    }
  }

  /**
   * Takes in a batch that is in the log, at its final offsets. Returns the transaction that it ended, if any; complete()
   * is to be called for that one once its index entry is made.
   */
  update(buffer: Buffer, at: number): CompletedTransaction | null {
    const id = producerId(buffer, at);
    if (id === NONE) return null;
    if (isControl(buffer, at)) return this.#endTransaction(buffer, at);
    const known = this.#producers.get(id);
    const epoch = producerEpoch(buffer, at);
    const batch: ProducerBatch = {
      firstSequence: baseSequence(buffer, at),
      lastSequence: lastSequence(buffer, at),
      firstOffset: baseOffset(buffer, at),
      lastOffset: lastOffset(buffer, at),
      timestamp: maxTimestamp(buffer, at),
    };
    const earlier = known !== undefined && known.producerEpoch === epoch ? known.batches : [];
    let currentTxnFirstOffset = known?.currentTxnFirstOffset ?? NONE;
    if (currentTxnFirstOffset === NONE && isTransactional(buffer, at)) {
      currentTxnFirstOffset = batch.firstOffset;
      this.#ongoing.set(id, batch.firstOffset);
    }
    this.#producers.set(id, {
      producerId: id,
      producerEpoch: epoch,
      coordinatorEpoch: known?.coordinatorEpoch ?? NONE,
      lastTimestamp: batch.timestamp,
      currentTxnFirstOffset,
      batches: [...earlier.slice(-(BATCHES_REMEMBERED - 1)), batch],
    });
    return null;
  }

  /** What the last stable offset is once `completed` is over: where the oldest other open transaction begins. */
  lastStableOffsetAfter(completed: CompletedTransaction): number {
    for (const [id, firstOffset] of this.#ongoing) if (id !== completed.producerId) return firstOffset;
    return completed.lastOffset + 1;
  }

  /** Ends a transaction. It holds the last stable offset back until its marker is below the high watermark. */
  complete(completed: CompletedTransaction): void {
    this.#ongoing.delete(completed.producerId);
    this.#unreplicated.push(completed);
  }

  /** The first offset that a read_committed reader must not see yet, or Infinity. Forgets what is replicated by now. */
  firstUnstableOffset(highWatermark: number): number {
    if (this.#unreplicated.length > 0) {
      this.#unreplicated = this.#unreplicated.filter((transaction) => transaction.lastOffset >= highWatermark);
    }
    let first = this.firstOngoingOffset;
    for (const transaction of this.#unreplicated) first = Math.min(first, transaction.firstOffset);
    return first;
  }

  /** Forgets producers that wrote nothing for `expirationMs` and have no open transaction. */
  removeExpired(nowMs: number, expirationMs: number): void {
    for (const entry of this.#producers.values()) {
      if (entry.currentTxnFirstOffset === NONE && nowMs - entry.lastTimestamp >= expirationMs) {
        this.#producers.delete(entry.producerId);
      }
    }
  }

  clear(): void {
    this.#producers = new Map();
    this.#ongoing = new Map();
    this.#unreplicated = [];
  }

  /** The content of a snapshot file, by producer id. */
  snapshot(): ProducerSnapshotEntry[] {
    return [...this.#producers.values()]
      .sort((a, b) => a.producerId - b.producerId)
      .map((entry) => {
        const last = entry.batches.at(-1);
        return {
          producerId: entry.producerId,
          producerEpoch: entry.producerEpoch,
          lastSequence: last?.lastSequence ?? NONE,
          lastOffset: last?.lastOffset ?? NONE,
          offsetDelta: last === undefined ? 0 : last.lastOffset - last.firstOffset,
          timestamp: entry.lastTimestamp,
          coordinatorEpoch: entry.coordinatorEpoch,
          currentTxnFirstOffset: entry.currentTxnFirstOffset,
        };
      });
  }

  /** Becomes what a snapshot file says. Only the last batch of each producer is in it. */
  load(entries: readonly ProducerSnapshotEntry[]): void {
    this.clear();
    for (const entry of entries) {
      this.#producers.set(entry.producerId, {
        producerId: entry.producerId,
        producerEpoch: entry.producerEpoch,
        coordinatorEpoch: entry.coordinatorEpoch,
        lastTimestamp: entry.timestamp,
        currentTxnFirstOffset: entry.currentTxnFirstOffset,
        batches: entry.lastOffset < 0 ? [] : [lastBatch(entry)],
      });
    }
    const open = entries.filter((entry) => entry.currentTxnFirstOffset !== NONE);
    open.sort((a, b) => a.currentTxnFirstOffset - b.currentTxnFirstOffset);
    for (const entry of open) this.#ongoing.set(entry.producerId, entry.currentTxnFirstOffset);
  }

  #endTransaction(buffer: Buffer, at: number): CompletedTransaction | null {
    const marker = markerOf(buffer, at);
    if (marker === null) return null;
    const id = producerId(buffer, at);
    const known = this.#producers.get(id);
    const epoch = producerEpoch(buffer, at);
    const firstOffset = known?.currentTxnFirstOffset ?? NONE;
    this.#producers.set(id, {
      producerId: id,
      producerEpoch: epoch,
      coordinatorEpoch: marker.coordinatorEpoch,
      lastTimestamp: maxTimestamp(buffer, at),
      currentTxnFirstOffset: NONE,
      batches: known !== undefined && known.producerEpoch === epoch ? known.batches : [],
    });
    // A marker of a transaction that wrote nothing here changes nothing for readers.
    if (firstOffset === NONE) return null;
    return { producerId: id, firstOffset, lastOffset: lastOffset(buffer, at), aborted: marker.aborted };
  }
}

function lastBatch(entry: ProducerSnapshotEntry): ProducerBatch {
  const first = entry.lastSequence - entry.offsetDelta;
  return {
    firstSequence: first < 0 && entry.lastSequence >= 0 ? first + MAX_SEQUENCE + 1 : first,
    lastSequence: entry.lastSequence,
    firstOffset: entry.lastOffset - entry.offsetDelta,
    lastOffset: entry.lastOffset,
    timestamp: entry.timestamp,
  };
}

/** The end of a transaction that a control batch carries; null for the other control types. */
function markerOf(buffer: Buffer, at: number): { readonly aborted: boolean; readonly coordinatorEpoch: number } | null {
  const record = firstRecord(buffer, at);
  if (record === null) return null;
  const { type, coordinatorEpoch } = readControlRecord(record);
  if ((type !== 'ABORT' && type !== 'COMMIT') || coordinatorEpoch === null) return null;
  return { aborted: type === 'ABORT', coordinatorEpoch };
}

function checkCoordinatorEpoch(entry: ProducerEntry, coordinatorEpoch: number): void {
  if (coordinatorEpoch >= entry.coordinatorEpoch) return;
  throw new LogError(
    'TRANSACTION_COORDINATOR_FENCED',
    `coordinator epoch ${coordinatorEpoch} for producer ${entry.producerId} is below ${entry.coordinatorEpoch}`,
  );
}

/** A new epoch begins with sequence 0; within an epoch each batch follows the one before. */
function checkSequence(entry: ProducerEntry, epoch: number, first: number): void {
  const last = entry.batches.at(-1)?.lastSequence ?? NONE;
  const expected = epoch !== entry.producerEpoch || last === MAX_SEQUENCE ? 0 : last + 1;
  if (first === expected) return;
  throw new LogError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `sequence ${first} of producer ${entry.producerId} (epoch ${epoch}) where ${expected} is next`,
  );
}
