import { describe, expect, test } from 'vitest';
import {
  type Cursor,
  readVarint,
  readVarlong,
  sizeOfVarint,
  sizeOfVarlong,
  writeVarint,
  writeVarlong,
} from '../../src/records/index.ts';
import fc from '../property.ts';
import { reasonOf } from './reason.ts';

function cursor(...bytes: number[]): Cursor {
  return { buffer: Buffer.from(bytes), position: 0, end: bytes.length };
}

/** Zig-zag LEB128 as its definition says it, on 64 bits. */
function slowVarlong(value: bigint): number[] {
  let zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; zigzag >= 0x80n; zigzag >>= 7n) bytes.push(Number(zigzag & 0x7fn) | 0x80);
  return [...bytes, Number(zigzag)];
}

describe('varints', () => {
  test.each([
    [0, [0x00]],
    [-1, [0x01]],
    [1, [0x02]],
    [63, [0x7e]],
    [-64, [0x7f]],
    [64, [0x80, 0x01]],
    [-65, [0x81, 0x01]],
    [300, [0xd8, 0x04]],
    [2 ** 31 - 1, [0xfe, 0xff, 0xff, 0xff, 0x0f]],
    [-(2 ** 31), [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('%i', (value, bytes) => {
    expect(readVarint(cursor(...bytes))).toBe(value);
    expect(readVarlong(cursor(...bytes))).toBe(value);
    const out = Buffer.alloc(10);
    expect(writeVarint(out, value, 0)).toBe(bytes.length);
    expect([...out.subarray(0, bytes.length)]).toEqual(bytes);
    expect(sizeOfVarint(value)).toBe(bytes.length);
  });

  test('every int32', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        const expected = slowVarlong(BigInt(value));
        const out = Buffer.alloc(10);
        expect([...out.subarray(0, writeVarint(out, value, 0))]).toEqual(expected);
        expect(sizeOfVarint(value)).toBe(expected.length);
        expect(readVarint(cursor(...expected))).toBe(value);
      }),
    );
  });

  test('every safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(52), (wide, shift) => {
        const value = Math.trunc(wide / 2 ** shift);
        const expected = slowVarlong(BigInt(value));
        const out = Buffer.alloc(10);
        expect([...out.subarray(0, writeVarlong(out, value, 0))]).toEqual(expected);
        expect(sizeOfVarlong(value)).toBe(expected.length);
        expect(readVarlong(cursor(...expected))).toBe(value + 0);
      }),
    );
  });

  test('the extremes of int64 are read as the nearest double', () => {
    expect(readVarlong(cursor(...slowVarlong(2n ** 63n - 1n)))).toBe(2 ** 63);
    expect(readVarlong(cursor(...slowVarlong(-(2n ** 63n))))).toBe(-(2 ** 63));
  });

  test('too many bits are an error', () => {
    expect(reasonOf(() => readVarint(cursor(0xff, 0xff, 0xff, 0xff, 0x10)))).toBe('bad-varint');
    expect(reasonOf(() => readVarint(cursor(0x80, 0x80, 0x80, 0x80, 0x80, 0)))).toBe('bad-varint');
    expect(reasonOf(() => readVarlong(cursor(...Array(9).fill(0xff), 0x02)))).toBe('bad-varint');
    expect(reasonOf(() => readVarlong(cursor(...Array(10).fill(0x80), 0)))).toBe('bad-varint');
  });

  test('bytes at or behind the end are never read', () => {
    expect(reasonOf(() => readVarint({ buffer: Buffer.of(0x80, 0x00), position: 0, end: 1 }))).toBe('truncated');
    expect(reasonOf(() => readVarlong({ buffer: Buffer.alloc(20, 0x80), position: 3, end: 9 }))).toBe('truncated');
    expect(reasonOf(() => readVarint(cursor()))).toBe('truncated');
  });
});
