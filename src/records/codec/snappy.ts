import { type Codec, corrupt, tooLarge } from './codec.ts';
import { Output } from './output.ts';
import { compressBlock } from './snappy-encode.ts';

/*
 * Snappy, as Kafka's clients write it: the stream of the Java library (magic, two int32 versions, then blocks with an
 * int32 length before each) or one raw block without any frame. Raw blocks: google/snappy format_description.txt.
 */

const STREAM_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const STREAM_HEADER_SIZE = 16;
/** What the Java library compresses at a time. */
const STREAM_BLOCK_SIZE = 32 * 1024;
/** A copy of 64 bytes takes 3 of input, so that no block grows more than this. */
const MAX_EXPANSION = 22;

export const snappy: Codec = {
  id: 2,
  name: 'snappy',

  compress(data) {
    const header = Buffer.alloc(STREAM_HEADER_SIZE);
    STREAM_MAGIC.copy(header);
    header.writeInt32BE(1, 8);
    header.writeInt32BE(1, 12);
    const parts: Buffer[] = [header];
    for (let at = 0; at < data.length; at += STREAM_BLOCK_SIZE) {
      const block = compressBlock(data.subarray(at, at + STREAM_BLOCK_SIZE));
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      parts.push(length, block);
    }
    return Buffer.concat(parts);
  },

  decompress(data, limit) {
    const declared = declaredSize(data);
    if (declared > limit) throw tooLarge('snappy', limit);
    const output = new Output('snappy', limit, declared);
    if (isStream(data, 0)) decodeStream(data, output);
    else decodeBlock(data, 0, data.length, output);
    return output.take();
  },
};

function isStream(data: Buffer, at: number): boolean {
  return data.length - at >= STREAM_MAGIC.length && data.compare(STREAM_MAGIC, 0, 8, at, at + 8) === 0;
}

/** What all blocks together say that they hold. What is damaged, or promises too much, ends the walk: decoding tells it. */
function declaredSize(data: Buffer): number {
  if (!isStream(data, 0)) return blockSize(data, 0, data.length);
  let sum = 0;
  for (let at = 0; at + 4 <= data.length; ) {
    if (isStream(data, at)) {
      at += STREAM_HEADER_SIZE;
      continue;
    }
    const length = data.readInt32BE(at);
    at += 4;
    if (length <= 0 || length > data.length - at) break;
    sum += blockSize(data, at, at + length);
    at += length;
  }
  return sum;
}

/** The size that the raw block `data[start, end)` declares; 0 where it cannot be true. */
function blockSize(data: Buffer, start: number, end: number): number {
  let size = 0;
  for (let at = start, unit = 1; at < end && unit <= 2 ** 28; unit *= 128) {
    const byte = data[at++] as number;
    size += (byte & 0x7f) * unit;
    if (byte < 0x80) return size > (end - at) * MAX_EXPANSION ? 0 : size;
  }
  return 0;
}

function decodeStream(data: Buffer, output: Output): void {
  let at = 0;
  while (at < data.length) {
    // Streams may follow one another; no block has a length that looks like the magic, which would be negative.
    if (isStream(data, at)) {
      at = skipStreamHeader(data, at);
      continue;
    }
    if (at + 4 > data.length) throw corrupt('snappy', `the length of a block at ${at} is cut off`);
    const length = data.readInt32BE(at);
    at += 4;
    if (length <= 0 || length > data.length - at) {
      throw corrupt('snappy', `a block of ${length} bytes at ${at}, ${data.length - at} are left`);
    }
    decodeBlock(data, at, at + length, output);
    at += length;
  }
}

function skipStreamHeader(data: Buffer, at: number): number {
  if (data.length - at < STREAM_HEADER_SIZE) throw corrupt('snappy', 'the stream header is cut off');
  const compatible = data.readInt32BE(at + 12);
  if (compatible !== 1) throw corrupt('snappy', `stream of version ${compatible}`);
  return at + STREAM_HEADER_SIZE;
}

/** Decodes the raw block `data[start, end)` behind what `output` holds. */
function decodeBlock(data: Buffer, start: number, end: number, output: Output): void {
  let at = start;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= end) throw corrupt('snappy', 'the size of a block is cut off');
    const byte = data[at++] as number;
    if (shift === 28 && byte > 0x0f) throw corrupt('snappy', 'the size of a block has more than 32 bits');
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  // Before any memory is claimed for it.
  if (size > (end - at) * MAX_EXPANSION) throw corrupt('snappy', `${end - at} bytes cannot hold ${size}`);
  output.reserve(size);
  decodeElements(data, at, end, output, size);
}

/** Appends exactly `size` bytes from the elements in `data[start, end)`. */
function decodeElements(data: Buffer, start: number, end: number, output: Output, size: number): void {
  let at = start;
  const base = output.length;
  const limit = base + size;
  while (at < end) {
    const tag = data[at++] as number;
    const kind = tag & 3;
    let length = (tag >>> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const extra = length - 60;
        if (at + extra > end) throw corrupt('snappy', `a literal's length at ${at} is cut off`);
        length = data.readUIntLE(at, extra) + 1;
        at += extra;
      }
      if (length > end - at || length > limit - output.length) {
        throw corrupt('snappy', `a literal of ${length} bytes at ${at}`);
      }
      output.append(data, at, length);
      at += length;
      continue;
    }
    const extra = kind === 3 ? 4 : kind;
    if (at + extra > end) throw corrupt('snappy', `a copy at ${at} is cut off`);
    let offset: number;
    if (kind === 1) {
      length = ((tag >>> 2) & 7) + 4;
      offset = ((tag & 0xe0) << 3) | (data[at] as number);
    } else if (kind === 2) offset = (data[at] as number) | ((data[at + 1] as number) << 8);
    else offset = data.readUInt32LE(at);
    at += extra;
    if (offset === 0 || offset > output.length - base || length > limit - output.length) {
      throw corrupt('snappy', `a copy of ${length} bytes from ${offset} back at ${at}`);
    }
    output.repeat(offset, length);
  }
  if (output.length !== limit) {
    throw corrupt('snappy', `a block declares ${size} bytes and holds ${output.length - base}`);
  }
}
