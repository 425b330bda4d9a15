import { dirname, join } from 'node:path';
import { CheckpointError } from '../../log/checkpoint-file.ts';
import { decodeProducerSnapshot, type ProducerSnapshotEntry } from '../../log/producer-snapshot.ts';
import { OFFSETS_TOPIC } from '../../protocol/internal-topics.ts';
import { type Helper, PIECE_BYTES } from '../ahead/helper.ts';
import { unreadable } from '../damage.ts';
import { readSideFile } from '../dump-side-file.ts';
import { isCompactedByName } from '../file-kind.ts';
import { type Finding, finding } from '../findings.ts';
import type { LocatedFile, LocatedPartition } from '../locate.ts';
import { SegmentScanner, type SoundRanges } from '../scanner.ts';
import { type EpochEntry, readLeaderEpochs, SIDE_FILE_LIMIT } from '../side-files.ts';
import { type ByteSource, changeOf, isGone, openSource, readSmallFile, SourceError } from '../source.ts';
import { EpochCheck } from './epoch-check.ts';
import { FindingList } from './finding-list.ts';
import { OffsetIndexCheck, TimeIndexCheck, TransactionIndexCheck } from './index-checks.ts';
import { LogCheck, type LogTotals, type PartitionState } from './log-check.ts';
import { CLEANED, HIGH_WATERMARKS, LOG_STARTS, type LogRoot, RECOVERY_POINTS, readLogRoot } from './log-root.ts';
import { ProducerCheck } from './producer-check.ts';
import { type SegmentFiles, segmentsOf } from './segment-files.ts';

/** What was found about one file. */
export interface FileReport {
  readonly file: string;
  readonly type: LocatedFile['kind']['type'];
  readonly bytes: number;
  readonly batches: number | null;
  /** Of a log its records, of an index its entries. */
  readonly records: number | null;
  readonly firstOffset: number | null;
  readonly lastOffset: number | null;
}

/** What was found about one partition. */
export interface PartitionReport {
  readonly directory: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly files: readonly FileReport[];
  readonly findings: readonly Finding[];
  readonly segments: number;
  readonly batches: number;
  readonly badBatches: number;
  readonly records: number;
  readonly bytes: number;
  readonly indexEntries: number;
  readonly committed: number;
  readonly aborted: number;
  readonly open: number;
  readonly compacted: boolean;
  readonly codecs: readonly string[];
}

export interface VerifyOptions {
  /** Decompress and read every record. */
  readonly deep: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Compares checksums in other threads, where there are some. */
  readonly helper?: Helper | null;
  /** Called now and then with the bytes read so far of this partition; ends the run with false. */
  readonly pause: (done: number) => Promise<boolean>;
}

const DAY_MS = 86_400_000;
const PAUSE_EVERY = 32 * 1024 * 1024;

/** Checks all files of a partition against each other, reading each log once from its beginning to its end. */
export async function verifyPartition(partition: LocatedPartition, options: VerifyOptions): Promise<PartitionReport> {
  return new PartitionVerifier(partition, options).run();
}

class PartitionVerifier {
  readonly #partition: LocatedPartition;
  readonly #options: VerifyOptions;
  readonly #root: LogRoot;
  readonly #found = new FindingList();
  readonly #deferred = new FindingList();
  readonly #files: FileReport[] = [];
  readonly #state: PartitionState;
  readonly #totals: LogTotals[] = [];
  readonly #transactionChecks: TransactionIndexCheck[] = [];
  #done = 0;
  #bytes = 0;
  #indexEntries = 0;

