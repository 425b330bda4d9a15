import { describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../../src/log/producer-snapshot.ts';
import { encodeEndTxnMarker } from '../../src/records/index.ts';
import fc, { runs } from '../property.ts';
import { batch, openLog, START_MS } from './helpers.ts';

const MAX_SEQUENCE = 2 ** 31 - 1;

function append(log: ReturnType<typeof openLog>, producerEpoch: number, baseSequence: number, count = 1, more = {}) {
  return log.appendAsLeader(batch(count, { producerId: 9, producerEpoch, baseSequence, ...more }), 1);
}

const refused = (errorName: string) => expect.objectContaining({ name: 'LogError', errorName });

describe('sequences', () => {
  test('follow one another within an epoch, and begin at 0 in a new one', () => {
    const log = openLog(new MemoryDisk());
    append(log, 0, 500, 3);
    expect(() => append(log, 0, 504)).toThrow(refused('OUT_OF_ORDER_SEQUENCE_NUMBER'));
    expect(() => append(log, 1, 503)).toThrow(refused('OUT_OF_ORDER_SEQUENCE_NUMBER'));
    append(log, 0, 503, 2);
    append(log, 1, 0);
    expect(() => append(log, 0, 505)).toThrow(refused('INVALID_PRODUCER_EPOCH'));
    expect(log.logEndOffset).toBe(6);
  });

  test('wrap from 2^31 - 1 to 0', () => {
    const log = openLog(new MemoryDisk());
    append(log, 0, MAX_SEQUENCE - 1, 2);
    append(log, 0, 0, 2);
    const other = openLog(new MemoryDisk());
    append(other, 0, MAX_SEQUENCE, 3);
    append(other, 0, 2);
    other.close();
    expect(other.producers.get(9)?.batches.map(({ lastSequence }) => lastSequence)).toEqual([1, 2]);
  });

  test('a repetition of one of the last five batches is answered as it was the first time', () => {
    const log = openLog(new MemoryDisk());
    for (let i = 0; i < 6; i++) append(log, 0, 2 * i, 2);
    for (let i = 1; i < 6; i++) {
      expect(append(log, 0, 2 * i, 2)).toMatchObject({ isDuplicate: true, baseOffset: 2 * i, lastOffset: 2 * i + 1 });
    }
    expect(() => append(log, 0, 0, 2)).toThrow(refused('OUT_OF_ORDER_SEQUENCE_NUMBER'));
    expect(() => append(log, 0, 4, 3)).toThrow(refused('OUT_OF_ORDER_SEQUENCE_NUMBER'));
    expect(log.logEndOffset).toBe(12);
  });

  test('are not asked for of coordinators, and forgotten with an idle producer', () => {
    let now = START_MS;
    const log = openLog(new MemoryDisk(), {}, { now: () => now, producerIdExpirationMs: 1000 });
    append(log, 0, 0);
    log.appendAsLeader(batch(1, { producerId: 9, producerEpoch: 0, baseSequence: -1 }), 1, { origin: 'coordinator' });
    now += 999;
    log.removeExpiredProducers();
    expect(log.producers.size).toBe(1);
    now += 1;
    log.removeExpiredProducers();
    expect(log.producers.size).toBe(0);
    append(log, 0, 77);
  });
});

describe('transactions', () => {
  const marker = (type: 'ABORT' | 'COMMIT', producerEpoch = 0, coordinatorEpoch = 5) =>
    encodeEndTxnMarker({ type, producerId: 9, producerEpoch, coordinatorEpoch, timestamp: START_MS });

  test('hold the last stable offset until the marker is below the high watermark', () => {
    const log = openLog(new MemoryDisk());
    log.appendAsLeader(batch(2), 1);
    append(log, 0, 0, 2, { isTransactional: true });
    expect([log.lastStableOffset(1), log.lastStableOffset(4)]).toEqual([1, 2]);
    log.appendAsLeader(marker('COMMIT'), 1, { origin: 'coordinator' });
    expect([log.lastStableOffset(4), log.lastStableOffset(5)]).toEqual([2, 5]);
    expect(log.abortedTransactions(0, 5)).toEqual([]);
  });

  test('refuse an old coordinator, an old epoch, and plain batches in between', () => {
    const log = openLog(new MemoryDisk());
    append(log, 1, 0, 1, { isTransactional: true });
    expect(() => append(log, 1, 1)).toThrow(refused('INVALID_TXN_STATE'));
    expect(() => log.appendAsLeader(marker('ABORT', 0), 1, { origin: 'coordinator' })).toThrow(
      refused('INVALID_PRODUCER_EPOCH'),
    );
    log.appendAsLeader(marker('ABORT', 1), 1, { origin: 'coordinator' });
    append(log, 1, 1, 1, { isTransactional: true });
    expect(() => log.appendAsLeader(marker('ABORT', 1, 4), 1, { origin: 'coordinator' })).toThrow(
      refused('TRANSACTION_COORDINATOR_FENCED'),
    );
    expect(log.abortedTransactions(0, 10)).toEqual([{ producerId: 9, firstOffset: 0, lastOffset: 1 }]);
  });

  test('a marker without a transaction is kept, but is no aborted transaction', () => {
    const disk = new MemoryDisk();
    const log = openLog(disk);
    log.appendAsLeader(marker('ABORT'), 1, { origin: 'coordinator' });
    expect([log.logEndOffset, log.lastStableOffset(1), log.abortedTransactions(0, 9)]).toEqual([1, 1, []]);
    expect(disk.list('t-0').some((name) => name.endsWith('.txnindex'))).toBe(false);
  });

  test('live, a follower and a restarted log agree with a model, whatever happens', () => {
    const action = fc.record({
      producer: fc.integer({ min: 0, max: 3 }),
      kind: fc.constantFrom('write', 'write', 'write', 'commit', 'abort', 'plain', 'restart', 'kill'),
      count: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 50 }), (actions) => {
        const disk = new MemoryDisk();
        const config = { segmentBytes: 600, indexIntervalBytes: 100 };
        let log = openLog(disk, config);
        const follower = openLog(new MemoryDisk(), { segmentBytes: 900 });
        const open = new Map<number, number>();
        const sequences = [0, 0, 0, 0];
        const aborted: { producerId: number; firstOffset: number; lastOffset: number }[] = [];
        for (const { producer, kind, count } of actions) {
          const producerId = 100 + producer;
          if (kind === 'write') {
            const baseSequence = sequences[producer] ?? 0;
            const input = { producerId, producerEpoch: 0, baseSequence, isTransactional: true };
            const { baseOffset } = log.appendAsLeader(batch(count, input), 1);
            sequences[producer] = baseSequence + count;
            if (!open.has(producerId)) open.set(producerId, baseOffset);
          } else if (kind === 'commit' || kind === 'abort') {
            const type = kind === 'commit' ? 'COMMIT' : 'ABORT';
            const bytes = encodeEndTxnMarker({
              type,
              producerId,
              producerEpoch: 0,
              coordinatorEpoch: 1,
              timestamp: START_MS,
            });
            const { lastOffset } = log.appendAsLeader(bytes, 1, { origin: 'coordinator' });
            const firstOffset = open.get(producerId);
            if (firstOffset !== undefined && kind === 'abort') aborted.push({ producerId, firstOffset, lastOffset });
            open.delete(producerId);
          } else if (kind === 'plain') {
            log.appendAsLeader(batch(count), 1);
          } else {
            if (kind === 'restart') log.close();
            else log.flush();
            log = openLog(disk, config, { cleanShutdown: kind === 'restart', recoverFrom: log.recoveryPoint });
          }
          while (follower.logEndOffset < log.logEndOffset) {
            follower.appendAsFollower(log.read(follower.logEndOffset, 300).records);
          }
          const end = log.logEndOffset;
          for (const replica of [log, follower]) {
            expect(replica.lastStableOffset(end)).toBe(Math.min(end, ...open.values()));
            expect(replica.abortedTransactions(0, end)).toEqual(aborted);
            const [from, to] = [Math.floor(end / 3), Math.floor((2 * end) / 3)];
            // Kafka's answer may hold a transaction more than touches the range, never one less.
            expect(replica.abortedTransactions(from, to)).toEqual(
              aborted.filter(({ firstOffset, lastOffset }) => lastOffset >= from && firstOffset < to),
            );
          }
        }
      }),
      { numRuns: runs(150) },
    );
  });
});

describe('snapshot files', () => {
  test("equal Kafka's own bytes", () => {
    const hex =
      '0001de367ae4000000010000000000000fa00002000000060000000000000068000000010000018bcfe56be9000000030000000000000067';
    const entries = [
      {
        producerId: 4000,
        producerEpoch: 2,
        lastSequence: 6,
        lastOffset: 104,
        offsetDelta: 1,
        timestamp: 1_700_000_001_001,
        coordinatorEpoch: 3,
        currentTxnFirstOffset: 103,
      },
    ];
    expect(decodeProducerSnapshot(Buffer.from(hex, 'hex'))).toEqual(entries);
    expect(encodeProducerSnapshot(entries).toString('hex')).toBe(hex);
  });

  test('any damage is seen', () => {
    const bytes = encodeProducerSnapshot([]);
    expect(decodeProducerSnapshot(bytes)).toEqual([]);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x41, at);
      expect(decodeProducerSnapshot(damaged)).toBeNull();
    }
    expect(decodeProducerSnapshot(bytes.subarray(0, 5))).toBeNull();
    expect(decodeProducerSnapshot(Buffer.concat([bytes, bytes]))).toBeNull();
  });
});
