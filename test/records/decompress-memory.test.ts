import { afterEach, describe, expect, it, vi } from 'vitest';
import { codecOf } from '../../src/records/codec/index.ts';
import { decompressZstd } from '../../src/records/codec/zstd/frame.ts';
import { storeFrame } from '../../src/records/codec/zstd.ts';

const MIB = 1024 * 1024;
const LIMIT = 8 * MIB;

afterEach(() => vi.restoreAllMocks());

/** The sizes of what is claimed while something runs, from 64 KiB on. */
function claimed(run: () => unknown): number[] {
  const sizes: number[] = [];
  const allocate = Buffer.allocUnsafeSlow;
  vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
    if (size >= 64 * 1024) sizes.push(size);
    return allocate(size);
  });
  run();
  return sizes;
}

/** A frame of blocks of 128 KiB that repeat one byte. */
function repeated(blocks: number): Buffer {
  const frame = Buffer.alloc(6 + blocks * 4);
  frame.set([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
  for (let i = 0; i < blocks; i++) frame.writeUIntLE((131_072 << 3) | 2 | (i === blocks - 1 ? 1 : 0), 6 + i * 4, 3);
  return frame;
}

const DECODERS = [
  ['snappy', (size: number) => codecOf(2).compress(Buffer.alloc(size)), codecOf(2).decompress],
  ['lz4', (size: number) => codecOf(3).compress(Buffer.alloc(size)), codecOf(3).decompress],
  ['zstd', (size: number) => repeated(size / 131_072), decompressZstd],
  ['zstd, stored', (size: number) => storeFrame(Buffer.alloc(size)), decompressZstd],
] as const;

describe.each(DECODERS)('%s', (_, compress, decompress) => {
  it('refuses what grows beyond the limit before it claims memory for it', () => {
    const bomb = compress(2 * LIMIT);
    expect(claimed(() => expect(() => decompress(bomb, LIMIT)).toThrow(/grows beyond/))).toEqual([]);
  });

  it('claims the room for large data once', () => {
    const data = compress(LIMIT - 3 * MIB);
    const sizes = claimed(() => expect(decompress(data, LIMIT)).toHaveLength(LIMIT - 3 * MIB));
    expect(sizes).toEqual([LIMIT - 3 * MIB]);
  });
});

it('gzip: what says that it grows beyond the limit is refused before much of it is decompressed', () => {
  const gzip = codecOf(1);
  const bomb = gzip.compress(Buffer.alloc(2 * LIMIT));
  const unzip = vi.spyOn(process.getBuiltinModule('node:zlib'), 'gunzipSync');
  expect(() => gzip.decompress(bomb, LIMIT)).toThrow(/grows beyond/);
  expect(unzip).toHaveBeenLastCalledWith(bomb, expect.objectContaining({ maxOutputLength: MIB }));
  // One that lies is stopped at the limit.
  bomb.writeUInt32LE(5, bomb.length - 4);
  expect(() => gzip.decompress(bomb, LIMIT)).toThrow(/grows beyond/);
  expect(unzip).toHaveBeenLastCalledWith(bomb, expect.objectContaining({ maxOutputLength: LIMIT }));
  // What cannot be its size is none.
  const torn = gzip.compress(Buffer.alloc(100, 'data')).subarray(0, -4);
  expect(() => gzip.decompress(torn, LIMIT)).toThrow(/unexpected end/);
});

it('a gzip member that lies about its size is refused for that, and zeros behind one are ignored', () => {
  const gzip = codecOf(1);
  const whole = gzip.compress(Buffer.alloc(3 * MIB, 'data'));
  expect(gzip.decompress(whole, LIMIT)).toHaveLength(3 * MIB);
  expect(gzip.decompress(Buffer.concat([whole, Buffer.alloc(8)]), LIMIT)).toHaveLength(3 * MIB);
  const lying = Buffer.from(whole);
  lying.writeUInt32LE(5 * MIB, lying.length - 4);
  expect(() => gzip.decompress(lying, LIMIT)).toThrow(/gzip/);
});
