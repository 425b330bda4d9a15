import { type ProducerSnapshotEntry, producerEntryPlace } from '../../log/producer-snapshot.ts';
import { type CompletedTransaction, ProducerState } from '../../log/producer-state.ts';
import {
  baseOffset,
  baseSequence,
  isControl,
  isTransactional,
  lastOffset,
  lastSequence,
  producerEpoch,
  producerId,
} from '../../records/index.ts';
import type { FindingList } from './finding-list.ts';

/** Brokers forget a producer that wrote nothing for a day (producer.id.expiration.ms): its next sequence may be any. */
const EXPIRES_MS = 86_400_000;
/** transaction.max.timeout.ms: no transaction may be open for longer. */
const MAX_TRANSACTION_MS = 900_000;
const SEQUENCES = 0x8000_0000;
const FORGET_ABOVE = 100_000;

export interface OpenTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of its last batch. */
  readonly lastOffset: number;
  readonly lastTimestamp: number;
}

/** Sequences, epochs and transactions of the producers of one partition, batch by batch. */
export class ProducerCheck {
  readonly #state = new ProducerState();
  readonly #found: FindingList;
  readonly #deferred: FindingList;
  readonly #sequences: boolean;
  #largestTimestamp = -1;
  readonly #later = new LaterTimestamps();
  #damagedBefore = -1;
  /** Where the open transactions begin, by producer. */
  readonly #begun = new Map<number, { readonly file: string; readonly position: number }>();
  committed = 0;
  abortedCount = 0;

  /** `deferred`: what does not count in a log that was compacted. `sequences`: whether producers count in this partition; a coordinator that writes for them always begins at 0. */
  constructor(found: FindingList, deferred: FindingList, sequences: boolean) {
    this.#found = found;
    this.#deferred = deferred;
    this.#sequences = sequences;
  }

