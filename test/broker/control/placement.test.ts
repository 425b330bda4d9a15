import { describe, expect, it } from 'vitest';
import { placeReplicas } from '../../../src/broker/controller/placement.ts';
import { seededRandom } from '../virtual.ts';

const broker = (id: number, rack: string | null = null, fenced = false) => ({ id, rack, fenced });

function place(brokers: Parameters<typeof placeReplicas>[0], count: number, factor: number, seed = 1): number[][] {
  const replicas = placeReplicas(brokers, count, factor, seededRandom(seed));
  if ('unplaceable' in replicas) throw new Error(replicas.unplaceable);
  return replicas;
}

function counts(values: readonly number[]): number[] {
  const found = new Map<number, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return [...found.values()].sort();
}

describe('placement of replicas', () => {
  it.each([1, 2, 3, 4, 5])('is even over leaders and replicas, whatever the chance (seed %i)', (seed) => {
    const replicas = place([broker(1), broker(2), broker(3)], 12, 2, seed);
    expect(counts(replicas.map((list) => list[0] ?? -1))).toEqual([4, 4, 4]);
    expect(counts(replicas.flat())).toEqual([8, 8, 8]);
    for (const list of replicas) expect(new Set(list).size).toBe(2);
  });

  it('the same chance gives the same places', () => {
    const brokers = [broker(1), broker(2), broker(3)];
    expect(place(brokers, 6, 3, 7)).toEqual(place(brokers, 6, 3, 7));
  });

  it('no rack holds two copies while another holds none', () => {
    const brokers = [broker(1, 'a'), broker(2, 'a'), broker(3, 'b'), broker(4, 'b'), broker(5, 'c'), broker(6, 'c')];
    const rack = new Map(brokers.map(({ id, rack: name }) => [id, name]));
    for (const list of place(brokers, 24, 3)) expect(new Set(list.map((id) => rack.get(id))).size).toBe(3);
    for (const list of place(brokers, 24, 4)) expect(new Set(list.map((id) => rack.get(id))).size).toBe(3);
  });

  it('fenced brokers follow, but never lead', () => {
    const replicas = place([broker(1), broker(2), broker(3, null, true)], 6, 3);
    for (const list of replicas) expect(list[2]).toBe(3);
  });

  it('says why it cannot be done', () => {
    const random = seededRandom(1);
    expect(placeReplicas([broker(1, null, true)], 1, 1, random)).toEqual({
      unplaceable: 'All brokers are currently fenced.',
    });
    expect(placeReplicas([broker(1), broker(2)], 1, 3, random)).toEqual({
      unplaceable: 'The target replication factor of 3 cannot be reached because only 2 broker(s) are registered.',
    });
  });
});
