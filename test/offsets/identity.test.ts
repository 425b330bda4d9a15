import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from '../../src/cluster/observe.ts';
import { applyExit } from '../../src/offsets/apply-document.ts';
import { entriesOf } from '../../src/offsets/journal.ts';
import { makeUndo } from '../../src/offsets/make-undo.ts';
import fc, { runs } from '../property.ts';
import { applyNow, BY, commit, commitsNow, planTo, produce, startWorld, type World } from './world.ts';

const RECORDS = 40;
const T0 = Date.UTC(2026, 10, 20, 14);

describe('plan, apply, undo', () => {
  let world: World;
  let tried = 0;

  beforeAll(async () => {
    world = await startWorld([
      { name: 'full', partitions: 3 },
      { name: 'empty', partitions: 1 },
    ]);
    for (const partition of [0, 1, 2]) {
      await produce(
        world.client,
        'full',
        partition,
        Array.from({ length: RECORDS }, (_, i) => T0 + i * 1000),
      );
    }
    // Something else for `group:` to copy.
    await commit(
      world.client,
      'other',
      [0, 1, 2].map((partition) => ({
        topic: 'full',
        partition,
        offset: 7 + partition,
        leaderEpoch: 0,
        metadata: 'o',
      })),
    );
  });
  afterAll(() => world.close());

  const commitOf = fc.option(
    fc.record({
      offset: fc.integer({ min: 0, max: RECORDS + 20 }),
      leaderEpoch: fc.constantFrom(null, 0),
      metadata: fc.constantFrom('', 'mine', 'é'),
    }),
    { nil: null },
  );
  const target = fc.oneof(
    fc.constantFrom(
      'start',
      'end',
      'committed',
      'group:other',
      '@2026-11-20T14:00:20Z',
      '@2030-01-01Z',
      '@1990-01-01Z',
    ),
    fc.nat(2 * RECORDS).map((n) => `start+${n}`),
    fc.nat(2 * RECORDS).map((n) => `end-${n}`),
    fc.nat(2 * RECORDS).map(String),
    fc.integer({ min: -RECORDS, max: RECORDS }).map((n) => (n < 0 ? String(n) : `+${n}`)),
  );
  const scope = fc.constantFrom('committed' as const, [
    { topic: 'full', partitions: null },
    { topic: 'empty', partitions: null },
  ]);

  it('is the identity on commits; a plan is applied once; what is committed lies in the log', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(commitOf, commitOf, commitOf, commitOf), target, scope, async (commits, to, over) => {
        tried += 1;
        const group = `g${tried}`;
        const places = [0, 1, 2]
          .map((partition) => ({ topic: 'full', partition }))
          .concat([{ topic: 'empty', partition: 0 }]);
        const stored = places.flatMap((place, i) => {
          const each = commits[i] ?? null;
          return each === null ? [] : [{ ...place, ...each }];
        });
        if (stored.length > 0) await commit(world.client, group, stored);
        const before = await commitsNow(world.client, group);

        const plan = await planTo(world.client, [group], to, { scope: over });
        expect(await commitsNow(world.client, group)).toEqual(before);
        const applied = await applyNow(world, plan, { partial: true, sampleMs: 0 });
        const result = applied.groups[0]?.result;
        if (result === 'nothing') return;
        expect(['applied', 'partial']).toContain(result);

        const after = await commitsNow(world.client, group);
        const { topics } = await observe(world.client, { groups: 'none', topics: 'all', want: { offsets: true } });
        for (const { topic, partition, result: each } of applied.groups[0]?.partitions ?? []) {
          if (each !== 'applied') continue;
          const facts = topics.find((found) => found.topic === topic)?.partitions[partition];
          const offset = after[`${topic}-${partition}`]?.offset ?? Number.NaN;
          expect(offset).toBeGreaterThanOrEqual(facts?.start ?? Number.NaN);
          expect(offset).toBeLessThanOrEqual(facts?.highWatermark ?? Number.NaN);
        }

        const again = await applyNow(world, plan, { partial: true, sampleMs: 0 });
        expect(applyExit(again)).toBe(4);
        expect(await commitsNow(world.client, group)).toEqual(after);

        const undo = await makeUndo(world.client, entriesOf(world.journal.read(), plan.id, null), BY);
        const undone = await applyNow(world, undo, { sampleMs: 0 });
        expect(['applied', 'nothing']).toContain(undone.groups[0]?.result);
        expect(await commitsNow(world.client, group)).toEqual(before);
      }),
      { numRuns: runs(60), endOnFailure: true },
    );
    expect(tried).toBeGreaterThanOrEqual(60);
  }, 60_000);
});
