import { describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import type { LogConfig } from '../../src/log/types.ts';
import { batches, isValidCrc, maxTimestamp, records, timestampType } from '../../src/records/index.ts';
import { batch, logConfig, openLog, START_MS } from './helpers.ts';

const DAY = 86_400_000;

describe('rolling', () => {
  test('by size: a segment never outgrows segment.bytes', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, { segmentBytes: 500 });
    for (let i = 0; i < 40; i++) log.appendAsLeader(batch(1 + (i % 4)), 1);
    const sizes = disk
      .list('t-0')
      .filter((name) => name.endsWith('.log'))
      .map((name) => disk.open(`t-0/${name}`).size);
    expect(sizes.length).toBeGreaterThan(5);
    for (const size of sizes.slice(0, -1)) {
      expect(size).toBeLessThanOrEqual(500);
      expect(size).toBeGreaterThan(500 - 170);
    }
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(log.size);
  });

  test('a follower rolls where its leader did, whatever it gets in one response', () => {
    const leader = openLog(new MemoryDisk(), { segmentBytes: 500 });
    const follower = openLog(new MemoryDisk(), { segmentBytes: 500 });
    for (let i = 0; i < 40; i++) leader.appendAsLeader(batch(1 + (i % 4)), 1);
    while (follower.logEndOffset < leader.logEndOffset) {
      follower.appendAsFollower(leader.read(follower.logEndOffset, 100_000).records);
    }
    expect(follower.segmentBaseOffsets).toEqual(leader.segmentBaseOffsets);
    expect(follower.epochs).toEqual(leader.epochs);
  });

  test('by age: of the timestamps, or of the clock where there are none, minus the jitter', () => {
    let now = START_MS;
    const log = openLog(
      new MemoryDisk(),
      { segmentMs: DAY, segmentJitterMs: 1000 },
      { now: () => now, random: { below: (bound) => bound - 1 } },
    );
    log.appendAsLeader(batch(1), 1);
    log.appendAsLeader(batch(1, { firstTimestamp: START_MS + DAY - 999 }), 1);
    expect(log.segmentBaseOffsets).toEqual([0]);
    log.appendAsLeader(batch(1, { firstTimestamp: START_MS + DAY - 998 }), 1);
    expect(log.segmentBaseOffsets).toEqual([0, 2]);
    log.roll();
    log.appendAsLeader(batch(1, { firstTimestamp: -1 }), 1);
    now += DAY;
    log.appendAsLeader(batch(1, { firstTimestamp: -1 }), 1);
    expect(log.segmentBaseOffsets).toEqual([0, 2, 3, 4]);
  });

  test('when an index is full, and when offsets get too far from the base', () => {
    const log = openLog(new MemoryDisk(), { segmentIndexBytes: 40, indexIntervalBytes: 0 });
    for (let i = 0; i < 12; i++) log.appendAsLeader(batch(1, { firstTimestamp: START_MS + i }), 1);
    expect(log.segmentBaseOffsets).toEqual([0, 3, 6, 9]);
    log.appendAsFollower(batch(1, { baseOffset: 5_000_000_000, partitionLeaderEpoch: 1 }));
    expect(log.segmentBaseOffsets.at(-1)).toBe(5_000_000_000);
    expect(log.read(12, 10).baseOffset).toBe(5_000_000_000);
  });
});

describe('retention', () => {
  function filled(changes: Partial<LogConfig>) {
    const disk = new MemoryDisk();
    const log = openLog(disk, { segmentBytes: 250, ...changes });
    for (let i = 0; i < 10; i++) log.appendAsLeader(batch(2, { firstTimestamp: START_MS + i * DAY }), 1 + i);
    return { disk, log };
  }

  test('by time', () => {
    const { log } = filled({ retentionMs: 3 * DAY });
    const bases = log.segmentBaseOffsets;
    expect(log.deleteOldSegments(START_MS + 9 * DAY, log.logEndOffset)).toBe(3);
    expect(log.segmentBaseOffsets).toEqual(bases.slice(3));
    expect(log.logStartOffset).toBe(bases[3]);
    expect(log.epochs[0]?.startOffset).toBe(log.logStartOffset);
    expect(() => log.read(0, 10)).toThrow(/offset 0/);
  });

  test('all of it, the active segment included: the log goes on at its end', () => {
    const { disk, log } = filled({ retentionMs: 3 * DAY });
    expect(log.deleteOldSegments(START_MS + 30 * DAY, 20)).toBe(5);
    expect(log).toMatchObject({ logStartOffset: 20, logEndOffset: 20, size: 0, segmentBaseOffsets: [20] });
    expect(log.deleteOldSegments(START_MS + 30 * DAY, 20)).toBe(0);
    expect(disk.list('t-0').filter((name) => name.endsWith('.log'))).toEqual(['00000000000000000020.log']);
    expect(log.appendAsLeader(batch(1), 20).baseOffset).toBe(20);
  });

  test('by size, never above the high watermark, and only where the policy is delete', () => {
    const { log } = filled({ retentionMs: -1, retentionBytes: 300 });
    expect(log.deleteOldSegments(START_MS, 5)).toBe(1);
    const size = log.size;
    expect(log.deleteOldSegments(START_MS, 20)).toBeGreaterThan(0);
    expect(log.size).toBeLessThan(size);
    expect(log.size).toBeGreaterThanOrEqual(300);
    const compacted = filled({ retentionBytes: 0, cleanupPolicy: { delete: false, compact: true } }).log;
    expect(compacted.deleteOldSegments(START_MS + 99 * DAY, 20)).toBe(0);
  });

  test('DeleteRecords moves the start into a segment; whole segments below go', () => {
    const { disk, log } = filled({});
    expect(log.advanceLogStartOffset(9)).toBe(true);
    expect(log.advanceLogStartOffset(8)).toBe(false);
    expect(log.logStartOffset).toBe(9);
    expect(log.segmentBaseOffsets[0]).toBe(8);
    expect(log.read(9, 1000).baseOffset).toBe(8);
    expect(log.offsetForTimestamp(0)?.offset).toBe(9);
    log.close();
    const again = openLog(disk, {}, { cleanShutdown: true, logStartOffset: 9 });
    expect(again).toMatchObject({ logStartOffset: 9, logEndOffset: 20 });
  });
});

