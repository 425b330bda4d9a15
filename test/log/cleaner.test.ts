import { describe, expect, test } from 'vitest';
import { isDue, planCleaning } from '../../src/log/cleaner-plan.ts';
import { type Disk, DiskError, type DiskFile } from '../../src/log/disk.ts';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import type { PartitionLog } from '../../src/log/partition-log.ts';
import type { CompactionConfig, LogConfig } from '../../src/log/types.ts';
import {
  batches,
  Compression,
  encodeBatch,
  encodeEndTxnMarker,
  isControl,
  isValidCrc,
  lastOffset,
  type RecordInput,
  readBatchHeader,
  records,
} from '../../src/records/index.ts';
import fc, { runs } from '../property.ts';
import { openLog, START_MS } from './helpers.ts';

const DELETE_RETENTION_MS = 1000;
const EAGER: CompactionConfig = {
  deleteRetentionMs: DELETE_RETENTION_MS,
  minCleanableDirtyRatio: 0,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
};
const COMPACT: Partial<LogConfig> = {
  segmentBytes: 1500,
  indexIntervalBytes: 200,
  cleanupPolicy: { delete: false, compact: true },
};

/** Cleans what can be cleaned, in steps of `stepBytes`. Returns whether there was anything to do. */
function clean(log: PartitionLog, options: { upTo?: number; maxKeys?: number; stepBytes?: number } = {}): boolean {
  const plan = log.compaction.plan(EAGER, options.upTo ?? log.lastStableOffset(log.logEndOffset));
  if (plan === null) return false;
  const cleaning = log.compaction.clean(plan, {
    deleteRetentionMs: DELETE_RETENTION_MS,
    maxKeys: options.maxKeys ?? 1e6,
  });
  while (!cleaning.step(options.stepBytes ?? 100));
  return true;
}

function put(
  log: PartitionLog,
  entries: readonly RecordInput[],
  input: Parameters<typeof encodeBatch>[0] | object = {},
) {
  const timed = entries.map((entry) => ({ timestamp: START_MS, ...entry }));
  return log.appendAsLeader(encodeBatch({ ...input, records: timed }), 1).lastOffset;
}

