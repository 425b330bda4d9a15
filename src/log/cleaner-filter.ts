import { readBatchHeader } from '../records/batch.ts';
import { encodeBatch } from '../records/encode.ts';
import {
  attributes,
  baseOffset,
  baseTimestamp,
  isControl,
  isTransactional,
  lastOffset,
  magic,
  producerEpoch,
  producerId,
  timestampType,
} from '../records/fields.ts';
import type { KafkaRecord } from '../records/kafka-record.ts';
import { Compression, DELETE_HORIZON_FLAG } from '../records/layout.ts';
import { records } from '../records/record.ts';
import type { ProducerEntry } from './producer-state.ts';
import type { AbortedTransaction } from './types.ts';

/** Offset of the last record of every key in the dirty part of a log. Keys are bytes, as latin1 text. */
export type LatestOffsets = Map<string, number>;

/** What decides which records stay. */
export interface FilterOptions {
  readonly latest: ReadonlyMap<string, number>;
  readonly aborted: AbortedTransactions;
  readonly producers: ReadonlyMap<number, ProducerEntry>;
  /**
   * The offset behind what is cleaned: the batch before it stays, empty if need be, so that no offset is lost, and records
   * from here on all stay. Their keys are not in `latest`: a tombstone that went would let an older value of its key,
   * which is kept below, come back to life.
   */
  readonly endOffset: number;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
}

/** Which batches belong to transactions that were aborted. */
export class AbortedTransactions {
  readonly #byProducer = new Map<number, AbortedTransaction[]>();

  constructor(transactions: Iterable<AbortedTransaction>) {
    for (const transaction of transactions) {
      const known = this.#byProducer.get(transaction.producerId);
      if (known === undefined) this.#byProducer.set(transaction.producerId, [transaction]);
      else known.push(transaction);
    }
  }

  /** Whether the data batch at `at` was aborted. */
  has(buffer: Buffer, at: number): boolean {
    if (!isTransactional(buffer, at)) return false;
    const offset = baseOffset(buffer, at);
    const own = this.#byProducer.get(producerId(buffer, at)) ?? [];
    return own.some((transaction) => transaction.firstOffset <= offset && offset <= transaction.lastOffset);
  }
}

/** Notes the keys of a batch's records. Control batches, aborted ones and old formats tell nothing. */
export function collectKeys(buffer: Buffer, at: number, aborted: AbortedTransactions, latest: LatestOffsets): void {
  if (magic(buffer, at) < 2 || isControl(buffer, at) || aborted.has(buffer, at)) return;
  for (const { key, offset } of records(buffer, at)) {
    if (key !== null) latest.set(key.toString('latin1'), offset);
  }
}

/** Cleans a log's batches one after the other, from its start on. */
export class BatchFilter {
  readonly #options: FilterOptions;
  /** Producers with data batches in the log that belong to the transaction which their next marker ends. */
  readonly #withData = new Set<number>();

  constructor(options: FilterOptions) {
    this.#options = options;
  }

  /**
   * What becomes of the batch at `at`: null when it goes, `undefined` when it stays as it is, else the batch that takes
   * its place, with the same offsets, producer and codec. Batches of formats v0 and v1 stay as they are.
   */
  apply(buffer: Buffer, at: number): Buffer | null | undefined {
    if (magic(buffer, at) < 2) return undefined;
    return isControl(buffer, at) ? this.#filterMarker(buffer, at) : this.#filterData(buffer, at);
  }

  /** A transaction's marker goes delete.retention.ms after the first cleaning that found none of its records. */
  #filterMarker(buffer: Buffer, at: number): Buffer | null | undefined {
    const canGo = !this.#withData.delete(producerId(buffer, at));
    const marker = [...records(buffer, at)];
    if (marker.length === 0) return this.#mustStay(buffer, at) ? undefined : null;
    if (!canGo) return undefined;
    const horizon = deleteHorizonOf(buffer, at);
    if (horizon === null) return this.#rewrite(buffer, at, marker, this.#newHorizon());
    if (this.#options.nowMs < horizon) return undefined;
    return this.#mustStay(buffer, at) ? this.#rewrite(buffer, at, [], null) : null;
  }

  #filterData(buffer: Buffer, at: number): Buffer | null | undefined {
    if (isTransactional(buffer, at)) this.#withData.add(producerId(buffer, at));
    const horizon = deleteHorizonOf(buffer, at);
    const keepsTombstones = horizon === null || this.#options.nowMs < horizon;
    const isAborted = this.#options.aborted.has(buffer, at);
    const kept: KafkaRecord[] = [];
    let count = 0;
    let hasTombstone = false;
    for (const record of records(buffer, at)) {
      count++;
      const isPastEnd = record.offset >= this.#options.endOffset;
      if (isAborted || !(isPastEnd || (this.#isLatest(record) && (record.value !== null || keepsTombstones)))) continue;
      kept.push(record);
      hasTombstone ||= record.value === null;
    }
    if (kept.length === 0) {
      if (!this.#mustStay(buffer, at)) return null;
      return count === 0 ? undefined : this.#rewrite(buffer, at, [], null);
    }
    const needsHorizon = hasTombstone && horizon === null;
    if (kept.length === count && !needsHorizon) return undefined;
    return this.#rewrite(buffer, at, kept, needsHorizon ? this.#newHorizon() : horizon);
  }

  #isLatest(record: KafkaRecord): boolean {
    if (record.key === null) return false;
    const latest = this.#options.latest.get(record.key.toString('latin1'));
    return latest === undefined || record.offset >= latest;
  }

  #newHorizon(): number {
    return this.#options.nowMs + this.#options.deleteRetentionMs;
  }

  /**
   * Whether the batch stays even without a record: it is the last that a producer wrote, and so tells its epoch and
   * sequence, or the last of all that is cleaned.
   */
  #mustStay(buffer: Buffer, at: number): boolean {
    const last = lastOffset(buffer, at);
    if (last + 1 === this.#options.endOffset) return true;
    const producer = this.#options.producers.get(producerId(buffer, at));
    if (producer === undefined) return false;
    const lastData = producer.batches.at(-1)?.lastOffset;
    if (lastData !== undefined) return last === lastData;
    return isControl(buffer, at) && producerEpoch(buffer, at) === producer.producerEpoch;
  }

  #rewrite(buffer: Buffer, at: number, kept: readonly KafkaRecord[], deleteHorizonMs: number | null): Buffer {
    const header = readBatchHeader(buffer, at);
    const isLogAppendTime = timestampType(buffer, at) === 'LogAppendTime';
    return encodeBatch({
      records: kept,
      baseOffset: header.baseOffset,
      lastOffsetDelta: header.lastOffsetDelta,
      partitionLeaderEpoch: header.partitionLeaderEpoch,
      // Without records there is nothing to compress: such a batch is a bare header.
      compression: kept.length === 0 ? Compression.none : header.compression,
      timestampType: isLogAppendTime ? 'LogAppendTime' : 'CreateTime',
      ...(isLogAppendTime || kept.length === 0 ? { maxTimestamp: header.maxTimestamp } : {}),
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      isTransactional: header.isTransactional,
      isControl: header.isControl,
      deleteHorizonMs,
    });
  }
}

/** From when on the batch's tombstones, or its marker, may go (KIP-534); null while that is not settled. */
function deleteHorizonOf(buffer: Buffer, at: number): number | null {
  return attributes(buffer, at) & DELETE_HORIZON_FLAG ? baseTimestamp(buffer, at) : null;
}
