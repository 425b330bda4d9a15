import { describe, expect, it } from 'vitest';
import { fuzz } from './segments-mutations.ts';

/** How many damaged logs to read: a taste in `npm test`, more where the environment says so. */
const RUNS = Number(process.env['KMEDIC_FUZZ_RUNS'] ?? 2000);
const SEED = Number(process.env['KMEDIC_FUZZ_SEED'] ?? 1);

describe('segments under damage', () => {
  it(`reads ${RUNS} damaged logs without a crash, a hang or a wrong record`, { timeout: 4 * 3_600_000 }, async () => {
    const { shown, damaged } = await fuzz(SEED, RUNS);
    expect(damaged).toBeGreaterThan(RUNS / 4);
    expect(shown).toBeGreaterThan(RUNS);
    // A reader that keeps what it read would soon pass this.
    expect(process.memoryUsage().rss).toBeLessThan(1024 * 1024 * 1024);
  });
});
