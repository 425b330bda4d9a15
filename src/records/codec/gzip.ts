import { type Codec, corrupt, tooLarge } from './codec.ts';
import { nodeZlib } from './node-zlib.ts';

/** zlib gives its output in pieces of 16 KiB, and joins them: from so many bytes on, it is told to make one of them. */
const ONE_PIECE_FROM = 1024 * 1024;

/** Nothing that deflate knows becomes longer than this many times. */
const MAX_RATIO = 1032;

/** The size that the last member says it has; 0 where it says none, or one that so few bytes cannot grow to. */
function declaredSize(data: Buffer): number {
  const size = data.length < 4 ? 0 : data.readUInt32LE(data.length - 4);
  return size <= data.length * MAX_RATIO ? size : 0;
}

/** A lie costs address space, not memory. */
function inOnePiece(size: number): { readonly chunkSize?: number } {
  return size >= ONE_PIECE_FROM ? { chunkSize: size + 1 } : {};
}

/**
 * RFC 1952 members, by node:zlib, which checks their CRC and length. Zeros behind the last member are ignored.
 */
export const gzip: Codec = {
  id: 1,
  name: 'gzip',

  compress: (data) => nodeZlib().gzipSync(data),

  decompress(data, limit) {
    const size = declaredSize(data);
    // What says that it grows beyond the limit is too large, unless little of it can be read at all.
    const maxOutputLength = size > limit ? Math.min(limit, ONE_PIECE_FROM) : limit;
    try {
      return nodeZlib().gunzipSync(data, { maxOutputLength, ...inOnePiece(Math.min(size, maxOutputLength)) });
    } catch (error) {
      if (error instanceof RangeError) throw tooLarge('gzip', limit);
      throw corrupt('gzip', error instanceof Error ? error.message : String(error), error);
    }
  },
};
