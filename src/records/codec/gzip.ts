import { type Codec, corrupt, tooLarge } from './codec.ts';
import { nodeZlib } from './node-zlib.ts';

/**
 * RFC 1952 members, by node:zlib, which checks their CRC and length. What follows the last member is ignored, as Java's
 * reader ignores it.
 */
export const gzip: Codec = {
  id: 1,
  name: 'gzip',

  compress: (data) => nodeZlib().gzipSync(data),

  decompress(data, limit) {
    try {
      return nodeZlib().gunzipSync(data, { maxOutputLength: limit });
    } catch (error) {
      if (error instanceof RangeError) throw tooLarge('gzip', limit);
      throw corrupt('gzip', error instanceof Error ? error.message : String(error), error);
    }
  },
};
