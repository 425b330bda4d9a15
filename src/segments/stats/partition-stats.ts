import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  baseOffset,
  codecName,
  compression,
  isControl,
  isTransactional,
  magic,
  maxTimestamp,
  producerId,
  RECORDS_AT,
  RecordError,
  records,
  recordsCount,
} from '../../records/index.ts';
import { unreadable } from '../damage.ts';
import type { Finding } from '../findings.ts';
import type { LocatedPartition } from '../locate.ts';
import { SegmentScanner } from '../scanner.ts';
import { type ByteSource, openSource, SourceError } from '../source.ts';
import { readLogRoot } from '../verify/log-root.ts';
import { segmentsOf } from '../verify/segment-files.ts';
import { DistinctCount } from './distinct.ts';
import { type Compaction, compactionOf, type Fate, retentionFates, type SegmentAge } from './retention.ts';
import { type EffectiveConfig, retentionConfig } from './stored-configs.ts';
import { type HotKey, TopKeys } from './top-keys.ts';

/** Bytes of one codec. */
export interface CodecStats {
  readonly batches: number;
  readonly records: number;
  readonly bytes: number;
  /** Before compression; null where it was not decompressed. */
  readonly uncompressedBytes: number | null;
}

/** What the keys are like; only known when records were read. */
export interface KeyStats {
  /** An estimate, within about one percent. */
  readonly distinct: number;
  /** Records that have a newer one of the same key here: what compaction would take. As good an estimate as `distinct`. */
  readonly replaced: number;
  readonly nullKeys: number;
  readonly tombstones: number;
  readonly top: readonly HotKey[];
}

export interface SegmentStats extends SegmentAge {
  readonly file: string;
  readonly batches: number;
  readonly records: number;
  readonly fate: Fate;
}

export interface PartitionStats {
  readonly directory: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly batches: number;
  readonly controlBatches: number;
  readonly records: number;
  readonly bytes: number;
  readonly firstOffset: number | null;
  readonly nextOffset: number | null;
  readonly firstTimestamp: number | null;
  readonly largestTimestamp: number | null;
  readonly smallestBatch: number | null;
  readonly largestBatch: number | null;
  readonly codecs: Readonly<Record<string, CodecStats>>;
  /** Records per slice of time, in `rateSlices` equal slices of the time range. */
  readonly rate: readonly number[];
  readonly sliceMs: number;
  readonly keys: KeyStats | null;
  readonly segments: readonly SegmentStats[];
  /** By what retention and compaction were judged. */
  readonly configs: readonly EffectiveConfig[];
  readonly compaction: Compaction;
  /** Where the oldest transaction begins that is still open; the log cleaner stops before it. */
  readonly firstOpenOffset: number | null;
  readonly unreadableBytes: number;
  /** In files that are not part of the log any more, or not yet: .deleted, .cleaned, .swap. */
  readonly leftoverBytes: number;
  /** Files that cannot be read at all. */
  readonly findings: readonly Finding[];
}

export interface StatsOptions {
  /** Read records: keys, tombstones, sizes before compression. */
  readonly deep: boolean;
  /** The topic's settings: see effectiveConfigs. */
  readonly configs: readonly EffectiveConfig[];
  readonly now: number;
  readonly topKeys: number;
  readonly pause: (done: number) => Promise<boolean>;
}

const SLICES = 24;
/** More open transactions than that are not told apart: the oldest are what counts. */
const MAX_OPEN = 10_000;
const PAUSE_EVERY_BATCHES = 4096;
const PAUSE_EVERY_BYTES = 8 * 1024 * 1024;

