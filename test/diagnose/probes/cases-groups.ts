import type { HistoryMember } from '../../../src/cluster/history.ts';
import type { Group, Partition, Snapshot } from '../../../src/cluster/snapshot.ts';
import { AT_MS, commit, member, partition, problem, snapshot, topic } from '../../health/build-snapshot.ts';
import {
  busy,
  commitSeries,
  END,
  ends,
  GROUP,
  generations,
  history,
  historyMember,
  orders,
  type Parts,
  payments,
} from './build-evidence.ts';
import type { Case, Cases } from './ending.ts';

const OLD = { timestampMs: AT_MS - 120_000 };
/** The group at work, with something different about its commits. */
export const committing = (offsetOf: (id: number, ago: number) => number | null, rest: Partial<Group> = {}): Parts => ({
  sample: (ago) =>
    snapshot(
      [orders(ago)],
      [payments(ago, { commits: [0, 1, 2].map((id) => commit('orders', id, offsetOf(id, ago), OLD)), ...rest })],
    ),
});
const logged = (rest: (id: number, ago: number) => Partial<Partition>, own: Partial<Group> = {}): Parts => ({
  sample: (ago) =>
    snapshot(
      [orders(ago, { partitions: [0, 1, 2].map((id) => partition(id, ends(ago), rest(id, ago))) })],
      [payments(ago, own)],
    ),
});
export const slow = (id: number, ago: number): number => 2_000 + id - ago * 5;
const EMPTY: Partial<Group> = { members: [], state: 'Empty', protocol: null };

/** Clients that go and come back: a generation each time, one client after the other. */
export function storm(
  stayMs: number,
  awayMs: number,
  rest: Partial<HistoryMember> = {},
  times = 4,
  restMs = 1_000,
): ReturnType<typeof generations> {
  const others = [2, 3].map((id) => historyMember(`pay-${id}`, '0001', rest));
  const list: [number, HistoryMember[]][] = [];
  let ago = (times * (stayMs + awayMs) + restMs) / 1_000;
  for (let life = 0; life < times; life++) {
    list.push([ago, [historyMember('pay-1', `life-${life}`, rest), ...others]]);
    ago -= stayMs / 1_000;
    if (awayMs > 0) list.push([ago, others]);
    ago -= awayMs / 1_000;
  }
  return generations(list);
}
export const POLL = { rebalanceTimeoutMs: 60_000, sessionTimeoutMs: 45_000 };
const stormy = { histories: [history({ generations: storm(62_000, 3_000, POLL) })] };
const silent = { histories: [history({ generations: storm(50_000, 5_000) })] };
const restarting = { histories: [history({ generations: storm(20_000, 0) })] };

