import { CheckpointError, checkpointNumber, parseCheckpoint } from '../log/checkpoint-file.ts';
import { int64 } from '../records/index.ts';

/*
 * The files beside a log, read from their bytes alone. Zero entries at an index's end are what a broker preallocates
 * for the active segment: they are no entries.
 */

export interface OffsetIndexEntry {
  /** Last offset of the batch that begins at `position`. */
  readonly offset: number;
  readonly position: number;
}

export interface TimeIndexEntry {
  /** The largest timestamp so far. */
  readonly timestamp: number;
  /** Last offset of the batch that holds it. */
  readonly offset: number;
}

export interface TransactionEntry {
  readonly version: number;
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the ABORT marker. */
  readonly lastOffset: number;
  readonly lastStableOffset: number;
}

/** An index in its bytes. Entries are read when they are asked for: damaged files may hold millions of them. */
export class IndexContent<T> implements Iterable<T> {
  /** Entries in use. */
  readonly length: number;
  /** Bytes of one entry. */
  readonly entrySize: number;
  /** Bytes of zeros behind the entries. */
  readonly preallocated: number;
  /** Bytes behind the last whole entry. */
  readonly ragged: number;
  readonly #read: (at: number) => T;

  constructor(bytes: Buffer, entrySize: number, read: (at: number) => T) {
    const whole = Math.floor(bytes.length / entrySize);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    this.length = Math.min(whole, Math.ceil(end / entrySize));
    this.entrySize = entrySize;
    this.preallocated = (whole - this.length) * entrySize;
    this.ragged = bytes.length - whole * entrySize;
    this.#read = read;
  }

  /** Undefined behind the last one. */
  at(index: number): T | undefined {
    return index < this.length ? this.#read(index * this.entrySize) : undefined;
  }

  *[Symbol.iterator](): Generator<T, void, void> {
    for (let index = 0; index < this.length; index++) yield this.#read(index * this.entrySize);
  }
}

const OFFSET_ENTRY = 8;
const TIME_ENTRY = 12;
const TRANSACTION_ENTRY = 34;

export function readOffsetIndex(bytes: Buffer, baseOffset: number): IndexContent<OffsetIndexEntry> {
  return new IndexContent(bytes, OFFSET_ENTRY, (at) => ({
    offset: baseOffset + bytes.readInt32BE(at),
    position: bytes.readInt32BE(at + 4),
  }));
}

export function readTimeIndex(bytes: Buffer, baseOffset: number): IndexContent<TimeIndexEntry> {
  return new IndexContent(bytes, TIME_ENTRY, (at) => ({
    timestamp: int64(bytes, at),
    offset: baseOffset + bytes.readInt32BE(at + 8),
  }));
}

export function readTransactionIndex(bytes: Buffer): IndexContent<TransactionEntry> {
  return new IndexContent(bytes, TRANSACTION_ENTRY, (at) => ({
    version: bytes.readInt16BE(at),
    producerId: int64(bytes, at + 2),
    firstOffset: int64(bytes, at + 10),
    lastOffset: int64(bytes, at + 18),
    lastStableOffset: int64(bytes, at + 26),
  }));
}

export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

/** The entries of a `leader-epoch-checkpoint`. Throws CheckpointError. */
export function readLeaderEpochs(text: string, path: string): EpochEntry[] {
  return parseCheckpoint(text, path).map((fields) => ({
    epoch: checkpointNumber(fields[0], path),
    startOffset: checkpointNumber(fields[1], path),
  }));
}

export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The entries of an offset checkpoint in the root of a log directory. Throws CheckpointError. */
export function readOffsetCheckpoint(text: string, path: string): PartitionOffset[] {
  return parseCheckpoint(text, path).map(([topic, partition, offset]) => {
    if (topic === undefined) throw new CheckpointError(`${path}: an empty line`);
    return { topic, partition: checkpointNumber(partition, path), offset: checkpointNumber(offset, path) };
  });
}

/** The largest size that a file beside a log may reasonably have; indexes are 10 MiB by default. */
export const SIDE_FILE_LIMIT = 256 * 1024 * 1024;