  constructor(partition: LocatedPartition, options: VerifyOptions) {
    this.#partition = partition;
    this.#options = options;
    this.#root = readLogRoot(dirname(partition.directory));
    const epochs = this.#leaderEpochs();
    this.#state = {
      found: this.#found,
      deferred: this.#deferred,
      producers: new ProducerCheck(this.#found, this.#deferred, partition.name?.topic !== OFFSETS_TOPIC),
      epochs: new EpochCheck(epochs?.path ?? null, epochs?.entries ?? [], this.#found),
      nextOffset: -1,
      broken: false,
      compacted: isCompactedByName(partition.name?.topic ?? ''),
      damaged: false,
    };
  }

  async run(): Promise<PartitionReport> {
    const { segments, snapshots, others } = segmentsOf(this.#partition);
    const pending = snapshots.map((file) => ({ file, entries: this.#snapshot(file) }));
    for (const [index, segment] of segments.entries()) {
      this.#compareSnapshots(pending, segment.baseOffset ?? 0);
      if (!(await this.#segment(segment, index === segments.length - 1))) break;
    }
    this.#compareSnapshots(pending, this.#state.nextOffset);
    for (const file of others) this.#other(file);
    this.#finish();
    return this.#report(segments);
  }

  /** Snapshots at this offset say what the producers had written before it. */
  #compareSnapshots(
    pending: { readonly file: LocatedFile; readonly entries: readonly ProducerSnapshotEntry[] | null }[],
    offset: number,
  ): void {
    for (const { file, entries } of pending) {
      if (entries === null || file.kind.offset !== offset || file.kind.offset !== this.#state.nextOffset) continue;
      this.#state.producers.snapshot(file.path, entries, this.#firstOffset ?? 0);
    }
  }

  get #firstOffset(): number | null {
    return this.#totals.find(({ firstOffset }) => firstOffset !== null)?.firstOffset ?? null;
  }

  async #segment(segment: SegmentFiles, isLast: boolean): Promise<boolean> {
    const { log } = segment;
    if (log === null) {
      for (const file of [segment.offsetIndex, segment.timeIndex, segment.transactionIndex]) {
        if (file !== null) this.#other(file);
      }
      return true;
    }
    const source = this.#open(log);
    if (source === null) return true;
    try {
      return await this.#log(segment, log, source, isLast);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#unreadable(error, log);
      return true;
    } finally {
      source.close();
    }
  }

  async #log(segment: SegmentFiles, log: LocatedFile, source: ByteSource, isLast: boolean): Promise<boolean> {
    const base = segment.baseOffset;
    const unfinished = this.#isUnfinished(isLast);
    const indexes = new FindingList();
    const found = unfinished ? indexes.rebuilt() : indexes;
    const offsetIndex = this.#index(segment.offsetIndex, log, '.index', (path, bytes) => {
      return new OffsetIndexCheck(path, bytes, base ?? 0, found);
    });
    const timeIndex = this.#index(segment.timeIndex, log, '.timeindex', (path, bytes) => {
      return new TimeIndexCheck(path, bytes, base ?? 0, found);
    });
    const transactionIndex = this.#transactions(segment, log, unfinished ? this.#found.rebuilt() : this.#found);
    const check = new LogCheck(
      {
        file: log.path,
        baseOffset: base,
        offsetIndex,
        timeIndex,
        transactionIndex,
        deep: this.#options.deep,
        future: this.#options.now + DAY_MS,
      },
      this.#state,
    );
    const helped = this.#options.deep
      ? null
      : (this.#options.helper?.watch(source, offsetIndex?.starts(PIECE_BYTES) ?? []) ?? null);
    let completed: boolean;
    try {
      completed = await this.#scan(source, check, log, isLast, helped);
    } finally {
      helped?.over();
    }
    // Indexes were read later than the log was opened: of one that a broker writes to, their ends tell nothing.
    const change = changeOf(source);
    if (completed && change === null) {
      check.end(source.size);
      this.#transactionChecks.push(transactionIndex);
    }
    if (change !== 'replaced') this.#found.absorb(indexes);
    if (change !== null) {
      const now = change === 'grown' ? `${source.sizeNow()} now` : 'another file lies there now, or none';
      this.#found.add('SEG-31', log.path, `${source.size} bytes when it was opened, ${now}`);
    }
    const { totals } = check;
    this.#totals.push(totals);
    this.#indexEntries += (offsetIndex?.entries ?? 0) + (timeIndex?.entries ?? 0) + transactionIndex.entries;
    const { batches, records, firstOffset, lastOffset } = totals;
    this.#add(log, source.size, { batches, records, firstOffset, lastOffset });
    return completed;
  }

  async #scan(
    source: ByteSource,
    check: LogCheck,
    log: LocatedFile,
    isLast: boolean,
    sound: SoundRanges | null,
  ): Promise<boolean> {
    const scanner = new SegmentScanner(source, { bodies: true, crc: true, ...(sound === null ? {} : { sound }) });
    let pausedAt = 0;
    for (;;) {
      const step = scanner.next();
      if (step === 'end') break;
      if (step === 'batch') check.batch(scanner);
      else if (scanner.damage !== null) {
        // An active segment that a crash left may end anywhere: recovery is what it is for.
        const tail = scanner.damage.toEnd && /^(torn|zeros)$/.test(scanner.damage.kind);
        if (this.#isUnfinished(isLast) && tail) this.#unfinished(log, scanner);
        else check.damage(scanner.damage, Math.max(scanner.nextOffset, this.#state.nextOffset));
      }
      if (scanner.position - pausedAt < PAUSE_EVERY) continue;
      pausedAt = scanner.position;
      if (!(await this.#options.pause(this.#done + pausedAt))) return false;
    }
    this.#done += source.size;
    return this.#options.pause(this.#done);
  }

  /** Whether a segment is the active one of a broker that was not stopped in order: it is recovered when that starts. */
  #isUnfinished(isLast: boolean): boolean {
    return isLast && this.#root.isBrokers && !this.#root.cleanShutdown;
  }

  #unfinished(log: LocatedFile, { damage }: SegmentScanner): void {
    if (damage === null) return;
    const code = damage.kind === 'torn' ? 'SEG-01' : 'SEG-04';
    const detail = `${damage.length} bytes at the end; the broker was not stopped in order and cuts them off when it starts`;
    this.#found.add(code, log.path, detail, { position: damage.position, length: damage.length, severity: 'warning' });
  }

  #index<T>(
    file: LocatedFile | null,
    log: LocatedFile,
    suffix: string,
    make: (path: string, bytes: Buffer) => T,
  ): T | null {
    if (file === null) {
      if (this.#partition.complete && log.kind.state === 'live' && log.kind.offset !== null) {
        this.#found.add('SEG-27', log.path, `no ${suffix} beside it`);
      }
      return null;
    }
    const bytes = this.#bytesOf(file);
    return bytes === null ? null : make(file.path, bytes);
  }

  #transactions(segment: SegmentFiles, log: LocatedFile, found: FindingList): TransactionIndexCheck {
    const file = segment.transactionIndex;
    const bytes = file === null ? null : this.#bytesOf(file);
    const path = file?.path ?? log.path.replace(/\.log$/, '.txnindex');
    return new TransactionIndexCheck(path, bytes, found);
  }

  #snapshot(file: LocatedFile): readonly ProducerSnapshotEntry[] | null {
    const bytes = this.#bytesOf(file);
    if (bytes === null) return null;
    const entries = decodeProducerSnapshot(bytes);
    if (entries === null) {
      const place = { position: 0, length: bytes.length };
      this.#found.add('SEG-21', file.path, `${bytes.length} bytes that are no sound snapshot`, place);
    }
    return entries;
  }

