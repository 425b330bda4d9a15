import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as snappyjs from 'snappyjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { decompressZstd } from '../../src/records/codec/zstd/frame.ts';
import {
  batches,
  codecOf,
  encodeBatch,
  isValidCrc,
  RecordError,
  readBatchHeader,
  records,
  scanBatches,
} from '../../src/records/index.ts';
import fc, { runs } from '../property.ts';
import { numbers, samples, zstdOracle } from './samples.ts';

const SEGMENTS = join(import.meta.dirname, '../../fixtures/segments');
const LIMIT = 1 << 20;

const logs = readdirSync(SEGMENTS, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.log') && !path.includes('large-') && !path.includes('__'))
  .map((path) => ({ path, bytes: readFileSync(join(SEGMENTS, path)) }));

/** The result, or the reason of a RecordError; any other error is a failure of the test. */
function attempt<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (error instanceof RecordError) return error.reason;
    throw error;
  }
}

/** Everything that this room can read from bytes, with headers; damage ends a batch, not the log. */
function readAll(bytes: Buffer): string[] {
  const seen: string[] = [];
  const visit = (position: number): void => {
    attempt(() => {
      readBatchHeader(bytes, position);
      isValidCrc(bytes, position);
      for (const { offset, key, value, headers } of records(bytes, position, { limit: LIMIT })) {
        seen.push(`${offset} ${key?.toString('hex')} ${value?.toString('hex')} ${headers.map((h) => h.key + h.value)}`);
      }
    });
  };
  scanBatches(bytes, ({ position }) => visit(position));
  return seen;
}

describe('damaged logs', () => {
  test('cut off anywhere: the whole batches before, nothing else', () => {
    const next = numbers(1);
    for (const { bytes } of logs) {
      const ends = [...batches(bytes)].map(({ position, size }) => position + size);
      const all = readAll(bytes);
      for (let i = 0; i < 20; i++) {
        const cut = next(bytes.length);
        const seen = readAll(bytes.subarray(0, cut));
        expect(seen).toEqual(all.slice(0, seen.length));
        expect(scanBatches(bytes.subarray(0, cut), () => undefined).position).toBe(
          ends.filter((end) => end <= cut).at(-1) ?? 0,
        );
      }
    }
  });

  test('any flipped bit behind the leader epoch is noticed by the checksum; reading on is a typed error or data', () => {
    const next = numbers(2);
    for (const { bytes } of logs) {
      const spans = [...batches(bytes)];
      for (let i = 0; i < 60; i++) {
        const span = spans[next(spans.length)];
        if (span === undefined) continue;
        const damaged = Buffer.from(bytes);
        const at = span.position + 17 + next(span.size - 17);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << next(8));
        expect(isValidCrc(damaged, span.position)).toBe(false);
        expect(Array.isArray(readAll(damaged))).toBe(true);
      }
    }
  });

  test('bytes that are no log', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(0, 1, 2), (bytes, magic) => {
        const buffer = Buffer.from(bytes);
        if (buffer.length > 16) {
          buffer.writeInt8(magic, 16);
          buffer.writeInt32BE(buffer.length - 12, 8);
        }
        expect(Array.isArray(readAll(buffer))).toBe(true);
        for (let at = 0; at < buffer.length; at += 7) attempt(() => [...records(buffer, at, { limit: LIMIT })]);
      }),
      { numRuns: runs(2000) },
    );
  });
});

describe('damaged compression', () => {
  let frames: { name: string; decode: (data: Buffer) => Buffer; data: Buffer; packed: Buffer }[] = [];

  beforeAll(async () => {
    const zstd = await zstdOracle();
    frames = samples()
      .filter(({ data }) => data.length > 0 && data.length <= 130_000)
      .flatMap(({ name, data }) =>
        [
          { name: `gzip, ${name}`, decode: codecOf(1).decompress, packed: codecOf(1).compress(data) },
          { name: `raw snappy, ${name}`, decode: codecOf(2).decompress, packed: Buffer.from(snappyjs.compress(data)) },
          { name: `lz4, ${name}`, decode: codecOf(3).decompress, packed: codecOf(3).compress(data) },
          { name: `zstd 3, ${name}`, decode: decompressZstd, packed: Buffer.from(zstd.compress(data, 3)) },
          {
            name: `zstd of this Node, ${name}`,
            decode: codecOf(4).decompress,
            packed: Buffer.from(zstd.compress(data, 3)),
          },
          { name: `zstd 19, ${name}`, decode: decompressZstd, packed: Buffer.from(zstd.compress(data, 19)) },
        ].map(({ name, decode, packed }) => ({ name, data, packed, decode: (d: Buffer) => decode(d, LIMIT) })),
      );
  });

  test('cut off anywhere, no codec gives data', () => {
    const next = numbers(3);
    for (const { name, decode, packed } of frames) {
      const cuts =
        packed.length < 60 ? Array.from(packed.keys()) : Array.from({ length: 25 }, () => next(packed.length));
      for (const cut of cuts)
        expect([name, cut, attempt(() => decode(packed.subarray(0, cut)))]).toEqual([name, cut, 'corrupt-compression']);
    }
  });

  test('a snappy stream cut off between blocks is shorter, anywhere else an error', () => {
    const data = Buffer.from('some text '.repeat(10_000));
    const stream = codecOf(2).compress(data);
    for (let cut = 8; cut < stream.length; cut += 3) {
      const result = attempt(() => codecOf(2).decompress(stream.subarray(0, cut), LIMIT));
      if (typeof result === 'string') expect(result).toBe('corrupt-compression');
      else expect(data.subarray(0, result.length).equals(result) && result.length % 32768 === 0).toBe(true);
    }
  });

  test('with any byte changed: a typed error or bounded data', () => {
    const next = numbers(4);
    for (const { decode, packed } of frames) {
      for (let i = 0; i < 25; i++) {
        const damaged = Buffer.from(packed);
        for (let flips = next(3); flips >= 0; flips--) damaged[next(damaged.length)] = next(256);
        const result = attempt(() => decode(damaged));
        if (typeof result === 'string') expect(['corrupt-compression', 'too-large']).toContain(result);
        else expect(result.length).toBeLessThanOrEqual(LIMIT);
      }
    }
  });

  test('bytes that are no frame, behind every magic', () => {
    const magics = [
      '',
      '1f8b08000000000000ff',
      '82534e4150505900000000010000000100000040',
      '04224d18604082',
      '28b52ffd0058',
      '28b52ffd20ff',
    ];
    const codecs = [
      codecOf(1).decompress,
      codecOf(2).decompress,
      codecOf(3).decompress,
      codecOf(4).decompress,
      decompressZstd,
    ];
    fc.assert(
      fc.property(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 200 }), (magic, bytes) => {
        const data = Buffer.concat([Buffer.from(magic, 'hex'), bytes]);
        for (const decompress of codecs) {
          const result = attempt(() => decompress(data, LIMIT));
          if (typeof result === 'string') expect(['corrupt-compression', 'too-large']).toContain(result);
          else expect(result.length).toBeLessThanOrEqual(LIMIT);
        }
      }),
      { numRuns: runs(3000) },
    );
  });
});

