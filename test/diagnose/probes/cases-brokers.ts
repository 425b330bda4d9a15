import type { Partition, Snapshot } from '../../../src/cluster/snapshot.ts';
import { group, partition, problem, snapshot, topic } from '../../health/build-snapshot.ts';
import { at, broker, CLUSTER, orders, type Parts, payments } from './build-evidence.ts';
import type { Cases } from './ending.ts';

const SINGLE = (rest: Partial<Partition> = {}) =>
  topic('orders', [partition(0, 100, { replicas: [1, 2, 3], leader: 1, ...rest })], { minIsr: 2 });
const ALIVE = [1, 2, 3].map((id) => ({ id, host: '127.0.0.1', port: 9091 + id, rack: null, problem: null }));
const without = (...gone: number[]) => ALIVE.filter(({ id }) => !gone.includes(id));
/** Broker 3 follows everywhere, and is in no ISR that it does not lead. */
const behind = (): Snapshot =>
  snapshot(
    [
      topic(
        'orders',
        [0, 1, 2].map((id) =>
          partition(id, 100, { leader: (id % 2) + 1, isr: [1, 2], replicaEnds: [{ broker: 3, logEnd: 40 }] }),
        ),
        { minIsr: 2 },
      ),
    ],
    [],
  );
const just = (...topics: Parameters<typeof snapshot>[0]): Parts => ({ sample: () => snapshot(topics, []) });
const cluster = (rest: Partial<Snapshot>, ...topics: Parameters<typeof snapshot>[0]): Parts => ({
  sample: () => snapshot(topics, [], rest),
});

const CASES: readonly (readonly [leaf: string, parts: Parts, answers?: Record<string, string>])[] = [
  ['REP-01', cluster({ brokers: without(1, 2) }, SINGLE({ leader: null, isr: [2] }))],
  [
    'REP-02',
    {
      sample: () =>
        snapshot(
          [
            topic('__consumer_offsets', [partition(0, null, { leader: null, replicas: [2], isr: [2] })], {
              internal: true,
            }),
          ],
          [group('payments', { state: null, problem: problem('COORDINATOR_NOT_AVAILABLE', 'group payments') })],
          { brokers: without(2) },
        ),
    },
  ],
  ['REP-03', cluster({ brokers: without(2) }, SINGLE({ leader: null, replicas: [2], isr: [2] }))],
  ['REP-04', cluster({ brokers: without(2, 3) }, SINGLE({ leader: null, replicas: [2, 3], isr: [3] }))],
  [
    'REP-05',
    cluster(
      { brokers: ALIVE.map((each) => (each.id === 2 ? { ...each, problem: problem('TIMED_OUT', 'broker 2') } : each)) },
      orders(0),
    ),
  ],
  ['REP-06', cluster({ brokers: without(3) }, SINGLE({ isr: [1, 2] }))],
  ['REP-07', cluster({ brokers: without(2, 3) }, SINGLE({ isr: [1] }))],
  ['REP-08', { sample: behind }],
  ['REP-09', just(SINGLE({ isr: [1] }))],
  [
    'REP-10',
    cluster(
      {
        brokers: ALIVE.map((each) =>
          each.id === 3
            ? {
                ...each,
                logDirs: [
                  { path: '/d', error: 'KAFKA_STORAGE_ERROR', replicaBytes: 0, totalBytes: null, usableBytes: null },
                ],
              }
            : each,
        ),
      },
      SINGLE({ isr: [1, 2] }),
    ),
  ],
  [
    'REP-11',
    just(
      topic(
        'orders',
        [
          partition(0, 100, { leader: 1, replicas: [1, 2, 3], isr: [1, 2] }),
          partition(1, 100, { leader: 1, replicas: [1, 2, 3], isr: [1, 3] }),
          ...[2, 3, 4, 5, 6].map((id) => partition(id, 100, { leader: (id % 2) + 2 })),
        ],
        { minIsr: 1 },
      ),
    ),
  ],
  [
    'REP-12',
    just(
      topic(
        'orders',
        [
          partition(0, 100, { leader: 1, isr: [1, 2] }),
          partition(1, 100, { leader: 2, isr: [2, 3] }),
          ...Array.from({ length: 12 }, (_, id) => partition(id + 2, 100)),
        ],
        { minIsr: 1 },
      ),
    ),
  ],
  [
    'REP-13',
    { ...just(SINGLE({ isr: [1, 2] })), topicConfigs: { orders: { 'leader.replication.throttled.replicas': '*' } } },
  ],
  ['REP-14', { sample: behind }, { 'follower-host': 'disk' }],
  ['REP-15', { sample: behind }, { 'follower-host': 'network' }],
  ['REP-16', { sample: behind }, { 'follower-host': 'cpu' }],
  ['REP-18', { sample: (ago) => snapshot([SINGLE({ isr: ago === 1 ? [1, 2] : [1, 2, 3] })], []) }],
  ['REP-19', just(SINGLE({ reassignment: { replicas: [1, 2, 3], adding: [3], removing: [] }, isr: [1, 2] }))],
  ['REP-20', just(SINGLE({ leader: 2 }))],
  ['REP-21', { sample: (ago) => snapshot([orders(ago)], [payments(ago)]) }],
  ['REP-22', just(topic('orders', [partition(0, 100, { replicas: [1], isr: [1], leader: 1 })], { minIsr: 1 }))],
];

