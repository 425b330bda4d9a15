import { describe, expect, test } from 'vitest';
import { validateClientBatch } from '../../src/log/validate-batch.ts';
import { Compression, encodeBatch, encodeEndTxnMarker, setMaxTimestamp } from '../../src/records/index.ts';
import { batch, logConfig, START_MS } from './helpers.ts';

const config = logConfig();

function rejection(bytes: Buffer, changes: Parameters<typeof logConfig>[0] = {}, nowMs = START_MS): string | undefined {
  return validateClientBatch(bytes, logConfig(changes), nowMs)?.errorName;
}

describe('a client batch', () => {
  test('of any codec and producer passes', () => {
    for (const compression of [Compression.none, Compression.gzip, Compression.snappy, Compression.lz4]) {
      expect(validateClientBatch(batch(20, { compression }), config, START_MS)).toBeNull();
    }
    const producer = { producerId: 1, producerEpoch: 0, baseSequence: 0 };
    expect(validateClientBatch(batch(1, producer), config, START_MS)).toBeNull();
    expect(validateClientBatch(batch(1, { ...producer, isTransactional: true }), config, START_MS)).toBeNull();
  });

  test('is refused with a name, a code and a reason', () => {
    const damaged = batch(1);
    damaged.writeUInt8(1, damaged.length - 1);
    expect(validateClientBatch(damaged, config, START_MS)).toMatchObject({
      errorName: 'CORRUPT_MESSAGE',
      errorCode: 2,
      message: expect.stringContaining('CRC'),
      recordErrors: [],
    });
  });

  test('has to be one whole batch of format v2', () => {
    expect(rejection(Buffer.alloc(0))).toBe('INVALID_RECORD');
    expect(rejection(batch(1).subarray(0, -1))).toBe('CORRUPT_MESSAGE');
    expect(rejection(Buffer.alloc(100))).toBe('CORRUPT_MESSAGE');
    expect(rejection(Buffer.concat([batch(1), batch(1)]))).toBe('INVALID_RECORD');
    const legacy = Buffer.alloc(60);
    legacy.writeInt32BE(48, 8);
    legacy.writeInt8(1, 16);
    expect(rejection(legacy)).toBe('UNSUPPORTED_FOR_MESSAGE_FORMAT');
  });

  test('has as many records as offsets, and is nobody else’s business', () => {
    const empty = encodeBatch({ records: [], baseOffset: 0 });
    expect(rejection(empty)).toBe('INVALID_RECORD');
    const gap = encodeBatch({
      records: [
        { key: 'a', offset: 0 },
        { key: 'b', offset: 5 },
      ],
      baseOffset: 0,
      timestamp: START_MS,
    });
    expect(rejection(gap)).toBe('INVALID_RECORD');
    const marker = encodeEndTxnMarker({
      type: 'COMMIT',
      producerId: 1,
      producerEpoch: 0,
      coordinatorEpoch: 0,
      timestamp: 0,
    });
    expect(rejection(marker)).toBe('INVALID_RECORD');
    expect(rejection(batch(1, { producerId: 1, producerEpoch: 0 }))).toBe('INVALID_RECORD');
    expect(rejection(batch(1, { producerId: 1, baseSequence: 0 }))).toBe('INVALID_RECORD');
    expect(rejection(batch(1, { isTransactional: true }))).toBe('INVALID_RECORD');
  });

  test('obeys the topic’s limits', () => {
    const bytes = batch(10);
    expect(rejection(bytes, { maxMessageBytes: bytes.length - 1 })).toBe('MESSAGE_TOO_LARGE');
    expect(rejection(bytes, { maxMessageBytes: bytes.length })).toBeUndefined();
    expect(rejection(bytes, { segmentBytes: bytes.length - 1 })).toBe('RECORD_LIST_TOO_LARGE');
    expect(rejection(bytes, { messageTimestampAfterMaxMs: 8 })).toBe('INVALID_TIMESTAMP');
    expect(rejection(bytes, { messageTimestampAfterMaxMs: 9 })).toBeUndefined();
    expect(rejection(bytes, { messageTimestampBeforeMaxMs: 1000 }, START_MS + 1010)).toBe('INVALID_TIMESTAMP');
    expect(rejection(bytes, { messageTimestampBeforeMaxMs: 1001 }, START_MS + 1010)).toBeUndefined();
    setMaxTimestamp(bytes, 0, 'LogAppendTime', START_MS);
    expect(rejection(bytes)).toBe('INVALID_TIMESTAMP');
    expect(rejection(bytes, { messageTimestampType: 'LogAppendTime' })).toBeUndefined();
  });

  test('has a codec that is known', () => {
    const bytes = batch(1);
    bytes.writeInt16BE(6, 21);
    expect(rejection(bytes)).toBe('UNSUPPORTED_COMPRESSION_TYPE');
  });

  test('has a key in every record of a compacted topic', () => {
    const compacted = { cleanupPolicy: { delete: false, compact: true } };
    const mixed = (compression: number) =>
      encodeBatch({
        compression,
        records: [{ key: 'a' }, { value: 'x' }, { key: 'b' }, { key: null }],
        timestamp: START_MS,
      });
    expect(rejection(batch(3, { compression: Compression.gzip }), compacted)).toBeUndefined();
    for (const compression of [Compression.none, Compression.gzip]) {
      const found = validateClientBatch(mixed(compression), logConfig(compacted), START_MS);
      expect(found?.errorCode).toBe(87);
      expect(found?.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1, 3]);
      expect(validateClientBatch(mixed(compression), config, START_MS)).toBeNull();
    }
  });
});
