import { basename, dirname, join } from 'node:path';
import { type Disk, DiskError, replaceFile } from '../log/disk.ts';
import { fileName, LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA, SNAPSHOT_SUFFIX } from '../log/file-names.ts';
import { LeaderEpochCache } from '../log/leader-epoch-cache.ts';
import { encodePartitionMetadata, parsePartitionMetadata } from '../log/partition-metadata.ts';
import { encodeProducerSnapshot } from '../log/producer-snapshot.ts';
import { ProducerState } from '../log/producer-state.ts';
import { Segment } from '../log/segment.ts';
import { FileDisk } from '../log/shell/file-disk.ts';
import {
  BATCH_OVERHEAD,
  baseOffset,
  Compression,
  compression,
  lastOffset,
  magic,
  partitionLeaderEpoch,
  RecordError,
  records,
  recordsCount,
} from '../records/index.ts';
import { crcFinding, damageFinding, unreadable } from './damage.ts';
import { type Finding, finding } from './findings.ts';
import type { LocatedFile, LocatedPartition } from './locate.ts';
import { isPlausible } from './plausible.ts';
import { SegmentScanner } from './scanner.ts';
import { SIDE_FILE_LIMIT } from './side-files.ts';
import { type ByteSource, openSource, readSmallFile, SourceError } from './source.ts';
import { segmentsOf } from './verify/segment-files.ts';

/** Offsets that the copy lacks though the source should have had them. */
export interface LostRange {
  readonly file: string;
  readonly from: number;
  /** The last one, or null where the log's end is not known. */
  readonly to: number | null;
}

export interface SalvageResult {
  readonly segments: number;
  readonly batches: number;
  readonly records: number;
  readonly bytes: number;
  readonly firstOffset: number | null;
  readonly lastOffset: number | null;
  readonly lost: readonly LostRange[];
  readonly findings: readonly Finding[];
}

/** As Kafka's default: one index entry in so many bytes. */
const INDEX_INTERVAL = 4096;
/** Indexes count offsets from a segment's first one in an int32. */
const MAX_RELATIVE_OFFSET = 0x7fff_ffff;
const CHUNK = 256 * 1024;

/** The destination cannot be written: no space, no permission, something else in its place. */
export class DestinationError extends Error {}

/**
 * Copies every sound batch of a partition to a new directory, with indexes, producer snapshots and leader epochs built
 * anew. The source is only read. `destination` must not exist yet, or be empty; its caller sees to that. Throws DestinationError.
 */
export async function salvagePartition(
  partition: LocatedPartition,
  destination: string,
  pause: (done: number) => Promise<boolean>,
): Promise<SalvageResult> {
  try {
    return await copyPartition(partition, destination, pause);
  } catch (error) {
    if (error instanceof DiskError) throw new DestinationError(error.message, { cause: error });
    throw error;
  }
}

async function copyPartition(
  partition: LocatedPartition,
  destination: string,
  pause: (done: number) => Promise<boolean>,
): Promise<SalvageResult> {
  const disk = new FileDisk(dirname(destination));
  const directory = basename(destination);
  disk.makeDirectory(directory);
  const copy = new Salvage(disk, directory);
  for (const { log } of segmentsOf(partition).segments) {
    if (log === null) continue;
    try {
      if (!(await copy.log(log, pause))) break;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      copy.unreadable(error, log);
    }
  }
  copy.finish(partition);
  return copy.result();
}