interface Row {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** Every data record, read as a consumer does: from the log's start, going on behind each batch. */
function rows(log: PartitionLog): Row[] {
  const result: Row[] = [];
  for (let next = log.logStartOffset; next < log.logEndOffset; ) {
    const { records: bytes } = log.read(next, 700);
    if (bytes.length === 0) throw new Error(`nothing at ${next}`);
    for (const { position } of batches(bytes)) {
      if (!isValidCrc(bytes, position) || lastOffset(bytes, position) < next) throw new Error(`damage at ${next}`);
      next = lastOffset(bytes, position) + 1;
      if (isControl(bytes, position)) continue;
      for (const { offset, key, value } of records(bytes, position)) {
        result.push({ offset, key: key?.toString() ?? null, value: value?.toString() ?? null });
      }
    }
  }
  return result;
}

function headers(log: PartitionLog) {
  const result = [];
  for (let next = log.logStartOffset; next < log.logEndOffset; ) {
    const { records: bytes } = log.read(next, 1);
    const header = readBatchHeader(bytes, 0);
    result.push(header);
    next = header.nextOffset;
  }
  return result;
}

const latestOf = (all: readonly Row[]) => new Map(all.map((row) => [row.key, row]));

describe('what is due', () => {
  const segment = (baseOffset: number, size: number, timestamp: number) => ({
    baseOffset,
    size,
    maxTimestamp: timestamp,
    firstTimestamp: timestamp,
  });
  const segments = [segment(0, 100, 10), segment(10, 100, 20), segment(20, 200, 30), segment(30, 500, 40)];
  const input = { segments, cleanPoint: 0, logStartOffset: 0, lastStableOffset: 99, nowMs: 50 };

  test('the active segment never, nothing above the last stable offset, nothing too young', () => {
    expect(planCleaning(input, EAGER)).toMatchObject({ from: 0, upTo: 30, dirtyBytes: 400, dirtyRatio: 1 });
    expect(planCleaning({ ...input, lastStableOffset: 29 }, EAGER)).toMatchObject({ upTo: 20, dirtyBytes: 200 });
    expect(planCleaning({ ...input, lastStableOffset: 9 }, EAGER)).toBeNull();
    expect(planCleaning(input, { ...EAGER, minCompactionLagMs: 25 })).toMatchObject({ upTo: 20, dirtyBytes: 200 });
    expect(planCleaning({ ...input, segments: segments.slice(3) }, EAGER)).toBeNull();
  });

  test('by the dirty share, or because a record waits for longer than max.compaction.lag.ms', () => {
    const plan = planCleaning({ ...input, cleanPoint: 20 }, EAGER);
    expect(plan).toMatchObject({ from: 20, upTo: 30, dirtyBytes: 200, dirtyRatio: 0.5 });
    if (plan === null) return;
    expect(isDue(plan, { ...EAGER, minCleanableDirtyRatio: 0.5 })).toBe(false);
    expect(isDue(plan, { ...EAGER, minCleanableDirtyRatio: 0.49 })).toBe(true);
    const late = { ...EAGER, minCleanableDirtyRatio: 1, maxCompactionLagMs: 19 };
    const overdue = planCleaning({ ...input, cleanPoint: 20 }, late);
    expect(overdue !== null && isDue(overdue, late)).toBe(true);
    expect(planCleaning({ ...input, cleanPoint: 20 }, { ...late, maxCompactionLagMs: 20 })?.overdue).toBe(false);
    expect(planCleaning({ ...input, cleanPoint: 30 }, EAGER)).toBeNull();
  });

  test('max.compaction.lag.ms rolls the active segment at the next append', () => {
    const log = openLog(new MemoryDisk(), { ...COMPACT, maxCompactionLagMs: 100 });
    put(log, [{ key: 'a', value: '1', timestamp: START_MS }]);
    put(log, [{ key: 'a', value: '2', timestamp: START_MS + 100 }]);
    expect(log.segmentBaseOffsets).toEqual([0]);
    put(log, [{ key: 'a', value: '3', timestamp: START_MS + 101 }]);
    expect(log.segmentBaseOffsets).toEqual([0, 2]);
  });
});

describe('compaction', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  const entry = fc.record({ key, value: fc.option(fc.string({ maxLength: 60 }), { freq: 4 }) });
  const write = fc.record({
    kind: fc.constant('write' as const),
    entries: fc.array(entry, { minLength: 1, maxLength: 8 }),
    codec: fc.constantFrom(...Object.values(Compression)),
    producer: fc.integer({ min: -1, max: 2 }),
  });
  const other = fc.record({ kind: fc.constantFrom('clean' as const, 'roll', 'reopen', 'wait') });
  const life = fc.array(fc.oneof({ weight: 6, arbitrary: write }, { weight: 2, arbitrary: other }), {
    minLength: 5,
    maxLength: 40,
  });

  test('keeps the latest value of every key, at its offset, and everything behind the clean point', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 1, max: 12 }), (steps, maxKeys) => {
        const disk = new MemoryDisk();
        let now = START_MS;
        const open = (recoverFrom = 0, cleanPoint = 0) => {
          const clean = recoverFrom > 0;
          return openLog(disk, COMPACT, { now: () => now, recoverFrom, cleanPoint, cleanShutdown: clean });
        };
        let log = open();
        const all: Row[] = [];
        const sequences = new Map<number, number>();
        for (const step of steps) {
          if (step.kind === 'write') {
            const first = log.logEndOffset;
            const baseSequence = sequences.get(step.producer) ?? 0;
            const idempotent = step.producer < 0 ? {} : { producerId: step.producer, producerEpoch: 0, baseSequence };
            put(log, step.entries, { compression: step.codec, ...idempotent });
            sequences.set(step.producer, baseSequence + step.entries.length);
            all.push(...step.entries.map((row, index) => ({ ...row, offset: first + index })));
          } else if (step.kind === 'roll') log.roll();
          else if (step.kind === 'wait') now += DELETE_RETENTION_MS;
          else if (step.kind === 'reopen') {
            const { cleanPoint } = log.compaction;
            log.close();
            log = open(1, cleanPoint);
          } else {
            const end = log.logEndOffset;
            const active = log.segmentBaseOffsets.at(-1) ?? 0;
            const snapshot = [...log.producers].map(([id, { batches: known }]) => [id, known.at(-1)]);
            clean(log, { maxKeys, stepBytes: 300 });
            expect(log.logEndOffset).toBe(end);
            expect(log.segmentBaseOffsets.at(-1)).toBe(active);
            expect(log.compaction.cleanPoint).toBeLessThanOrEqual(active);
            expect([...log.producers].map(([id, { batches: known }]) => [id, known.at(-1)])).toEqual(snapshot);
          }
          if (step.kind === 'write' || step.kind === 'wait') continue;
          const found = rows(log);
          // Nothing is invented, moved, or out of order.
          const byOffset = new Map(all.map((row) => [row.offset, row]));
          for (const row of found) expect(row).toEqual(byOffset.get(row.offset));
          expect(found.map((row) => row.offset)).toEqual(
            [...new Set(found.map((row) => row.offset))].sort((a, b) => a - b),
          );
          // What is not clean is all there.
          expect(found.filter((row) => row.offset >= log.compaction.cleanPoint)).toEqual(
            all.filter((row) => row.offset >= log.compaction.cleanPoint),
          );
          // The state by key is the same, but for tombstones that are gone.
          const before = latestOf(all);
          const after = latestOf(found);
          for (const [name, row] of before)
            expect(after.get(name) ?? null).toEqual(row.value === null ? (after.get(name) ?? null) : row);
          for (const [name, row] of after) expect(row).toEqual(before.get(name));
          // Each key is in the clean part once at most.
          const cleanKeys = found.filter((row) => row.offset < log.compaction.cleanPoint).map((row) => row.key);
          expect(new Set(cleanKeys).size).toBe(cleanKeys.length);
        }
      }),
      { numRuns: runs(60), interruptAfterTimeLimit: 20_000 },
    );
  }, 60_000);

  test('does nothing twice', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, COMPACT);
    for (let i = 0; i < 100; i++)
      put(log, [
        { key: `k${i % 7}`, value: `${i}`.repeat(20) },
        { key: 'x', value: null },
      ]);
    const sizeBefore = log.size;
    expect(clean(log)).toBe(true);
    expect(log.size).toBeLessThan(sizeBefore / 3);
    const bytes = headers(log);
    const point = log.compaction.cleanPoint;
    expect(log.compaction.plan(EAGER, log.logEndOffset)).toBeNull();
    // From the start again, as after a lost checkpoint.
    const again = openLog(disk.copy(), COMPACT, { cleanShutdown: true, recoverFrom: log.logEndOffset });
    expect(clean(again)).toBe(true);
    expect(again.compaction.cleanPoint).toBe(point);
    expect(headers(again)).toEqual(bytes);
  });

  test('takes the codec over, keeps offsets, and the last batch of each producer without records', () => {
    const log = openLog(new MemoryDisk(), COMPACT);
    put(
      log,
      [
        { key: 'a', value: '1' },
        { key: 'b', value: '1' },
        { key: 'a', value: '2' },
      ],
      { compression: Compression.zstd },
    );
    put(log, [{ key: 'p', value: '1' }], {
      producerId: 9,
      producerEpoch: 3,
      baseSequence: 0,
      compression: Compression.gzip,
    });
    put(log, [
      { key: 'p', value: '2' },
      { key: 'b', value: '2' },
      { key: 'z', value: '1' },
    ]);
    log.roll();
    put(log, [
      { key: 'p', value: '3' },
      { key: 'z', value: '2' },
    ]);
    log.roll();
    put(log, [{ key: 'q', value: '1' }]);
    clean(log);
    expect(rows(log).map((row) => `${row.offset}${row.key}${row.value}`)).toEqual(['2a2', '5b2', '7p3', '8z2', '9q1']);
    const [first, empty] = headers(log);
    expect(first).toMatchObject({ baseOffset: 0, lastOffset: 2, recordsCount: 1, compression: Compression.zstd });
    expect(empty).toMatchObject({
      baseOffset: 3,
      lastOffset: 3,
      recordsCount: 0,
      sizeInBytes: 61,
      producerId: 9,
      producerEpoch: 3,
      baseSequence: 0,
    });
    // A retry of that batch is still known as one.
    const retry = encodeBatch({
      records: [{ key: 'p', value: '1', timestamp: START_MS }],
      producerId: 9,
      producerEpoch: 3,
      baseSequence: 0,
    });
    expect(log.appendAsLeader(retry, 1)).toMatchObject({ isDuplicate: true, baseOffset: 3 });
  });

  test('drops records without a key, and keeps tombstones for delete.retention.ms after the first cleaning', () => {
    let now = START_MS;
    const log = openLog(new MemoryDisk(), COMPACT, { now: () => now });
    put(log, [{ value: 'keyless' }, { key: 'a', value: '1' }, { key: 'b', value: '1' }]);
    put(log, [
      { key: 'a', value: null, timestamp: START_MS - 7 },
      { key: 'b', value: '2', timestamp: START_MS + 5 },
    ]);
    log.roll();
    put(log, [{ key: 'c', value: '1' }]);
    clean(log);
    expect(rows(log).map((row) => row.offset)).toEqual([3, 4, 5]);
    const [tombstones] = headers(log).filter((header) => header.baseOffset === 3);
    expect(tombstones?.deleteHorizonMs).toBe(START_MS + DELETE_RETENTION_MS);
    const { records: bytes } = log.read(3, 1);
    expect([...records(bytes, 0)].map((record) => record.timestamp)).toEqual([START_MS - 7, START_MS + 5]);
    // The horizon does not move.
    for (const [wait, offsets] of [
      [DELETE_RETENTION_MS - 1, [3, 4]],
      [1, [4]],
    ] as const) {
      now += wait;
      log.roll();
      put(log, [{ key: 'c', value: '2' }]);
      clean(log);
      expect(
        rows(log)
          .map((row) => row.offset)
          .slice(0, -2),
      ).toEqual(offsets);
    }
  });

  test('drops what was aborted, keeps markers as long as records need them, never goes above open transactions', () => {
    let now = START_MS;
    const log = openLog(new MemoryDisk(), COMPACT, { now: () => now });
    const transactional = (producerId: number, baseSequence: number) => ({
      producerId,
      producerEpoch: 0,
      baseSequence,
      isTransactional: true,
    });
    const end = (type: 'ABORT' | 'COMMIT', producerId: number) =>
      log.appendAsLeader(
        encodeEndTxnMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: START_MS }),
        1,
        { origin: 'coordinator' },
      );
    put(log, [{ key: 'a', value: 'good' }]);
    put(
      log,
      [
        { key: 'a', value: 'aborted' },
        { key: 'x', value: 'aborted' },
      ],
      transactional(1, 0),
    );
    end('ABORT', 1);
    put(log, [{ key: 'b', value: 'committed' }], transactional(2, 0));
    end('COMMIT', 2);
    put(log, [{ key: 'y', value: '1' }], transactional(1, 2));
    end('COMMIT', 1);
    log.roll();
    put(log, [{ key: 'open', value: '1' }], transactional(3, 0));
    log.roll();
    put(log, [{ key: 'a', value: 'later' }]);
    log.roll();
    clean(log);
    expect(log.compaction.cleanPoint).toBe(8);
    expect(rows(log).map((row) => `${row.key}=${row.value}`)).toEqual([
      'a=good',
      'b=committed',
      'y=1',
      'open=1',
      'a=later',
    ]);
    expect(log.abortedTransactions(0, 8)).toEqual([{ producerId: 1, firstOffset: 1, lastOffset: 3 }]);
    const markers = () =>
      headers(log)
        .filter((header) => header.isControl)
        .map((header) => header.baseOffset);
    expect(markers()).toEqual([3, 5, 7]);
    // No record of the aborted transaction is left: the next cleaning sets the marker's horizon, a later one drops it.
    end('COMMIT', 3);
    for (const expected of [
      [3, 5, 7, 10],
      [5, 7, 10],
    ]) {
      log.roll();
      put(log, [{ key: 'c', value: '1' }]);
      clean(log);
      now += DELETE_RETENTION_MS;
      expect(markers()).toEqual(expected);
    }
    expect(log.abortedTransactions(0, 8)).toEqual([]);
  });

  test('stops where its keys do not fit, and goes on there', () => {
    const log = openLog(new MemoryDisk(), COMPACT);
    for (let i = 0; i < 60; i++) put(log, [{ key: `k${i % 30}`, value: `${i}`.padEnd(100) }]);
    const points: number[] = [];
    while (clean(log, { maxKeys: 10 })) points.push(log.compaction.cleanPoint);
    expect(points.length).toBeGreaterThan(3);
    expect(points).toEqual([...points].sort((a, b) => a - b));
    const cleaned = rows(log)
      .filter((row) => row.offset < log.compaction.cleanPoint)
      .map((row) => row.key);
    expect(new Set(cleaned).size).toBe(cleaned.length);
  });

  test('takes no tombstone from behind the keys that fitted: an older value of its key would come back', () => {
    let now = START_MS;
    const log = openLog(new MemoryDisk(), COMPACT, { now: () => now });
    put(log, [{ key: 'b', value: '1' }]);
    put(log, [{ key: 'a', value: '1' }]);
    put(log, [{ key: 'a', value: null }]);
    log.roll();
    // One key at a time. The first cleaning dates the tombstone, the second one ends before it, when its time is over.
    expect(clean(log, { maxKeys: 1 })).toBe(true);
    now += DELETE_RETENTION_MS;
    expect(clean(log, { maxKeys: 1 })).toBe(true);
    expect(log.compaction.cleanPoint).toBe(2);
    expect(rows(log).map(({ offset, value }) => [offset, value])).toEqual([
      [0, '1'],
      [1, '1'],
      [2, null],
    ]);
    expect(clean(log)).toBe(true);
    expect(rows(log).map(({ key }) => key)).toEqual(['b']);
  });

  test('gives up when the log is cut meanwhile, and leaves nothing behind', () => {
    for (const cut of ['truncate', 'advance', 'restart'] as const) {
      const disk = new MemoryDisk();
      const log = openLog(disk, COMPACT);
      for (let i = 0; i < 60; i++) put(log, [{ key: `k${i % 5}`, value: `${i}`.padEnd(100) }]);
      const plan = log.compaction.plan(EAGER, log.logEndOffset);
      if (plan === null) throw new Error('nothing to clean');
      const cleaning = log.compaction.clean(plan, { deleteRetentionMs: 0, maxKeys: 1000 });
      while (!disk.list('t-0').some((name) => name.endsWith('.cleaned'))) expect(cleaning.step(100)).toBe(false);
      if (cut === 'truncate') log.truncateTo(20);
      else if (cut === 'advance') log.advanceLogStartOffset(30);
      else log.truncateFullyAndStartAt(100);
      const before = cut === 'restart' ? [] : rows(log);
      expect(cleaning.step(100)).toBe(true);
      expect(disk.list('t-0').filter((name) => name.endsWith('.cleaned'))).toEqual([]);
      expect(cut === 'restart' ? [] : rows(log)).toEqual(before);
      expect(log.compaction.cleanPoint).toBe(0);
    }
  });

  test('leaves a damaged log as it is', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, COMPACT);
    for (let i = 0; i < 60; i++) put(log, [{ key: `k${i % 5}`, value: `${i}`.padEnd(100) }]);
    const file = disk.open('t-0/00000000000000000000.log');
    file.write(100, Buffer.from([0x55]));
    const size = log.size;
    expect(() => clean(log)).toThrow();
    expect(log.size).toBe(size);
  });
});

