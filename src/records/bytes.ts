import { RecordError } from './error.ts';

/** 2^63: what lies at or beyond it becomes the extreme of int64. */
const INT64_LIMIT = 2 ** 63;

function bound(buffer: Buffer, at: number, size: number): void {
  if (at < 0 || at + size > buffer.length) {
    throw new RecordError('truncated', `needs ${size} bytes at ${at}, the buffer has ${buffer.length}`);
  }
}

/** Big-endian reads at a position; leaving the buffer is a RecordError('truncated'). */
export function int8(buffer: Buffer, at: number): number {
  bound(buffer, at, 1);
  return buffer.readInt8(at);
}

export function int16(buffer: Buffer, at: number): number {
  bound(buffer, at, 2);
  return buffer.readInt16BE(at);
}

export function int32(buffer: Buffer, at: number): number {
  bound(buffer, at, 4);
  return buffer.readInt32BE(at);
}

export function uint32(buffer: Buffer, at: number): number {
  bound(buffer, at, 4);
  return buffer.readUInt32BE(at);
}

/** An int64 as a number: exact up to 2^53, the nearest double beyond. */
export function int64(buffer: Buffer, at: number): number {
  bound(buffer, at, 8);
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4);
}

/** A number as int64; what lies at or beyond the range becomes its extreme, so that Long.MAX_VALUE survives a round trip. */
export function putInt64(buffer: Buffer, value: number, at: number): void {
  bound(buffer, at, 8);
  if (value >= INT64_LIMIT) {
    buffer.writeInt32BE(0x7fff_ffff, at);
    buffer.writeUInt32BE(0xffff_ffff, at + 4);
    return;
  }
  const clamped = Math.max(value, -INT64_LIMIT);
  const high = Math.floor(clamped / 0x1_0000_0000);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(clamped - high * 0x1_0000_0000, at + 4);
}

export function putInt32(buffer: Buffer, value: number, at: number): void {
  bound(buffer, at, 4);
  buffer.writeInt32BE(value, at);
}
