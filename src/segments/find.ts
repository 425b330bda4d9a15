import { type KafkaRecord, lastOffset, maxTimestamp, RecordError, records } from '../records/index.ts';
import { type BatchRow, batchRow } from './batch-row.ts';
import { crcFinding, damageFinding, unreadable } from './damage.ts';
import { recordFinding } from './dump-log.ts';
import type { Finding } from './findings.ts';
import { offsetBefore, positionBefore } from './index-lookup.ts';
import type { LocatedFile, LocatedPartition } from './locate.ts';
import { SegmentScanner } from './scanner.ts';
import { type ByteSource, openSource, SourceError, upTo } from './source.ts';
import { segmentsOf } from './verify/segment-files.ts';

/** Where something lies. */
export interface Found {
  readonly file: string;
  readonly batch: BatchRow;
  /** Null when the batch cannot be read: then `findings` says why. */
  readonly record: KafkaRecord | null;
}

export interface FindResult {
  readonly found: Found | null;
  readonly findings: readonly Finding[];
  /** Bytes of logs that had to be read. */
  readonly bytesRead: number;
}

/** The first record at `offset` or behind it, by the indexes; reads little more than the batch that holds it. */
export function findOffset(partition: LocatedPartition, offset: number): FindResult {
  const logs = logsOf(partition);
  // Each log is named by the lowest offset that it may hold.
  const first = Math.max(
    0,
    logs.findLastIndex(({ kind }) => kind.offset !== null && kind.offset <= offset),
  );
  return search(logs.slice(first), {
    from: (source, base) => positionBefore(source, base, offset),
    batch: (buffer, at) => lastOffset(buffer, at) >= offset,
    record: (record) => record.offset >= offset,
  });
}

/** The first record with a timestamp of `timestamp` or more, by the time indexes. */
export function findTime(partition: LocatedPartition, timestamp: number): FindResult {
  return search(logsOf(partition), {
    from: (source, base) => {
      const offset = offsetBefore(source.path, base, timestamp);
      return offset <= base ? 0 : positionBefore(source, base, offset);
    },
    batch: (buffer, at) => maxTimestamp(buffer, at) >= timestamp,
    record: (record) => record.timestamp >= timestamp,
  });
}

function logsOf(partition: LocatedPartition): LocatedFile[] {
  return segmentsOf(partition).segments.flatMap(({ log }) => (log === null ? [] : [log]));
}

interface Search {
  readonly from: (source: ByteSource, baseOffset: number) => number;
  readonly batch: (buffer: Buffer, at: number) => boolean;
  readonly record: (record: KafkaRecord) => boolean;
}

function search(logs: readonly LocatedFile[], wanted: Search): FindResult {
  const findings: Finding[] = [];
  let bytesRead = 0;
  for (const log of logs) {
    let source: ByteSource | null = null;
    try {
      source = openSource(log.path);
      const found = searchLog(
        source,
        log.kind.offset === null ? 0 : wanted.from(source, log.kind.offset),
        wanted,
        findings,
      );
      if (found !== null) return { found, findings, bytesRead: bytesRead + source.bytesRead };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      findings.push(unreadable(error, log.path));
    } finally {
      bytesRead += source?.bytesRead ?? 0;
      source?.close();
    }
  }
  return { found: null, findings, bytesRead };
}

function searchLog(source: ByteSource, from: number, wanted: Search, findings: Finding[]): Found | null {
  const headers = new SegmentScanner(source, { bodies: false, crc: false, from });
  for (let step = headers.next(); step !== 'end'; step = headers.next()) {
    if (step === 'damage') {
      if (headers.damage !== null) findings.push(damageFinding(source.path, headers.damage, headers.nextOffset));
      continue;
    }
    if (!wanted.batch(headers.buffer, headers.at)) continue;
    const found = readBatch(source, headers.position, headers.size, wanted, findings);
    if (found !== null) return found;
  }
  return null;
}

/** Reads one whole batch; null when none of its records is wanted after all. */
function readBatch(
  source: ByteSource,
  position: number,
  size: number,
  wanted: Search,
  findings: Finding[],
): Found | null {
  // A source that ends with the batch: nothing behind it is read.
  const scanner = new SegmentScanner(upTo(source, position + size), { bodies: true, crc: true, from: position });
  if (scanner.next() !== 'batch') return null;
  const batch = batchRow(scanner);
  if (scanner.valid !== true) {
    findings.push(crcFinding(source.path, 'the batch that should hold it', scanner));
    return { file: source.path, batch, record: null };
  }
  try {
    for (const record of records(scanner.buffer, scanner.at)) {
      if (wanted.record(record)) return { file: source.path, batch, record };
    }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    findings.push(recordFinding(error, source.path, scanner));
    return { file: source.path, batch, record: null };
  }
  return null;
}
