import { corrupt, tooLarge } from '../codec.ts';
import { Output } from '../output.ts';
import type { HuffmanTable } from './huffman.ts';
import { readLiterals } from './literals.ts';
import { decodeSequences, SequenceState } from './sequences.ts';
import { xxh64Low } from './xxh64.ts';

/*
 * A decoder of Zstandard frames (RFC 8878) for Node versions whose zlib has none. Strict: whatever is cut off, too long
 * or out of range is an error, and memory grows with what was decoded, not with what a header promises.
 */

const FRAME_MAGIC = 0xfd2f_b528;
/** The upper 28 bits of the magic of frames to be skipped. */
const SKIPPABLE = 0x184d_2a5;
const MAX_BLOCK_SIZE = 128 * 1024;

const SINGLE_SEGMENT = 0x20;
const RESERVED = 0x08;
const CHECKSUM = 0x04;

const RAW_BLOCK = 0;
const REPEATED_BYTE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;

/** Decodes the frames that fill `data`. */
export function decompressZstd(data: Buffer, limit: number): Buffer {
  const output = new Output('zstd', limit, roomFor(data, limit));
  let at = 0;
  do {
    const magic = uint32(data, at);
    if (magic === FRAME_MAGIC) at = decodeFrame(data, at + 4, output, limit);
    else if (magic >>> 4 === SKIPPABLE) {
      at += 8 + uint32(data, at + 4);
      if (at > data.length) throw corrupt('zstd', 'a frame to be skipped is cut off');
    } else throw corrupt('zstd', `no frame begins at ${at}`);
  } while (at < data.length);
  return output.take();
}

/**
 * Bytes that the frames can give, by the headers of their blocks. Throws 'too-large' before any memory is claimed where blocks
 * that say exactly what they hold pass the limit. What is damaged ends the walk: decoding tells it.
 */
function roomFor(data: Buffer, limit: number): number {
  let exact = 0;
  let most = 0;
  for (let at = 0; at + 8 <= data.length; ) {
    const magic = data.readUInt32LE(at);
    if (magic >>> 4 === SKIPPABLE) {
      at += 8 + data.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== FRAME_MAGIC) break;
    const header = readFrameHeader(data, at + 4);
    at = header.end;
    for (let last = false; !last && at + 3 <= data.length; ) {
      const block = data.readUIntLE(at, 3);
      last = (block & 1) === 1;
      const type = (block >>> 1) & 3;
      const size = block >>> 3;
      if (type === COMPRESSED_BLOCK) most += header.maxBlockSize;
      else exact += size;
      at += 3 + (type === REPEATED_BYTE_BLOCK ? 1 : size);
    }
    if (header.checksum) at += 4;
  }
  if (exact > limit) throw tooLarge('zstd', limit);
  return exact + most;
}

interface FrameHeader {
  readonly end: number;
  readonly maxBlockSize: number;
  /** null when the frame does not say, as streaming writers leave it. */
  readonly contentSize: number | null;
  readonly checksum: boolean;
}

function readFrameHeader(data: Buffer, start: number): FrameHeader {
  const flags = byteAt(data, start);
  if (flags & RESERVED) throw corrupt('zstd', 'a reserved bit of the frame header is set');
  const single = (flags & SINGLE_SEGMENT) !== 0;
  const dictionarySize = [0, 1, 2, 4][flags & 3] as number;
  const contentSizeFlag = flags >>> 6;
  const contentSizeSize = contentSizeFlag === 0 ? (single ? 1 : 0) : 1 << contentSizeFlag;
  const dictionaryAt = start + 1 + (single ? 0 : 1);
  const contentSizeAt = dictionaryAt + dictionarySize;
  const end = contentSizeAt + contentSizeSize;
  if (end > data.length) throw corrupt('zstd', 'the frame header is cut off');
  if (dictionarySize > 0 && data.readUIntLE(dictionaryAt, dictionarySize) !== 0) {
    throw corrupt('zstd', 'the frame needs a dictionary');
  }
  const contentSize = readContentSize(data, contentSizeAt, contentSizeSize);
  const window = single ? (contentSize ?? 0) : windowSize(data[start + 1] as number);
  return { end, maxBlockSize: Math.min(window, MAX_BLOCK_SIZE), contentSize, checksum: (flags & CHECKSUM) !== 0 };
}

function readContentSize(data: Buffer, at: number, size: number): number | null {
  switch (size) {
    case 0:
      return null;
    case 2:
      return data.readUInt16LE(at) + 256;
    case 8:
      return data.readUInt32LE(at) + data.readUInt32LE(at + 4) * 0x1_0000_0000;
    default:
      return data.readUIntLE(at, size);
  }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Decodes the frame whose header begins at `start` (behind its magic), and returns where it ends. */
function decodeFrame(data: Buffer, start: number, output: Output, limit: number): number {
  const header = readFrameHeader(data, start);
  const frameStart = output.length;
  if ((header.contentSize ?? 0) > limit - frameStart) throw tooLarge('zstd', limit);
  const sequences = new SequenceState();
  let huffman: HuffmanTable | null = null;
  let at = header.end;
  for (let last = false; !last; ) {
    if (at + 3 > data.length) throw corrupt('zstd', 'a block header is cut off');
    const block = data.readUIntLE(at, 3);
    last = (block & 1) === 1;
    const type = (block >>> 1) & 3;
    const size = block >>> 3;
    at += 3;
    const stop = at + (type === REPEATED_BYTE_BLOCK ? 1 : size);
    if (size > header.maxBlockSize || stop > data.length) {
      throw corrupt('zstd', `a block of ${size} bytes at ${at}, ${data.length - at} are left`);
    }
    if (type === RAW_BLOCK) {
      output.append(data, at, size);
    } else if (type === REPEATED_BYTE_BLOCK) {
      output.reserve(size);
      output.bytes.fill(data[at] as number, output.length, output.length + size);
      output.length += size;
    } else if (type === COMPRESSED_BLOCK) {
      const literals = readLiterals(data, at, stop, header.maxBlockSize, huffman);
      huffman = literals.table;
      decodeSequences(data, literals.end, stop, literals.bytes, sequences, output, frameStart, header.maxBlockSize);
    } else throw corrupt('zstd', 'a block of the reserved type');
    at = stop;
  }
  if (header.contentSize !== null && output.length - frameStart !== header.contentSize) {
    throw corrupt('zstd', `a frame declares ${header.contentSize} bytes and holds ${output.length - frameStart}`);
  }
  if (!header.checksum) return at;
  if (uint32(data, at) !== xxh64Low(output.bytes, frameStart, output.length)) {
    throw corrupt('zstd', 'checksum of the content');
  }
  return at + 4;
}

function byteAt(data: Buffer, at: number): number {
  const byte = data[at];
  if (byte === undefined) throw corrupt('zstd', `cut off at ${data.length}`);
  return byte;
}

function uint32(data: Buffer, at: number): number {
  if (at + 4 > data.length) throw corrupt('zstd', `cut off at ${data.length}`);
  return data.readUInt32LE(at);
}
