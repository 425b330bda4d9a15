import { type Codec, corrupt, tooLarge } from './codec.ts';
import { compressBlock } from './lz4-encode.ts';
import { Output } from './output.ts';
import { xxh32 } from './xxh32.ts';

/*
 * The LZ4 frame format (lz4 doc/lz4_Frame_format.md) as Kafka has it: one frame, version 1, independent blocks, no
 * dictionary. Kafka itself writes blocks of 64 KiB without any checksum but that of the header.
 */

const FRAME_MAGIC = 0x184d_2204;
const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const RESERVED_FLAG = 0x02;
const DICTIONARY = 0x01;
/** What Kafka writes: number 4 in bits 4 to 6 of the descriptor, which stands for 64 KiB. */
const BLOCK_SIZE_64K = 4;
const STORED = 0x8000_0000;
/** One byte of a length says 255 at most. */
const MAX_EXPANSION = 255;
const MIN_MATCH = 4;

export const lz4: Codec = {
  id: 3,
  name: 'lz4',
  compress: compressFrame,
  decompress: (data, limit) => decompressLz4(data, limit),
};

export interface Lz4Options {
  /** Message format v0: its writers computed the checksum of the frame header wrongly. */
  readonly ignoreHeaderChecksum?: boolean;
}

/** Decodes exactly one frame; anything behind it is an error too. */
export function decompressLz4(data: Buffer, limit: number, options: Lz4Options = {}): Buffer {
  const frame = readHeader(data, options);
  const output = new Output('lz4', limit, roomFor(data, frame, limit));
  let at = frame.blocksAt;
  for (;;) {
    const field = uint32(data, at);
    at += 4;
    if (field === 0) break;
    const length = field >= STORED ? field - STORED : field;
    if (length > frame.blockSize || length > data.length - at) {
      throw corrupt('lz4', `a block of ${length} bytes at ${at}, ${data.length - at} are left`);
    }
    const end = at + length;
    if (field >= STORED) {
      output.append(data, at, length);
    } else decodeBlock(data, at, end, output, frame.blockSize);
    if (frame.blockChecksum) {
      if (uint32(data, end) !== xxh32(data, at, end)) throw corrupt('lz4', `checksum of the block at ${at}`);
      at = end + 4;
    } else at = end;
  }
  const content = output.take();
  if (frame.contentChecksum) {
    if (uint32(data, at) !== xxh32(content)) throw corrupt('lz4', 'checksum of the content');
    at += 4;
  }
  if (at !== data.length) throw corrupt('lz4', `${data.length - at} bytes follow the frame`);
  return content;
}

/**
 * Bytes that the frame can give, by the lengths of its blocks; where that is more than `limit`, by their sequences. Throws
 * 'too-large' before any memory is claimed. What is damaged ends the walk: decoding tells it.
 */
function roomFor(data: Buffer, frame: Frame, limit: number): number {
  const most = sumBlocks(data, frame, (at, end) => Math.min(frame.blockSize, (end - at) * MAX_EXPANSION));
  if (most <= limit) return most;
  const exact = sumBlocks(data, frame, (at, end) => contentSize(data, at, end));
  if (exact > limit) throw tooLarge('lz4', limit);
  return exact;
}

function sumBlocks(data: Buffer, frame: Frame, size: (at: number, end: number) => number): number {
  let sum = 0;
  for (let at = frame.blocksAt; at + 4 <= data.length; ) {
    const field = data.readUInt32LE(at);
    const length = field >= STORED ? field - STORED : field;
    at += 4;
    if (length === 0 || length > data.length - at) break;
    sum += field >= STORED ? length : size(at, at + length);
    at += length + (frame.blockChecksum ? 4 : 0);
  }
  return sum;
}

/** What the sequences of the block `data[start, end)` add up to. */
function contentSize(data: Buffer, start: number, end: number): number {
  let size = 0;
  let at = start;
  const more = (): number => {
    let length = 0;
    for (let byte = 255; byte === 255 && at < end; length += byte) byte = data[at++] as number;
    return length;
  };
  while (at < end) {
    const token = data[at++] as number;
    const literals = (token >>> 4) + (token >>> 4 === 15 ? more() : 0);
    size += literals;
    at += literals;
    if (at >= end) break;
    at += 2;
    size += (token & 15) + MIN_MATCH + ((token & 15) === 15 ? more() : 0);
  }
  return size;
}

interface Frame {
  readonly blocksAt: number;
  readonly blockSize: number;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
}

