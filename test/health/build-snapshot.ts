import type { Commit, Group, Member, Partition, Problem, Snapshot, Topic } from '../../src/cluster/snapshot.ts';

/** Snapshots for tests, with everything that a test does not care about filled in. */

export const AT = '2026-11-20T14:15:00.000Z';
export const AT_MS = Date.parse(AT);

export function problem(name: string, scope = 'cluster'): Problem {
  return { scope, name, message: `${name} happened`, advice: null };
}

export function partition(id: number, end: number | null, rest: Partial<Partition> = {}): Partition {
  return {
    partition: id,
    leader: (id % 3) + 1,
    leaderEpoch: 0,
    replicas: [1, 2, 3],
    isr: [1, 2, 3],
    offlineReplicas: [],
    start: end === null ? null : 0,
    highWatermark: end,
    lastStableOffset: end,
    logEnd: end,
    maxTimestamp: null,
    problem: null,
    ...rest,
  };
}

export function topic(name: string, partitions: Partition[], rest: Partial<Topic> = {}): Topic {
  return { topic: name, topicId: null, internal: false, partitions, problem: null, ...rest };
}

export function commit(name: string, id: number, offset: number | null, rest: Partial<Commit> = {}): Commit {
  return {
    topic: name,
    partition: id,
    offset,
    leaderEpoch: null,
    metadata: '',
    timestampMs: null,
    problem: null,
    ...rest,
  };
}

export function member(clientId: string, assignment: Record<string, number[]>, rest: Partial<Member> = {}): Member {
  const assigned = Object.entries(assignment).map(([name, partitions]) => ({ topic: name, partitions }));
  return {
    memberId: `${clientId}-0001`,
    instanceId: null,
    clientId,
    host: '127.0.0.1',
    rack: null,
    memberEpoch: null,
    subscribedTopics: Object.keys(assignment),
    assignment: assigned,
    targetAssignment: null,
    problem: null,
    ...rest,
  };
}

export function group(name: string, rest: Partial<Group> = {}): Group {
  const members = rest.members ?? [];
  return {
    group: name,
    type: 'classic',
    protocolType: 'consumer',
    state: members.length > 0 ? 'Stable' : 'Empty',
    coordinator: 1,
    protocol: members.length > 0 ? 'range' : null,
    groupEpoch: null,
    assignmentEpoch: null,
    members,
    commits: [],
    problem: null,
    ...rest,
  };
}

export function snapshot(topics: Topic[], groups: Group[], rest: Partial<Snapshot> = {}): Snapshot {
  return {
    kind: 'snapshot',
    version: 1,
    at: AT,
    durationMs: 110,
    roundTrips: 5,
    requests: {},
    cluster: { id: '5L6g3nShT-eMCtK--X86sw', controller: 1 },
    brokers: [1, 2, 3].map((id) => ({ id, host: '127.0.0.1', port: 9091 + id, rack: null, problem: null })),
    topics,
    groups,
    problems: [],
    ...rest,
  };
}

/** The incident of the documentation: one stuck consumer, one group that lost records, a leaderless partition. */
export function incident(): Snapshot {
  const old = AT_MS - 62_000;
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  return snapshot(
    [
      topic('events', [partition(3, 39_414, { start: 11_004 }), partition(4, 0), partition(5, 9_001)]),
      topic('orders', [partition(0, 4_812), partition(1, 4_790), partition(2, 4_833)]),
      topic('prices', [
        partition(0, 100),
        partition(1, null, { leader: null, isr: [], problem: problem('LEADER_NOT_AVAILABLE', 'prices-1') }),
      ]),
      topic(
        'scans',
        range(2).map((id) => partition(id, 500)),
      ),
    ],
    [
      group('audit-sink', {
        coordinator: 2,
        commits: [commit('events', 3, 10_221), commit('events', 4, null), commit('events', 5, 9_001)],
      }),
      group('payments', {
        type: 'consumer',
        protocol: 'uniform',
        coordinator: 3,
        groupEpoch: 4,
        assignmentEpoch: 4,
        members: [
          member('pay-1', { orders: [0] }, { memberEpoch: 4 }),
          member('pay-2', { orders: [1] }, { memberEpoch: 4 }),
          member('pay-3', { orders: [2] }, { memberEpoch: 4 }),
        ],
        commits: [
          commit('orders', 0, 4_812),
          commit('orders', 1, 4_790),
          commit('orders', 2, 1_207, { timestampMs: old }),
        ],
      }),
      group('pricing', {
        coordinator: 2,
        members: [member('price-1', { prices: [0, 1] })],
        commits: [commit('prices', 0, 100), commit('prices', 1, 77)],
      }),
      group('scan-workers', {
        type: 'share',
        protocolType: null,
        protocol: null,
        members: [
          member('scan-1', { scans: [0, 1] }, { memberEpoch: 2 }),
          member('scan-2', { scans: [0, 1] }, { memberEpoch: 2 }),
        ],
        commits: [
          commit('scans', 0, 444, { timestampMs: AT_MS - 2_000 }),
          commit('scans', 1, 444, { timestampMs: AT_MS - 2_000 }),
        ],
      }),
    ],
  );
}
