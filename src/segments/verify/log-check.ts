import type { CompletedTransaction } from '../../log/producer-state.ts';
import {
  baseOffset as baseOffsetOf,
  Compression,
  codecName,
  compression,
  isControl,
  lastOffset as lastOffsetOf,
  magic,
  maxTimestamp,
  partitionLeaderEpoch,
  RecordError,
  recordsCount,
} from '../../records/index.ts';
import { countRecords, deleteHorizon } from '../batch-row.ts';
import { batchPlace, damageFinding } from '../damage.ts';
import type { Damage, SegmentScanner } from '../scanner.ts';
import { checkRecords } from './deep-check.ts';
import type { EpochCheck } from './epoch-check.ts';
import type { FindingList } from './finding-list.ts';
import type { OffsetIndexCheck, TimeIndexCheck, TransactionIndexCheck } from './index-checks.ts';
import type { ProducerCheck } from './producer-check.ts';

/** Indexes count offsets from a segment's first one in an int32. */
const MAX_RELATIVE_OFFSET = 0x7fff_ffff;

/** What is known of one log when it has been read. */
export interface LogTotals {
  batches: number;
  /** As the headers declare them. */
  records: number;
  badBatches: number;
  firstOffset: number | null;
  lastOffset: number | null;
  readonly compressed: Set<string>;
}

/** What runs through all segments of one partition. */
export interface PartitionState {
  readonly found: FindingList;
  /** What does not count when it turns out that the log was compacted. */
  readonly deferred: FindingList;
  readonly producers: ProducerCheck;
  readonly epochs: EpochCheck;
  /** The offset behind the last sound batch; -1 before the first. */
  nextOffset: number;
  /** Whether bytes were not readable since the last sound batch: a gap there is no finding of its own. */
  broken: boolean;
  /** Whether batches show that the log cleaner was here. */
  compacted: boolean;
  /** Whether anything at all was unreadable. */
  damaged: boolean;
}

export interface LogChecks {
  readonly file: string;
  readonly baseOffset: number | null;
  readonly offsetIndex: OffsetIndexCheck | null;
  readonly timeIndex: TimeIndexCheck | null;
  readonly transactionIndex: TransactionIndexCheck;
  readonly deep: boolean;
  /** Milliseconds since 1970 beyond which a timestamp lies in the future. */
  readonly future: number;
}

/** Every check of one segment's batches, told one by one. */
export class LogCheck {
  readonly totals: LogTotals = {
    batches: 0,
    records: 0,
    badBatches: 0,
    firstOffset: null,
    lastOffset: null,
    compressed: new Set(),
  };
  readonly #checks: LogChecks;
  readonly #state: PartitionState;
  #firstInFile = true;
  #futureTold = false;

  constructor(checks: LogChecks, state: PartitionState) {
    this.#checks = checks;
    this.#state = state;
  }