/** Counts what is in a partition: by headers alone, or, `deep`, by every record. */
export async function partitionStats(partition: LocatedPartition, options: StatsOptions): Promise<PartitionStats> {
  const count = new Count(options.deep);
  const ages: (SegmentAge & { file: string; batches: number; records: number })[] = [];
  const findings: Finding[] = [];
  let done = 0;
  for (const { log, baseOffset } of segmentsOf(partition).segments) {
    if (log === null) continue;
    let source: ByteSource | null = null;
    try {
      source = openSource(log.path);
      const before = { batches: count.batches, records: count.records };
      count.segment();
      const scanner = new SegmentScanner(source, { bodies: options.deep, crc: options.deep });
      let pausedAt = 0;
      for (let step = scanner.next(), steps = 0; step !== 'end'; step = scanner.next(), steps++) {
        if (step === 'batch') count.batch(scanner);
        else count.unreadableBytes += scanner.size;
        const due = options.deep && scanner.position - pausedAt >= PAUSE_EVERY_BYTES;
        if (!due && steps % PAUSE_EVERY_BATCHES !== 0) continue;
        pausedAt = scanner.position;
        if (!(await options.pause(done + pausedAt))) break;
      }
      done += source.size;
      ages.push({
        file: log.path,
        baseOffset: baseOffset ?? 0,
        bytes: source.size,
        firstTimestamp: count.segmentFirst,
        largestTimestamp: count.segmentLargest,
        nextOffset: Math.max(scanner.nextOffset, baseOffset ?? 0),
        batches: count.batches - before.batches,
        records: count.records - before.records,
      });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      findings.push(unreadable(error, log.path));
    } finally {
      source?.close();
    }
  }
  const config = retentionConfig(options.configs);
  const fates = retentionFates(ages, config, options.now);
  const { name, directory } = partition;
  const cleaned =
    name === null ? null : (readLogRoot(dirname(directory)).cleaned?.get(`${name.topic}-${name.partition}`) ?? null);
  return {
    directory,
    topic: name?.topic ?? null,
    partition: name?.partition ?? null,
    ...count.result(options.topKeys),
    bytes: ages.reduce((sum, { bytes }) => sum + bytes, 0),
    segments: ages.flatMap((age, index) => {
      const fate = fates[index];
      return fate === undefined ? [] : [{ ...age, fate }];
    }),
    configs: options.configs,
    compaction: compactionOf(ages, cleaned, config, options.now, count.firstOpenOffset),
    leftoverBytes: leftoverBytes(partition),
    findings,
  };
}

function leftoverBytes({ files }: LocatedPartition): number {
  return files.filter(({ kind }) => kind.state !== 'live').reduce((sum, { path }) => sum + sizeOf(path), 0);
}

/** 0 for what went away meanwhile, or may not be looked at. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 0;
    throw error;
  }
}

/** Adds batches up. */
class Count {
  batches = 0;
  records = 0;
  unreadableBytes = 0;
  segmentFirst: number | null = null;
  segmentLargest: number | null = null;
  readonly #deep: boolean;
  readonly #codecs = new Map<string, { batches: number; records: number; bytes: number; uncompressedBytes: number }>();
  readonly #times = new Map<number, number>();
  /** First offsets of open transactions, by producer. */
  readonly #open = new Map<number, number>();
  #bucketMs = 1000;
  #control = 0;
  #first: number | null = null;
  #next: number | null = null;
  #firstTime: number | null = null;
  #largestTime: number | null = null;
  #smallest: number | null = null;
  #largest: number | null = null;
  readonly #distinct = new DistinctCount();
  readonly #top = new TopKeys();
  #keyed = 0;
  #nullKeys = 0;
  #tombstones = 0;

  constructor(deep: boolean) {
    this.#deep = deep;
  }

  segment(): void {
    this.segmentFirst = null;
    this.segmentLargest = null;
  }

