import { describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { baseOffset, batches, encodeEndTxnMarker, lastOffset } from '../../src/records/index.ts';
import { batch, bytesOf, openLog, START_MS } from './helpers.ts';

const LOG = 't-0/00000000000000000000.log';

function damage(disk: MemoryDisk, path: string, position: number): void {
  const file = disk.open(path);
  const byte = file.read(position, 1)[0] ?? 0;
  file.write(position, Buffer.from([byte ^ 0xff]));
}

function ends(disk: MemoryDisk): { position: number; nextOffset: number }[] {
  const bytes = bytesOf(disk, LOG);
  return [...batches(bytes)].map((span) => ({
    position: span.position + span.size,
    nextOffset: lastOffset(bytes, span.position) + 1,
  }));
}

function written(): MemoryDisk {
  const disk = new MemoryDisk();
  const log = openLog(disk, { indexIntervalBytes: 100 });
  for (let i = 0; i < 6; i++) log.appendAsLeader(batch(2 + i, { firstTimestamp: START_MS + i * 1000 }), 1 + (i >> 1));
  log.flush();
  return disk;
}

describe('after a kill', () => {
  test('a log cut at any byte ends with its last whole batch', () => {
    const original = written();
    const all = ends(original);
    const bytes = bytesOf(original, LOG);
    for (let size = 0; size <= bytes.length; size++) {
      const disk = original.copy();
      disk.open(LOG).truncate(size);
      const log = openLog(disk, { indexIntervalBytes: 100 });
      const whole = all.findLast(({ position }) => position <= size) ?? { position: 0, nextOffset: 0 };
      expect(log.logEndOffset).toBe(whole.nextOffset);
      expect(log.size).toBe(whole.position);
      expect(log.recovery.truncatedBytes).toBe(size - whole.position);
      expect(log.read(0, 1_000_000).records.equals(bytes.subarray(0, whole.position))).toBe(true);
      // It goes on where it ends, and a second start finds nothing to repair.
      expect(log.appendAsLeader(batch(1), 9).baseOffset).toBe(whole.nextOffset);
      log.flush();
      expect(openLog(disk, {}, { recoverFrom: 0 }).recovery.truncatedBytes).toBe(0);
    }
  });

  test('a log with any byte of its last batch changed loses that batch, or none of its records differ', () => {
    const original = written();
    const [before, last] = ends(original).slice(-2);
    const bytes = bytesOf(original, LOG);
    for (let position = before?.position ?? 0; position < (last?.position ?? 0); position++) {
      const disk = original.copy();
      damage(disk, LOG, position);
      const log = openLog(disk, { indexIntervalBytes: 100 });
      const field = position - (before?.position ?? 0);
      // The leader epoch (and, towards higher offsets, the base offset) may differ without a CRC that tells.
      if (log.logEndOffset !== before?.nextOffset) expect(field).toBeLessThan(16);
      expect(
        log.read(0, 1_000_000, { upTo: before?.nextOffset ?? 0 }).records.equals(bytes.subarray(0, before?.position)),
      ).toBe(true);
    }
  });

  test('zeros behind the end, as a file system may leave them, are cut off', () => {
    const disk = written();
    const size = disk.open(LOG).size;
    disk.open(LOG).append(Buffer.alloc(5000));
    const log = openLog(disk);
    expect(log.recovery).toMatchObject({ truncatedBytes: 5000 });
    expect(log.size).toBe(size);
  });

  test('segments behind a torn one go', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, { segmentBytes: 300 });
    for (let i = 0; i < 12; i++) log.appendAsLeader(batch(2), 1);
    log.flush();
    const bases = log.segmentBaseOffsets;
    expect(bases.length).toBeGreaterThan(3);
    const second = bases[1] ?? 0;
    disk.open(`t-0/${String(second).padStart(20, '0')}.log`).truncate(10);
    const again = openLog(disk, { segmentBytes: 300 });
    expect(again.segmentBaseOffsets).toEqual(bases.slice(0, 2));
    expect(again.logEndOffset).toBe(second);
    expect(again.recovery.removedSegments).toBe(bases.length - 2);
    expect(disk.list('t-0').filter((name) => name.endsWith('index'))).toHaveLength(4);
  });

  test('what lies below the recovery point is not looked through', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, { segmentBytes: 300 });
    for (let i = 0; i < 12; i++) log.appendAsLeader(batch(2), 1);
    log.flush();
    const again = openLog(disk, { segmentBytes: 300 }, { recoverFrom: log.recoveryPoint });
    expect(again.recovery).toEqual({ recoveredSegments: 1, truncatedBytes: 0, removedSegments: 0 });
    expect(again.logEndOffset).toBe(24);
    expect(again.recoveryPoint).toBe(24);
  });

  test('a recovery point beyond the log, and a log start beyond it', () => {
    const disk = written();
    const end = openLog(disk.copy()).logEndOffset;
    const beyond = openLog(disk.copy(), {}, { recoverFrom: 10_000 });
    expect(beyond).toMatchObject({ logEndOffset: end, recoveryPoint: end });
    const started = openLog(disk.copy(), {}, { logStartOffset: 10_000 });
    expect(started).toMatchObject({ logStartOffset: 10_000, logEndOffset: 10_000, size: 0 });
    expect(started.appendAsLeader(batch(1), 7).baseOffset).toBe(10_000);
  });

  test.each(['.index', '.timeindex'])(
    'a damaged or missing %s is made again, even after a clean shutdown',
    (suffix) => {
      const path = `t-0/00000000000000000000${suffix}`;
      const clean = written();
      openLog(clean, { indexIntervalBytes: 100 }).close();
      const expected = bytesOf(clean, path);
      expect(expected.length).toBeGreaterThan(20);
      for (const harm of [
        (disk: MemoryDisk) => disk.remove(path),
        (disk: MemoryDisk) => disk.open(path).truncate(expected.length - 5),
        (disk: MemoryDisk) => damage(disk, path, expected.length - 4),
        (disk: MemoryDisk) =>
          disk.open(path).write(0, expected.subarray(expected.length - (suffix === '.index' ? 8 : 12))),
      ]) {
        const disk = clean.copy();
        harm(disk);
        const log = openLog(disk, { indexIntervalBytes: 100 }, { cleanShutdown: true });
        expect(log.recovery.recoveredSegments).toBe(1);
        expect(bytesOf(disk, path).equals(expected)).toBe(true);
      }
    },
  );

  test('an index with a preallocated tail of zeros is read without it', () => {
    const disk = written();
    openLog(disk, { indexIntervalBytes: 100 }).close();
    for (const suffix of ['.index', '.timeindex'])
      disk.open(`t-0/00000000000000000000${suffix}`).append(Buffer.alloc(24 * 1000));
    const log = openLog(disk, { indexIntervalBytes: 100 }, { cleanShutdown: true });
    expect(log.recovery.recoveredSegments).toBe(0);
    const end = log.logEndOffset;
    log.appendAsLeader(batch(50), 9);
    log.appendAsLeader(batch(50), 9);
    expect(log.read(end + 60, 1).baseOffset).toBe(end + 50);
    log.close();
    // Both files hold nothing but entries that a rebuild makes too (of more: it knows no restart).
    const entries = (suffix: string, size: number) =>
      bytesOf(disk, `t-0/00000000000000000000${suffix}`)
        .toString('hex')
        .match(new RegExp(`.{${2 * size}}`, 'g')) ?? [];
    const [offsets, times] = [entries('.index', 8), entries('.timeindex', 12)];
    expect([offsets.length, times.length]).toEqual([5, 4]);
    openLog(disk, { indexIntervalBytes: 100 });
    expect(entries('.index', 8)).toEqual(expect.arrayContaining(offsets));
    expect(entries('.timeindex', 12)).toEqual(expect.arrayContaining(times));
  });

  test('leftovers of deletions, compactions and replaced files go; indexes without a log too', () => {
    const disk = written();
    for (const name of [
      '00000000000000000000.log.deleted',
      '00000000000000000000.log.cleaned',
      '00000000000000000099.index',
      'leader-epoch-checkpoint.tmp',
    ]) {
      disk.open(`t-0/${name}`, { create: true }).append(Buffer.from('x'));
    }
    openLog(disk);
    expect(disk.list('t-0')).toEqual([
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      '00000000000000000027.snapshot',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ]);
  });

  test('a compaction that was about to replace segments is finished', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk, { segmentBytes: 250 });
    for (let i = 0; i < 8; i++) log.appendAsLeader(batch(2), 1);
    log.close();
    const [first = 0, second = 0, third = 0] = log.segmentBaseOffsets;
    const compacted = batch(1, { baseOffset: second + 1, partitionLeaderEpoch: 1 });
    disk.open(`t-0/${String(first).padStart(20, '0')}.log.swap`, { create: true }).append(compacted);
    const again = openLog(disk, { segmentBytes: 250 });
    expect(again.segmentBaseOffsets.slice(0, 2)).toEqual([first, third]);
    const { records: bytes } = again.read(0, 1);
    expect(baseOffset(bytes, 0)).toBe(second + 1);
  });
});

