import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batches } from '../../src/records/index.ts';
import { checkPieces } from '../../src/segments/ahead/check-pieces.ts';
import { HelpedRanges, type Helper } from '../../src/segments/ahead/helper.ts';
import { type Job, PHASE_AT, Phase, PIECES_AT, Piece, STOP_AT } from '../../src/segments/ahead/job.ts';
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
  const shared = new Int32Array(new SharedArrayBuffer(4 * (PIECES_AT + starts.length)));
  return { fd: source.fd, path: source.path, size: source.size, starts: Float64Array.from(starts), shared };
}

/** Does the whole work before the reader begins, or all of it but every second piece. */
function eager(startsOf: (path: string) => readonly number[], all: boolean): Helper {
  return {
    watch(source) {
      const starts = startsOf(source.path);
      if (starts.length === 0) return null;
      const job = jobOf(source, starts);
      if (all) checkPieces(job);
      else {
        const apart: Job = { ...job, shared: job.shared.slice() };
        checkPieces(apart);
        for (let index = 0; index < job.starts.length; index += 2) {
          job.shared[PIECES_AT + index] = apart.shared[PIECES_AT + index] ?? Piece.free;
        }
      }
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
      expect(await verify(copy, eager(everyBatch, true))).toEqual(alone);
      expect(await verify(copy, eager(everyBatch, false))).toEqual(alone);
      expect(await verify(copy, eager(wrong, true))).toEqual(alone);
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

  it('are left alone once the reader is through, and when it says stop', () => {
    const source = openSource(largestLog());
    try {
      const late = jobOf(source, [0]);
      new HelpedRanges(late).over();
      checkPieces(late);
      expect(late.shared[PIECES_AT]).toBe(Piece.free);

      const stopped = jobOf(source, [0]);
      stopped.shared[STOP_AT] = 1;
      checkPieces(stopped);
      expect([stopped.shared[PIECES_AT], stopped.shared[PHASE_AT]]).toEqual([Piece.free, Phase.over]);
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

  it('are the reader’s where it came first', () => {
    const source = openSource(largestLog());
    try {
      const starts = everyBatch(source.path);
      const job = jobOf(source, starts);
      const ranges = new HelpedRanges(job);
      expect(ranges.soundUntil(0)).toBe(0);
      checkPieces(job);
      expect(job.shared[PIECES_AT]).toBe(Piece.reader);
      expect(ranges.soundUntil(starts[1] ?? 0)).toBe(starts[2]);
    } finally {
      source.close();
    }
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