  damage(damage: Damage, nextOffset: number): void {
    const state = this.#state;
    state.found.push(damageFinding(this.#checks.file, damage, nextOffset));
    state.broken = true;
    state.damaged = true;
    state.producers.damaged(nextOffset);
    this.#checks.offsetIndex?.skip(damage.position, damage.length);
    if (damage.kind === 'framing') this.totals.badBatches++;
  }

  batch(scanner: SegmentScanner): void {
    const { buffer, at, position, size } = scanner;
    const state = this.#state;
    const last = lastOffsetOf(buffer, at);
    this.totals.batches++;
    if (scanner.valid === false) {
      this.#badCrc(scanner);
      return;
    }
    const format = magic(buffer, at);
    // What a compressed v0/v1 set begins with is not in its header.
    const first = format < 2 && compression(buffer, at) !== Compression.none ? null : baseOffsetOf(buffer, at);
    const count = countRecords(scanner);
    this.totals.records += count;
    if (last - (this.#checks.baseOffset ?? first ?? last) > MAX_RELATIVE_OFFSET) {
      const detail = `offset ${last} cannot lie in a file named ${this.#checks.baseOffset}`;
      state.found.add('SEG-05', this.#checks.file, detail, { position, length: size, offsets: [first ?? last, last] });
      state.broken = true;
      state.damaged = true;
      state.producers.damaged(state.nextOffset);
      this.#checks.offsetIndex?.skip(position, size);
      return;
    }
    this.#offsets(position, first ?? last, last, first !== null);
    this.totals.firstOffset ??= first ?? last;
    this.totals.lastOffset = last;
    const timestamp = maxTimestamp(buffer, at);
    if (format >= 2) this.#v2(scanner, count, last - (first ?? last), timestamp);
    if (timestamp > this.#checks.future && !this.#futureTold) {
      this.#futureTold = true;
      const detail = `the largest timestamp is ${timestamp}, more than a day ahead of now`;
      state.found.add('SEG-10', this.#checks.file, detail, { position, offsets: [first ?? last, last] });
    }
    this.#checks.offsetIndex?.batch(position, size, last);
    // Entries for what could not be read cannot be judged.
    if (state.broken) this.#checks.timeIndex?.skip((first ?? last) - 1);
    this.#checks.timeIndex?.batch(last, timestamp);
    if (compression(buffer, at) !== Compression.none) this.#compressed(scanner, format);
    if (this.#checks.deep) checkRecords(scanner, this.#checks.file, state.found);
    state.nextOffset = last + 1;
    state.broken = false;
  }

  /** After the last batch; `size` is the log's. */
  end(size: number): void {
    this.#checks.offsetIndex?.end(size);
    if (!this.#state.broken) this.#checks.timeIndex?.end();
  }

  #badCrc(scanner: SegmentScanner): void {
    const { buffer, at, position, size } = scanner;
    const state = this.#state;
    const place = batchPlace(scanner, state.nextOffset);
    const { offsets } = place;
    const detail = `a batch of ${size} bytes${offsets === undefined ? '' : `, ${recordsCount(buffer, at)} records`}`;
    state.found.add('SEG-02', this.#checks.file, detail, place);
    this.totals.badBatches++;
    state.broken = true;
    state.damaged = true;
    state.producers.damaged(state.nextOffset);
    this.#checks.offsetIndex?.skip(position, size);
    if (offsets !== undefined) this.#checks.timeIndex?.skip(offsets[1]);
  }

  #offsets(position: number, first: number, last: number, firstKnown: boolean): void {
    const { found, nextOffset, broken, deferred } = this.#state;
    const { file, baseOffset } = this.#checks;
    const newFile = this.#firstInFile;
    this.#firstInFile = false;
    if (baseOffset !== null && first < baseOffset && firstKnown) {
      found.add('SEG-06', file, `offset ${first} in a file named ${baseOffset}`, { position, offsets: [first, last] });
    }
    if (nextOffset < 0) return;
    if (first < nextOffset) {
      const detail = `offsets ${first}–${last} follow ${nextOffset - 1}`;
      found.add(newFile ? 'SEG-28' : 'SEG-05', file, detail, { position, offsets: [first, last] });
      return;
    }
    if (first === nextOffset || broken || !firstKnown) return;
    const missing = first - nextOffset;
    const detail = (): string => `${missing} ${missing === 1 ? 'offset is' : 'offsets are'} missing before ${first}`;
    deferred.add('SEG-07', file, detail, { position, offsets: [nextOffset, first - 1] });
  }

  #v2(scanner: SegmentScanner, count: number, delta: number, timestamp: number): void {
    const { buffer, at, position } = scanner;
    const state = this.#state;
    const { file } = this.#checks;
    const first = baseOffsetOf(buffer, at);
    const place = { position, length: scanner.size, offsets: [first, first + delta] as const };
    if (delta < 0 || count < 0 || count > delta + 1) {
      state.found.add('SEG-08', file, `the header declares ${count} records for ${delta + 1} offsets`, place);
    } else if (count < delta + 1) state.compacted = true;
    if (deleteHorizon(buffer, at) !== null) state.compacted = true;
    state.epochs.batch(file, partitionLeaderEpoch(buffer, at), position, first, first + delta);
    const completed = this.#producer(scanner, timestamp);
    if (completed?.aborted === true) this.#checks.transactionIndex.aborted(completed);
  }

  #producer(scanner: SegmentScanner, timestamp: number): CompletedTransaction | null {
    const { file } = this.#checks;
    const { buffer, at, position } = scanner;
    try {
      return this.#state.producers.batch(file, buffer, at, position, timestamp);
    } catch (error) {
      // A marker that cannot be read as one.
      if (!(error instanceof RecordError) || !isControl(buffer, at)) throw error;
      this.#state.found.add('SEG-08', file, error.message, batchPlace(scanner));
      return null;
    }
  }

  #compressed(scanner: SegmentScanner, format: number): void {
    const { buffer, at } = scanner;
    const id = compression(buffer, at);
    const name = codecName(id);
    const known = id <= Compression.zstd && (format >= 2 || id !== Compression.zstd);
    if (known) {
      this.totals.compressed.add(name);
      return;
    }
    const detail = `compression ${name} does not exist in message format v${format}`;
    this.#state.found.add('SEG-09', this.#checks.file, detail, batchPlace(scanner));
  }
}