/** Counts what changes names or bytes, and fails everything from one such operation on: a process that is killed there. */
class DyingDisk implements Disk {
  operations = 0;
  readonly #inner: MemoryDisk;
  readonly #lastOperation: number;

  constructor(inner: MemoryDisk, lastOperation: number) {
    this.#inner = inner;
    this.#lastOperation = lastOperation;
  }

  #live<T>(run: () => T): T {
    if (++this.operations > this.#lastOperation) throw new DiskError('failed', 'the process is dead');
    return run();
  }

  open(path: string, options?: { readonly create?: boolean }): DiskFile {
    const file = this.#inner.open(path, options);
    const live = <T>(run: () => T): T => this.#live(run);
    return {
      path: file.path,
      get size() {
        return file.size;
      },
      read: (position, length) => file.read(position, length),
      append: (...buffers) => live(() => file.append(...buffers)),
      write: (position, buffer) => live(() => file.write(position, buffer)),
      truncate: (size) => live(() => file.truncate(size)),
      sync: () => live(() => file.sync()),
      close: () => file.close(),
    };
  }
  exists = (path: string): boolean => this.#inner.exists(path);
  list = (path: string): string[] => this.#inner.list(path);
  makeDirectory = (path: string): void => this.#inner.makeDirectory(path);
  rename = (from: string, to: string): void => this.#live(() => this.#inner.rename(from, to));
  remove = (path: string): void => this.#live(() => this.#inner.remove(path));
  syncDirectory = (path: string): void => this.#live(() => this.#inner.syncDirectory(path));
  space = (): null => null;
}