  batch(scanner: SegmentScanner): void {
    const { buffer, at, size } = scanner;
    if (scanner.valid === false) {
      this.unreadableBytes += size;
      return;
    }
    const count = recordsCount(buffer, at);
    this.batches++;
    this.records += count;
    this.#first ??= buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4);
    this.#next = scanner.nextOffset;
    if (this.#smallest === null || size < this.#smallest) this.#smallest = size;
    if (this.#largest === null || size > this.#largest) this.#largest = size;
    this.#time(maxTimestamp(buffer, at), count);
    const name = codecName(compression(buffer, at));
    const codec = this.#codecs.get(name) ?? { batches: 0, records: 0, bytes: 0, uncompressedBytes: 0 };
    this.#codecs.set(name, codec);
    codec.batches++;
    codec.records += count;
    codec.bytes += size;
    this.#transaction(buffer, at);
    if (isControl(buffer, at)) {
      this.#control++;
      codec.uncompressedBytes += size;
    } else if (this.#deep) this.#records(scanner, codec);
  }

  /** Null where no transaction is open. */
  get firstOpenOffset(): number | null {
    return this.#open.size === 0 ? null : Math.min(...this.#open.values());
  }

  /** By headers alone: a marker ends the transaction of its producer, whichever way. */
  #transaction(buffer: Buffer, at: number): void {
    if (magic(buffer, at) < 2 || !isTransactional(buffer, at)) return;
    const producer = producerId(buffer, at);
    if (isControl(buffer, at)) this.#open.delete(producer);
    else if (!this.#open.has(producer) && this.#open.size < MAX_OPEN) this.#open.set(producer, baseOffset(buffer, at));
  }

  result(top: number) {
    return {
      firstOpenOffset: this.firstOpenOffset,
      batches: this.batches,
      controlBatches: this.#control,
      records: this.records,
      firstOffset: this.#first,
      nextOffset: this.#next,
      firstTimestamp: this.#firstTime,
      largestTimestamp: this.#largestTime,
      smallestBatch: this.#smallest,
      largestBatch: this.#largest,
      codecs: Object.fromEntries(
        [...this.#codecs].map(([name, codec]) => [
          name,
          { ...codec, uncompressedBytes: this.#deep ? codec.uncompressedBytes : null },
        ]),
      ),
      ...this.#rate(),
      keys: this.#deep
        ? {
            distinct: this.#distinct.estimate(),
            replaced: Math.max(0, this.#keyed - this.#distinct.estimate()),
            nullKeys: this.#nullKeys,
            tombstones: this.#tombstones,
            top: this.#top.top(top),
          }
        : null,
      unreadableBytes: this.unreadableBytes,
    };
  }

  #records({ buffer, at, size }: SegmentScanner, codec: { uncompressedBytes: number }): void {
    let bytes = RECORDS_AT;
    try {
      for (const record of records(buffer, at)) {
        bytes += record.sizeInBytes;
        if (record.key === null) this.#nullKeys++;
        else {
          this.#keyed++;
          this.#distinct.add(record.key);
          this.#top.add(record.key);
        }
        if (record.value === null) this.#tombstones++;
      }
      codec.uncompressedBytes += magic(buffer, at) < 2 ? size : bytes;
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.unreadableBytes += size;
    }
  }

  #time(timestamp: number, count: number): void {
    if (timestamp < 0) return;
    this.segmentFirst ??= timestamp;
    if (this.segmentLargest === null || timestamp > this.segmentLargest) this.segmentLargest = timestamp;
    if (this.#firstTime === null || timestamp < this.#firstTime) this.#firstTime = timestamp;
    if (this.#largestTime === null || timestamp > this.#largestTime) this.#largestTime = timestamp;
    const bucket = Math.floor(timestamp / this.#bucketMs);
    this.#times.set(bucket, (this.#times.get(bucket) ?? 0) + count);
    if (this.#times.size > 100_000) this.#coarsen();
  }

  /** Ten times as long slices: memory stays bounded whatever the timestamps are. */
  #coarsen(): void {
    this.#bucketMs *= 10;
    const fine = [...this.#times];
    this.#times.clear();
    for (const [bucket, count] of fine) {
      const coarse = Math.floor(bucket / 10);
      this.#times.set(coarse, (this.#times.get(coarse) ?? 0) + count);
    }
  }

  #rate(): { readonly rate: readonly number[]; readonly sliceMs: number } {
    if (this.#firstTime === null || this.#largestTime === null) return { rate: [], sliceMs: 0 };
    const sliceMs = Math.max(1, Math.ceil((this.#largestTime - this.#firstTime + 1) / SLICES));
    const rate = new Array<number>(SLICES).fill(0);
    for (const [bucket, count] of this.#times) {
      const slice = Math.floor((bucket * this.#bucketMs - this.#firstTime) / sliceMs);
      const index = Math.min(SLICES - 1, Math.max(0, slice));
      rate[index] = (rate[index] ?? 0) + count;
    }
    return { rate, sliceMs };
  }
}