const LAG: readonly Case[] = [
  { leaf: 'BEH-01', parts: logged((id) => (id === 1 ? { leader: null } : {})) },
  {
    leaf: 'BEH-02',
    parts: {
      sample: (ago) => {
        const { brokers, ...rest } = busy(ago);
        return {
          ...rest,
          brokers: brokers.map((each) => (each.id === 2 ? { ...each, problem: problem('TIMED_OUT') } : each)),
        };
      },
    },
  },
  {
    leaf: 'BEH-03',
    parts: {
      sample: (ago) =>
        snapshot(
          [orders(ago, { partitions: [0, 1, 2].map((id) => partition(id, END, { logEnd: END + 500 - ago })) })],
          [payments(0)],
        ),
    },
  },
  {
    leaf: 'BEH-04',
    parts: {
      sample: (ago) =>
        snapshot(
          [orders(ago, { partitions: [0, 1, 2].map((id) => partition(id, ends(ago), { lastStableOffset: 1_000 })) })],
          [payments(ago, { commits: [0, 1, 2].map((id) => commit('orders', id, 1_000, OLD)) })],
        ),
    },
  },
  {
    leaf: 'BEH-05',
    parts: {
      sample: (ago) => snapshot([orders(ago)], [payments(ago, { problem: problem('COORDINATOR_NOT_AVAILABLE') })]),
    },
  },
  { leaf: 'BEH-06', parts: committing(() => 100, EMPTY) },
  {
    leaf: 'BEH-07',
    parts: committing((id, ago) => (id === 2 ? 100 : ends(ago)), {
      members: [member('pay-1', { orders: [0] }), member('pay-2', { orders: [1] })],
    }),
  },
  { leaf: 'BEH-08', parts: { ...committing(slow), ...stormy } },
  { leaf: 'BEH-09', parts: committing((id, ago) => (id === 2 ? 1_207 : ends(ago))) },
  { leaf: 'BEH-10', parts: committing(() => 1_207) },
  { leaf: 'BEH-11', parts: committing((_id, ago) => ends(ago) - 100 - ago * 50) },
  {
    leaf: 'BEH-12',
    parts: {
      sample: hot,
      rest: {
        keySamples: [
          {
            topic: 'orders',
            partition: 0,
            from: 0,
            to: 999,
            records: 1_000,
            bytes: 10_000,
            withoutKey: 0,
            distinct: 20,
            keys: [{ key: 'DE', records: 900, bytes: 9_000 }],
            problem: null,
          },
        ],
      },
    },
  },
  { leaf: 'BEH-13', parts: { sample: hot } },
  { leaf: 'BEH-14', parts: committing((id, ago) => (id === 0 ? 2_000 - ago * 5 : ends(ago) - 1)) },
  {
    leaf: 'BEH-15',
    parts: committing(slow, {
      members: [0, 1, 2, 3, 4].map((id) =>
        member(`pay-${id}`, id > 2 ? {} : { orders: [id] }, { subscribedTopics: ['orders'] }),
      ),
    }),
  },
  { leaf: 'BEH-16', parts: committing(slow), answers: { 'consumer-cpu': 'full' } },
  { leaf: 'BEH-17', parts: committing(slow) },
  { leaf: 'BEH-18', parts: committing(slow), answers: { 'consumer-cpu': 'idle', 'waits-for': 'downstream' } },
  { leaf: 'BEH-19', parts: committing(slow), answers: { 'consumer-cpu': 'idle', 'waits-for': 'fetch' } },
  { leaf: 'BEH-20', parts: committing(slow), answers: { throttled: 'yes' } },
  { leaf: 'BEH-21', parts: {} },
  { leaf: 'BEH-22', parts: {}, answers: { arrives: 'no' } },
  { leaf: 'BEH-23', parts: logged(() => ({ start: 4_000 }), { commits: [commit('orders', 0, 100)] }) },
  { leaf: 'BEH-24', parts: committing((_id, ago) => 1_000 - ago, EMPTY) },
];

/** Partition 0 takes ten times what the others take, and is read as fast as they are. */
function hot(ago: number): Snapshot {
  const end = (id: number): number => 4_000 - ago * (id === 0 ? 600 : 60);
  return snapshot(
    [
      topic(
        'orders',
        [0, 1, 2].map((id) => partition(id, end(id))),
        { minIsr: 2 },
      ),
    ],
    [
      payments(ago, {
        commits: [0, 1, 2].map((id) => commit('orders', id, id === 0 ? 1_000 - ago * 60 : end(id), OLD)),
      }),
    ],
  );
}

const COMMITS: readonly Case[] = [
  {
    leaf: 'COM-01',
    parts: committing(() => END + 1_000, EMPTY),
  },
  {
    leaf: 'COM-02',
    parts: {
      sample: (ago) =>
        snapshot(
          [
            orders(0, {
              partitions: [0, 1, 2].map((id) => partition(id, ago === 0 ? 900 : 1_000, { leaderEpoch: 4 })),
            }),
          ],
          [payments(0, { ...EMPTY, commits: [commit('orders', 0, 1_000, { leaderEpoch: 3 })] })],
        ),
    },
  },
  { leaf: 'COM-03', parts: logged(() => ({ start: 4_000 }), { commits: [commit('orders', 0, 100)] }) },
  { leaf: 'COM-05', parts: committing(() => -1) },
  {
    leaf: 'COM-06',
    parts: {
      sample: () =>
        snapshot(
          [topic('orders', [], { problem: problem('UNKNOWN_TOPIC_OR_PARTITION', 'topic orders') })],
          [payments(0, { ...EMPTY, commits: [commit('orders', 0, 10)] })],
        ),
    },
  },
  {
    leaf: 'COM-08',
    parts: logged((_id, ago) => ({ start: 3_000 - ago }), {
      commits: [0, 1, 2].map((id) => commit('orders', id, 3_010, OLD)),
    }),
  },
  { leaf: 'COM-09', parts: committing((_id, ago) => 1_000 - ago, EMPTY) },
  { leaf: 'COM-10', parts: {} },
  { leaf: 'COM-11', parts: committing((_id, ago) => 1_000 - ago, { ...EMPTY, type: 'simple', protocolType: '' }) },
  { leaf: 'COM-12', parts: committing((id, ago) => (id === 2 ? null : ends(ago))) },
  {
    leaf: 'COM-13',
    parts: {
      ...committing((id, ago) => (id === 2 ? null : ends(ago))),
      histories: [history({ commits: [commitSeries(2, { rest: { removedAtMs: AT_MS - 1_000 } })] })],
    },
  },
];

