import { isControl, type KafkaRecord, magic, RecordError, records, recordsCount } from '../records/index.ts';
import { countRecords, firstOffset } from './batch-row.ts';
import { batchPlace, crcFinding, damageFinding } from './damage.ts';
import { beginsTooLate, type Filter, isPast, looksInside, wantsBatch, wantsRecord } from './filter.ts';
import { type Finding, finding } from './findings.ts';
import { SegmentScanner } from './scanner.ts';
import type { ByteSource } from './source.ts';

export type { KafkaRecord };

/** A batch as it lies in memory; valid until the next one. */
export interface BatchView {
  readonly buffer: Buffer;
  readonly at: number;
  readonly position: number;
  readonly size: number;
  /** Whether the checksum fits; null when it was not compared. */
  readonly valid: boolean | null;
}

/** What a dump of a log tells, in the order of the file. Returning false ends the dump. */
export interface LogVisitor {
  batch?(batch: BatchView): boolean | undefined;
  /** Only records of batches whose checksum fits are ever handed over. */
  record?(record: KafkaRecord, batch: BatchView): boolean | undefined;
  finding(finding: Finding): void;
}

export interface DumpOptions {
  readonly filter: Filter;
  /** Compare checksums. Always done where records are read. */
  readonly crc: boolean;
  /** Where to begin: the start of a batch. */
  readonly from?: number;
  /** Called now and then with the position reached, so that others get their turn; ends the dump with false. */
  readonly pause?: (position: number) => Promise<boolean>;
  /** Whether a pause is due at once: whoever takes the records is behind. */
  readonly isBehind?: () => boolean;
}

export interface DumpSummary {
  readonly batches: number;
  /** As the headers declare them. */
  readonly records: number;
  readonly firstOffset: number | null;
  readonly lastOffset: number | null;
}

const PAUSE_EVERY = 4 * 1024 * 1024;
const PAUSE_AFTER_BATCHES = 4096;

/** Walks over one log. Damage is told as findings; it never throws for what the bytes are. */
export async function dumpLog(
  source: ByteSource,
  options: DumpOptions,
  visitor: LogVisitor,
): Promise<DumpSummary & { readonly ended: boolean }> {
  const { filter } = options;
  const deep = visitor.record !== undefined || looksInside(filter);
  const crc = options.crc || deep;
  const scanner = new SegmentScanner(source, { bodies: crc, crc, from: options.from ?? 0 });
  const count = new Counter();
  let pausedAt = 0;
  let sincePause = 0;
  for (;;) {
    if (
      (crc && scanner.position - pausedAt >= PAUSE_EVERY) ||
      ++sincePause >= PAUSE_AFTER_BATCHES ||
      options.isBehind?.() === true
    ) {
      pausedAt = scanner.position;
      sincePause = 0;
      if (options.pause !== undefined && !(await options.pause(pausedAt))) return { ...count.summary(), ended: true };
    }
    const step = scanner.next();
    if (step === 'end') return { ...count.summary(), ended: false };
    if (step === 'damage') {
      if (scanner.damage !== null) visitor.finding(damageFinding(source.path, scanner.damage, scanner.nextOffset));
      continue;
    }
    count.add(scanner);
    if (isPast(filter, scanner.buffer, scanner.at)) return { ...count.summary(), ended: false };
    if (!wantsBatch(filter, scanner.buffer, scanner.at)) continue;
    if (!deep && beginsTooLate(filter, scanner.buffer, scanner.at)) continue;
    if (!visit(scanner, source.path, filter, visitor)) return { ...count.summary(), ended: true };
  }
}

function visit(batch: BatchView, file: string, filter: Filter, visitor: LogVisitor): boolean {
  if (visitor.batch?.(batch) === false) return false;
  if (batch.valid === false) {
    const count = recordsCount(batch.buffer, batch.at);
    const detail = `the CRC of a batch of ${batch.size} bytes does not match; its ${count} records are not shown`;
    visitor.finding(crcFinding(file, detail, batch));
    return true;
  }
  if (visitor.record === undefined) return true;
  try {
    for (const record of records(batch.buffer, batch.at)) {
      if (wantsRecord(filter, record) && visitor.record(record, batch) === false) return false;
    }
  } catch (error) {
    visitor.finding(recordFinding(error, file, batch));
  }
  return true;
}

/** What is wrong inside a batch whose checksum fits. Rethrows what is no RecordError. */
export function recordFinding(error: unknown, file: string, batch: BatchView): Finding {
  if (!(error instanceof RecordError)) throw error;
  const code = /compression|too-large/.test(error.reason) ? 'SEG-09' : 'SEG-08';
  return finding(code, file, error.message, batchPlace(batch));
}

/** The batch's message format: 0, 1 or 2. */
export function formatOf(batch: BatchView): number {
  return magic(batch.buffer, batch.at);
}

/** Whether the batch holds what is no record of an application. */
export function isControlBatch(batch: BatchView): boolean {
  return magic(batch.buffer, batch.at) >= 2 && isControl(batch.buffer, batch.at);
}

class Counter {
  #batches = 0;
  #records = 0;
  #first = -1;
  #next = -1;

  add(scanner: SegmentScanner): void {
    this.#batches++;
    if (scanner.valid !== false) {
      this.#records += countRecords(scanner);
      if (this.#first < 0) this.#first = firstOffset(scanner) ?? -1;
    }
    this.#next = scanner.nextOffset;
  }

  summary(): DumpSummary {
    return {
      batches: this.#batches,
      records: this.#records,
      firstOffset: this.#first < 0 ? null : this.#first,
      lastOffset: this.#next < 0 ? null : this.#next - 1,
    };
  }
}
