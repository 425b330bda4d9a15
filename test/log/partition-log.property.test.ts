import { describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import type { PartitionLog } from '../../src/log/partition-log.ts';
import { baseOffset, batches, isValidCrc, lastOffset, partitionLeaderEpoch, records } from '../../src/records/index.ts';
import fc, { runs } from '../property.ts';
import { batch, logConfig, openLog, START_MS } from './helpers.ts';

/* Random lives of a log beside a model that is a plain list of batches. */

type Step =
  | { readonly kind: 'append'; readonly count: number; readonly valueBytes: number; readonly timestamp: number }
  | { readonly kind: 'follow'; readonly counts: readonly number[]; readonly gap: number }
  | { readonly kind: 'epoch' | 'flush' | 'roll' | 'reopen' }
  | { readonly kind: 'crash'; readonly survivors: readonly number[] }
  | { readonly kind: 'truncate' | 'advance'; readonly part: number }
  | { readonly kind: 'retain'; readonly bytes: number };

const part = fc.double({ min: 0, max: 1, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 5 }),
      valueBytes: fc.integer({ min: 0, max: 120 }),
      timestamp: fc.integer({ min: -50, max: 500 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('follow' as const),
      counts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
      gap: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('epoch' as const, 'flush', 'roll', 'reopen') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      survivors: fc.array(part, { minLength: 7, maxLength: 7 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('truncate' as const, 'advance'), part }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('retain' as const), bytes: fc.integer({ min: 0, max: 3000 }) }),
  },
);

interface ModelBatch {
  readonly base: number;
  readonly last: number;
  readonly epoch: number;
  readonly bytes: Buffer;
}

class Model {
  batches: ModelBatch[] = [];
  start = 0;
  end = 0;
  flushed = 0;
  epoch = 0;

  /** Notes what an append left in its buffer. */
  add(bytes: Buffer): void {
    for (const { position, size } of batches(bytes)) {
      this.batches.push({
        base: baseOffset(bytes, position),
        last: lastOffset(bytes, position),
        epoch: partitionLeaderEpoch(bytes, position),
        bytes: Buffer.from(bytes.subarray(position, position + size)),
      });
      this.end = lastOffset(bytes, position) + 1;
    }
  }

  get readable(): ModelBatch[] {
    return this.batches.filter(({ last }) => last >= this.start);
  }
}

function open(disk: MemoryDisk, model: Model, cleanShutdown: boolean, retentionBytes: { value: number }): PartitionLog {
  return openLog(
    disk,
    () =>
      logConfig({ segmentBytes: 800, indexIntervalBytes: 150, retentionMs: -1, retentionBytes: retentionBytes.value }),
    { cleanShutdown, recoverFrom: model.flushed, logStartOffset: model.start },
  );
}

function check(log: PartitionLog, model: Model): void {
  expect({ start: log.logStartOffset, end: log.logEndOffset }).toEqual({ start: model.start, end: model.end });
  const expected = model.readable;
  for (const maxBytes of [1, 400, 1_000_000]) {
    const found: Buffer[] = [];
    for (let offset = model.start; offset < model.end; ) {
      const result = log.read(offset, maxBytes);
      if (result.records.length === 0) break;
      found.push(result.records);
      for (const span of batches(result.records)) {
        expect(isValidCrc(result.records, span.position)).toBe(true);
        offset = lastOffset(result.records, span.position) + 1;
      }
    }
    expect(Buffer.concat(found).equals(Buffer.concat(expected.map(({ bytes }) => bytes)))).toBe(true);
  }
  for (const { base, last, epoch } of expected) {
    expect(log.epochOf(Math.max(base, model.start))).toBe(epoch);
    expect(log.read(last, 1, { upTo: last }).records.length).toBe(0);
    expect(log.read(last, 1, { upTo: last + 1 }).baseOffset).toBe(base);
  }
  const all = expected.flatMap(({ bytes }) => [...records(bytes, 0)]).filter(({ offset }) => offset >= model.start);
  for (const { timestamp } of all.slice(-8)) {
    const first = all.find((record) => record.timestamp >= timestamp);
    expect(log.offsetForTimestamp(timestamp)?.offset).toBe(first?.offset);
  }
}

