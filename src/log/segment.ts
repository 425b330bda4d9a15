import { isValidCrc } from '../records/batch.ts';
import { batchSize, lastOffset, magic, maxTimestamp, recordsCount } from '../records/fields.ts';
import { BatchCursor } from './batch-cursor.ts';
import type { Disk, DiskFile } from './disk.ts';
import {
  DELETED_SUFFIX,
  fileName,
  INDEX_SUFFIX,
  LOG_SUFFIX,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from './file-names.ts';
import { OffsetIndex } from './offset-index.ts';
import { TimeIndex } from './time-index.ts';
import { TransactionIndex } from './transaction-index.ts';

/** The largest offset of a segment, counted from its base offset, that its indexes can name. */
const MAX_RELATIVE_OFFSET = 0x7fff_ffff;

/** One `.log` with its indexes. Knows nothing of producers, epochs or retention. */
export class Segment {
  readonly baseOffset: number;
  readonly log: DiskFile;
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
  readonly transactionIndex: TransactionIndex;
  /** When this process made or opened the segment, ms: what segment.ms counts from while there is no timestamp. */
  readonly createdMs: number;
  /** How much earlier than segment.ms it rolls. */
  readonly rollJitterMs: number;
  readonly #disk: Disk;
  #bytesSinceIndexEntry = 0;
  /** -2 until it was read from the time index. */
  #maxTimestamp = -2;
  #offsetOfMaxTimestamp: number;
  /** Largest timestamp of the first batch; null while the segment is empty; undefined until it was read. */
  #firstTimestamp: number | null | undefined;

  /** Opens the segment's files in `directory`; makes the `.log` when `create` says so, and empty indexes with it. */
  constructor(
    disk: Disk,
    directory: string,
    baseOffset: number,
    options: {
      readonly create: boolean;
      readonly nowMs: number;
      readonly rollJitterMs?: number;
      /** Behind the names of all files, while they are not part of the log. */
      readonly suffix?: string;
    },
  ) {
    const path = (suffix: string) => `${directory}/${fileName(baseOffset, suffix)}${options.suffix ?? ''}`;
    this.#disk = disk;
    this.baseOffset = baseOffset;
    this.#offsetOfMaxTimestamp = baseOffset;
    this.createdMs = options.nowMs;
    this.rollJitterMs = options.rollJitterMs ?? 0;
    this.log = disk.open(path(LOG_SUFFIX), { create: options.create });
    this.offsetIndex = new OffsetIndex(disk, path(INDEX_SUFFIX), baseOffset);
    this.timeIndex = new TimeIndex(disk, path(TIME_INDEX_SUFFIX), baseOffset);
    this.transactionIndex = new TransactionIndex(disk, path(TXN_INDEX_SUFFIX));
    if (options.create) {
      this.resetIndexes();
      this.#maxTimestamp = -1;
      this.#firstTimestamp = null;
    }
  }

  get size(): number {
    return this.log.size;
  }

  /** The largest timestamp in the segment; -1 when it has none. */
  get maxTimestamp(): number {
    if (this.#maxTimestamp === -2) this.#loadMaxTimestamp();
    return this.#maxTimestamp;
  }

  /** Last offset of the batch that holds the largest timestamp; the base offset where there is none. */
  get offsetOfMaxTimestamp(): number {
    if (this.#maxTimestamp === -2) this.#loadMaxTimestamp();
    return this.#offsetOfMaxTimestamp;
  }

  /** What segment.ms counts from: the largest timestamp of the first batch, or null in an empty segment. */
  get firstTimestamp(): number | null {
    if (this.#firstTimestamp === undefined || (this.#firstTimestamp === null && this.size > 0)) {
      const cursor = new BatchCursor(this.log, 0);
      this.#firstTimestamp = cursor.next() ? maxTimestamp(cursor.buffer, cursor.at) : null;
    }
    return this.#firstTimestamp;
  }

  canHold(offset: number): boolean {
    return offset - this.baseOffset <= MAX_RELATIVE_OFFSET;
  }

  /** Appends whole batches whose offsets were assigned, and their index entries. */
  append(records: Buffer, indexIntervalBytes: number): void {
    if (this.#maxTimestamp === -2) this.#loadMaxTimestamp();
    let position = this.log.append(records);
    for (let at = 0; at < records.length; ) {
      const size = batchSize(records, at);
      this.#index(records, at, position, indexIntervalBytes);
      at += size;
      position += size;
      this.#bytesSinceIndexEntry += size;
    }
  }

  /**
   * Where the first batch begins that reaches `offset` (holds it, or lies behind it); the segment's size when none does.
   */
  positionOf(offset: number): number {
    const cursor = new BatchCursor(this.log, this.offsetIndex.lookup(offset));
    while (cursor.next()) if (lastOffset(cursor.buffer, cursor.at) >= offset) return cursor.position;
    return this.size;
  }

  /** Bytes of the batch that begins at `position`. */
  sizeOfBatchAt(position: number): number {
    const cursor = new BatchCursor(this.log, position);
    return cursor.next() ? cursor.size : 0;
  }

  /** A walk from the first batch that may hold records of at least `timestamp`, at `fromOffset` or behind it. */
  cursorFrom(timestamp: number, fromOffset: number): BatchCursor {
    const offset = Math.max(this.timeIndex.lookup(timestamp), fromOffset);
    return new BatchCursor(this.log, this.offsetIndex.lookup(offset));
  }

  /** The offset behind the last batch, and where the whole batches end. Reads headers behind the last index entry. */
  findEnd(): { readonly nextOffset: number; readonly position: number } {
    const index = this.offsetIndex.count - 1;
    const cursor = new BatchCursor(this.log, index < 0 ? 0 : this.offsetIndex.positionAt(index));
    let nextOffset = this.baseOffset;
    while (cursor.next()) nextOffset = lastOffset(cursor.buffer, cursor.at) + 1;
    return { nextOffset, position: cursor.position };
  }

  /** Drops the batches that reach `offset` and everything behind them; returns the offset behind what is left. */
  truncateTo(offset: number): number {
    const position = this.positionOf(offset);
    this.offsetIndex.truncateTo(offset);
    this.timeIndex.truncateTo(offset);
    this.transactionIndex.truncateTo(offset);
    this.log.truncate(position);
    this.#bytesSinceIndexEntry = 0;
    this.#firstTimestamp = undefined;
    this.#loadMaxTimestamp();
    return this.findEnd().nextOffset;
  }

  /**
   * Rebuilds the offset and time index from the `.log`, empties the transaction index, and cuts the log at the first
   * batch that is torn, corrupt or out of order. `visit` is told of every batch that stays. Returns the bytes cut off.
   */
  recover(
    indexIntervalBytes: number,
    visit: (buffer: Buffer, at: number) => void,
  ): { readonly truncatedBytes: number; readonly nextOffset: number } {
    this.resetIndexes();
    this.#maxTimestamp = -1;
    this.#offsetOfMaxTimestamp = this.baseOffset;
    this.#firstTimestamp = undefined;
    this.#bytesSinceIndexEntry = 0;
    const size = this.size;
    const cursor = new BatchCursor(this.log, 0, size, { whole: true });
    let nextOffset = this.baseOffset;
    let valid = 0;
    while (cursor.next()) {
      const last = lastOffset(cursor.buffer, cursor.at);
      if (last < nextOffset || !this.canHold(last) || !isValidCrc(cursor.buffer, cursor.at)) break;
      this.#index(cursor.buffer, cursor.at, cursor.position, indexIntervalBytes);
      this.#bytesSinceIndexEntry += cursor.size;
      nextOffset = last + 1;
      valid = cursor.position + cursor.size;
      visit(cursor.buffer, cursor.at);
    }
    if (valid < size) this.log.truncate(valid);
    this.finishIndexes();
    return { truncatedBytes: size - valid, nextOffset };
  }

  /** Empties the indexes, on disk too. */
  resetIndexes(): void {
    this.offsetIndex.file.reset({ create: true });
    this.timeIndex.file.reset({ create: true });
    this.transactionIndex.file.reset({ create: false });
  }

  /** Adds the final time-index entry and writes the indexes out in their exact size: at a roll, a close, a recovery. */
  finishIndexes(): void {
    this.timeIndex.maybeAppend(this.maxTimestamp, this.offsetOfMaxTimestamp);
    this.offsetIndex.file.trim();
    this.timeIndex.file.trim();
  }

  /**
   * Makes everything appended so far durable. The sparse indexes are written, not synced: those of the active segment are
   * made anew after a crash.
   */
  sync(): void {
    this.log.sync();
    this.offsetIndex.file.flush();
    this.timeIndex.file.flush();
    this.transactionIndex.file.sync();
  }

  /** Makes the indexes durable: of a closed segment nobody looks at them again, and a loss of power may tear an entry. */
  syncIndexes(): void {
    for (const { file } of this.#indexes) file.sync();
  }

  close(): void {
    this.log.close();
    for (const { file } of this.#indexes) file.close();
  }

  /** Removes the files, the `.log` first: indexes without a log are known for leftovers. */
  remove(): void {
    this.log.close();
    this.#disk.remove(this.log.path);
    for (const { file } of this.#indexes) file.remove();
  }

  /** Renames the files to `.deleted`, in the same order, and returns their new paths: they are not part of the log any more. */
  retire(): string[] {
    this.log.close();
    for (const { file } of this.#indexes) file.drop();
    const paths = [this.log.path, ...this.#indexes.map(({ file }) => file.path)];
    return paths.flatMap((path) => {
      if (!this.#disk.exists(path)) return [];
      this.#disk.rename(path, path + DELETED_SUFFIX);
      return [path + DELETED_SUFFIX];
    });
  }

  get #indexes() {
    return [this.offsetIndex, this.timeIndex, this.transactionIndex];
  }

  #index(buffer: Buffer, at: number, position: number, indexIntervalBytes: number): void {
    const timestamp = latestTimestamp(buffer, at);
    const last = lastOffset(buffer, at);
    if (position === 0) this.#firstTimestamp = maxTimestamp(buffer, at);
    if (timestamp > this.#maxTimestamp) {
      this.#maxTimestamp = timestamp;
      this.#offsetOfMaxTimestamp = last;
    }
    if (this.#bytesSinceIndexEntry <= indexIntervalBytes) return;
    this.offsetIndex.append(last, position);
    this.timeIndex.maybeAppend(this.#maxTimestamp, this.#offsetOfMaxTimestamp);
    this.#bytesSinceIndexEntry = 0;
  }

  /** From the last entry of the time index, and the batches behind it: the index is sparse. */
  #loadMaxTimestamp(): void {
    this.#maxTimestamp = this.timeIndex.lastTimestamp;
    this.#offsetOfMaxTimestamp = this.timeIndex.lastOffset;
    const cursor = new BatchCursor(this.log, this.offsetIndex.lookup(this.#offsetOfMaxTimestamp));
    while (cursor.next()) {
      const timestamp = latestTimestamp(cursor.buffer, cursor.at);
      if (timestamp <= this.#maxTimestamp) continue;
      this.#maxTimestamp = timestamp;
      this.#offsetOfMaxTimestamp = lastOffset(cursor.buffer, cursor.at);
    }
  }
}

/** The largest timestamp of the batch's records; -1 where compaction left none, because then there is nothing to find. */
function latestTimestamp(buffer: Buffer, at: number): number {
  return magic(buffer, at) >= 2 && recordsCount(buffer, at) === 0 ? -1 : maxTimestamp(buffer, at);
}