function readHeader(data: Buffer, options: Lz4Options): Frame {
  if (uint32(data, 0) !== FRAME_MAGIC) throw corrupt('lz4', 'no frame begins here');
  if (data.length < 7) throw corrupt('lz4', 'the frame header is cut off');
  const flags = data[4] as number;
  const descriptor = data[5] as number;
  if ((flags & VERSION_MASK) !== VERSION_1) throw corrupt('lz4', `frame version ${flags >>> 6}`);
  if (flags & RESERVED_FLAG || descriptor & 0x8f) throw corrupt('lz4', 'a reserved bit of the header is set');
  if (flags & DICTIONARY) throw corrupt('lz4', 'the frame needs a dictionary');
  if (!(flags & INDEPENDENT_BLOCKS)) throw corrupt('lz4', 'dependent blocks, which Kafka does not read');
  const sizeNumber = descriptor >>> 4;
  if (sizeNumber < BLOCK_SIZE_64K) throw corrupt('lz4', `block size number ${sizeNumber}`);
  // The content size is not to be trusted, and readers of Kafka's skip it.
  const checksumAt = flags & CONTENT_SIZE ? 14 : 6;
  if (data.length <= checksumAt) throw corrupt('lz4', 'the frame header is cut off');
  if (!options.ignoreHeaderChecksum && ((xxh32(data, 4, checksumAt) >>> 8) & 0xff) !== data[checksumAt]) {
    throw corrupt('lz4', 'checksum of the frame header');
  }
  return {
    blocksAt: checksumAt + 1,
    blockSize: blockSizeOf(sizeNumber),
    blockChecksum: (flags & BLOCK_CHECKSUM) !== 0,
    contentChecksum: (flags & CONTENT_CHECKSUM) !== 0,
  };
}

/** 4 to 7 stand for 64 KiB, 256 KiB, 1 MiB and 4 MiB. */
function blockSizeOf(number: number): number {
  return 1 << (8 + 2 * number);
}

function uint32(data: Buffer, at: number): number {
  if (at + 4 > data.length) throw corrupt('lz4', `cut off at ${data.length}`);
  return data.readUInt32LE(at);
}

/** Decodes the block `data[start, end)` behind what `output` holds; it may give `blockSize` bytes at most. */
function decodeBlock(data: Buffer, start: number, end: number, output: Output, blockSize: number): void {
  const most = Math.min(blockSize, (end - start) * MAX_EXPANSION);
  let at = start;
  const base = output.length;
  for (;;) {
    if (at >= end) throw corrupt('lz4', `a block ends within a sequence at ${at}`);
    const token = data[at++] as number;
    let literals = token >>> 4;
    if (literals === 15) {
      for (let byte = 255; byte === 255; literals += byte) {
        if (at >= end) throw corrupt('lz4', `a length is cut off at ${at}`);
        byte = data[at++] as number;
      }
    }
    if (literals > end - at || output.length - base + literals > most) {
      throw corrupt('lz4', `${literals} literals at ${at}, ${end - at} are left`);
    }
    output.append(data, at, literals);
    at += literals;
    // A block ends with literals, without a match.
    if (at === end) return;
    if (end - at < 2) throw corrupt('lz4', `an offset is cut off at ${at}`);
    const offset = (data[at] as number) | ((data[at + 1] as number) << 8);
    at += 2;
    let length = (token & 15) + MIN_MATCH;
    if (length === 15 + MIN_MATCH) {
      for (let byte = 255; byte === 255; length += byte) {
        if (at >= end) throw corrupt('lz4', `a length is cut off at ${at}`);
        byte = data[at++] as number;
      }
    }
    const written = output.length - base;
    if (offset === 0 || offset > written || written + length > most) {
      throw corrupt('lz4', `a match of ${length} bytes from ${offset} back at ${at}`);
    }
    output.repeat(offset, length);
  }
}

function compressFrame(data: Buffer): Buffer {
  const header = Buffer.alloc(7);
  header.writeUInt32LE(FRAME_MAGIC, 0);
  header[4] = VERSION_1 | INDEPENDENT_BLOCKS;
  header[5] = BLOCK_SIZE_64K << 4;
  header[6] = (xxh32(header, 4, 6) >>> 8) & 0xff;
  const parts: Buffer[] = [header];
  const step = blockSizeOf(BLOCK_SIZE_64K);
  for (let at = 0; at < data.length; at += step) {
    const raw = data.subarray(at, at + step);
    const block = compressBlock(raw);
    const field = Buffer.alloc(4);
    field.writeUInt32LE(block === null ? STORED + raw.length : block.length);
    parts.push(field, block ?? raw);
  }
  parts.push(Buffer.alloc(4));
  return Buffer.concat(parts);
}