function apply(
  step: Step,
  log: PartitionLog,
  model: Model,
  disk: MemoryDisk,
  retention: { value: number },
): PartitionLog {
  switch (step.kind) {
    case 'append': {
      const bytes = batch(step.count, { valueBytes: step.valueBytes, firstTimestamp: START_MS + step.timestamp });
      const { baseOffset: base, lastOffset: last } = log.appendAsLeader(bytes, model.epoch);
      expect([base, last]).toEqual([model.end, model.end + step.count - 1]);
      model.add(bytes);
      return log;
    }
    case 'follow': {
      let next = model.end + step.gap;
      const parts = step.counts.map((count, index) => {
        const part = batch(count, {
          baseOffset: next,
          partitionLeaderEpoch: model.epoch,
          firstTimestamp: START_MS + index,
        });
        next += count;
        return part;
      });
      const bytes = Buffer.concat(parts);
      log.appendAsFollower(Buffer.concat([bytes, batch(1).subarray(0, 30)]));
      model.add(bytes);
      return log;
    }
    case 'epoch':
      model.epoch++;
      return log;
    case 'flush':
      log.flush();
      model.flushed = model.end;
      return log;
    case 'roll':
      log.roll();
      return log;
    case 'truncate': {
      const offset = Math.round(model.start + step.part * (model.end - model.start));
      const end = log.truncateTo(offset);
      if (offset >= model.end) return log;
      model.batches = model.batches.filter(({ last }) => last < offset);
      const lastKept = model.batches.at(-1);
      expect(end).toBeLessThanOrEqual(offset);
      expect(end).toBeGreaterThanOrEqual(Math.max(model.start, lastKept === undefined ? 0 : lastKept.last + 1));
      model.end = end;
      model.flushed = Math.min(model.flushed, model.end);
      return log;
    }
    case 'advance': {
      const offset = Math.round(model.start + step.part * (model.end - model.start));
      log.advanceLogStartOffset(offset);
      model.start = offset;
      return log;
    }
    case 'retain': {
      retention.value = step.bytes;
      log.deleteOldSegments(START_MS, model.end);
      retention.value = -1;
      expect(log.size).toBeLessThan(step.bytes + 1400);
      model.start = log.logStartOffset;
      return log;
    }
    case 'reopen': {
      log.close();
      model.flushed = model.end;
      const again = open(disk, model, true, retention);
      expect(again.recovery).toEqual({ recoveredSegments: 0, truncatedBytes: 0, removedSegments: 0 });
      followEnd(again, model);
      return again;
    }
    case 'crash': {
      crash(disk, step.survivors);
      const again = open(disk, model, false, retention);
      // Nothing that was flushed is lost, and nothing appears that was not written.
      expect(again.logEndOffset).toBeGreaterThanOrEqual(lastBelow(model, model.flushed));
      followEnd(again, model);
      return again;
    }
  }
}

/** The records reach the disk in the order of their writes, up to some byte; of each other file any part may survive. */
function crash(disk: MemoryDisk, survivors: readonly number[]): void {
  const logs = disk.list('t-0').filter((name) => name.endsWith('.log'));
  const cut = Math.floor((survivors[0] ?? 0) * (logs.length + 1));
  let index = 1;
  disk.crash((path, synced, size) => {
    const order = logs.indexOf(path.slice('t-0/'.length));
    if (order >= 0 && order !== cut) return order < cut ? size : synced;
    const survives = survivors[index++ % survivors.length] ?? 0;
    return synced + Math.floor(survives * (size - synced));
  });
}

/** The end of the last batch below `offset`: offsets behind it that no batch has are not kept by any file. */
function lastBelow(model: Model, offset: number): number {
  return Math.max(model.start, (model.batches.findLast(({ last }) => last < offset)?.last ?? -1) + 1);
}

/** After a restart the log may end earlier, at the end of a batch. */
function followEnd(log: PartitionLog, model: Model): void {
  model.end = log.logEndOffset;
  model.batches = model.batches.filter(({ last }) => last < log.logEndOffset);
  expect(log.logEndOffset).toBe(lastBelow(model, log.logEndOffset));
  model.flushed = Math.min(model.flushed, model.end);
}

describe('a random life', () => {
  test('of appends, rolls, truncations, deletions, restarts and crashes', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const disk = new MemoryDisk();
        const model = new Model();
        const retention = { value: -1 };
        let log = open(disk, model, false, retention);
        for (const current of steps) {
          log = apply(current, log, model, disk, retention);
          check(log, model);
        }
      }),
      { numRuns: runs(250) },
    );
  });
});
