import { decompress as fzstdDecompress } from 'fzstd';
import { type Codec, corrupt, tooLarge } from './codec.ts';

const FRAME_MAGIC = 0xfd2f_b528;
/** The format's largest block. */
const BLOCK_SIZE = 128 * 1024;

export const zstd: Codec = {
  id: 4,
  name: 'zstd',
  compress: storeFrame,

  decompress(data, limit) {
    let content: Uint8Array;
    try {
      content = fzstdDecompress(data);
    } catch (error) {
      throw corrupt('zstd', error instanceof Error ? error.message : String(error), error);
    }
    if (content.length > limit) throw tooLarge('zstd', limit);
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  },
};

/** A legal frame of raw blocks: what any zstd reader takes, without making the data smaller. */
function storeFrame(data: Buffer): Buffer {
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
