import { afterAll, beforeAll, expect, it } from 'vitest';
import { entriesOf } from '../../src/offsets/journal.ts';
import { makeUndo } from '../../src/offsets/make-undo.ts';
import { applyNow, BY, commitsNow, planTo, startWorld, type World } from './world.ts';

const TOPICS = Array.from({ length: 10 }, (_, i) => ({ name: `t${i}`, partitions: 1_000 }));

let world: World;
beforeAll(async () => {
  world = await startWorld(TOPICS);
}, 60_000);
afterAll(() => world.close());

it('10,000 partitions are committed and read back in at most 3 sequential round trips', async () => {
  const scope = TOPICS.map(({ name }) => ({ topic: name, partitions: null }));
  const plan = await planTo(world.client, ['big'], 'start', { scope });
  expect(plan.groups[0]?.totals).toMatchObject({ partitions: 10_000, unresolved: 0 });
  const document = await applyNow(world, plan);
  expect(document.groups[0]).toMatchObject({ result: 'applied' });
  expect(document.roundTrips).toBeLessThanOrEqual(3);
  expect(document.roundTrips).toBeGreaterThanOrEqual(2);
  expect(Object.keys(await commitsNow(world.client, 'big'))).toHaveLength(10_000);
  const undo = await makeUndo(world.client, entriesOf(world.journal.read(), plan.id, null), BY);
  const undone = await applyNow(world, undo);
  expect(undone.groups[0]).toMatchObject({ result: 'applied' });
  expect(undone.roundTrips).toBeLessThanOrEqual(3);
  expect(await commitsNow(world.client, 'big')).toEqual({});
}, 60_000);