  /** Takes in a sound batch of an idempotent or transactional producer; returns the transaction that it ended. */
  batch(file: string, buffer: Buffer, at: number, position: number, timestamp: number): CompletedTransaction | null {
    if (timestamp > this.#largestTimestamp) this.#largestTimestamp = timestamp;
    this.#later.add(lastOffset(buffer, at), timestamp);
    const id = producerId(buffer, at);
    if (id < 0) return null;
    this.#compare(file, buffer, at, position, timestamp);
    const completed = this.#state.update(buffer, at);
    if (isTransactional(buffer, at)) this.#begins(id, file, baseOffset(buffer, at), position);
    if (this.#state.producers.size > FORGET_ABOVE) this.#state.removeExpired(this.#largestTimestamp, EXPIRES_MS);
    if (completed === null) return null;
    this.#state.complete(completed);
    // It is over for every reader of the files: nothing more need be known of it.
    this.#state.firstUnstableOffset(completed.lastOffset + 1);
    this.#begun.delete(id);
    if (completed.aborted) this.abortedCount++;
    else this.committed++;
    return completed;
  }

  #begins(id: number, file: string, offset: number, position: number): void {
    if (this.#state.producers.get(id)?.currentTxnFirstOffset === offset) this.#begun.set(id, { file, position });
  }

  /** Bytes before `offset` were not readable: what a producer writes behind them need not follow what is known. */
  damaged(offset: number): void {
    this.#damagedBefore = Math.max(this.#damagedBefore, offset);
  }

  #compare(file: string, buffer: Buffer, at: number, position: number, timestamp: number): void {
    const id = producerId(buffer, at);
    const known = this.#state.producers.get(id);
    if (known === undefined) return;
    const epoch = producerEpoch(buffer, at);
    const place = { position, offsets: [baseOffset(buffer, at), lastOffset(buffer, at)] as const };
    if (epoch < known.producerEpoch) {
      this.#found.add('SEG-12', file, `producer ${id} has epoch ${epoch} after ${known.producerEpoch}`, place);
      return;
    }
    if (!this.#sequences || isControl(buffer, at) || epoch !== known.producerEpoch) return;
    const last = known.batches.at(-1);
    const first = baseSequence(buffer, at);
    if (last === undefined || first < 0) return;
    const ahead = (first - last.lastSequence + SEQUENCES) % SEQUENCES;
    if (ahead === 1) return;
    const detail = (): string =>
      `producer ${id}, epoch ${epoch}: sequences ${first}–${lastSequence(buffer, at)} follow ${last.lastSequence}`;
    // Half of the range ahead or more: it is behind. Sequences wrap.
    if (ahead === 0 || ahead >= SEQUENCES / 2) {
      if (timestamp - last.timestamp < EXPIRES_MS) this.#found.add('SEG-12', file, detail, place);
      return;
    }
    if (timestamp - last.timestamp >= EXPIRES_MS || last.lastOffset < this.#damagedBefore) return;
    this.#deferred.add('SEG-11', file, detail, place);
  }

  /** Compares a snapshot that was taken here. Expired producers may be missing in it, and it may know older ones. */
  snapshot(file: string, entries: readonly ProducerSnapshotEntry[], from: number): void {
    const ours = new Map(this.#state.snapshot().map((entry) => [entry.producerId, entry]));
    for (const [index, theirs] of entries.entries()) {
      const mine = ours.get(theirs.producerId);
      if (mine === undefined || mine.lastOffset < 0 || theirs.lastOffset < from) continue;
      if (theirs.lastOffset < this.#damagedBefore) continue;
      const differs = (['producerEpoch', 'lastSequence', 'lastOffset', 'currentTxnFirstOffset'] as const).filter(
        (field) => mine[field] !== theirs[field],
      );
      if (differs.length === 0) continue;
      const what = differs.map((field) => `${field} ${theirs[field]}, the log has ${mine[field]}`).join('; ');
      this.#deferred.add('SEG-22', file, `producer ${theirs.producerId}: ${what}`, {
        ...producerEntryPlace(index),
        offsets: [Math.min(mine.lastOffset, theirs.lastOffset), Math.max(mine.lastOffset, theirs.lastOffset)],
      });
    }
  }

  /** Transactions that are still open at the end of the log. */
  open(): readonly OpenTransaction[] {
    return [...this.#state.producers.values()]
      .filter((entry) => entry.currentTxnFirstOffset >= 0)
      .map((entry) => ({
        producerId: entry.producerId,
        firstOffset: entry.currentTxnFirstOffset,
        lastOffset: entry.batches.at(-1)?.lastOffset ?? entry.currentTxnFirstOffset,
        lastTimestamp: entry.lastTimestamp,
      }));
  }

  reportOpen(endOffset: number): void {
    for (const { producerId: id, firstOffset, lastOffset: last, lastTimestamp } of this.open()) {
      const begun = this.#begun.get(id);
      if (begun === undefined) continue;
      const { file, position } = begun;
      const behind = this.#later.largestBehind(last) - lastTimestamp;
      const offsets = [firstOffset, Math.max(firstOffset, endOffset - 1)] as const;
      if (behind > MAX_TRANSACTION_MS) {
        const detail = `producer ${id}, from offset ${firstOffset} on; the log went on for ${Math.round(behind / 60_000)} minutes after its last record`;
        this.#found.add('SEG-15', file, detail, { position, offsets });
      } else this.#found.add('SEG-14', file, `producer ${id}, from offset ${firstOffset} on`, { position, offsets });
    }
  }
}

const REMEMBERED = 1024;

/** The largest timestamp behind any offset, in bounded memory. */
class LaterTimestamps {
  /** Offsets go up, timestamps down: nothing behind an entry is later than it. */
  #offsets: number[] = [];
  #timestamps: number[] = [];

  add(offset: number, timestamp: number): void {
    let end = this.#timestamps.length;
    while (end > 0 && (this.#timestamps[end - 1] as number) <= timestamp) end--;
    this.#offsets.length = this.#timestamps.length = Math.min(this.#offsets.length, end + 1);
    this.#offsets[end] = offset;
    this.#timestamps[end] = timestamp;
    if (end < REMEMBERED) return;
    // A log whose timestamps only go back: what is left says too little, and never too much.
    this.#offsets = this.#offsets.filter((_, index) => index % 2 === 1);
    this.#timestamps = this.#timestamps.filter((_, index) => index % 2 === 1);
  }

  /** -1 where nothing follows. */
  largestBehind(offset: number): number {
    return this.#timestamps[this.#offsets.findIndex((each) => each > offset)] ?? -1;
  }
}
