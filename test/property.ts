import fc from 'fast-check';

/*
 * Properties, the same in every run: a suite that fails by the day's luck tells nobody what changed. To search further
 * than the runs of a test suite, give another seed or more runs: `KMEDIC_PROPERTY_SEED=7 KMEDIC_PROPERTY_RUNS=50 npx
 * vitest run test/log/cleaner.test.ts` (each property runs 50 times as often as it says).
 */

const { KMEDIC_PROPERTY_SEED, KMEDIC_PROPERTY_RUNS } = process.env;

/** How often a property runs. */
export function runs(count = 100): number {
  return count * Number(KMEDIC_PROPERTY_RUNS ?? 1);
}

fc.configureGlobal({ seed: Number(KMEDIC_PROPERTY_SEED ?? 20_261_121), numRuns: runs() });

export default fc;