describe('settings', () => {
  test('LogAppendTime gives a batch one time, and a CRC that fits', () => {
    const log = openLog(new MemoryDisk(), { messageTimestampType: 'LogAppendTime' }, { now: () => START_MS + 77 });
    expect(log.appendAsLeader(batch(3), 1).logAppendTimeMs).toBe(START_MS + 77);
    const { records: bytes } = log.read(0, 1000);
    expect([timestampType(bytes, 0), maxTimestamp(bytes, 0), isValidCrc(bytes, 0)]).toEqual([
      'LogAppendTime',
      START_MS + 77,
      true,
    ]);
    expect([...records(bytes, 0)].map(({ timestamp }) => timestamp)).toEqual([
      START_MS + 77,
      START_MS + 77,
      START_MS + 77,
    ]);
  });

  test('flush.messages, and a setting that changes while the log is open', () => {
    let config = logConfig({ flushMessages: 4 });
    const log = openLog(new MemoryDisk(), () => config);
    log.appendAsLeader(batch(3), 1);
    expect(log.recoveryPoint).toBe(0);
    log.appendAsLeader(batch(3), 1);
    expect(log.recoveryPoint).toBe(6);
    config = logConfig({ segmentBytes: 100 });
    expect(() => log.appendAsLeader(batch(3), 1)).toThrow(/segment of 100/);
    expect(log.logEndOffset).toBe(6);
  });
});

describe('reading', () => {
  test('limits: bytes, the first batch all the same, and where the range ends', () => {
    const log = openLog(new MemoryDisk());
    const size = batch(2).length;
    for (let i = 0; i < 6; i++) log.appendAsLeader(batch(2), 1);
    const count = (bytes: Buffer) => [...batches(bytes)].length;
    expect(count(log.read(0, size * 3 + 5).records)).toBe(3);
    expect(count(log.read(0, 1).records)).toBe(1);
    expect(count(log.read(0, 1, { minOneMessage: false }).records)).toBe(0);
    expect(count(log.read(3, 10_000, { upTo: 8 }).records)).toBe(3);
    expect(log.read(3, 10_000, { upTo: 3 })).toMatchObject({ baseOffset: -1 });
    expect(log.read(12, 100).records.length).toBe(0);
    expect(() => log.read(13, 100)).toThrow(
      expect.objectContaining({ errorName: 'OFFSET_OUT_OF_RANGE', errorCode: 1 }),
    );
    expect(() => log.read(-1, 100)).toThrow(expect.objectContaining({ errorCode: 1 }));
  });

  test('a follower refuses what overlaps its log or is damaged, and is not changed by it', () => {
    const log = openLog(new MemoryDisk());
    log.appendAsFollower(batch(5, { baseOffset: 0, partitionLeaderEpoch: 3 }));
    expect(() => log.appendAsFollower(batch(5, { baseOffset: 4, partitionLeaderEpoch: 3 }))).toThrow(/goes on at 5/);
    const damaged = batch(2, { baseOffset: 7, partitionLeaderEpoch: 3 });
    damaged.writeUInt8(1, damaged.length - 1);
    expect(() => log.appendAsFollower(Buffer.concat([batch(2, { baseOffset: 5 }), damaged]))).toThrow(
      expect.objectContaining({ errorName: 'CORRUPT_MESSAGE' }),
    );
    expect(log).toMatchObject({ logEndOffset: 5, epochs: [{ epoch: 3, startOffset: 0 }] });
  });

  test('remove() takes the directory away', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk);
    log.appendAsLeader(batch(1), 1);
    log.remove();
    expect(disk.list('')).toEqual([]);
  });
});
