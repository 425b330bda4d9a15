import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decompressZstd } from '../../src/records/codec/zstd/frame.ts';
import { storeFrame } from '../../src/records/codec/zstd.ts';
import { batches, codecOf, encodeBatch, isValidCrc, records } from '../../src/records/index.ts';
import { samples } from '../records/samples.ts';

const T0 = 1_700_000_000_000;
const LIMIT = 1 << 24;

function python(request: object): unknown {
  const script = join(import.meta.dirname, 'records.py');
  const output = execFileSync('/usr/bin/python3', [script], { input: JSON.stringify(request), maxBuffer: 1 << 26 });
  return JSON.parse(output.toString());
}

interface Plain {
  key: string | null;
  value: string | null;
  timestamp: number;
  headers: [string, string | null][];
}

const hex = (text: string): string => Buffer.from(text).toString('hex');
const input: Plain[] = Array.from({ length: 40 }, (_, i) => ({
  key: i % 6 === 0 ? null : hex(`key ${i}`),
  value: i % 7 === 0 ? null : hex(`value ${i} `.repeat(i)),
  timestamp: T0 + i * 5 - (i % 4) * 30,
  headers:
    i % 5 === 0
      ? [
          ['a', hex('1')],
          ['a', hex('grüße')],
        ]
      : [],
}));

function plain(bytes: Buffer): object[] {
  return [...batches(bytes)].flatMap(({ position }) =>
    [...records(bytes, position)].map((record) => ({
      offset: record.offset,
      timestamp: record.timestamp,
      key: record.key?.toString('hex') ?? null,
      value: record.value?.toString('hex') ?? null,
      headers: record.headers.map(({ key, value }) => [key, value?.toString('hex') ?? null]),
    })),
  );
}

// Without its optional modules kafka-python has no other codec than gzip.
describe.each([
  ['not compressed', 0],
  ['gzip', 1],
])('kafka-python, %s', (_, compression) => {
  test.each([0, 1, 2])('we read what it writes in format v%i', (magic) => {
    const sent = magic === 2 ? input : input.map((record) => ({ ...record, headers: [] }));
    const bytes = Buffer.from(python({ do: 'write', magic, compression, records: sent }) as string, 'hex');
    expect([...batches(bytes)].every((span) => span.magic === magic && isValidCrc(bytes, span.position))).toBe(true);
    expect(plain(bytes)).toEqual(
      sent.map((record, offset) => ({ offset, ...record, timestamp: magic === 0 ? -1 : record.timestamp })),
    );
  });

  test('it reads what we write', () => {
    const bytes = encodeBatch({
      baseOffset: 5,
      compression,
      records: input.map(({ key, value, timestamp, headers }) => ({
        key: key === null ? null : Buffer.from(key, 'hex'),
        value: value === null ? null : Buffer.from(value, 'hex'),
        timestamp,
        headers: headers.map(([name, data]) => ({ key: name, value: data === null ? null : Buffer.from(data, 'hex') })),
      })),
    });
    expect(python({ do: 'read', bytes: bytes.toString('hex') })).toEqual(
      input.map((record, i) => ({ offset: 5 + i, ...record, crc: true })),
    );
  });
});

/** Whether a command of this name answers here. */
function missing(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

function pipe(command: string, args: readonly string[], data: Buffer): Buffer {
  return execFileSync(command, args, { input: data, maxBuffer: 1 << 26, stdio: ['pipe', 'pipe', 'pipe'] });
}

describe.skipIf(missing('lz4'))('the lz4 command', () => {
  test.each(samples())('$name', ({ data }) => {
    expect(pipe('lz4', ['-d', '-c'], codecOf(3).compress(data)).equals(data)).toBe(true);
    // Independent blocks of every size, with and without checksums, stored content size, and the slow compressor.
    for (const flags of [
      ['-BI', '-B4'],
      ['-BI', '-B5', '-BX'],
      ['-BI', '-B7', '--no-frame-crc'],
      ['-BI', '-B4', '-BX', '-9', '--content-size'],
    ]) {
      const frame = pipe('lz4', ['-c', ...flags], data);
      expect(codecOf(3).decompress(frame, LIMIT).equals(data)).toBe(true);
    }
  });
});

describe.skipIf(missing('zstd'))('the zstd command', () => {
  test.each(samples())('$name', ({ data }) => {
    expect(pipe('zstd', ['-d', '-c'], storeFrame(data)).equals(data)).toBe(true);
    expect(pipe('zstd', ['-d', '-c'], codecOf(4).compress(data)).equals(data)).toBe(true);
    for (const flags of [
      ['-1', '--check'],
      ['-3', '--no-check'],
      ['-12'],
      ['--ultra', '-22', '--long=27'],
      ['--fast=5'],
      ['-5', '--format=zstd', '-B64KB'],
    ]) {
      const frame = pipe('zstd', ['-c', ...flags], data);
      expect(decompressZstd(frame, LIMIT).equals(data)).toBe(true);
    }
  });
});
