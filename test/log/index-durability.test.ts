import { describe, expect, test } from 'vitest';
import { offsetOf } from '../../src/log/file-names.ts';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import type { PartitionLog } from '../../src/log/partition-log.ts';
import { batch, openLog } from './helpers.ts';

/*
 * After a loss of power only what lies behind the recovery point is looked through. An index before it is believed as it
 * is, so that none of its bytes may be at the disk's mercy: a torn entry would lead a reader into the middle of a batch.
 */

const CONFIG = { segmentBytes: 1500, indexIntervalBytes: 100, flushMessages: 1 };
const COMPACTION = {
  ...{ deleteRetentionMs: 0, minCleanableDirtyRatio: 0, minCompactionLagMs: 0 },
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
};

/** The index files of flushed, closed segments with bytes that a loss of power may take; everything unflushed is lost then. */
function losePower(disk: MemoryDisk, log: PartitionLog): string[] {
  const active = log.segmentBaseOffsets.at(-1) ?? 0;
  const atRisk: string[] = [];
  disk.crash((path, synced, size) => {
    const base = ['.index', '.timeindex', '.txnindex']
      .map((suffix) => offsetOf(path.slice(path.lastIndexOf('/') + 1), suffix))
      .find((offset) => offset !== null);
    if (base != null && base < Math.min(active, log.recoveryPoint) && synced < size) atRisk.push(path);
    return synced;
  });
  return atRisk;
}

function fill(log: PartitionLog, count: number): void {
  for (let index = 0; index < count; index++) log.appendAsLeader(batch(2, { valueBytes: 60 }), 0);
}

describe('indexes of closed segments are durable', () => {
  test('when every append is flushed', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, CONFIG);
    fill(log, 60);
    expect(log.segmentBaseOffsets.length).toBeGreaterThan(5);
    expect(losePower(disk, log)).toEqual([]);
  });

  test('when a flush covers several segments at once', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, { ...CONFIG, flushMessages: Number.MAX_SAFE_INTEGER });
    fill(log, 60);
    log.flush();
    expect(losePower(disk, log)).toEqual([]);
  });

  test('when they were made anew after a crash', () => {
    const disk = new MemoryDisk();
    const config = { ...CONFIG, flushMessages: Number.MAX_SAFE_INTEGER };
    fill(openLog(disk, config), 60);
    disk.crash((_path, _synced, size) => size);
    const log = openLog(disk, config);
    expect(log.recovery.recoveredSegments).toBeGreaterThan(5);
    log.flush();
    expect(losePower(disk, log)).toEqual([]);
  });

  test('when compaction has put a segment in the place of others', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, { ...CONFIG, cleanupPolicy: { delete: false, compact: true } });
    fill(log, 60);
    const plan = log.compaction.plan(COMPACTION, log.logEndOffset);
    if (plan === null) throw new Error('nothing to clean');
    const cleaning = log.compaction.clean(plan, { deleteRetentionMs: 0, maxKeys: 1000 });
    while (!cleaning.step(1000));
    expect(losePower(disk, log)).toEqual([]);
  });
});
