import type { Random } from '../../src/broker/env.ts';
import type { SimWorld } from './world.ts';

/* Whom a fault befalls. */

/** Whether one node more may be of no use. */
export function mayFall(world: SimWorld): boolean {
  const down = world.hosts.filter(({ runtime, leaving, diskFailed }) => runtime === null || leaving || diskFailed);
  return down.length < world.options.maxDown;
}

export function anyRunning(world: SimWorld, random: Random): number | undefined {
  const running = world.running;
  return running[random.below(Math.max(1, running.length))]?.id;
}

export function anyNode(world: SimWorld, random: Random): number {
  return 1 + random.below(world.hosts.length);
}

/** Two nodes that differ, where there are two. */
export function pair(world: SimWorld, random: Random): readonly [number, number] {
  const count = world.hosts.length;
  const from = random.below(count);
  const to = count === 1 ? 0 : (from + 1 + random.below(count - 1)) % count;
  return [from + 1, to + 1];
}
