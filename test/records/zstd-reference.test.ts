import { describe, expect, test } from 'vitest';
import { decompressZstd } from '../../src/records/codec/zstd/frame.ts';
import { RecordError } from '../../src/records/index.ts';
import { numbers, samples, zstdOracle } from './samples.ts';

// In a file of its own: the reference does not work any more after it was given very large data once.

function attempt(data: Buffer): Buffer | string {
  try {
    return decompressZstd(data, 1 << 20);
  } catch (error) {
    if (error instanceof RecordError) return error.reason;
    throw error;
  }
}

describe('beside the reference implementation of zstd', () => {
  test('a damaged frame that it refuses is refused, and what is given is what it gives', async () => {
    const zstd = await zstdOracle();
    const next = numbers(6);
    const seen = { refusedByBoth: 0, refusedByUs: 0, same: 0 };
    for (const { name, data } of samples()) {
      if (data.length < 30 || data.length > 130_000) continue;
      for (const level of [1, 5, 19]) {
        const frame = Buffer.from(zstd.compress(data, level));
        for (let i = 0; i < 60; i++) {
          const damaged = Buffer.from(frame);
          // The frame header is left alone: it says how much memory the reference claims.
          const at = 9 + next(damaged.length - 9);
          damaged[at] = (damaged[at] ?? 0) ^ (1 << next(8));
          const ours = attempt(damaged);
          let theirs: Uint8Array | null = null;
          try {
            theirs = zstd.decompress(damaged);
          } catch (error) {
            expect(String(error)).toContain('code -');
          }
          // Its fastest loops do not look whether a stream of literals ends where it should; we do.
          if (typeof ours === 'string') seen[theirs === null ? 'refusedByBoth' : 'refusedByUs']++;
          else {
            expect([name, level, at, theirs !== null && ours.equals(theirs)]).toEqual([name, level, at, true]);
            seen.same++;
          }
        }
      }
    }
    expect(seen.same).toBeGreaterThan(500);
    expect(seen.refusedByBoth).toBeGreaterThan(200);
    expect(seen.refusedByUs).toBeLessThan(seen.refusedByBoth / 4);
  });
});
