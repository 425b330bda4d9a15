import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { translate } from '../../src/offsets/translate.ts';
import { applyNow, BY, commit, commitsNow, produce, startWorld, type World } from './world.ts';

const T0 = Date.UTC(2026, 10, 20, 14);
const times = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => T0 + (from + i) * 1000);

describe('translate', () => {
  let here: World;
  let there: World;

  beforeAll(async () => {
    const topics = [
      { name: 'orders', partitions: 4 },
      { name: 'only-here', partitions: 1 },
    ];
    here = await startWorld(topics);
    there = await startWorld([{ name: 'orders', partitions: 3 }]);
    for (const partition of [0, 1, 2, 3]) await produce(here.client, 'orders', partition, times(0, 100));
    await produce(here.client, 'only-here', 0, times(0, 5));
    // Partition 0: everything, behind ten records that are only there. The names of records count within a batch, so the
    // same batch is the same records.
    await produce(there.client, 'orders', 0, times(-10, 0));
    await produce(there.client, 'orders', 0, times(0, 100));
    // Partition 1: the copy lags, and what it has of that time are other records.
    await produce(there.client, 'orders', 1, times(30, 60));
    // Partition 2: nothing was copied.
    await commit(here.client, 'g', [
      { topic: 'orders', partition: 0, offset: 42, leaderEpoch: null, metadata: '' },
      { topic: 'orders', partition: 1, offset: 42, leaderEpoch: null, metadata: '' },
      { topic: 'orders', partition: 2, offset: 42, leaderEpoch: null, metadata: '' },
      { topic: 'orders', partition: 3, offset: 42, leaderEpoch: null, metadata: '' },
      { topic: 'only-here', partition: 0, offset: 5, leaderEpoch: null, metadata: '' },
    ]);
  });
  afterAll(async () => {
    await here.close();
    await there.close();
  });

  it('finds the same records, and reports every gap', async () => {
    const { plan, verified, gaps } = await translate(here.client, there.client, {
      group: 'g',
      as: 'g-there',
      scope: 'committed',
      by: BY,
    });
    expect({ verified, gaps }).toEqual({ verified: 1, gaps: 4 });
    expect(plan.cluster.id).toBe(there.cluster.clusterId);
    expect(
      plan.groups[0]?.changes.map(({ topic, partition, target, reason, error }) => [
        `${topic}-${partition}`,
        target,
        reason?.slice(0, 24) ?? error?.name,
      ]),
    ).toEqual([
      ['only-here-0', null, 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['orders-0', 52, 'the same record as 42 (2'],
      ['orders-1', 12, 'GAP: record 42 (2026-11-'],
      ['orders-2', 0, 'GAP: record 42 (2026-11-'],
      ['orders-3', null, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ]);
    const applied = await applyNow(there, plan, { partial: true });
    expect(applied.groups[0]?.result).toBe('partial');
    expect((await commitsNow(there.client, 'g-there'))['orders-0']?.offset).toBe(52);
    expect(await commitsNow(here.client, 'g-there')).toEqual({});
  });

  it('recognises a group that has read everything by the last record that it read', async () => {
    await commit(here.client, 'done', [
      { topic: 'orders', partition: 0, offset: 100, leaderEpoch: null, metadata: '' },
    ]);
    const request = { group: 'done', as: 'done', scope: 'committed', by: BY } as const;
    const { plan, verified } = await translate(here.client, there.client, request);
    expect(verified).toBe(1);
    expect(plan.groups[0]?.changes[0]).toMatchObject({ target: 110, reason: expect.stringContaining('and one on') });
  });
});
