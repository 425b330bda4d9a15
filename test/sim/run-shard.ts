import { expect, it } from 'vitest';
import { describeOptions, replayCommand } from './options.ts';
import { type SimResult, simulate } from './simulation.ts';

/*
 * Seeded runs of a whole cluster under faults. `KMEDIC_SIM_SEED=n` runs that one again; `KMEDIC_SIM_SEEDS=n` runs the
 * first n (40 otherwise), `KMEDIC_SIM_FROM=n` begins elsewhere. Each shard takes its own share of the seeds, so that
 * two cores are two processes.
 */

const SHARDS = 2;
const { KMEDIC_SIM_SEED, KMEDIC_SIM_SEEDS, KMEDIC_SIM_FROM } = process.env;
const count = KMEDIC_SIM_SEED === undefined ? Number(KMEDIC_SIM_SEEDS ?? 40) : 1;
const first = Number(KMEDIC_SIM_SEED ?? KMEDIC_SIM_FROM ?? 1);
const HOURS = 6;

export function runShard(shard: number): void {
  const seeds = Array.from({ length: count }, (_, index) => first + index).filter((seed) => seed % SHARDS === shard);
  it.skipIf(seeds.length === 0)(
    `${seeds.length} seeds keep every promise`,
    () => {
      const failed: string[] = [];
      const totals = { acknowledged: 0, polled: 0, commits: 0, elections: 0, controllers: 0, unclean: 0 };
      for (const seed of seeds) {
        const result = simulate(seed);
        for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += result.stats[name];
        if (result.failure !== null) failed.push(report(result));
      }
      expect(
        failed.length,
        `${failed.length} of ${seeds.length} seeds failed\n\n${failed.slice(0, 5).join('\n\n')}`,
      ).toBe(0);
      // A simulation in which nothing happens would find nothing.
      if (seeds.length >= 10) {
        for (const [name, total] of Object.entries(totals)) expect(total, name).toBeGreaterThan(0);
        expect(totals.acknowledged).toBeGreaterThan(100 * seeds.length);
        expect(totals.elections).toBeGreaterThan(4 * seeds.length);
      }
    },
    HOURS * 3_600_000,
  );
}

function report({ options, failure, faults }: SimResult): string {
  return [
    `seed ${options.seed}: ${failure}`,
    describeOptions(options),
    `  what went wrong, by the last six digits of the virtual time: ${faults.join(', ')}`,
    `  again: ${replayCommand(options.seed)}`,
  ].join('\n');
}
