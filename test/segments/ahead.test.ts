import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batches } from '../../src/records/index.ts';
import { checkPieces, PieceChecker } from '../../src/segments/ahead/check-pieces.ts';
import { BYTES_FOR_HELPER, HelpedRanges, type Helper, threadsFor } from '../../src/segments/ahead/helper.ts';
import { type Job, jobFor, PIECES_AT, Piece, STOP_AT, WORKING_AT } from '../../src/segments/ahead/job.ts';
import { locate } from '../../src/segments/locate.ts';
import { SegmentScanner } from '../../src/segments/scanner.ts';
import { type ByteSource, openSource } from '../../src/segments/source.ts';
import { type PartitionReport, partitionsToVerify, verifyPartition } from '../../src/segments/verify/verify.ts';
import { KAFKA_2, KAFKA_4 } from './fixtures.ts';

const NOW = Date.UTC(2026, 10, 21);
let place: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-ahead-'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

function jobOf(source: ByteSource, starts: readonly number[]): Job {
  if (source.fd === null) throw new Error('not a file');
  return jobFor(source.fd, source.path, source.size, starts);
}

/** What has become of the pieces before the reader begins. */
type Before = (job: Job) => void;
const nothing: Before = () => undefined;
const some: Before = (job) => {
  const checker = new PieceChecker(job);
  checker.next();
  checker.next();
  checker.close();
};
/** As of a helper that cannot read every second piece. */
const everySecond: Before = (job) => {
  checkPieces(job);
  for (let index = 0; index < job.starts.length; index += 2) job.shared[PIECES_AT + index] = Piece.unsound;
};

function eager(startsOf: (path: string) => readonly number[], before: Before): Helper {
  return {
    watch(source) {
      const starts = startsOf(source.path);
      if (starts.length === 0) return null;
      const job = jobOf(source, starts);
      before(job);
      return new HelpedRanges(job);
    },
  };
}

function everyBatch(path: string): number[] {
  return [...batches(readFileSync(path))].map(({ position }) => position);
}

async function verify(directory: string, helper: Helper | null): Promise<readonly PartitionReport[]> {
  const reports: PartitionReport[] = [];
  for (const partition of partitionsToVerify(locate([directory]))) {
    reports.push(await verifyPartition(partition, { deep: false, now: NOW, helper, pause: async () => true }));
  }
  return reports;
}

/** Every fifth batch, and a place where none begins: as a wrong index would say. */
const wrong = (path: string): number[] =>
  everyBatch(path)
    .map((position, index) => (index % 5 === 2 ? position + 7 : position))
    .filter((_, index) => index === 0 || index % 5 === 2 || index % 3 === 0);

describe('verifying with a helper', () => {
  it.each([
    ['sound', (bytes: Buffer) => bytes],
    ['a flipped bit in the middle', (bytes: Buffer) => flipped(bytes, 0.5)],
    ['a flipped bit near the end', (bytes: Buffer) => flipped(bytes, 0.97)],
    ['a torn end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 3)],
    ['zeros behind the end', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(500)])],
    [
      'a hole',
      (bytes: Buffer) => Buffer.from(bytes).fill(0, Math.floor(bytes.length * 0.3), Math.floor(bytes.length * 0.6)),
    ],
  ])('tells what verifying alone tells: %s', async (name, change) => {
    for (const [index, root] of [KAFKA_4, KAFKA_2].entries()) {
      const copy = join(place, `${name.replaceAll(' ', '-')}-${index}`);
      cpSync(root, copy, { recursive: true });
      for (const file of readdirSync(copy, { recursive: true, encoding: 'utf8' })) {
        const path = join(copy, file);
        if (!file.endsWith('.log') || statSync(path).size === 0) continue;
        writeFileSync(path, change(readFileSync(path)));
      }
      const alone = await verify(copy, null);
      expect(alone.reduce((sum, report) => sum + report.batches, 0)).toBeGreaterThan(20);
      for (const before of [checkPieces, nothing, some, everySecond]) {
        expect(await verify(copy, eager(everyBatch, before))).toEqual(alone);
      }
      expect(await verify(copy, eager(wrong, checkPieces))).toEqual(alone);
    }
  });
});