describe('bombs', () => {
  const bomb = Buffer.alloc(64 * 1024 * 1024);

  test.each([
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
  ] as const)('%s of 64 MiB stops at the limit', (_, compression) => {
    const batch = encodeBatch({ compression, records: [{ value: bomb }] });
    expect(batch.length).toBeLessThan(4 * 1024 * 1024);
    const before = process.memoryUsage();
    expect(attempt(() => [...records(batch, 0, { limit: LIMIT })])).toBe('too-large');
    const after = process.memoryUsage();
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(16 * LIMIT);
  });

  test('zstd of 64 MiB stops at the limit, whether its frame says how long it is or not', async () => {
    const frame = Buffer.from((await zstdOracle()).compress(bomb, 3));
    expect(frame.length).toBeLessThan(10_000);
    expect(attempt(() => decompressZstd(frame, LIMIT))).toBe('too-large');
    expect(attempt(() => codecOf(4).decompress(frame, LIMIT))).toBe('too-large');
    // A window descriptor in place of the content size: blocks of one repeated byte, 128 KiB out of four.
    const block = Buffer.from([0x02, 0x00, 0x10, 0x2a]);
    const unsized = Buffer.concat([
      Buffer.from('28b52ffd0058', 'hex'),
      ...Array(500).fill(block),
      Buffer.from('030000', 'hex'),
      Buffer.of(0),
    ]);
    expect(attempt(() => decompressZstd(unsized, LIMIT))).toBe('too-large');
    expect((attempt(() => decompressZstd(unsized, 500 * 128 * 1024)) as Buffer).length).toBe(500 * 128 * 1024);
  });

  test('a zstd block of 98,000 sequences without bits is refused at once', () => {
    // Literals: none. 0xff7fff sequences; all three codes a single symbol: lengths of 65,538 each, from no bits at all.
    const body = Buffer.from([0x00, 0xff, 0xff, 0x7f, 0x54, 35, 0, 52, 0x01]);
    const head = Buffer.alloc(3);
    head.writeUIntLE((body.length << 3) | (2 << 1) | 1, 0, 3);
    const frame = Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), head, body]);
    expect(attempt(() => decompressZstd(frame, LIMIT))).toBe('corrupt-compression');
  });

  test('a snappy block that declares 4 GiB claims no memory', () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(attempt(() => codecOf(2).decompress(Buffer.from('ffffffff0f00', 'hex'), 2 ** 40))).toBe(
      'corrupt-compression',
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(LIMIT);
  });
});

describe('memory that is not the output', () => {
  const block = Buffer.alloc(60_000, 'secret ');

  test.each([
    // Two literals, then a match from 3 back.
    ['lz4', 3, Buffer.from('04224d18604082' + '06000000' + '206162' + '0300' + '00' + '00000000', 'hex')],
    // The same behind a block of "secret": blocks are independent.
    [
      'lz4 in a later block',
      3,
      Buffer.concat([
        codecOf(3).compress(block).subarray(0, -4),
        Buffer.from('06000000' + '206162' + '0300' + '00' + '00000000', 'hex'),
      ]),
    ],
    ['lz4 from 0 back', 3, Buffer.from('04224d18604082' + '06000000' + '206162' + '0000' + '00' + '00000000', 'hex')],
    // Six bytes: two literals, then a copy of four from 3 back.
    ['snappy', 2, Buffer.from('06' + '046162' + '0103', 'hex')],
    [
      'snappy in a later block',
      2,
      Buffer.concat([codecOf(2).compress(block), Buffer.from('00000006' + '06' + '046162' + '0103', 'hex')]),
    ],
    ['snappy from 0 back', 2, Buffer.from('06' + '046162' + '0100', 'hex')],
  ] as const)('is never copied into it: %s', (_, id, data) => {
    expect(attempt(() => codecOf(id).decompress(data, LIMIT))).toBe('corrupt-compression');
  });

  test('the same data with an offset that is right', () => {
    const lz4 = Buffer.from('04224d18604082' + '06000000' + '206162' + '0200' + '00' + '00000000', 'hex');
    expect(codecOf(3).decompress(lz4, LIMIT).toString()).toBe('ababab');
    expect(
      codecOf(2)
        .decompress(Buffer.from('06' + '046162' + '0102', 'hex'), LIMIT)
        .toString(),
    ).toBe('ababab');
  });
});
