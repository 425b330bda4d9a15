import { existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSegment } from '../../bench/make-segment.ts';
import { BYTES_FOR_HELPER } from '../../src/segments/ahead/helper.ts';
import { DIST, runBin } from './run-bin.ts';

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-helper-'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Large enough for the built program to start more threads. */
describe.skipIf(availableParallelism() < 2)('segments verify with its helpers', () => {
  it('finds a large log sound, and the one flipped bit wherever it lies', async () => {
    expect(existsSync(new URL('chunks/segments-ahead.cjs', DIST))).toBe(true);
    const made = makeSegment(join(place, 'large-0'), BYTES_FOR_HELPER + 8_000_000, 0);
    const batchBytes = made.bytes / made.batches;
    const sound = await runBin(['segments', 'verify', made.directory, '-o', 'json']);
    expect([sound.code, sound.err]).toEqual([0, '']);
    expect(JSON.parse(sound.out).partitions).toMatchObject([{ batches: made.batches, records: made.records }]);
    const fd = openSync(made.log, 'r+');
    for (const batch of [3, Math.floor(made.batches / 2), made.batches - 2]) {
      const at = batch * batchBytes + 1000;
      // Between the letters of the values, which are all below 128.
      writeSync(fd, Buffer.of(0xff), 0, 1, at);
    }
    const { code, out } = await runBin(['segments', 'verify', made.directory, '-o', 'json']);
    expect(code).toBe(1);
    const [log] = JSON.parse(out).files.filter(({ type }: { type: string }) => type === 'log');
    expect(log.findings.map((found: { code: string; position: number }) => [found.code, found.position])).toEqual(
      [3, Math.floor(made.batches / 2), made.batches - 2].map((batch) => ['SEG-02', batch * batchBytes]),
    );
  });
});
