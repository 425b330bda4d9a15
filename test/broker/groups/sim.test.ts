import { expect, test } from 'vitest';
import { DescribeGroups } from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import fc, { runs } from '../../property.ts';
import { seededRandom } from '../virtual.ts';
import { GROUP } from './member.ts';
import { PARTITIONS, REBALANCE_MS, SESSION_MS, SimClient } from './sim-client.ts';
import { type AppendFate, World } from './world.ts';

const CHURN_MS = 60_000;
const TICK_MS = 100;
const FATES: readonly AppendFate[] = ['acked', 'held', 'timed-out', { error: ErrorCode.NOT_ENOUGH_REPLICAS }];

type Random = ReturnType<typeof seededRandom>;

/** What can happen to a group; where there are more numbers than entries, nothing does. */
const DISTURBANCES: readonly ((client: SimClient, world: World, random: Random) => void)[] = [
  (client) => client.crash(),
  (client) => client.leave(),
  (client) => client.revive(),
  (client) => client.revive(),
  (client, _, random) => client.resubscribe(random.below(2) === 0 ? ['orders'] : ['orders', 'payments']),
  (client) => client.commit(),
  (_, world, random) => {
    world.release();
    world.fate = FATES[random.below(FATES.length)] ?? 'acked';
  },
  (_, world, random) => {
    if (random.below(4) === 0) world.restart();
  },
];
const CHOICES = 80;

function disturb(world: World, clients: readonly SimClient[], random: Random): void {
  const client = clients[random.below(clients.length)];
  if (client !== undefined) DISTURBANCES[random.below(CHOICES)]?.(client, world, random);
}

function run(seed: number) {
  const random = seededRandom(seed);
  const world = new World({ seed, config: { 'group.initial.rebalance.delay.ms': String(random.below(3) * 1000) } });
  const clients = Array.from({ length: 1 + random.below(6) }, (_, index) => {
    return new SimClient(world, `client-${index}`, random.below(3) === 0);
  });
  const advance = (ms: number, disturbed: boolean) => {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      world.after(TICK_MS);
      if (disturbed) disturb(world, clients, random);
      for (const client of clients) client.tick();
    }
  };
  advance(CHURN_MS, true);
  world.release();
  for (const client of clients) if (!client.alive) client.revive();
  // Those who went silently are found out, then the last rebalance runs, then everybody hears of it.
  advance(SESSION_MS + 2 * REBALANCE_MS, false);
  const [group] = world.ask(DescribeGroups, 5, { groups: [GROUP] }).groups;
  return { world, clients, group };
}

test('whatever members do: one owner per partition and generation, and peace within the timeouts once they calm down', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 0x7fff_ffff }), (seed) => {
      const { clients, group } = run(seed);
      const owners = new Map<string, string>();
      for (const { who, generationId, partitions } of clients.flatMap(({ owned }) => owned)) {
        for (const partition of partitions) {
          const key = `${partition} in generation ${generationId}`;
          expect(owners.get(key) ?? who, key).toBe(who);
          owners.set(key, who);
        }
      }
      for (const { owned } of clients) {
        const generations = owned.map(({ generationId }) => generationId);
        expect(generations).toEqual(generations.toSorted((a, b) => a - b));
      }
      expect(group?.groupState).toBe('Stable');
      expect(new Set(clients.map(({ generationId }) => generationId)).size).toBe(1);
      expect(clients.every(({ isMember }) => isMember)).toBe(true);
      expect(group?.members).toHaveLength(clients.length);
      const last = clients.flatMap(({ owned }) => owned.at(-1)?.partitions ?? []);
      expect(last.toSorted()).toEqual(PARTITIONS);
    }),
    { numRuns: runs(100) },
  );
});

test('the same seed is the same history, to the byte', () => {
  const histories = [run(7), run(7)].map(({ world }) => JSON.stringify(world.records()));
  expect(histories[0]).toBe(histories[1]);
  expect(histories[0]).not.toBe(JSON.stringify(run(8).world.records()));
});