  #leaderEpochs(): { readonly path: string; readonly entries: readonly EpochEntry[] } | null {
    const file = this.#partition.files.find(
      ({ kind }) => kind.type === 'leader-epoch-checkpoint' && kind.state === 'live',
    );
    if (file === undefined) return null;
    try {
      return {
        path: file.path,
        entries: readLeaderEpochs(readSmallFile(file.path, SIDE_FILE_LIMIT).toString(), file.path),
      };
    } catch (error) {
      // Told when the file itself is looked at.
      if (error instanceof CheckpointError || error instanceof SourceError) return null;
      throw error;
    }
  }

  /** A file that is judged by itself. */
  #other(file: LocatedFile): void {
    const { kind, path } = file;
    // A KRaft snapshot is looked at as a log of its own.
    if (kind.type === 'metadata-snapshot') return;
    if (kind.state !== 'live') {
      this.#found.add('SEG-29', path, `.${kind.state}`);
      return;
    }
    if (kind.type === 'unknown') {
      this.#found.add('SEG-33', path, 'not read');
      return;
    }
    const bytes = this.#bytesOf(file);
    if (bytes === null) return;
    for (const each of readSideFile(path, bytes).findings) this.#found.push(each);
  }

  #open(file: LocatedFile): ByteSource | null {
    try {
      return openSource(file.path);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#unreadable(error, file);
      return null;
    }
  }

  /** What was there when the directory was listed, and is not now, a broker has deleted or renamed. */
  #unreadable(error: SourceError, { path }: LocatedFile): void {
    if (error.code === 'ENOENT' && isGone(path))
      this.#found.add('SEG-31', path, 'it is gone since its directory was read');
    else this.#found.push(unreadable(error, path));
  }

  #bytesOf(file: LocatedFile): Buffer | null {
    try {
      const bytes = readSmallFile(file.path, SIDE_FILE_LIMIT);
      this.#add(file, bytes.length, { batches: null, records: null, firstOffset: null, lastOffset: null });
      return bytes;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#unreadable(error, file);
      return null;
    }
  }

  #add(
    file: LocatedFile,
    bytes: number,
    totals: Pick<FileReport, 'batches' | 'records' | 'firstOffset' | 'lastOffset'>,
  ): void {
    this.#bytes += bytes;
    this.#files.push({ file: file.path, type: file.kind.type, bytes, ...totals });
  }

  /** What can only be judged when everything was read. */
  #finish(): void {
    const state = this.#state;
    const compacted = state.compacted || this.#cleanedBefore() === true;
    for (const check of this.#transactionChecks) {
      check.end(this.#firstOffset ?? 0, compacted || state.damaged);
    }
    if (!compacted) this.#found.absorb(this.#deferred);
    if (state.nextOffset < 0) return;
    state.epochs.end(state.nextOffset);
    state.producers.reportOpen(state.nextOffset);
    if (this.#partition.complete) this.#checkpoints();
  }

  /** Whether the log cleaner has been through this partition; null where the root does not say. */
  #cleanedBefore(): boolean | null {
    const { name } = this.#partition;
    return name === null ? null : (this.#root.cleaned?.has(`${name.topic}-${name.partition}`) ?? null);
  }

  #checkpoints(): void {
    const { name, directory } = this.#partition;
    if (name === null || name.state !== 'live') return;
    const key = `${name.topic}-${name.partition}`;
    const end = this.#state.nextOffset;
    const sources = [
      [RECOVERY_POINTS, this.#root.recoveryPoints, 'was flushed up to'],
      [LOG_STARTS, this.#root.logStartOffsets, 'begins at'],
      [HIGH_WATERMARKS, this.#root.highWatermarks, 'has its high watermark at'],
      [CLEANED, this.#root.cleaned, 'was compacted up to'],
    ] as const;
    for (const [file, offsets, what] of sources) {
      const offset = offsets?.get(key);
      if (offset === undefined || offset <= end) continue;
      this.#found.push(
        finding('SEG-25', join(dirname(directory), file), `${key} ${what} ${offset}, the log ends at ${end}`, {
          offsets: [end, offset - 1],
        }),
      );
    }
  }

  #report(segments: readonly SegmentFiles[]): PartitionReport {
    const { name, directory } = this.#partition;
    const sum = (of: (totals: LogTotals) => number): number =>
      this.#totals.reduce((total, each) => total + of(each), 0);
    const { producers } = this.#state;
    return {
      directory,
      topic: name?.topic ?? null,
      partition: name?.partition ?? null,
      files: this.#files,
      findings: this.#found.all(),
      segments: segments.filter(({ log }) => log !== null).length,
      batches: sum(({ batches }) => batches),
      badBatches: sum(({ badBatches }) => badBatches),
      records: sum(({ records }) => records),
      bytes: this.#bytes,
      indexEntries: this.#indexEntries,
      committed: producers.committed,
      aborted: producers.abortedCount,
      open: producers.open().length,
      compacted: this.#state.compacted,
      codecs: [...new Set(this.#totals.flatMap(({ compressed }) => [...compressed]))].sort(),
    };
  }
}
