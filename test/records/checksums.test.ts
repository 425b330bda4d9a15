import crc32C from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
import xxh32Oracle from 'lz4js/xxh32.js';
import { describe, expect, test } from 'vitest';
import { xxh32 } from '../../src/records/codec/xxh32.ts';
import { decompressZstd } from '../../src/records/codec/zstd/frame.ts';
import { xxh64Low } from '../../src/records/codec/zstd/xxh64.ts';
import { storeFrame } from '../../src/records/codec/zstd.ts';
import { crc32c as crc32cOf, tableCrc32c } from '../../src/records/crc32c.ts';
import { crc32, crc32c, crc32cImplementation } from '../../src/records/index.ts';
import fc from '../property.ts';
import { samples, slowCrc, zstdOracle } from './samples.ts';

describe('checksums', () => {
  test('the check values of the CRC catalogue', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283);
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf4_3926);
  });

  test('RFC 3720 vectors of CRC-32C', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a91_36aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8_ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd_794e);
  });

  test('any range of any bytes, by tables and by what is installed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), fc.nat(40), fc.nat(40), (bytes, head, tail) => {
        const start = Math.min(head, bytes.length);
        const end = Math.max(start, bytes.length - tail);
        const part = bytes.subarray(start, end);
        const expected = slowCrc(0x82f6_3b78, part);
        expect(tableCrc32c(bytes, start, end)).toBe(expected);
        expect(crc32cOf(bytes, start, end)).toBe(expected);
        expect(crc32(bytes, start, end)).toBe(slowCrc(0xedb8_8320, part));
      }),
    );
  });

  test('the same as kafkajs computes, for large inputs too', () => {
    for (const { data } of samples()) expect(crc32c(data)).toBe(crc32C(data) >>> 0);
  });

  test('it says which implementation large inputs go through', () => {
    expect(['native', 'table']).toContain(crc32cImplementation());
  });

  test('the published values of xxHash32, and for short inputs those of lz4js', () => {
    expect(xxh32(Buffer.alloc(0))).toBe(0x02cc_5d05);
    expect(xxh32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe229_3b2f);
    for (const { data } of samples()) {
      if (data.length < 16) expect(xxh32(data)).toBe(xxh32Oracle.hash(0, data, 0, data.length) >>> 0);
    }
  });

  test('the published values of xxHash64', () => {
    const low = (text: string): number => xxh64Low(Buffer.from(text), 0, Buffer.byteLength(text));
    expect(low('')).toBe(0x51d8_e999);
    expect(low('a')).toBe(0xa98c_6e5b);
    expect(low('abc')).toBe(0xad77_0999);
    expect(low('Nobody inspects the spammish repetition')).toBe(0x8a37_8bf1);
  });

  test('checksums of zstd frames, as the reference implementation computes them', async () => {
    const zstd = await zstdOracle();
    for (const { data } of samples()) {
      // One raw segment; its flag for a checksum is set, and the checksum follows.
      const frame = Buffer.concat([storeFrame(data), Buffer.alloc(4)]);
      frame[4] = (frame[4] ?? 0) | 0x04;
      frame.writeUInt32LE(xxh64Low(data, 0, data.length), frame.length - 4);
      expect(Buffer.from(zstd.decompress(frame)).equals(data)).toBe(true);
      expect(decompressZstd(frame, data.length).equals(data)).toBe(true);
      frame[frame.length - 1] = (frame[frame.length - 1] ?? 0) ^ 1;
      expect(() => zstd.decompress(frame)).toThrow();
      expect(() => decompressZstd(frame, data.length)).toThrow('checksum');
    }
  });
});
