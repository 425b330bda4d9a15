import { describe, expect, test } from 'vitest';
import { batches, codecOf, crc32, firstRecord, isValidCrc, readBatchHeader, records } from '../../src/records/index.ts';
import { reasonOf } from './reason.ts';

interface Message {
  magic: 0 | 1;
  offset: number;
  attributes?: number;
  timestamp?: number;
  key?: string | null;
  value?: Buffer | string | null;
}

/** Writes one message of the old formats, as the specification lays it out. */
function message({ magic, offset, attributes = 0, timestamp = -1, key = null, value = null }: Message): Buffer {
  const field = (data: Buffer | string | null): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(data === null ? -1 : Buffer.byteLength(data));
    return Buffer.concat([length, Buffer.from(data ?? '')]);
  };
  const head = Buffer.alloc(magic === 0 ? 2 : 10);
  head.writeInt8(magic, 0);
  head.writeInt8(attributes, 1);
  if (magic === 1) head.writeBigInt64BE(BigInt(timestamp), 2);
  const body = Buffer.concat([head, field(key), field(value)]);
  const front = Buffer.alloc(16);
  front.writeBigInt64BE(BigInt(offset), 0);
  front.writeInt32BE(body.length + 4, 8);
  front.writeUInt32BE(crc32(body), 12);
  return Buffer.concat([front, body]);
}

function wrapper(magic: 0 | 1, offset: number, codec: number, inner: Buffer, more: Partial<Message> = {}): Buffer {
  return message({ magic, offset, attributes: codec, value: codecOf(codec).compress(inner), ...more });
}

/** Three messages with a gap between the second and the third, as compaction leaves them. */
function inner(magic: 0 | 1, offsets: readonly number[]): Buffer {
  return Buffer.concat(
    offsets.map((offset, i) => message({ magic, offset, timestamp: 100 + i, key: `k${i}`, value: `v${i}` })),
  );
}

describe('compressed message sets', () => {
  test.each([1, 2, 3])('offsets inside v1 are relative to the last one (codec %i)', (codec) => {
    const set = wrapper(1, 1004, codec, inner(1, [0, 1, 4]), { timestamp: 102 });
    expect(isValidCrc(set, 0)).toBe(true);
    expect([...records(set, 0)].map((r) => [r.offset, r.timestamp, r.timestampType, r.key?.toString()])).toEqual([
      [1000, 100, 'CreateTime', 'k0'],
      [1001, 101, 'CreateTime', 'k1'],
      [1004, 102, 'CreateTime', 'k2'],
    ]);
    expect(readBatchHeader(set, 0)).toMatchObject({
      magic: 1,
      baseOffset: 1000,
      lastOffset: 1004,
      nextOffset: 1005,
      lastOffsetDelta: 4,
      compression: codec,
      maxTimestamp: 102,
      producerId: -1,
      isTransactional: false,
      deleteHorizonMs: null,
    });
  });

  test('offsets inside v0 are absolute, and there is no time', () => {
    const set = wrapper(0, 1004, 1, inner(0, [1000, 1001, 1004]));
    expect([...records(set, 0)].map((r) => [r.offset, r.timestamp, r.timestampType])).toEqual([
      [1000, -1, 'NoTimestampType'],
      [1001, -1, 'NoTimestampType'],
      [1004, -1, 'NoTimestampType'],
    ]);
    expect(readBatchHeader(set, 0)).toMatchObject({ magic: 0, baseOffset: 1000, lastOffset: 1004, maxTimestamp: -1 });
  });

  test('old librdkafka wrote offset 0 on the wrapper: the base is 0', () => {
    const set = wrapper(1, 0, 2, inner(1, [0, 1, 2]));
    expect([...records(set, 0)].map((r) => r.offset)).toEqual([0, 1, 2]);
  });

  test('a wrapper with LogAppendTime has one time for all', () => {
    const set = wrapper(1, 2, 3, inner(1, [0, 1, 2]), { attributes: 3 | 8, timestamp: 777 });
    expect([...records(set, 0)].map((r) => [r.timestamp, r.timestampType])).toEqual(
      Array(3).fill([777, 'LogAppendTime']),
    );
  });

  test('the LZ4 header checksum of v0 may be wrong, that of v1 may not', () => {
    for (const magic of [0, 1] as const) {
      const frame = codecOf(3).compress(inner(magic, [0]));
      frame[6] = (frame[6] ?? 0) ^ 0xff;
      const set = message({ magic, offset: 0, attributes: 3, value: frame });
      expect(reasonOf(() => [...records(set, 0)])).toBe(magic === 0 ? 'none' : 'corrupt-compression');
    }
  });

  test('formats follow one another in one log', () => {
    const log = Buffer.concat([message({ magic: 0, offset: 0, value: 'a' }), wrapper(1, 2, 1, inner(1, [0, 1]))]);
    expect([...batches(log)].flatMap(({ position }) => [...records(log, position)].map((r) => r.offset))).toEqual([
      0, 1, 2,
    ]);
    expect(firstRecord(log, 0)?.value?.toString()).toBe('a');
  });

  test.each([
    ['zstd', wrapper(1, 0, 4, inner(1, [0])), 'unknown-compression'],
    ['compression in compression', wrapper(1, 0, 1, wrapper(1, 0, 1, inner(1, [0]))), 'bad-record'],
    ['another format inside', wrapper(1, 0, 1, inner(0, [0])), 'bad-record'],
    ['nothing inside', wrapper(1, 0, 1, Buffer.alloc(0)), 'bad-record'],
    ['half a message inside', wrapper(1, 0, 1, inner(1, [0]).subarray(0, 30)), 'truncated'],
    ['no value', message({ magic: 1, offset: 0, attributes: 1 }), 'bad-record'],
    ['a bomb', wrapper(1, 0, 1, message({ magic: 1, offset: 0, value: Buffer.alloc(2 ** 20) })), 'too-large'],
  ])('%s is an error', (_, set, reason) => {
    expect(reasonOf(() => [...records(set, 0, { limit: 2 ** 19 })])).toBe(reason);
  });

  test('key and value have to fill their message', () => {
    const short = message({ magic: 1, offset: 0, key: 'key', value: 'value' });
    short.writeInt32BE(4, short.length - 9);
    expect(reasonOf(() => [...records(short, 0)])).toBe('bad-record');
    short.writeInt32BE(6, short.length - 9);
    expect(reasonOf(() => [...records(short, 0)])).toBe('bad-record');
    short.writeInt32BE(-2, short.length - 9);
    expect(reasonOf(() => [...records(short, 0)])).toBe('bad-record');
  });
});
