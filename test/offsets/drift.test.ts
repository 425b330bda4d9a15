import { describe, expect, it } from 'vitest';
import { driftOf, isIdle, type Now, rebase } from '../../src/offsets/drift.ts';
import type { Entry } from '../../src/offsets/journal.ts';
import type { Committed, GroupPlan, Plan } from '../../src/offsets/plan.ts';
import { totalsOf } from '../../src/offsets/plan.ts';
import { resolve } from '../../src/offsets/resolve.ts';
import { undoChanges } from '../../src/offsets/undo.ts';

const at = (offset: number, metadata = '', leaderEpoch: number | null = null): Committed => ({
  offset,
  leaderEpoch,
  metadata,
});
const PRIOR = at(50, 'mine', 2);
const CHANGE = resolve(
  { kind: 'offset', offset: 20 },
  { topic: 'orders', partition: 0, topicId: 'one', prior: PRIOR, start: 10, end: 100, problem: null },
);
const GROUP: GroupPlan = {
  group: 'g',
  type: 'classic',
  state: 'Empty',
  exists: true,
  members: [],
  owner: null,
  changes: [CHANGE],
  deletesGroup: false,
  totals: totalsOf([CHANGE], null),
  notes: [],
  problem: null,
};
const PLAN: Plan = {
  kind: 'plan',
  version: 1,
  id: 'plan-1',
  at: '2026-11-20T14:00:00.000Z',
  by: { user: 'u', host: 'h' },
  cluster: { id: 'cluster-a' },
  action: 'reset',
  target: { text: '20', meaning: 'offset 20', notes: [] },
  undoes: null,
  groups: [GROUP],
  errors: [],
};

interface World {
  readonly commit?: Committed | null;
  readonly start?: number;
  readonly end?: number;
  readonly topicId?: string;
  readonly clusterId?: string;
  readonly state?: string | null;
  readonly exists?: boolean;
  readonly members?: number;
  readonly gone?: boolean;
  readonly subscribed?: boolean;
}

function now(world: World = {}): Now {
  const { commit = PRIOR, start = 10, end = 100, topicId = 'one', clusterId = 'cluster-a', members = 0 } = world;
  return {
    clusterId,
    group: {
      exists: world.exists ?? true,
      type: 'classic',
      state: world.state === undefined ? 'Empty' : world.state,
      members: Array.from({ length: members }, (_, i) => ({
        memberId: `m${i}`,
        clientId: `pay-${i}`,
        host: '10.0.0.1',
      })),
    },
    subscribed: () => world.subscribed ?? true,
    commit: () => commit,
    partition: () => ({
      topicId,
      start,
      end,
      problem: world.gone
        ? { scope: 'orders-0', name: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'gone', advice: null }
        : null,
    }),
  };
}

const kinds = (world: World): string[] => driftOf(PLAN, GROUP, now(world)).map(({ kind }) => kind);

