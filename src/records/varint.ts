import { RecordError } from './error.ts';

/** A place in a buffer that reading moves forward; nothing at or behind `end` is ever read. */
export interface Cursor {
  readonly buffer: Buffer;
  position: number;
  readonly end: number;
}

function nextByte(cursor: Cursor): number {
  if (cursor.position >= cursor.end) {
    throw new RecordError('truncated', `varint leaves its bounds at ${cursor.end}`);
  }
  return cursor.buffer[cursor.position++] as number;
}

function overlong(bits: number, cursor: Cursor): RecordError {
  return new RecordError('bad-varint', `varint of more than ${bits} bits before ${cursor.position}`);
}

/** Reads a zig-zag varint of 32 bits (five bytes at most). Bits beyond the 32nd are an error, not dropped. */
export function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = nextByte(cursor);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
  }
  const last = nextByte(cursor);
  if (last > 0x0f) throw overlong(32, cursor);
  value |= last << 28;
  return (value >>> 1) ^ -(value & 1);
}

/**
 * Reads a zig-zag varlong of 64 bits (ten bytes at most) as a number: exact within ±2^53, the nearest double beyond.
 */
export function readVarlong(cursor: Cursor): number {
  // The value is gathered in limbs of 28 bits, and halved (the zig-zag sign is its lowest bit) before they are added
  // up, so that every value of 53 bits stays exact.
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = nextByte(cursor);
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
  }
  let middle = 0;
  let high = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = nextByte(cursor);
    if (shift < 28) middle |= (byte & 0x7f) << shift;
    else if (shift === 28) high = byte & 0x7f;
    else if (byte > 1) throw overlong(64, cursor);
    else high |= byte << 7;
    if (byte < 0x80) break;
  }
  const half = high * 2 ** 55 + middle * 2 ** 27 + (low >>> 1);
  return low & 1 ? -half - 1 : half;
}

/** Bytes that `value` (an int32) takes as a zig-zag varint. */
export function sizeOfVarint(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}

/** Bytes that `value` (a safe integer) takes as a zig-zag varlong. */
export function sizeOfVarlong(value: number): number {
  let half = value < 0 ? -(value + 1) : value;
  let size = 1;
  // The lowest group holds the sign and six bits, every later one seven.
  for (half = Math.floor(half / 0x40); half > 0; half = Math.floor(half / 0x80)) size++;
  return size;
}

/** Writes an int32 as a zig-zag varint and returns the position behind it. */
export function writeVarint(buffer: Buffer, value: number, at: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  let position = at;
  while (zigzag >= 0x80) {
    buffer[position++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  buffer[position++] = zigzag;
  return position;
}

/** Writes a safe integer as a zig-zag varlong and returns the position behind it. */
export function writeVarlong(buffer: Buffer, value: number, at: number): number {
  let half = value < 0 ? -(value + 1) : value;
  let position = at;
  let group = (half % 0x40) * 2 + (value < 0 ? 1 : 0);
  for (half = Math.floor(half / 0x40); half > 0; half = Math.floor(half / 0x80)) {
    buffer[position++] = group | 0x80;
    group = half % 0x80;
  }
  buffer[position++] = group;
  return position;
}