const REBALANCE: readonly Case[] = [
  { leaf: 'REB-01', parts: stormy },
  { leaf: 'REB-03', parts: stormy, answers: { 'batch-time': 'outliers' } },
  { leaf: 'REB-05', parts: stormy, answers: { 'batch-time': 'never' } },
  { leaf: 'REB-02', parts: silent, answers: { 'why-silent': 'not-while-processing' } },
  { leaf: 'REB-04', parts: silent, answers: { 'why-silent': 'gc' } },
  { leaf: 'REB-15', parts: silent, answers: { 'why-silent': 'network' } },
  {
    leaf: 'REB-06',
    parts: {
      ...restarting,
      sample: (ago) => snapshot([orders(ago)], [payments(ago, { protocol: 'cooperative-sticky' })]),
    },
  },
  { leaf: 'REB-08', parts: restarting },
  {
    leaf: 'REB-07',
    parts: {
      histories: [
        history({
          generations: generations(
            Array.from({ length: 8 }, (_, at) => [
              300 - at * 40,
              [historyMember(`pod-${at}`, 'a'), historyMember('pay-1', 'a')],
            ]),
          ),
        }),
      ],
    },
  },
  {
    leaf: 'REB-14',
    parts: {
      histories: [
        history({
          generations: generations(
            Array.from({ length: 6 }, (_, at) => [240 - at * 40, [historyMember('pay-1', 'a')]]),
          ),
        }),
      ],
    },
  },
  {
    leaf: 'REB-11',
    parts: { count: 7, sample: (ago) => snapshot([orders(ago)], [payments(ago, { state: 'PreparingRebalance' })]) },
  },
  {
    leaf: 'REB-10',
    parts: {
      count: 7,
      sample: (ago) =>
        snapshot(
          [orders(ago)],
          [
            payments(ago, {
              state: 'PreparingRebalance',
              members: Array.from({ length: 250 }, (_, id) => member(`m-${id}`, {})),
            }),
          ],
        ),
    },
  },
  {
    leaf: 'REB-12',
    parts: {
      histories: [history()],
      client: { 'group.id': 'payments', 'session.timeout.ms': '3000', 'heartbeat.interval.ms': '1000' },
    },
  },
  {
    leaf: 'REB-13',
    parts: { histories: [history()], client: { 'session.timeout.ms': '10000', 'heartbeat.interval.ms': '5000' } },
  },
  { leaf: 'REB-21', parts: { histories: [history({ generations: storm(62_000, 3_000, POLL, 4, 200_000) })] } },
  {
    leaf: 'REB-20',
    parts: { histories: [history()], client: { 'session.timeout.ms': '45000', 'heartbeat.interval.ms': '3000' } },
  },
];