const room = (usable: number | null, error: string | null = null): Partial<Snapshot> => ({
  brokers: ALIVE.map((each) => ({
    ...each,
    logDirs: [
      {
        path: '/d',
        error: each.id === 2 ? error : null,
        replicaBytes: 10,
        totalBytes: usable === null ? null : 1000,
        usableBytes: each.id === 2 ? usable : usable === null ? null : 800,
      },
    ],
  })),
});
const sized = (name: string, bytes: readonly number[]) =>
  topic(
    name,
    [
      partition(0, 100, {
        replicaLogs: bytes.map((size, index) => ({ broker: index + 1, bytes: size, lag: 0, future: false })),
      }),
    ],
    { minIsr: 2 },
  );
const low = (...topics: Parameters<typeof snapshot>[0]): Parts => cluster(room(60), ...topics);
const DELETE = { 'cleanup.policy': 'delete', 'retention.ms': '3600000', 'retention.bytes': '-1' };

const DISK: readonly (readonly [leaf: string, parts: Parts])[] = [
  ['DSK-01', cluster(room(2))],
  [
    'DSK-01',
    {
      sample: (ago) => snapshot([orders(0)], [], room(ago === 0 ? null : 1, ago === 0 ? 'KAFKA_STORAGE_ERROR' : null)),
    },
  ],
  ['DSK-02', cluster(room(null, 'KAFKA_STORAGE_ERROR'))],
  [
    'DSK-10',
    {
      sample: (ago) =>
        snapshot([orders(0)], [], room(ago === 0 ? null : 700, ago === 0 ? 'KAFKA_STORAGE_ERROR' : null)),
    },
  ],
  ['DSK-03', low(sized('__consumer_offsets', [9e6, 9e6, 9e6]), sized('orders', [1e6, 1e6, 1e6]))],
  ['DSK-04', { ...low(sized('users', [9e6, 9e6, 9e6])), topicConfigs: { users: { 'cleanup.policy': 'compact' } } }],
  [
    'DSK-05',
    {
      ...low(sized('orders', [9e6, 9e6, 9e6])),
      topicConfigs: { orders: DELETE },
      logDir: {
        path: '/d',
        at: at(0),
        problems: [],
        partitions: [
          {
            topic: 'orders',
            partition: 0,
            directory: '/d/orders-0',
            segments: 1,
            bytes: 9e6,
            activeSegmentBytes: 9e6,
            activeSegmentAgeMs: 9e7,
            oldestRecordMs: Date.parse(at(0)) - 9e7,
            newestRecordMs: null,
            cleanBytes: null,
            dirtyBytes: null,
            cleanerCheckpoint: null,
          },
        ],
      },
    },
  ],
  [
    'DSK-06',
    { ...low(sized('orders', [9e6, 9e6, 9e6])), topicConfigs: { orders: { ...DELETE, 'retention.ms': '-1' } } },
  ],
  ['DSK-07', { ...low(sized('orders', [9e6, 9e6, 9e6])), topicConfigs: { orders: DELETE } }],
  ['DSK-08', { ...low(sized('orders', [1e6, 9e6, 1e6])), topicConfigs: { orders: DELETE } }],
  ['DSK-09', cluster(room(800))],
];

const times = (...ms: (number | null)[]): Parts => ({
  sample: (ago) =>
    snapshot([orders(ago)], [], { brokers: ALIVE.map((each, index) => ({ ...each, answerMs: ms[index] ?? null })) }),
});
const SPEED: readonly (readonly [leaf: string, parts: Parts, answers?: Record<string, string>])[] = [
  ['BRK-01', times(2, 1_200, 3)],
  ['BRK-02', times(2, 1_200, 3), { 'why-slow': 'threads' }],
  ['BRK-03', times(2, 1_200, 3), { 'why-slow': 'disk' }],
  ['BRK-04', times(2, 1_200, 3), { 'why-slow': 'cpu' }],
  ['BRK-05', times(900, 1_200, 800)],
  ['BRK-05', times(2, 40, 3)],
];

export const BROKER_CASES: readonly Cases[] = [
  { tree: 'isr', subject: CLUSTER, cases: CASES.map(toCase) },
  { tree: 'disk', subject: broker(2), cases: DISK.map(toCase) },
  { tree: 'broker', subject: broker(2), cases: SPEED.map(toCase) },
];

function toCase([leaf, parts, answers]: readonly [string, Parts, Record<string, string>?]): Cases['cases'][number] {
  return { leaf, parts, ...(answers === undefined ? {} : { answers }) };
}

/** One partition, short of so many in-sync replicas that writes fail; what the minimum is, nobody could read. */
export const UNREADABLE_MINIMUM: Parts = cluster({}, { ...SINGLE({ isr: [1] }), minIsr: null });
export const NOBODY_TIMED: Parts = times(null, null, null);
