import { expect, test } from 'vitest';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { batches } from '../../src/records/index.ts';
import { batch, openLog } from './helpers.ts';

/*
 * Each file loses its own unflushed end when the power goes. One that happens to end between two batches is whole as
 * far as it goes, and yet nothing behind it may stay.
 */

const BATCHES = 12;

/** A log of several unflushed segments, of which the first has lost all but its first batch. */
function withHole(changes: Parameters<typeof openLog>[1] = {}): MemoryDisk {
  const disk = new MemoryDisk();
  const log = openLog(disk, { segmentBytes: 400, ...changes });
  for (let index = 0; index < BATCHES; index++) log.appendAsLeader(batch(2), 0);
  expect(log.segmentBaseOffsets.length).toBeGreaterThan(2);
  const first = disk.open('t-0/00000000000000000000.log');
  const [whole] = batches(first.read(0, first.size));
  disk.crash((path, _synced, size) => (path === first.path ? (whole?.size ?? 0) : size));
  return disk;
}

test('a log ends before a hole between its segments', () => {
  const log = openLog(withHole(), { segmentBytes: 400 });
  expect(log.logEndOffset).toBe(2);
  expect(log.recovery.removedSegments).toBeGreaterThan(1);
});

test('in a compacted log a hole is what compaction leaves', () => {
  const compact = { cleanupPolicy: { delete: false, compact: true } } as const;
  const log = openLog(withHole(compact), { segmentBytes: 400, ...compact });
  expect(log.logEndOffset).toBe(2 * BATCHES);
});

test('and so it is in a log that was compacted once', () => {
  const log = openLog(withHole(), { segmentBytes: 400 }, { cleanPoint: 10 });
  expect(log.logEndOffset).toBe(2 * BATCHES);
});

test('a damaged epoch checkpoint does not stay', () => {
  const disk = new MemoryDisk();
  openLog(disk, {}).appendAsLeader(batch(2), 3);
  const path = 't-0/leader-epoch-checkpoint';
  const file = disk.open(path);
  file.truncate(file.size - 1);
  for (const name of disk.list('t-0')) if (name.endsWith('.log')) disk.open(`t-0/${name}`).truncate(0);
  expect(openLog(disk, {}).epochs).toEqual([]);
  expect(disk.exists(path)).toBe(false);
});