describe('a crash in the middle of compaction', () => {
  test.each(['the process', 'the machine'])('loses nothing, whatever the step: %s dies', (what) => {
    const prepared = new MemoryDisk();
    const log = openLog(prepared, COMPACT);
    for (let i = 0; i < 90; i++) {
      put(log, [
        { key: `k${i % 9}`, value: `${i}`.padEnd(60) },
        { key: 'gone', value: i % 2 ? null : 'x' },
      ]);
    }
    const all = latestOf(rows(log));
    log.close();
    const end = log.logEndOffset;
    const attempt = (disk: MemoryDisk, lastOperation: number): number => {
      const dying = new DyingDisk(disk, lastOperation);
      try {
        clean(openLog(dying, COMPACT, { cleanShutdown: true, recoverFrom: end }));
      } catch (error) {
        expect(error).toBeInstanceOf(DiskError);
      }
      return dying.operations;
    };
    const total = attempt(prepared.copy(), Number.MAX_SAFE_INTEGER);
    for (let last = 0; last < total; last++) {
      const disk = prepared.copy();
      attempt(disk, last);
      if (what === 'the machine') disk.crash();
      const after = openLog(disk, COMPACT, { cleanShutdown: false, recoverFrom: end });
      expect(after.logEndOffset).toBe(end);
      expect(latestOf(rows(after))).toEqual(all);
      expect(disk.list('t-0').filter((name) => /\.(cleaned|swap|deleted|tmp)$/.test(name))).toEqual([]);
      clean(after);
      expect(latestOf(rows(after))).toEqual(all);
    }
    expect(total).toBeGreaterThan(30);
  });
});