class Salvage {
  readonly findings: Finding[] = [];
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #epochs: LeaderEpochCache;
  readonly #producers = new ProducerState();
  readonly #lost: LostRange[] = [];
  readonly #counts = { segments: 0, batches: 0, records: 0, bytes: 0 };
  #firstOffset: number | null = null;
  #nextOffset = -1;
  #broken = false;
  #done = 0;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
    this.#epochs = LeaderEpochCache.load(disk, `${directory}/${LEADER_EPOCH_CHECKPOINT}`);
  }

  async log(log: LocatedFile, pause: (done: number) => Promise<boolean>): Promise<boolean> {
    const source = openSource(log.path);
    let target: SegmentWriter | null = null;
    try {
      const scanner = new SegmentScanner(source, { bodies: true, crc: true });
      let pausedAt = 0;
      for (let step = scanner.next(); step !== 'end'; step = scanner.next()) {
        if (step === 'damage') this.#damaged(log, scanner);
        else if (this.#wanted(log, source, scanner)) {
          target ??= this.#begin(log, baseOffset(scanner.buffer, scanner.at));
          this.#copy(log, scanner, target);
        }
        if (scanner.position - pausedAt < CHUNK * 16) continue;
        pausedAt = scanner.position;
        if (!(await pause(this.#done + pausedAt))) return false;
      }
      this.#done += source.size;
      return true;
    } finally {
      source.close();
      if (target !== null) this.#end(target);
    }
  }

  /** What a file held is lost when it cannot be read. */
  unreadable(error: SourceError, log: LocatedFile): void {
    this.findings.push(unreadable(error, log.path));
    this.#broken = true;
  }

  finish(partition: LocatedPartition): void {
    this.#epochs.sync();
    const metadata = partition.files.find(({ kind }) => kind.type === 'partition-metadata');
    if (metadata === undefined) return;
    try {
      const topicId = parsePartitionMetadata(readSmallFile(metadata.path, SIDE_FILE_LIMIT).toString());
      if (topicId === null) return;
      replaceFile(this.#disk, `${this.#directory}/${PARTITION_METADATA}`, encodePartitionMetadata(topicId));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.findings.push(unreadable(error, metadata.path));
    }
  }

  result(): SalvageResult {
    return {
      ...this.#counts,
      firstOffset: this.#firstOffset,
      lastOffset: this.#nextOffset < 0 ? null : this.#nextOffset - 1,
      lost: this.#broken ? [...this.#lost, this.#lostEnd()] : this.#lost,
      findings: this.findings,
    };
  }

  #damaged(log: LocatedFile, scanner: SegmentScanner): void {
    if (scanner.damage === null) return;
    this.findings.push(damageFinding(log.path, scanner.damage, Math.max(scanner.nextOffset, this.#nextOffset)));
    this.#broken = true;
  }

  /** Whether a batch can be part of a log: sound, readable, and behind the one before it. */
  #wanted(log: LocatedFile, source: ByteSource, scanner: SegmentScanner): boolean {
    const { buffer, at, position, size } = scanner;
    const last = lastOffset(buffer, at);
    const first = magic(buffer, at) < 2 ? last : baseOffset(buffer, at);
    const place = { position, length: size, offsets: [first, last] as const };
    if (scanner.valid !== true) {
      this.findings.push(crcFinding(log.path, `a batch of ${size} bytes`, scanner, this.#nextOffset));
      this.#broken = true;
      return false;
    }
    if (first < this.#nextOffset || first < (log.kind.offset ?? 0)) {
      const detail = `offsets ${first}–${last} follow ${this.#nextOffset - 1}`;
      this.findings.push(finding('SEG-05', log.path, detail, place));
      return false;
    }
    if (this.#isMisplaced(log, source, scanner, first, last)) {
      const detail = `offsets ${first}–${last} cannot follow ${this.#nextOffset - 1} and precede what comes behind`;
      this.findings.push(finding('SEG-05', log.path, detail, place));
      this.#broken = true;
      return false;
    }
    if (isReadable(buffer, at)) return true;
    this.findings.push(finding('SEG-08', log.path, `offsets ${first}–${last}`, place));
    this.#broken = true;
    return false;
  }

  /**
   * Whether a batch's own offset is wrong, which no checksum covers: too far away for its segment, or beyond the batch that
   * lies behind it in the file.
   */
  #isMisplaced(log: LocatedFile, source: ByteSource, scanner: SegmentScanner, first: number, last: number): boolean {
    const base = log.kind.offset ?? this.#firstOffset ?? first;
    if (last - base > MAX_RELATIVE_OFFSET) return true;
    if (first <= Math.max(this.#nextOffset, log.kind.offset ?? 0)) return false;
    const header = Buffer.alloc(BATCH_OVERHEAD);
    const position = scanner.position + scanner.size;
    const got = source.readInto(header, 0, header.length, position);
    if (!isPlausible(header, 0, got, source.size - position, Math.max(0, this.#nextOffset))) return false;
    return magic(header, 0) >= 2 && baseOffset(header, 0) <= last;
  }

  #begin(log: LocatedFile, first: number): SegmentWriter {
    this.#counts.segments++;
    const base = log.kind.offset ?? first;
    // What the producers had written before this segment.
    if (this.#nextOffset >= 0) this.#snapshot(base);
    return new SegmentWriter(new Segment(this.#disk, this.#directory, base, { create: true, nowMs: 0 }));
  }

  /** What came behind the last batch, in the file where something was wrong last. */
  #lostEnd(): LostRange {
    return { file: this.findings.at(-1)?.file ?? '', from: Math.max(0, this.#nextOffset), to: null };
  }

  #copy(log: LocatedFile, { buffer, at, size }: SegmentScanner, target: SegmentWriter): void {
    const first = magic(buffer, at) < 2 ? lastOffset(buffer, at) : baseOffset(buffer, at);
    if (this.#broken && first > this.#nextOffset) {
      this.#lost.push({
        file: log.path,
        from: Math.max(0, this.#nextOffset, this.#nextOffset < 0 ? (log.kind.offset ?? 0) : 0),
        to: first - 1,
      });
    }
    this.#broken = false;
    this.#firstOffset ??= first;
    this.#nextOffset = lastOffset(buffer, at) + 1;
    this.#counts.batches++;
    this.#counts.records += recordsCount(buffer, at);
    this.#counts.bytes += size;
    target.append(buffer.subarray(at, at + size));
    if (magic(buffer, at) < 2) return;
    const epoch = partitionLeaderEpoch(buffer, at);
    if (epoch > this.#epochs.latestEpoch) this.#epochs.assign(epoch, first);
    const completed = this.#producers.update(buffer, at);
    if (completed === null) return;
    if (completed.aborted) {
      const lastStableOffset = this.#producers.lastStableOffsetAfter(completed);
      target.segment.transactionIndex.append({ ...completed, lastStableOffset });
    }
    this.#producers.complete(completed);
    this.#producers.firstUnstableOffset(completed.lastOffset + 1);
  }

  #end(target: SegmentWriter): void {
    target.finish();
    this.#snapshot(this.#nextOffset);
  }

  #snapshot(offset: number): void {
    const path = `${this.#directory}/${fileName(offset, SNAPSHOT_SUFFIX)}`;
    replaceFile(this.#disk, path, encodeProducerSnapshot(this.#producers.snapshot()));
  }
}

/** Whether a reader gets through the batch. Compressed ones are read; the checksum vouches for the others' bytes. */
function isReadable(buffer: Buffer, at: number): boolean {
  if (compression(buffer, at) === Compression.none && magic(buffer, at) < 2) return true;
  try {
    for (const _ of records(buffer, at));
    return true;
  } catch (error) {
    if (error instanceof RecordError) return false;
    throw error;
  }
}

/** Appends batches in larger pieces. */
class SegmentWriter {
  readonly segment: Segment;
  #pending: Buffer[] = [];
  #size = 0;

  constructor(segment: Segment) {
    this.segment = segment;
  }

  append(batch: Buffer): void {
    // The scanner uses its memory again.
    this.#pending.push(Buffer.from(batch));
    this.#size += batch.length;
    if (this.#size >= CHUNK) this.#flush();
  }

  finish(): void {
    this.#flush();
    this.segment.finishIndexes();
    this.segment.sync();
    this.segment.close();
  }

  #flush(): void {
    if (this.#size === 0) return;
    this.segment.append(Buffer.concat(this.#pending), INDEX_INTERVAL);
    this.#pending = [];
    this.#size = 0;
  }
}

/** Where the copy of a partition goes: into `destination` itself, or below it when there are several. */
export function salvageTarget(destination: string, partition: LocatedPartition, several: boolean): string {
  return several ? join(destination, basename(partition.directory)) : destination;
}
