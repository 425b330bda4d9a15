import { describe, expect, it } from 'vitest';
import { acceptIsr, changePartition, type ElectionRules } from '../../../src/broker/controller/election.ts';
import { mergePartition } from '../../../src/broker/metadata/replay.ts';
import { partition } from './scene.ts';

const rules = (alive: readonly number[], fields: Partial<ElectionRules> = {}): ElectionRules => ({
  isActive: (broker) => alive.includes(broker),
  elrEnabled: true,
  minInsyncReplicas: 2,
  unclean: false,
  ...fields,
});

describe('elections, in Kafka order', () => {
  it.each([
    ['the current leader stays', partition({ leader: 2 }), [2, 3], rules([1, 2, 3]), 2, [2, 3]],
    ['then the first of the assignment in the ISR', partition(), [3, 2], rules([2, 3]), 2, [3, 2]],
    ['a member that is not alive is passed over', partition(), [2, 3], rules([3]), 3, [2, 3]],
    ['from the ELR only where the ISR is empty', partition({ isr: [], elr: [3], leader: -1 }), [], rules([3]), 3, [3]],
    ['nobody outside of ISR and ELR', partition({ isr: [2], leader: -1 }), [2], rules([1, 3]), -1, [2]],
    [
      'the last known leader, where nobody is eligible',
      partition({ isr: [], lastKnownElr: [2], leader: -1 }),
      [],
      rules([2, 3]),
      2,
      [2],
    ],
    ['not somebody else in its place', partition({ isr: [], lastKnownElr: [2], leader: -1 }), [], rules([3]), -1, []],
    [
      'anyone alive, where unclean elections are allowed',
      partition({ isr: [2], leader: -1 }),
      [2],
      rules([3], { unclean: true }),
      3,
      [3],
    ],
    [
      'preferred, when asked for',
      partition({ leader: 3 }),
      [1, 2, 3],
      rules([1, 2, 3], { preferred: true }),
      1,
      [1, 2, 3],
    ],
    [
      'not preferred outside of the ISR',
      partition({ leader: 3, isr: [2, 3] }),
      [2, 3],
      rules([1, 2, 3], { preferred: true }),
      3,
      [2, 3],
    ],
  ])('%s', (_name, before, isr, given, leader, expectedIsr) => {
    const after = mergePartition(before, changePartition(before, isr, given) ?? {});
    expect(after.leader).toBe(leader);
    expect(after.isr).toEqual(expectedIsr);
    expect(after.leaderEpoch - before.leaderEpoch).toBe(leader === before.leader ? 0 : 1);
  });

  it('elections that may lose records are marked as recovering until the leader changes its ISR', () => {
    const before = partition({ isr: [], lastKnownElr: [2], leader: -1 });
    const change = changePartition(before, [], rules([2]));
    expect(change).toMatchObject({ leader: 2, isr: [2], lastKnownElr: [], leaderRecoveryState: 1 });
    const after = mergePartition(before, change ?? {});
    expect(acceptIsr(after, [2, 3], rules([2, 3]))).toMatchObject({ isr: [2, 3], leaderRecoveryState: 0 });
  });

  it('nothing to change is null, so that no record is written', () => {
    expect(changePartition(partition(), [1, 2, 3], rules([1, 2, 3]))).toBeNull();
  });
});

describe('eligible leader replicas', () => {
  it('members that leave below min.insync.replicas stay eligible; above it nobody needs to be', () => {
    expect(changePartition(partition(), [1, 2], rules([1, 2]))).toEqual({ isr: [1, 2] });
    const below = changePartition(partition({ isr: [1, 2] }), [1], rules([1]));
    expect(below).toEqual({ isr: [1], eligibleLeaderReplicas: [2] });
  });

  it('the story of verified.md: 4, 3, 2 stop, 3 comes back and leads', () => {
    let state = partition({ replicas: [2, 3, 4], isr: [2, 3, 4], leader: 2 });
    const step = (isr: readonly number[], alive: readonly number[]) => {
      state = mergePartition(state, changePartition(state, isr, rules(alive)) ?? {});
    };
    step([2, 3], [2, 3]);
    expect(state).toMatchObject({ isr: [2, 3], elr: [] });
    step([2], [2]);
    expect(state).toMatchObject({ isr: [2], elr: [3], leader: 2 });
    step([], []);
    expect(state).toMatchObject({ isr: [], lastKnownElr: [2], leader: -1 });
    expect([...state.elr].sort()).toEqual([2, 3]);
    step([], [3]);
    expect(state).toMatchObject({ isr: [3], elr: [2], leader: 3, leaderRecoveryState: 0 });
    step([3, 2], [2, 3]);
    expect(state).toMatchObject({ isr: [3, 2], elr: [] });
  });

  it('a broker that came back without a clean shutdown is not eligible any more', () => {
    const before = partition({ isr: [], elr: [2, 3], leader: -1 });
    expect(changePartition(before, [], rules([], { uncleanShutdown: 3 }))).toEqual({ eligibleLeaderReplicas: [2] });
  });

  it('without ELR the last member of the ISR stays listed', () => {
    const before = partition({ isr: [2], leader: 2 });
    expect(changePartition(before, [], rules([], { elrEnabled: false }))).toEqual({ leader: -1 });
  });

  it('min.insync.replicas beyond the replication factor counts as the replication factor', () => {
    const before = partition({ replicas: [1, 2], isr: [1, 2] });
    expect(changePartition(before, [1], rules([1], { minInsyncReplicas: 3 }))).toEqual({
      isr: [1],
      eligibleLeaderReplicas: [2],
    });
  });
});
