import { type Codec, corrupt, tooLarge } from './codec.ts';
import { nativeZstd, strictNativeZstd } from './node-zlib.ts';
import { decompressZstd } from './zstd/frame.ts';

const FRAME_MAGIC = 0xfd2f_b528;
/** The format's largest block. */
const BLOCK_SIZE = 128 * 1024;

/** By node:zlib where it has it; else our own decoder, and frames that store the data as it is. */
export const zstd: Codec = {
  id: 4,
  name: 'zstd',

  compress: (data) => nativeZstd()?.zstdCompressSync(data) ?? storeFrame(data),

  decompress(data, limit) {
    const native = strictNativeZstd();
    if (native === null) return decompressZstd(data, limit);
    try {
      return native.zstdDecompressSync(data, { maxOutputLength: limit });
    } catch (error) {
      if (error instanceof RangeError) throw tooLarge('zstd', limit);
      throw corrupt('zstd', error instanceof Error ? error.message : String(error), error);
    }
  },
};

/** A legal frame of raw blocks: what any zstd reader takes, without making the data smaller. */
export function storeFrame(data: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(FRAME_MAGIC, 0);
  // A single segment with its content size in four bytes.
  header[4] = 0xa0;
  header.writeUInt32LE(data.length, 5);
  const parts: Buffer[] = [header];
  for (let at = 0; at === 0 || at < data.length; at += BLOCK_SIZE) {
    const block = data.subarray(at, at + BLOCK_SIZE);
    const last = at + BLOCK_SIZE >= data.length;
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | (last ? 1 : 0), 0, 3);
    parts.push(head, block);
  }
  return Buffer.concat(parts);
}