describe('the pieces of a log', () => {
  it('are walked over by their headers where the helper found them sound', () => {
    const source = openSource(largestLog());
    try {
      const starts = everyBatch(source.path);
      const job = jobOf(source, starts);
      checkPieces(job);
      expect([...job.shared.subarray(PIECES_AT)]).toEqual(starts.map(() => Piece.sound));
      const scanner = new SegmentScanner(source, { bodies: true, crc: true, sound: new HelpedRanges(job) });
      const seen: number[] = [];
      for (let step = scanner.next(); step !== 'end'; step = scanner.next()) {
        expect([step, scanner.valid]).toEqual(['batch', true]);
        seen.push(scanner.position);
      }
      expect(seen).toEqual(starts);
    } finally {
      source.close();
    }
  });

  it('are left alone once the reader is through', () => {
    const source = openSource(largestLog());
    try {
      const job = jobOf(source, [0]);
      new HelpedRanges(job).over();
      checkPieces(job);
      expect([job.shared[PIECES_AT], job.shared[STOP_AT], job.shared[WORKING_AT]]).toEqual([Piece.open, 1, 0]);
    } finally {
      source.close();
    }
  });

  it('are the reader’s where there are no borders for long: it does not wait for gigabytes of a hole', () => {
    const path = join(place, 'sparse.log');
    writeFileSync(path, readFileSync(largestLog()));
    truncateSync(path, 64 * 1024 * 1024);
    const source = openSource(path);
    try {
      const job = jobOf(source, [0]);
      checkPieces(job);
      expect(job.shared[PIECES_AT]).toBe(Piece.unsound);
      expect(source.bytesRead).toBe(0);
      expect(new HelpedRanges(job).soundUntil(0)).toBe(0);
    } finally {
      source.close();
    }
  });

  it('are checked by whoever needs them, where no helper has begun', () => {
    const source = openSource(largestLog());
    try {
      const starts = everyBatch(source.path);
      const job = jobOf(source, starts);
      const ranges = new HelpedRanges(job);
      expect(ranges.soundUntil(0)).toBe(starts[1]);
      expect([...job.shared.subarray(PIECES_AT, PIECES_AT + 2)]).toEqual([Piece.sound, Piece.open]);
      // What a helper does then is what is left.
      checkPieces(job);
      expect([...job.shared.subarray(PIECES_AT)]).toEqual(starts.map(() => Piece.sound));
      expect(ranges.soundUntil(starts[1] ?? 0)).toBe(starts[2]);
    } finally {
      source.close();
    }
  });
});

describe('threads', () => {
  it('are as many as there are processors, while each has enough to do, up to four', () => {
    const threads = (bytes: number) => [1, 2, 3, 64].map((processors) => threadsFor(bytes, processors));
    expect(threads(BYTES_FOR_HELPER - 1)).toEqual([1, 1, 1, 1]);
    expect(threads(BYTES_FOR_HELPER)).toEqual([1, 2, 2, 2]);
    expect(threads(2 * BYTES_FOR_HELPER)).toEqual([1, 2, 3, 3]);
    expect(threads(100 * BYTES_FOR_HELPER)).toEqual([1, 2, 3, 4]);
  });
});

function flipped(bytes: Buffer, where: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(copy.length * where);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
}

function largestLog(): string {
  const logs = readdirSync(KAFKA_4, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.log'));
  const [largest] = logs.map((file) => join(KAFKA_4, file)).sort((a, b) => everyBatch(b).length - everyBatch(a).length);
  if (largest === undefined) throw new Error('no log among the fixtures');
  return largest;
}
