import Decoder from 'kafkajs/src/protocol/decoder.js';
import type Encoder from 'kafkajs/src/protocol/encoder.js';
import compressionModule from 'kafkajs/src/protocol/message/compression/index.js';
import decodeMessageSet from 'kafkajs/src/protocol/messageSet/decoder.js';
import MessageSet from 'kafkajs/src/protocol/messageSet/index.js';
import RecordJs from 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
import decodeBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import batchModule from 'kafkajs/src/protocol/recordBatch/v0/index.js';
import Long from 'kafkajs/src/utils/long.js';
import * as snappyjs from 'snappyjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { batches, codecOf, encodeBatch, isValidCrc, readBatchHeader, records } from '../../src/records/index.ts';
import { zstdOracle } from './samples.ts';

const T0 = 1_700_000_000_000;

// kafkajs leaves these codecs to plug-ins: raw snappy blocks, which real plug-ins of its write too, and the reference zstd.
beforeAll(async () => {
  const zstd = await zstdOracle();
  const lz4 = codecOf(3);
  const plug = (id: number, compress: (data: Buffer) => Uint8Array, decompress: (data: Buffer) => Uint8Array) => {
    compressionModule.Codecs[id] = () => ({
      compress: async (encoder: Encoder) => Buffer.from(compress(encoder.buffer)),
      decompress: async (data: Buffer) => Buffer.from(decompress(data)),
    });
  };
  plug(2, snappyjs.compress, (data) => codecOf(2).decompress(data, 1e6));
  plug(3, lz4.compress, (data) => lz4.decompress(data, 1e6));
  plug(
    4,
    (data) => zstd.compress(data),
    (data) => zstd.decompress(data),
  );
});

const messages = Array.from({ length: 50 }, (_, i) => ({
  key: i % 7 === 0 ? null : Buffer.from(`key-${i}`),
  value: i % 5 === 0 ? null : Buffer.from(`value ${i} `.repeat(i)),
  timestamp: T0 + i * 3,
  headers: i % 3 === 0 ? { a: `h${i}`, b: ['x', 'y'] } : {},
}));

describe.each([0, 1, 2, 3, 4])('codec %i', (compression) => {
  test('we read what kafkajs writes', async () => {
    const encoded = await batchModule.RecordBatch({
      compression,
      firstTimestamp: T0,
      maxTimestamp: T0 + 147,
      lastOffsetDelta: messages.length - 1,
      producerId: Long.fromValue(12),
      producerEpoch: 1,
      firstSequence: 3,
      transactional: true,
      records: messages.map((message, offsetDelta) =>
        RecordJs({ ...message, offsetDelta, timestampDelta: message.timestamp - T0 }),
      ),
    });
    const batch = encoded.buffer;
    expect([...batches(batch)]).toEqual([{ position: 0, size: batch.length, magic: 2 }]);
    expect(isValidCrc(batch, 0)).toBe(true);
    expect(readBatchHeader(batch, 0)).toMatchObject({
      compression,
      lastOffset: 49,
      producerId: 12,
      producerEpoch: 1,
      baseSequence: 3,
      isTransactional: true,
      recordsCount: 50,
    });
    const read = [...records(batch, 0)];
    expect(read.map(({ offset, key, value, timestamp }) => ({ offset, key, value, timestamp }))).toEqual(
      messages.map(({ key, value, timestamp }, offset) => ({ offset, key, value, timestamp })),
    );
    expect(read[3]?.headers.map(({ key, value }) => `${key}=${value}`)).toEqual(['a=h3', 'b=x', 'b=y']);
  });

  test('kafkajs reads what we write', async () => {
    const batch = encodeBatch({
      compression,
      baseOffset: 700,
      records: messages.map(({ key, value, timestamp }) => ({
        key,
        value,
        timestamp,
        headers: [{ key: 'h', value: 'w' }],
      })),
    });
    const { records: read } = await decodeBatch(new Decoder(batch));
    expect(read.map(({ offset, key, value, timestamp }) => [Number(offset), key, value, Number(timestamp)])).toEqual(
      messages.map(({ key, value, timestamp }, i) => [700 + i, key, value, timestamp]),
    );
    expect(`${read[9]?.headers['h']}`).toBe('w');
  });
});

test('kafkajs takes our markers for control records', async () => {
  const { encodeEndTxnMarker } = await import('../../src/records/index.ts');
  const marker = encodeEndTxnMarker({
    type: 'COMMIT',
    producerId: 1,
    producerEpoch: 0,
    coordinatorEpoch: 0,
    timestamp: T0,
  });
  const { records: read } = await decodeBatch(new Decoder(marker));
  expect(read.map((record) => record.isControlRecord)).toEqual([true]);
});

describe.each([0, 1])('message sets of format v%i by kafkajs', (messageVersion) => {
  test('are read as kafkajs reads them itself', async () => {
    const set = MessageSet({
      messageVersion,
      compression: 0,
      entries: [
        { key: 'k', value: 'v', timestamp: T0 },
        { key: null, value: 'w', timestamp: T0 + 1 },
        { key: 'x', value: null, timestamp: T0 + 2 },
      ],
    }).buffer;
    const spans = [...batches(set)];
    expect(spans.map((span) => [span.magic, isValidCrc(set, span.position)])).toEqual(
      Array(3).fill([messageVersion, true]),
    );
    const theirs = await decodeMessageSet(new Decoder(set), set.length);
    const ours = spans.flatMap((span) => [...records(set, span.position)]);
    expect(ours.map(({ offset, key, value, timestamp }) => ({ offset: `${offset}`, key, value, timestamp }))).toEqual(
      theirs.map(({ offset, key, value }, i) => ({
        offset,
        key,
        value,
        timestamp: messageVersion === 0 ? -1 : T0 + i,
      })),
    );
  });
});
