import { statSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from '../../src/cluster/observe.ts';
import { applyExit } from '../../src/offsets/apply-document.ts';
import { entriesOf } from '../../src/offsets/journal.ts';
import { makeUndo } from '../../src/offsets/make-undo.ts';
import { readPlan } from '../../src/offsets/plan.ts';
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

  describe('undo of what created the group', () => {
    const existing = async (group: string): Promise<boolean> => {
      await world.client.metadata([]);
      const { groups } = await observe(world.client, { groups: { names: [group] }, want: {} });
      return groups[0]?.problem?.name !== 'GROUP_ID_NOT_FOUND';
    };
    const create = async (group: string): Promise<string> => {
      expect(await existing(group)).toBe(false);
      const plan = await planTo(world.client, [group], 'start', { scope: [{ topic: 'orders', partitions: null }] });
      expect(plan.groups[0]?.deletesGroup).toBe(false);
      expect(applyExit(await applyNow(world, plan))).toBe(0);
      expect(await existing(group)).toBe(true);
      return plan.id;
    };
    const undoOf = (id: string) => makeUndo(world.client, entriesOf(world.journal.read(), id, null), BY);

    it('restores its absence, and says so beforehand', async () => {
      const undo = await undoOf(await create('fresh'));
      expect(undo.groups[0]).toMatchObject({
        deletesGroup: true,
        notes: ['the group did not exist before: it is deleted when its commits are removed'],
      });
      const { groups } = await applyNow(world, readPlan(JSON.stringify(undo), 'undo'));
      expect(groups[0]).toMatchObject({ result: 'applied', groupDeleted: true });
      expect(await existing('fresh')).toBe(false);
      expect(world.journal.read().entries.at(-1)?.outcome?.groupDeleted).toBe(true);
      // To do it again, undo the undo: that creates the group as the apply had.
      const again = await applyNow(world, await undoOf(undo.id));
      expect(again.groups[0]).toMatchObject({ result: 'applied', groupDeleted: null });
      expect(Object.keys(await commitsNow(world.client, 'fresh'))).toHaveLength(3);
    });

    it('leaves it where something else is committed by then, before the undo is planned or after', async () => {
      const id = await create('shared');
      const early = await undoOf(id);
      await commit(world.client, 'shared', [
        { topic: 'empty', partition: 0, offset: 0, leaderEpoch: null, metadata: '' },
      ]);
      const late = await undoOf(id);
      expect(late.groups[0]).toMatchObject({
        deletesGroup: false,
        notes: ['the group did not exist before; it remains, for empty-0 is committed too'],
      });
      const { groups } = await applyNow(world, early);
      expect(groups[0]).toMatchObject({ result: 'applied', groupDeleted: false });
      expect(groups[0]?.notes[0]).toContain('it remains, without what was set: somebody has committed empty-0 since');
      expect(Object.keys(await commitsNow(world.client, 'shared'))).toEqual(['empty-0']);
    });

    it('leaves a group that was there without a commit', async () => {
      const consumer = new Kafka({ brokers: [world.bootstrap], logLevel: logLevel.NOTHING }).consumer({
        groupId: 'idle',
      });
      await consumer.connect();
      await consumer.subscribe({ topic: 'empty' });
      const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
      await consumer.run({ eachMessage: async () => undefined });
      await joined;
      await consumer.disconnect();
      const plan = await planTo(world.client, ['idle'], 'start', { scope: [{ topic: 'orders', partitions: null }] });
      expect(applyExit(await applyNow(world, plan))).toBe(0);
      const { groups } = await applyNow(world, await undoOf(plan.id));
      expect(groups[0]).toMatchObject({ result: 'applied', groupDeleted: null });
      expect([await existing('idle'), await commitsNow(world.client, 'idle')]).toEqual([true, {}]);
    });
  });

  it('does not call it restored where a negative offset was stored: that partition is refused, and said', async () => {
    const stored = [
      { topic: 'orders', partition: 0, offset: -7, leaderEpoch: null, metadata: 'odd' },
      { topic: 'orders', partition: 1, offset: 40, leaderEpoch: null, metadata: '' },
    ];
    await commit(world.client, 'negative', stored);
    const plan = await planTo(world.client, ['negative'], 'start');
    expect(applyExit(await applyNow(world, plan))).toBe(0);
    const after = await commitsNow(world.client, 'negative');
    const undo = await makeUndo(world.client, entriesOf(world.journal.read(), plan.id, null), BY);
    const [broken, whole] = undo.groups[0]?.changes ?? [];
    expect(broken).toMatchObject({ next: null, error: { name: 'NEGATIVE_OFFSET' } });
    expect(broken?.error?.message).toContain('it was -7 before');
    expect(whole).toMatchObject({ target: 40, error: null });
    expect(applyExit(await applyNow(world, undo))).toBe(4);
    expect(await commitsNow(world.client, 'negative')).toEqual(after);
    expect(applyExit(await applyNow(world, undo, { partial: true }))).toBe(5);
    expect(await commitsNow(world.client, 'negative')).toEqual({
      'orders-0': after['orders-0'],
      'orders-1': { offset: 40, leaderEpoch: null, metadata: '' },
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