describe('drift', () => {
  it('is empty where nothing has moved that matters', () => {
    expect(kinds({})).toEqual([]);
    expect(kinds({ end: 5_000 })).toEqual([]);
    expect(kinds({ start: 20 })).toEqual([]);
  });

  it.each<[string, World, string]>([
    ['another cluster', { clusterId: 'cluster-b' }, 'cluster'],
    ['a member', { members: 1, state: 'Stable' }, 'members'],
    ['a rebalance without members in sight', { state: 'PreparingRebalance' }, 'members'],
    ['another offset', { commit: at(51, 'mine', 2) }, 'commit'],
    ['other metadata', { commit: at(50, 'theirs', 2) }, 'commit'],
    ['another leader epoch', { commit: at(50, 'mine', 3) }, 'commit'],
    ['no commit any more', { commit: null }, 'commit'],
    ['the target was deleted', { start: 21 }, 'range'],
    ['the log was truncated', { end: 15 }, 'range'],
    ['a recreated topic', { topicId: 'two' }, 'topic'],
    ['a deleted topic', { gone: true }, 'partition'],
  ])('%s', (_name, world, kind) => {
    expect(kinds(world)).toEqual([kind]);
  });

  it('lets commits of topics that nobody in a live group reads be removed', () => {
    const removal = { ...PLAN, action: 'delete' as const };
    const found = (subscribed: boolean) => driftOf(removal, GROUP, now({ members: 1, state: 'Stable', subscribed }));
    expect(found(false)).toEqual([]);
    expect(found(true)[0]).toMatchObject({
      kind: 'members',
      message: expect.stringContaining('its members read orders'),
    });
  });

  it('names members and offsets', () => {
    expect(driftOf(PLAN, GROUP, now({ members: 7, state: 'Stable' }))[0]?.message).toBe(
      '7 members are in it (Stable): pay-0 10.0.0.1, pay-1 10.0.0.1, pay-2 10.0.0.1, pay-3 10.0.0.1, pay-4 10.0.0.1, and 2 more',
    );
    expect(driftOf(PLAN, GROUP, now({ commit: at(51) }))[0]?.message).toBe(
      'committed was 50 (epoch 2, metadata "mine"), it is 51 now',
    );
  });

  it('a group that is not there, Empty or Dead is idle', () => {
    const group = (world: World) => now(world).group;
    expect(isIdle(group({ exists: false, state: null }))).toBe(true);
    expect(isIdle(group({ state: 'Dead' }))).toBe(true);
    expect(isIdle(group({ state: 'Assigning' }))).toBe(false);
  });

  it('accepted, the plan is applied to the world as it is: priors of now, targets inside the log of now', () => {
    expect(rebase([CHANGE], now({ commit: at(51), start: 30 }))).toMatchObject([
      { prior: at(51), next: at(30), target: 30, clamped: 'start' },
    ]);
    expect(rebase([CHANGE], now({ commit: at(51) }))[0]?.next).toEqual(CHANGE.next);
  });
});

describe('undo', () => {
  const entry = (prior: Committed | null, next: Committed | null = at(20)): Entry => ({
    id: 'plan-1',
    group: 'g',
    intent: {
      kind: 'intent',
      version: 1,
      id: 'plan-1',
      group: 'g',
      at: PLAN.at,
      by: PLAN.by,
      cluster: PLAN.cluster,
      action: 'reset',
      target: { text: '20', meaning: 'offset 20' },
      undoes: null,
      existed: true,
      changes: [{ topic: 'orders', partition: 0, topicId: 'one', prior, next, start: 10, end: 100 }],
    },
    outcome: null,
  });

  it('restores offset, epoch and metadata', () => {
    const { changes, notes } = undoChanges(entry(PRIOR), now({ commit: at(20) }));
    expect(changes).toMatchObject([{ prior: at(20), next: PRIOR, target: 50, delta: 30 }]);
    expect(notes).toEqual(['that run was interrupted: only what it really changed is put back']);
  });

  it('restores the absence of a commit', () => {
    expect(undoChanges(entry(null), now({ commit: at(20) })).changes).toMatchObject([{ next: null, target: null }]);
  });

  it('leaves alone what was never changed', () => {
    expect(undoChanges(entry(PRIOR), now({ commit: PRIOR }))).toMatchObject({
      changes: [],
      notes: ['1 partition is as before already', expect.any(String)],
    });
  });

  it('is found to drift where somebody has committed since', () => {
    const { changes } = undoChanges(entry(PRIOR), now({ commit: at(33) }));
    expect(changes[0]?.reason).toContain('somebody has committed 33 since');
    const undo = { ...GROUP, changes };
    expect(driftOf({ ...PLAN, action: 'undo' }, undo, now({ commit: at(33) })).map(({ kind }) => kind)).toEqual([
      'commit',
    ]);
  });

  it('puts back what was out of range, but not what has fallen out of it since, and nothing negative', () => {
    expect(undoChanges(entry(at(500)), now({ commit: at(20) })).changes[0]?.next).toEqual(at(500));
    expect(undoChanges(entry(PRIOR), now({ commit: at(20), start: 70 })).changes[0]).toMatchObject({
      next: at(70),
      clamped: 'start',
    });
    expect(undoChanges(entry(at(-5)), now({ commit: at(20) })).changes[0]).toMatchObject({
      next: null,
      error: { name: 'NEGATIVE_OFFSET', message: expect.stringContaining('it was -5 before') as string },
    });
  });

  it('does not mistake a recreated topic for the old one', () => {
    expect(undoChanges(entry(PRIOR), now({ commit: at(20), topicId: 'two' })).changes[0]?.error?.name).toBe(
      'TOPIC_RECREATED',
    );
  });
});
