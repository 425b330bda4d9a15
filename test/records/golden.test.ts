import { describe, expect, test } from 'vitest';
import {
  Compression,
  encodeBatch,
  encodeEndTxnMarker,
  firstRecord,
  isValidCrc,
  readBatchHeader,
  readControlRecord,
  records,
} from '../../src/records/index.ts';

/** Written by Apache Kafka's own classes. */
const PLAIN =
  '0000000000000064000000580000000702548a341f0000000000020000018bcfe568000000018bcfe56805ffffffffffffffffffffffffffff0000000328000000046b31047631040468310476310468320110000a02010476320010000104046b330100';
const GZIP =
  '000000000000006700000059000000070249e194680011000000010000018bcfe56be80000018bcfe56be90000000000000fa0000200000005000000021f8b08000000000000ffcb62606060ca8e292309303831303131659be0510100610ca1f558000000';
const COMMIT =
  '00000000000000690000004200000007028acdf8ff0030000000000000018bcfe56fd00000018bcfe56fd00000000000000fa00002ffffffff000000012000000008000000010c00000000000300';
const ABORT =
  '000000000000006e0000004200000008027237d1870030000000000000018bcfe573b80000018bcfe573b80000000000000fa10000ffffffff000000012000000008000000000c00000000000400';

const T0 = 1_700_000_000_000;

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

function plainly(buffer: Buffer): unknown[] {
  return [...records(buffer, 0)].map((record) => ({
    offset: record.offset,
    timestamp: record.timestamp - T0,
    key: record.key?.toString() ?? null,
    value: record.value?.toString() ?? null,
    headers: record.headers.map(({ key, value }) => [key, value?.toString() ?? null]),
  }));
}

describe('golden vectors of Apache Kafka', () => {
  test('an uncompressed batch is read', () => {
    const batch = hex(PLAIN);
    expect(isValidCrc(batch, 0)).toBe(true);
    expect(readBatchHeader(batch, 0)).toEqual({
      position: 0,
      magic: 2,
      sizeInBytes: 100,
      baseOffset: 100,
      lastOffset: 102,
      nextOffset: 103,
      lastOffsetDelta: 2,
      partitionLeaderEpoch: 7,
      crc: 0x548a341f,
      attributes: 0,
      compression: Compression.none,
      timestampType: 'CreateTime',
      isTransactional: false,
      isControl: false,
      deleteHorizonMs: null,
      baseTimestamp: T0,
      maxTimestamp: T0 + 5,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      lastSequence: -1,
      recordsCount: 3,
    });
    expect(plainly(batch)).toEqual([
      {
        offset: 100,
        timestamp: 0,
        key: 'k1',
        value: 'v1',
        headers: [
          ['h1', 'v1'],
          ['h2', null],
        ],
      },
      { offset: 101, timestamp: 5, key: null, value: 'v2', headers: [] },
      { offset: 102, timestamp: -1, key: 'k3', value: null, headers: [] },
    ]);
  });

  test('the same batch is written, byte for byte', () => {
    const batch = encodeBatch({
      baseOffset: 100,
      partitionLeaderEpoch: 7,
      records: [
        {
          key: 'k1',
          value: 'v1',
          timestamp: T0,
          headers: [
            { key: 'h1', value: 'v1' },
            { key: 'h2', value: null },
          ],
        },
        { value: 'v2', timestamp: T0 + 5 },
        { key: 'k3', timestamp: T0 - 1 },
      ],
    });
    expect(batch.toString('hex')).toBe(PLAIN);
  });

  test('a compressed, transactional batch is read', () => {
    const batch = hex(GZIP);
    expect(isValidCrc(batch, 0)).toBe(true);
    expect(readBatchHeader(batch, 0)).toMatchObject({
      baseOffset: 103,
      compression: Compression.gzip,
      isTransactional: true,
      isControl: false,
      producerId: 4000,
      producerEpoch: 2,
      baseSequence: 5,
      lastSequence: 6,
      recordsCount: 2,
    });
    const read = [...records(batch, 0)];
    expect(read.map((r) => [r.offset, r.sequence, r.timestamp - T0])).toEqual([
      [103, 5, 1000],
      [104, 6, 1001],
    ]);
  });

  test('the compressed batch is written with the same header, but for length and checksum', () => {
    const written = encodeBatch({
      baseOffset: 103,
      partitionLeaderEpoch: 7,
      compression: Compression.gzip,
      isTransactional: true,
      producerId: 4000,
      producerEpoch: 2,
      baseSequence: 5,
      records: [...records(hex(GZIP), 0)].map(({ key, value, timestamp }) => ({ key, value, timestamp })),
    });
    expect(written.subarray(21, 61).toString('hex')).toBe(hex(GZIP).subarray(21, 61).toString('hex'));
    expect(plainly(written)).toEqual(plainly(hex(GZIP)));
  });

  test.each([
    [
      'COMMIT',
      COMMIT,
      { offset: 105, producerId: 4000, producerEpoch: 2, coordinatorEpoch: 3, epoch: 7, at: T0 + 2000 },
    ],
    ['ABORT', ABORT, { offset: 110, producerId: 4001, producerEpoch: 0, coordinatorEpoch: 4, epoch: 8, at: T0 + 3000 }],
  ] as const)('a %s marker, both ways', (type, bytes, marker) => {
    const { producerId, producerEpoch, coordinatorEpoch } = marker;
    const written = encodeEndTxnMarker({
      type,
      producerId,
      producerEpoch,
      coordinatorEpoch,
      timestamp: marker.at,
      baseOffset: marker.offset,
      partitionLeaderEpoch: marker.epoch,
    });
    expect(written.toString('hex')).toBe(bytes);
    expect(written).toHaveLength(78);
    expect(readBatchHeader(hex(bytes), 0)).toMatchObject({
      isControl: true,
      isTransactional: true,
      producerId,
      producerEpoch,
    });
    const record = firstRecord(hex(bytes), 0);
    expect(record && readControlRecord(record)).toEqual({
      type,
      typeId: type === 'COMMIT' ? 1 : 0,
      version: 0,
      coordinatorEpoch,
    });
  });
});
