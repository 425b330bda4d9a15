import { describe, expect, test } from 'vitest';
import {
  AT_END,
  BAD_LENGTH,
  BAD_MAGIC,
  type BatchInput,
  baseOffset,
  baseSequence,
  batches,
  batchSize,
  Compression,
  crc32c,
  encodeBatch,
  firstRecord,
  isValidCrc,
  lastOffset,
  lastSequence,
  maxTimestamp,
  nextOffset,
  PARTIAL,
  partitionLeaderEpoch,
  probeBatch,
  producerEpoch,
  producerId,
  type RecordInput,
  readBatchHeader,
  records,
  recordsCount,
  scanBatches,
  setBaseOffset,
  setMaxTimestamp,
  setPartitionLeaderEpoch,
  timestampType,
} from '../../src/records/index.ts';
import fc, { runs } from '../property.ts';
import { reasonOf } from './reason.ts';

function sample(more: Partial<BatchInput> = {}): Buffer {
  return encodeBatch({
    records: [
      { key: 'a', value: '1', timestamp: 10 },
      { key: 'b', value: '2', timestamp: 12 },
    ],
    ...more,
  });
}

/** Rewrites an int32 of a batch, and its checksum, as only a hostile writer would. */
function forged(batch: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(batch);
  copy.writeInt32BE(value, at);
  copy.writeUInt32BE(crc32c(copy, 21), 17);
  return copy;
}

describe('the fields of a header, one by one', () => {
  test('they are what the whole header says', () => {
    const batch = sample({
      baseOffset: 2 ** 40,
      producerId: 7,
      producerEpoch: 3,
      baseSequence: 2 ** 31 - 1,
      partitionLeaderEpoch: 5,
    });
    const header = readBatchHeader(Buffer.concat([Buffer.alloc(9), batch]), 9);
    expect(header).toMatchObject({
      position: 9,
      baseOffset: 2 ** 40,
      lastOffset: 2 ** 40 + 1,
      nextOffset: 2 ** 40 + 2,
    });
    expect([baseOffset, lastOffset, nextOffset, maxTimestamp, batchSize].map((field) => field(batch, 0))).toEqual([
      2 ** 40,
      2 ** 40 + 1,
      2 ** 40 + 2,
      12,
      batch.length,
    ]);
    expect([producerId, producerEpoch, partitionLeaderEpoch, recordsCount].map((field) => field(batch, 0))).toEqual([
      7, 3, 5, 2,
    ]);
    expect(header.attributes).toBe(0);
  });

  test('sequences wrap from the largest int32 to 0', () => {
    const batch = sample({ producerId: 7, producerEpoch: 0, baseSequence: 2 ** 31 - 1 });
    expect([baseSequence(batch, 0), lastSequence(batch, 0)]).toEqual([2 ** 31 - 1, 0]);
    expect([...records(batch, 0)].map((record) => record.sequence)).toEqual([2 ** 31 - 1, 0]);
    expect(lastSequence(sample(), 0)).toBe(-1);
  });

  test('outside the buffer they are typed errors', () => {
    expect(reasonOf(() => producerId(sample().subarray(0, 48), 0))).toBe('truncated');
    expect(reasonOf(() => baseOffset(Buffer.alloc(20), 13))).toBe('truncated');
    expect(reasonOf(() => baseOffset(Buffer.alloc(20), -1))).toBe('truncated');
    expect(reasonOf(() => readBatchHeader(sample(), 1))).not.toBe('none');
  });
});