describe('producers after a restart', () => {
  const transactional = (producerId: number, baseSequence: number) => ({
    producerId,
    producerEpoch: 0,
    baseSequence,
    isTransactional: true,
  });

  test.each([true, false])('are known from the snapshot and the batches behind it (clean: %s)', (clean) => {
    const disk = new MemoryDisk();
    const log = openLog(disk, { segmentBytes: 400 });
    for (let i = 0; i < 10; i++)
      log.appendAsLeader(batch(2, { producerId: 5, producerEpoch: 1, baseSequence: 2 * i }), 1);
    log.appendAsLeader(batch(3, transactional(6, 0)), 1);
    log.appendAsLeader(batch(3, transactional(7, 0)), 1);
    const abort = { type: 'ABORT', producerId: 6, producerEpoch: 0, coordinatorEpoch: 4, timestamp: START_MS } as const;
    log.appendAsLeader(encodeEndTxnMarker(abort), 1, { origin: 'coordinator' });
    if (clean) log.close();
    else log.flush();
    const again = openLog(disk, { segmentBytes: 400 }, { cleanShutdown: clean, recoverFrom: 0 });
    expect(again.producers.get(5)).toMatchObject({
      producerEpoch: 1,
      batches: expect.arrayContaining([expect.objectContaining({ lastSequence: 19, lastOffset: 19 })]),
    });
    expect(again.producers.get(6)).toMatchObject({ coordinatorEpoch: 4, currentTxnFirstOffset: -1 });
    expect(again.lastStableOffset(again.logEndOffset)).toBe(23);
    expect(again.abortedTransactions(0, 100)).toEqual([{ producerId: 6, firstOffset: 20, lastOffset: 26 }]);
    // The last batch is known as a repetition; one that skips a sequence is refused.
    expect(again.appendAsLeader(batch(2, { producerId: 5, producerEpoch: 1, baseSequence: 18 }), 1)).toMatchObject({
      isDuplicate: true,
      baseOffset: 18,
      lastOffset: 19,
    });
    expect(() => again.appendAsLeader(batch(2, { producerId: 5, producerEpoch: 1, baseSequence: 21 }), 1)).toThrow(
      /sequence 21/,
    );
  });

  test('a snapshot of records that are lost is not believed when others took their place', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk);
    for (let i = 0; i < 4; i++) {
      log.appendAsLeader(batch(2, { producerId: 5, producerEpoch: 1, baseSequence: 2 * i }), 1);
    }
    log.close();
    disk.open(LOG).truncate(disk.open(LOG).size - 1);
    const again = openLog(disk, {}, { recoverFrom: 8 });
    again.appendAsLeader(batch(2), 2);
    expect(again.logEndOffset).toBe(8);
    again.close();
    const third = openLog(disk, {}, { cleanShutdown: true });
    expect(third.producers.get(5)?.batches.at(-1)).toMatchObject({ lastSequence: 5 });
    expect(third.appendAsLeader(batch(2, { producerId: 5, producerEpoch: 1, baseSequence: 6 }), 2)).toMatchObject({
      isDuplicate: false,
      baseOffset: 8,
    });
  });

  test('a damaged snapshot is thrown away, and the state replayed', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk);
    for (let i = 0; i < 4; i++)
      log.appendAsLeader(batch(2, { producerId: 5, producerEpoch: 1, baseSequence: 2 * i }), 1);
    log.close();
    damage(disk, 't-0/00000000000000000008.snapshot', 20);
    const again = openLog(disk, {}, { cleanShutdown: true });
    expect(again.producers.get(5)?.batches.at(-1)).toMatchObject({ lastSequence: 7 });
    expect(disk.exists('t-0/00000000000000000008.snapshot')).toBe(false);
  });

  test('truncation takes back what the producer wrote behind it, and the transaction that ended there', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk);
    log.appendAsLeader(batch(2, transactional(5, 0)), 1);
    log.appendAsLeader(batch(2, transactional(5, 2)), 1);
    const abort = { type: 'ABORT', producerId: 5, producerEpoch: 0, coordinatorEpoch: 0, timestamp: START_MS } as const;
    log.appendAsLeader(encodeEndTxnMarker(abort), 2, { origin: 'coordinator' });
    expect(log.lastStableOffset(5)).toBe(5);
    log.flush();
    expect(log.recoveryPoint).toBe(5);
    expect(log.truncateTo(4)).toBe(4);
    expect(log.recoveryPoint).toBe(4);
    expect(log.lastStableOffset(4)).toBe(0);
    expect(log.abortedTransactions(0, 10)).toEqual([]);
    expect(log.epochs).toEqual([{ epoch: 1, startOffset: 0 }]);
    expect(log.truncateTo(3)).toBe(2);
    expect(log.appendAsLeader(batch(2, transactional(5, 2)), 3)).toMatchObject({ isDuplicate: false, baseOffset: 2 });
  });
});
