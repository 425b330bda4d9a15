import type { GroupHistory, HistoryMember } from '../../src/cluster/history.ts';
import { type Recording, recordingOf } from '../../src/cluster/recording.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';
import { AT_MS, commit, group, member, partition, snapshot, topic } from './build-snapshot.ts';

/** Recordings for tests, from hand-made snapshots. */
export function recording(samples: readonly Snapshot[], rest: Partial<Recording> = {}): Recording {
  const [first] = samples;
  if (first === undefined) throw new Error('a recording has a sample');
  return { ...recordingOf(first), samples: [...samples], ...rest };
}

/** A sample of `payments`, which stands still on orders-1 while records keep coming, taken so many seconds before the end. */
export function stalled(secondsBefore: number): Snapshot {
  const written = 5_000 - 60 * secondsBefore;
  return snapshot(
    [topic('orders', [partition(0, written), partition(1, written)], { topicId: 'orders-id', minIsr: 2 })],
    [
      group('payments', {
        members: [member('pay-1', { orders: [0] }), member('pay-2', { orders: [1] })],
        commits: [commit('orders', 0, written), commit('orders', 1, 900, { timestampMs: AT_MS - 90_000 })],
      }),
    ],
    { at: new Date(AT_MS - secondsBefore * 1_000).toISOString(), fenced: [], quorum: null },
  );
}

export function historyMember(clientId: string): HistoryMember {
  return {
    memberId: `${clientId}-0001`,
    instanceId: null,
    clientId,
    host: '10.0.0.7',
    rebalanceTimeoutMs: 300_000,
    sessionTimeoutMs: 45_000,
    partitions: 1,
  };
}

export function history(name: string, rest: Partial<GroupHistory> = {}): GroupHistory {
  return {
    group: name,
    partition: 3,
    fromMs: AT_MS - 600_000,
    toMs: AT_MS,
    complete: true,
    records: 10,
    bytes: 1_000,
    generations: [],
    generationsSeen: rest.generations?.length ?? 0,
    commits: [],
    removedAtMs: null,
    problem: null,
    ...rest,
  };
}