const idleCommits = { commits: [0, 1, 2].map((id) => commitSeries(id, { endedMs: 300_000, step: 0 })) };
const DUPLICATES: readonly Case[] = [
  {
    leaf: 'DUP-01',
    parts: { histories: [history({ commits: [commitSeries(0, { rest: { rewinds: 3, largestRewind: 50 } })] })] },
  },
  {
    leaf: 'DUP-02',
    parts: {
      sample: (ago) => snapshot([orders(ago)], [payments(ago, EMPTY)]),
      histories: [history({ commits: [commitSeries(0, { rest: { rewinds: 1, largestRewind: 50 } })] })],
    },
  },
  {
    leaf: 'DUP-03',
    parts: { ...committing(() => 1_000), histories: [history({ ...idleCommits, generations: storm(20_000, 0) })] },
  },
  { leaf: 'DUP-04', parts: stormy },
  { leaf: 'DUP-05', parts: { histories: [history()], client: { acks: '1' } }, answers: { producer: 'yes' } },
  {
    leaf: 'DUP-06',
    parts: { histories: [history()], client: { acks: 'all', 'enable.idempotence': 'true' } },
    answers: { producer: 'yes' },
  },
  { leaf: 'DUP-07', parts: { histories: [history()] } },
  { leaf: 'DUP-08', parts: { histories: [history()] }, answers: { producer: 'no', 'two-groups': 'yes' } },
];

const AUTO = { 'group.id': 'payments', 'enable.auto.commit': 'true' };
const MANUAL = { ...AUTO, 'enable.auto.commit': 'false' };
const KEPT = { 'auto-commit': 'off', 'when-committed': 'after', swallowed: 'kept' };
const LOSS: readonly Case[] = [
  { leaf: 'LOS-01', parts: { client: AUTO }, answers: { processing: 'async' } },
  { leaf: 'LOS-02', parts: {} },
  { leaf: 'LOS-02', parts: { client: MANUAL } },
  { leaf: 'LOS-03', parts: logged(() => ({ start: 4_000 }), { commits: [commit('orders', 0, 100)] }) },
  {
    leaf: 'LOS-05',
    parts: {
      sample: (ago) =>
        snapshot(
          [orders(0, { partitions: [partition(0, ago === 0 ? 900 : 1_000)] })],
          [payments(0, { commits: [commit('orders', 0, 800)] })],
        ),
    },
  },
  { leaf: 'LOS-06', parts: { client: { acks: '1' } }, answers: KEPT },
  { leaf: 'LOS-07', parts: { client: MANUAL }, answers: { 'when-committed': 'before' } },
  { leaf: 'LOS-08', parts: { client: AUTO }, answers: { processing: 'sync', swallowed: 'forgotten' } },
  { leaf: 'LOS-09', parts: {}, answers: { ...KEPT, producer: 'all' } },
];

const PLAN = { plan: 'members' };
const SIZING: readonly Case[] = [
  {
    leaf: 'SIZ-01',
    parts: {
      sample: (ago) =>
        snapshot(
          [orders(ago)],
          [payments(ago, { members: [0, 1, 2, 3].map((id) => member(`p-${id}`, id > 2 ? {} : { orders: [id] })) })],
        ),
    },
  },
  { leaf: 'SIZ-02', parts: {} },
  ...(
    [
      ['SIZ-03', PLAN.plan],
      ['SIZ-04', 'new-topic'],
      ['SIZ-05', 'more-partitions'],
      ['SIZ-06', 'batch'],
    ] as const
  ).map(([leaf, plan]) => ({
    leaf,
    parts: {
      sample: (ago: number) =>
        snapshot([orders(ago)], [payments(ago, { members: [member('p-1', { orders: [0, 1, 2] })] })]),
    },
    answers: { plan },
  })),
];

const REGIONS: readonly Case[] = [
  { leaf: 'RGN-01', parts: {}, answers: { mode: 'active' } },
  { leaf: 'RGN-02', parts: {}, answers: { mode: 'passive', copies: 'linked' } },
  { leaf: 'RGN-03', parts: {}, answers: { mode: 'passive', copies: 'no' } },
  { leaf: 'RGN-04', parts: {}, answers: { mode: 'passive', copies: 'copied' } },
  { leaf: 'RGN-05', parts: {}, answers: { mode: 'passive', copies: 'copied', tolerates: 'skipped' } },
];

export const GROUP_CASES: readonly Cases[] = [
  { tree: 'lag', subject: GROUP, cases: LAG },
  { tree: 'commits', subject: GROUP, cases: COMMITS },
  { tree: 'rebalance', subject: GROUP, cases: REBALANCE },
  { tree: 'duplicates', subject: GROUP, cases: DUPLICATES },
  { tree: 'loss', subject: GROUP, cases: LOSS },
  { tree: 'sizing', subject: GROUP, cases: SIZING },
  { tree: 'regions', subject: GROUP, cases: REGIONS },
];
