import fc from 'fast-check';
import crc32C from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
import * as lz4js from 'lz4js';
import xxh32Oracle from 'lz4js/xxh32.js';
import { describe, expect, test } from 'vitest';
import { xxh32 } from '../../src/records/codec/xxh32.ts';
import { crc32c as crc32cOf, tableCrc32c } from '../../src/records/crc32c.ts';
import { crc32, crc32c, crc32cImplementation } from '../../src/records/index.ts';
import { samples, slowCrc } from './samples.ts';

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

  test('xxHash32 as lz4js computes it, and its published value for nothing', () => {
    expect(xxh32(Buffer.alloc(0))).toBe(0x02cc_5d05);
    expect(typeof lz4js.compress).toBe('function');
    for (const { data } of samples()) {
      if (data.length < 16) expect(xxh32(data)).toBe(xxh32Oracle.hash(0, data, 0, data.length) >>> 0);
    }
  });
});