describe('patches in place', () => {
  test('offset and leader epoch lie outside the checksum', () => {
    const batch = sample();
    setBaseOffset(batch, 0, 123_456_789_012);
    setPartitionLeaderEpoch(batch, 0, 42);
    expect(isValidCrc(batch, 0)).toBe(true);
    expect([...records(batch, 0)].map((record) => record.offset)).toEqual([123_456_789_012, 123_456_789_013]);
    expect(partitionLeaderEpoch(batch, 0)).toBe(42);
  });

  test('LogAppendTime becomes the time of every record, with a new checksum', () => {
    const batch = Buffer.concat([Buffer.alloc(5), sample({ isTransactional: true }), Buffer.alloc(3)]);
    batch.writeInt8(1, batch.length - 1);
    setMaxTimestamp(batch, 5, 'LogAppendTime', 99);
    expect(isValidCrc(batch, 5)).toBe(true);
    expect(readBatchHeader(batch, 5)).toMatchObject({
      timestampType: 'LogAppendTime',
      maxTimestamp: 99,
      isTransactional: true,
    });
    expect([...records(batch, 5)].map((record) => record.timestamp)).toEqual([99, 99]);
    setMaxTimestamp(batch, 5, 'CreateTime', 12);
    expect(batch.subarray(5, -3).equals(sample({ isTransactional: true }))).toBe(true);
  });
});

