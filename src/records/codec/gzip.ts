import { type Codec, corrupt, tooLarge } from './codec.ts';
import { nodeZlib } from './node-zlib.ts';

/** zlib gives its output in pieces of 16 KiB, and joins them: from so many bytes on, it is told to make one of them. */
const ONE_PIECE_FROM = 1024 * 1024;

/** By the size that the last member says it has; a lie costs address space, not memory. */
function inOnePiece(data: Buffer, limit: number): { readonly chunkSize?: number } {
  const size = data.length < 4 ? 0 : data.readUInt32LE(data.length - 4);
  return size >= ONE_PIECE_FROM && size < limit ? { chunkSize: size + 1 } : {};
}

/**
 * RFC 1952 members, by node:zlib, which checks their CRC and length. Zeros behind the last member are ignored.
 */
export const gzip: Codec = {
  id: 1,
  name: 'gzip',

  compress: (data) => nodeZlib().gzipSync(data),

  decompress(data, limit) {
    try {
      return nodeZlib().gunzipSync(data, { maxOutputLength: limit, ...inOnePiece(data, limit) });
    } catch (error) {
      if (error instanceof RangeError) throw tooLarge('gzip', limit);
      throw corrupt('gzip', error instanceof Error ? error.message : String(error), error);
    }
  },
};
