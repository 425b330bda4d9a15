import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyExit } from '../../src/offsets/apply-document.ts';
import { entriesOf } from '../../src/offsets/journal.ts';
import { makeUndo } from '../../src/offsets/make-undo.ts';
import { applyNow, BY, commit, commitsNow, planTo, produce, startWorld, type World } from './world.ts';

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 10, 20, 14);

describe('plan, apply, undo on the bundled broker', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld([
      { name: 'orders', partitions: 3 },
      { name: 'empty', partitions: 1 },
    ]);
    for (const partition of [0, 1, 2]) {
      await produce(
        world.client,
        'orders',
        partition,
        Array.from({ length: 100 }, (_, i) => T0 + i * 60_000),
      );
    }
  });
  afterAll(() => world.close());

  it('shows what a target means, with times, and touches nothing', async () => {
    await commit(world.client, 'pay', [
      { topic: 'orders', partition: 0, offset: 80, leaderEpoch: 0, metadata: 'm' },
      { topic: 'orders', partition: 1, offset: 10, leaderEpoch: null, metadata: '' },
      { topic: 'empty', partition: 0, offset: 0, leaderEpoch: null, metadata: '' },
    ]);
    const before = await commitsNow(world.client, 'pay');
    const plan = await planTo(world.client, ['pay'], `@${new Date(T0 + HOUR / 2).toISOString()}`);
    expect(await commitsNow(world.client, 'pay')).toEqual(before);
    expect(
      plan.groups[0]?.changes.map(({ topic, partition, committed, committedAt, target, targetAt, delta, reason }) => [
        `${topic}-${partition}`,
        committed,
        committedAt,
        target,
        targetAt,
        delta,
        reason,
      ]),
    ).toEqual([
      ['empty-0', 0, null, 0, null, 0, 'the partition is empty'],
      ['orders-0', 80, '2026-11-20T15:20:00.000Z', 30, '2026-11-20T14:30:00.000Z', -50, null],
      [
        'orders-1',
        10,
        '2026-11-20T14:10:00.000Z',
        30,
        '2026-11-20T14:30:00.000Z',
        20,
        'skips records that nobody has read',
      ],
    ]);
    expect(plan.groups[0]?.totals).toMatchObject({ replayed: 50, skipped: 20, moved: 2, unchanged: 1, unresolved: 0 });
    expect(plan.groups[0]).toMatchObject({ state: 'Empty', exists: true, members: [], problem: null });
  });

  it('applies once, journals with mode 0600, and undo restores offset, epoch, metadata and absence', async () => {
    await commit(world.client, 'undo-me', [
      { topic: 'orders', partition: 0, offset: 80, leaderEpoch: 0, metadata: 'state of mine' },
    ]);
    const before = await commitsNow(world.client, 'undo-me');
    const plan = await planTo(world.client, ['undo-me'], 'start+5', { scope: [{ topic: 'orders', partitions: null }] });
    const applied = await applyNow(world, plan);
    expect(applied.groups.map(({ result, reason }) => [result, reason])).toEqual([['applied', null]]);
    expect(applyExit(applied)).toBe(0);
    expect(await commitsNow(world.client, 'undo-me')).toEqual({
      'orders-0': { offset: 5, leaderEpoch: null, metadata: '' },
      'orders-1': { offset: 5, leaderEpoch: null, metadata: '' },
      'orders-2': { offset: 5, leaderEpoch: null, metadata: '' },
    });
    expect(statSync(world.journal.path).mode & 0o777).toBe(0o600);

    const again = await applyNow(world, plan);
    expect(again.groups[0]?.result).toBe('refused');
    expect(new Set(again.groups[0]?.drift.map(({ kind }) => kind))).toEqual(new Set(['commit', 'applied']));
    expect(applyExit(again)).toBe(4);

    const undo = await makeUndo(world.client, entriesOf(world.journal.read(), plan.id, null), BY);
    expect(undo.groups[0]?.changes.map(({ target }) => target)).toEqual([80, null, null]);
    expect((await applyNow(world, undo)).groups[0]?.result).toBe('applied');
    expect(await commitsNow(world.client, 'undo-me')).toEqual(before);
  });

  it('refuses when a commit has moved since, names it, and can be told that it does not matter', async () => {
    await commit(world.client, 'moved', [
      { topic: 'orders', partition: 0, offset: 80, leaderEpoch: null, metadata: '' },
      { topic: 'orders', partition: 1, offset: 80, leaderEpoch: null, metadata: '' },
    ]);
    const plan = await planTo(world.client, ['moved'], 'start');
    await commit(world.client, 'moved', [
      { topic: 'orders', partition: 1, offset: 81, leaderEpoch: null, metadata: '' },
    ]);
    const refused = await applyNow(world, plan);
    expect(refused.groups[0]).toMatchObject({
      result: 'refused',
      drift: [{ kind: 'commit', topic: 'orders', partition: 1, message: 'committed was 80, it is 81 now' }],
    });
    expect((await applyNow(world, plan, { acceptDrift: new Set(['commit']) })).groups[0]?.result).toBe('applied');
    const [entry] = entriesOf(world.journal.read(), plan.id, null);
    expect(entry?.intent.changes.map(({ prior }) => prior?.offset)).toEqual([80, 81]);
  });

  it('finds a consumer that commits to an empty group', async () => {
    await commit(world.client, 'hidden', [
      { topic: 'orders', partition: 0, offset: 50, leaderEpoch: null, metadata: '' },
    ]);
    const plan = await planTo(world.client, ['hidden'], 'start');
    let at = 50;
    const refused = await applyNow(world, plan, {
      sampleMs: 200,
      sleep: async () => {
        at += 1;
        await commit(world.client, 'hidden', [
          { topic: 'orders', partition: 0, offset: at, leaderEpoch: null, metadata: '' },
        ]);
      },
    });
    expect(refused.groups[0]).toMatchObject({ result: 'refused' });
    expect(refused.groups[0]?.reason).toMatch(
      /somebody still commits to this empty group: orders-0 went from 50 to 51/,
    );
    expect((await commitsNow(world.client, 'hidden'))['orders-0']?.offset).toBe(at);
  });

  it('says when somebody overwrites what was set, while holding', async () => {
    await commit(world.client, 'held', [
      { topic: 'orders', partition: 0, offset: 50, leaderEpoch: null, metadata: '' },
    ]);
    const plan = await planTo(world.client, ['held'], 'start');
    let sleeps = 0;
    const document = await applyNow(world, plan, {
      holdMs: 50,
      sampleMs: 0,
      sleep: async (ms) => {
        sleeps += 1;
        if (sleeps === 1) {
          await commit(world.client, 'held', [
            { topic: 'orders', partition: 0, offset: 77, leaderEpoch: null, metadata: '' },
          ]);
        }
        await new Promise((resolve) => setTimeout(resolve, ms));
      },
    });
    expect(document.groups[0]).toMatchObject({
      result: 'partial',
      partitions: [{ topic: 'orders', partition: 0, result: 'overwritten', now: { offset: 77 } }],
    });
    expect(applyExit(document)).toBe(5);
  });

  it('gives one result per group, and creates a group that was never seen', async () => {
    await commit(world.client, 'bulk-1', [
      { topic: 'orders', partition: 0, offset: 50, leaderEpoch: null, metadata: '' },
    ]);
    const plan = await planTo(world.client, ['bulk-1', 'bulk-new'], 'end-1', {
      scope: [{ topic: 'orders', partitions: [0] }],
    });
    expect(plan.groups.map(({ group, exists, state }) => [group, exists, state])).toEqual([
      ['bulk-1', true, 'Empty'],
      ['bulk-new', false, null],
    ]);
    const document = await applyNow(world, plan);
    expect(document.groups.map(({ group, result }) => [group, result])).toEqual([
      ['bulk-1', 'applied'],
      ['bulk-new', 'applied'],
    ]);
    expect(await commitsNow(world.client, 'bulk-new')).toEqual({
      'orders-0': { offset: 99, leaderEpoch: null, metadata: '' },
    });
  });

  it('refuses a plan with partitions that cannot be resolved, or leaves them out when told to', async () => {
    await commit(world.client, 'half', [
      { topic: 'orders', partition: 0, offset: 50, leaderEpoch: null, metadata: '' },
    ]);
    const scope = [
      { topic: 'orders', partitions: [0, 9] },
      { topic: 'nowhere', partitions: null },
    ];
    const plan = await planTo(world.client, ['half'], 'start', { scope });
    expect(
      plan.groups[0]?.changes.map(({ topic, partition, error }) => [topic, partition, error?.name ?? null]),
    ).toEqual([
      ['nowhere', 0, 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['orders', 0, null],
      ['orders', 9, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ]);
    expect(applyExit(await applyNow(world, plan))).toBe(4);
    const partly = await applyNow(world, plan, { partial: true });
    expect(partly.groups[0]?.result).toBe('partial');
    expect(applyExit(partly)).toBe(5);
    expect((await commitsNow(world.client, 'half'))['orders-0']?.offset).toBe(0);
  });
});
