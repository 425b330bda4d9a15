import { describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { baseOffset, batches, lastOffset, records } from '../../src/records/index.ts';
import { batch, openLog, START_MS } from './helpers.ts';

function offsets(buffer: Buffer): number[] {
  return [...batches(buffer)].flatMap((span) => [...records(buffer, span.position)].map((record) => record.offset));
}

describe('append and read', () => {
  test('assigns offsets and the leader epoch in place, and reads the same bytes back', () => {
    const log = openLog(new MemoryDisk());
    const first = batch(3);
    const second = batch(2);
    expect(log.appendAsLeader(first, 5)).toEqual({
      baseOffset: 0,
      lastOffset: 2,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      isDuplicate: false,
    });
    expect(log.appendAsLeader(second, 5)).toMatchObject({ baseOffset: 3, lastOffset: 4 });
    expect(log.logEndOffset).toBe(5);
    expect(log.read(0, 1_000_000).records.equals(Buffer.concat([first, second]))).toBe(true);
    expect(offsets(log.read(4, 1_000_000).records)).toEqual([3, 4]);
    expect(log.epochs).toEqual([{ epoch: 5, startOffset: 0 }]);
  });

  test('a former leader that appended nothing of its own goes on with the epoch before, which begins where it began', () => {
    const source = openLog(new MemoryDisk());
    source.appendAsLeader(batch(3), 0);
    source.appendAsLeader(batch(2), 1);
    source.appendAsLeader(batch(2), 1);
    const log = openLog(new MemoryDisk());
    const { records: all } = source.read(0, 1_000_000);
    const cut = [...batches(all)].at(-1)?.position ?? 0;
    log.appendAsFollower(all.subarray(0, cut));
    log.assignLeaderEpoch(2);
    expect(log.epochs.at(-1)).toEqual({ epoch: 2, startOffset: 5 });
    // The next leader never saw epoch 2; it has more of epoch 1.
    log.appendAsFollower(all.subarray(cut));
    expect(log.epochs).toEqual(source.epochs);
    expect(log.epochOf(4)).toBe(1);
  });

  test('when a kill took back where the log begins, the epochs of what came back are known again', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk);
    for (const epoch of [0, 0, 2]) log.appendAsLeader(batch(2), epoch);
    const { epochs } = log;
    log.advanceLogStartOffset(6);
    expect(log.epochs).toEqual([{ epoch: 2, startOffset: 6 }]);
    expect(openLog(disk.copy()).epochs).toEqual(epochs);
    expect(openLog(disk.copy(), {}, { logStartOffset: 3 }).epochs).toEqual([
      { epoch: 0, startOffset: 3 },
      { epoch: 2, startOffset: 4 },
    ]);
  });

  test('survives a close and an open, and a crash that takes unsynced bytes', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, { segmentBytes: 1000 });
    for (let i = 0; i < 30; i++) log.appendAsLeader(batch(2), 1);
    log.flush();
    expect(log.segmentBaseOffsets.length).toBeGreaterThan(2);
    for (let i = 0; i < 5; i++) log.appendAsLeader(batch(2), 2);
    disk.crash();
    const again = openLog(disk, { segmentBytes: 1000 }, { recoverFrom: 60 });
    expect(again.logEndOffset).toBe(60);
    expect(again.epochs).toEqual([{ epoch: 1, startOffset: 0 }]);
    again.close();
    const third = openLog(disk, { segmentBytes: 1000 }, { recoverFrom: 60, cleanShutdown: true });
    expect(third.recovery).toEqual({ recoveredSegments: 0, truncatedBytes: 0, removedSegments: 0 });
    expect(third.logEndOffset).toBe(60);
    let next = 0;
    while (next < 60) {
      const { records: bytes } = third.read(next, 500);
      for (const span of batches(bytes)) {
        expect(baseOffset(bytes, span.position)).toBe(next);
        next = lastOffset(bytes, span.position) + 1;
      }
    }
  });

  test('looks up timestamps record by record', () => {
    const log = openLog(new MemoryDisk(), { segmentBytes: 1000 });
    for (let i = 0; i < 30; i++) log.appendAsLeader(batch(3, { firstTimestamp: START_MS + 10 * i }), 1);
    expect(log.offsetForTimestamp(START_MS + 41)).toEqual({
      offset: 13,
      timestampMs: START_MS + 41,
      leaderEpoch: 1,
    });
    expect(log.offsetForTimestamp(START_MS + 43)).toMatchObject({ offset: 15 });
    expect(log.offsetForTimestamp(START_MS + 10_000)).toBeNull();
    expect(log.offsetForTimestamp(START_MS + 41, 13)).toBeNull();
    expect(log.maxTimestampOffset()).toMatchObject({ offset: 89, timestampMs: START_MS + 292 });
  });
});