describe('encodeBatch', () => {
  test('every record comes back, through every codec', () => {
    const bytes = fc.option(
      fc.uint8Array({ maxLength: 300 }).map((data) => Buffer.from(data)),
      { nil: null },
    );
    const record = fc.record({
      key: bytes,
      value: bytes,
      timestamp: fc.integer({ min: -1, max: 2 ** 50 }),
      headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: bytes }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 20 }),
        fc.constantFrom(...Object.values(Compression)),
        (input, compression) => {
          const batch = encodeBatch({ records: input, compression, baseOffset: 1000 });
          expect(isValidCrc(batch, 0)).toBe(true);
          expect(maxTimestamp(batch, 0)).toBe(Math.max(-1, ...input.map((r) => r.timestamp)));
          const output = [...records(batch, 0)].map(({ key, value, timestamp, headers }) => ({
            key,
            value,
            timestamp,
            headers,
          }));
          expect(output).toEqual(input);
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test('holes, a longer range and an empty batch, as compaction leaves them', () => {
    const kept: RecordInput[] = [{ value: 'x', offset: 12 }, { value: 'y', offset: 17 }, { value: 'z' }];
    const batch = encodeBatch({
      records: kept,
      baseOffset: 10,
      lastOffsetDelta: 9,
      deleteHorizonMs: 5000,
      timestamp: 4000,
    });
    expect([...records(batch, 0)].map((r) => [r.offset, r.timestamp])).toEqual([
      [12, 4000],
      [17, 4000],
      [18, 4000],
    ]);
    expect(readBatchHeader(batch, 0)).toMatchObject({
      lastOffset: 19,
      recordsCount: 3,
      deleteHorizonMs: 5000,
      baseTimestamp: 5000,
    });
    const empty = encodeBatch({
      records: [],
      baseOffset: 10,
      lastOffsetDelta: 3,
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 4,
    });
    expect(empty).toHaveLength(61);
    expect([...records(empty, 0)]).toEqual([]);
    expect(firstRecord(empty, 0)).toBeNull();
    expect(readBatchHeader(empty, 0)).toMatchObject({
      lastOffset: 13,
      lastSequence: 7,
      baseTimestamp: -1,
      maxTimestamp: -1,
    });
  });

  test('offsets that go back cannot be written', () => {
    expect(reasonOf(() => encodeBatch({ records: [{ offset: 5 }, { offset: 5 }] }))).toBe('unrepresentable');
    expect(reasonOf(() => encodeBatch({ records: [{ offset: 2 ** 32 }] }))).toBe('unrepresentable');
    expect(reasonOf(() => encodeBatch({ records: [], compression: 5 }))).toBe('unknown-compression');
  });

  test.each([
    { producerEpoch: 2 ** 15 },
    { baseSequence: 2 ** 31 },
    { partitionLeaderEpoch: 0.5 },
    { lastOffsetDelta: -1 },
    { timestamp: Number.NaN },
    { timestamp: 1.5, deleteHorizonMs: 1 },
  ])('numbers that the fields cannot hold: %o', (more) => {
    expect(reasonOf(() => encodeBatch({ records: [{ value: 'x' }], ...more }))).toBe('unrepresentable');
  });
});

describe('scanning', () => {
  const log = Buffer.concat([
    sample(),
    sample({ baseOffset: 2, compression: Compression.lz4 }),
    sample({ baseOffset: 4 }),
  ]);
  const first = sample().length;

  test('the batches of a log, one after the other', () => {
    expect([...batches(log)].map(({ position, size, magic }) => [position, size, magic])[0]).toEqual([0, first, 2]);
    expect([...batches(log)].map(({ position }) => baseOffset(log, position))).toEqual([0, 2, 4]);
    expect([...batches(log, first)].map(({ position }) => baseOffset(log, position))).toEqual([2, 4]);
  });

  test('a torn tail ends the scan before it, wherever it is torn', () => {
    for (let length = first + 1; length < log.length; length++) {
      const seen: number[] = [];
      const end = scanBatches(log.subarray(0, length), ({ position, size }) => seen.push(position + size));
      const whole = [...batches(log)].map(({ position, size }) => position + size).filter((behind) => behind <= length);
      expect(seen).toEqual(whole);
      const position = whole.at(-1);
      expect(end).toEqual(
        position === length ? { state: 'end', position } : { state: 'partial', position, reason: 'truncated' },
      );
      expect(scanBatches(log, () => undefined, 0, length)).toEqual(end);
    }
  });

  test('zeros behind the end, an unknown magic and a tiny length are corrupt', () => {
    const zeros = Buffer.concat([log, Buffer.alloc(4096)]);
    expect(scanBatches(zeros, () => undefined)).toEqual({
      state: 'corrupt',
      position: log.length,
      reason: 'bad-length',
    });
    const magic = Buffer.from(log);
    magic.writeInt8(3, first + 16);
    expect(scanBatches(magic, () => undefined)).toEqual({ state: 'corrupt', position: first, reason: 'bad-magic' });
    magic.writeInt8(-1, 16);
    expect(probeBatch(magic, 0)).toBe(BAD_MAGIC);
    const tiny = Buffer.from(log);
    tiny.writeInt32BE(48, 8);
    expect(probeBatch(tiny, 0)).toBe(BAD_LENGTH);
    tiny.writeInt32BE(-(2 ** 31), 8);
    expect(probeBatch(tiny, 0)).toBe(BAD_LENGTH);
    tiny.writeInt32BE(2 ** 31 - 1, 8);
    expect(probeBatch(tiny, 0)).toBe(PARTIAL);
    expect(probeBatch(log, log.length)).toBe(AT_END);
    expect(probeBatch(log, -1)).toBe(AT_END);
    expect(isValidCrc(tiny, 0)).toBe(false);
  });
});

describe('records of damaged batches', () => {
  const batch = sample();

  test.each([
    ['one record more than there is', 57, 3, 'truncated', 2],
    ['one less', 57, 1, 'bad-count', 1],
    ['a negative number of them', 57, -1, 'bad-count', 0],
    ['two thousand million', 57, 2 ** 31 - 1, 'bad-count', 0],
  ] as const)('%s', (_, at, value, reason, before) => {
    const seen: unknown[] = [];
    const wrong = forged(batch, at, value);
    expect(isValidCrc(wrong, 0)).toBe(true);
    const got = reasonOf(() => {
      for (const record of records(wrong, 0)) seen.push(record);
    });
    // A third record may also be ruled out before any is read.
    expect([reason, 'bad-count']).toContain(got);
    expect(seen.length).toBeLessThanOrEqual(before);
  });

  test('a compressed batch that is none', () => {
    for (const id of [1, 2, 3, 4]) {
      const wrong = Buffer.from(batch);
      wrong.writeInt16BE(id, 21);
      expect(reasonOf(() => [...records(wrong, 0)])).toBe('corrupt-compression');
    }
    for (const id of [5, 6, 7]) {
      const wrong = Buffer.from(batch);
      wrong.writeInt16BE(id, 21);
      expect(reasonOf(() => [...records(wrong, 0)])).toBe('unknown-compression');
    }
  });

  test('the timestamp type', () => {
    expect(timestampType(batch, 0)).toBe('CreateTime');
  });
});
