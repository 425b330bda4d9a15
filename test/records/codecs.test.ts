import { gunzipSync, gzipSync } from 'node:zlib';
import * as lz4js from 'lz4js';
import * as snappyjs from 'snappyjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { decompressLz4 } from '../../src/records/codec/lz4.ts';
import { decompressZstd } from '../../src/records/codec/zstd/frame.ts';
import { storeFrame } from '../../src/records/codec/zstd.ts';
import { codecName, codecOf, codecs } from '../../src/records/index.ts';
import { reasonOf } from './reason.ts';
import { samples, zstdOracle } from './samples.ts';

const LIMIT = 64 * 1024 * 1024;
const data = samples();
const gzip = codecOf(1);
const snappy = codecOf(2);
const lz4 = codecOf(3);
const zstd = codecOf(4);
let oracle: Awaited<ReturnType<typeof zstdOracle>>;

beforeAll(async () => {
  oracle = await zstdOracle();
});

/** The blocks of the stream that snappy-java frames them in. */
function* xerialBlocks(stream: Buffer): Generator<Buffer> {
  for (let at = 16; at < stream.length; ) {
    const length = stream.readInt32BE(at);
    yield stream.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
}

describe('codecs', () => {
  test('ids and names are those of Kafka', () => {
    expect(codecs.map((codec) => [codec.id, codec.name])).toEqual([
      [0, 'none'],
      [1, 'gzip'],
      [2, 'snappy'],
      [3, 'lz4'],
      [4, 'zstd'],
    ]);
    expect(reasonOf(() => codecOf(5))).toBe('unknown-compression');
    expect(codecName(6)).toBe('6');
  });

  describe.each(data)('$name', ({ data }) => {
    test('every codec gives back what it took', () => {
      for (const codec of codecs) expect(codec.decompress(codec.compress(data), LIMIT).equals(data)).toBe(true);
    });

    test('other implementations read what we write', () => {
      expect(gunzipSync(gzip.compress(data)).equals(data)).toBe(true);
      const blocks = [...xerialBlocks(snappy.compress(data))].map((block) => snappyjs.uncompress(block));
      expect(Buffer.concat(blocks).equals(data)).toBe(true);
      expect(Buffer.from(lz4js.decompress(lz4.compress(data))).equals(data)).toBe(true);
      expect(Buffer.from(oracle.decompress(storeFrame(data))).equals(data)).toBe(true);
    });

    test('we read what other implementations write', () => {
      expect(gzip.decompress(gzipSync(data), LIMIT).equals(data)).toBe(true);
      expect(snappy.decompress(Buffer.from(snappyjs.compress(data)), LIMIT).equals(data)).toBe(true);
      // lz4js marks its frames as dependent, which Kafka refuses; up to 4 MiB they have one block, which depends on none.
      const frame = Buffer.from(lz4js.compress(data));
      frame[4] = (frame[4] ?? 0) | 0x20;
      expect(decompressLz4(frame, LIMIT, { ignoreHeaderChecksum: true }).equals(data)).toBe(true);
    });

    test.each([1, 3, 9, 19])('zstd of level %i', (level) => {
      const frame = Buffer.from(oracle.compress(data, level));
      expect(decompressZstd(frame, LIMIT).equals(data)).toBe(true);
      expect(zstd.decompress(frame, LIMIT).equals(data)).toBe(true);
    });
  });

  test('repeating data becomes smaller', () => {
    const text = Buffer.from('a line of a log that repeats itself\n'.repeat(1000));
    for (const codec of [gzip, snappy, lz4]) expect(codec.compress(text).length).toBeLessThan(text.length / 5);
  });

  test('the limit is exact: so many bytes are given, one less is an error', () => {
    for (const { data: sample } of data) {
      if (sample.length < 2) continue;
      for (const codec of [gzip, snappy, lz4, zstd]) {
        const packed = codec.compress(sample);
        expect(codec.decompress(packed, sample.length).equals(sample)).toBe(true);
        expect(reasonOf(() => codec.decompress(packed, sample.length - 1))).toBe('too-large');
      }
      const frame = Buffer.from(oracle.compress(sample));
      expect(decompressZstd(frame, sample.length).equals(sample)).toBe(true);
      expect(reasonOf(() => decompressZstd(frame, sample.length - 1))).toBe('too-large');
    }
  });
});

describe('lz4 frames', () => {
  const text = Buffer.from('some text, some text, some text, some text, some more');
  const frame = lz4.compress(text);

  test("the header is that of Kafka's writer", () => {
    expect(frame.subarray(0, 7).toString('hex')).toBe('04224d18604082');
    expect(frame.subarray(-4).toString('hex')).toBe('00000000');
  });

  test('a wrong header checksum is an error, but not in format v0', () => {
    const wrong = Buffer.from(frame);
    wrong[6] = (wrong[6] ?? 0) ^ 1;
    expect(reasonOf(() => lz4.decompress(wrong, LIMIT))).toBe('corrupt-compression');
    expect(decompressLz4(wrong, LIMIT, { ignoreHeaderChecksum: true }).equals(text)).toBe(true);
  });

  test.each([
    ['dependent blocks', 0x40],
    ['a dictionary', 0x61],
    ['a reserved bit', 0x62],
    ['another version', 0xa0],
  ])('%s are refused', (_, flags) => {
    const other = Buffer.from(frame);
    other[4] = flags;
    expect(reasonOf(() => decompressLz4(other, LIMIT, { ignoreHeaderChecksum: true }))).toBe('corrupt-compression');
  });

  test('bytes behind the frame, and a missing end mark, are errors', () => {
    expect(reasonOf(() => lz4.decompress(Buffer.concat([frame, Buffer.of(0)]), LIMIT))).toBe('corrupt-compression');
    expect(reasonOf(() => lz4.decompress(frame.subarray(0, -4), LIMIT))).toBe('corrupt-compression');
  });
});

describe('snappy streams', () => {
  const text = Buffer.from('some text, some text, some text');

  test('streams that follow one another are one', () => {
    const twice = Buffer.concat([snappy.compress(text), snappy.compress(text)]);
    expect(snappy.decompress(twice, LIMIT).equals(Buffer.concat([text, text]))).toBe(true);
  });

  test('another version of the stream is refused', () => {
    const stream = Buffer.from(snappy.compress(text));
    stream.writeInt32BE(2, 12);
    expect(reasonOf(() => snappy.decompress(stream, LIMIT))).toBe('corrupt-compression');
  });
});
