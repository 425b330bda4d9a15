import type { OpenTransaction, Recording } from '../../../src/cluster/recording.ts';
import type { LogDirPartition } from '../../../src/diagnose/model.ts';
import { AT_MS, commit, group, partition, snapshot, topic } from '../../health/build-snapshot.ts';
import { at, CLUSTER, commitSeries, history, ORDERS, orders, type Parts } from './build-evidence.ts';
import type { Case, Cases } from './ending.ts';

const OFFSETS = '__consumer_offsets';
const COMPACTED = { 'cleanup.policy': 'compact', 'segment.bytes': '104857600' };
const CLEANER = { 'log.cleaner.enable': 'true' };
export const offsets = (parts: Parts = {}): Parts => ({
  topicConfigs: { [OFFSETS]: COMPACTED },
  brokerConfigs: CLEANER,
  histories: [history()],
  ...parts,
});

export const open = (rest: Partial<OpenTransaction> = {}): OpenTransaction => ({
  topic: 'orders',
  partition: 1,
  producerId: 4_711,
  producerEpoch: 0,
  startOffset: 100,
  lastAtMs: AT_MS - 120_000,
  transactionalId: null,
  coordinator: null,
  state: null,
  startedAtMs: null,
  timeoutMs: null,
  ...rest,
});
export const transactions = (list: readonly OpenTransaction[], coordinatorsAsked = true): Partial<Recording> => ({
  transactions: { open: [...list], asked: [], coordinatorsAsked },
});
const KNOWN = { transactionalId: 'transfers-1', timeoutMs: 60_000, startedAtMs: AT_MS - 90_000, state: 'Ongoing' };

const OFFSETS_TOPIC: readonly Case[] = [
  { leaf: 'OFF-01', parts: offsets({ topicConfigs: { [OFFSETS]: { 'cleanup.policy': 'delete' } } }) },
  { leaf: 'OFF-02', parts: offsets({ brokerConfigs: { 'log.cleaner.enable': 'false' } }) },
  {
    leaf: 'OFF-03',
    parts: offsets({ histories: [history({ commits: [commitSeries(0, { everyMs: 5, rest: { commits: 4_000 } })] })] }),
  },
  { leaf: 'OFF-04', parts: offsets({ rest: transactions([open({ topic: OFFSETS })]) }) },
  { leaf: 'OFF-05', parts: offsets({ topicConfigs: { [OFFSETS]: { ...COMPACTED, 'segment.bytes': '1073741824' } } }) },
  {
    leaf: 'OFF-06',
    parts: offsets({
      sample: (ago) =>
        snapshot(
          [orders(ago)],
          Array.from({ length: 120 }, (_, id) => group(`console-${id}`, { commits: [commit('orders', 0, 1)] })),
        ),
    }),
  },
  { leaf: 'OFF-07', parts: offsets() },
];

const TRANSACTIONS: readonly Case[] = [
  { leaf: 'TXN-01', parts: { rest: transactions([open()]) } },
  { leaf: 'TXN-02', parts: { rest: transactions([open(KNOWN)]) } },
  { leaf: 'TXN-03', parts: { rest: transactions([open({ ...KNOWN, startedAtMs: AT_MS - 5_000 })]) } },
  { leaf: 'TXN-03', parts: {} },
];

const SETTINGS = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.5',
  'min.compaction.lag.ms': '0',
  'segment.bytes': '1000000',
  'segment.ms': '604800000',
};
const compacted = (settings: Record<string, string> = {}, parts: Parts = {}, bytes = 5_000_000): Parts => ({
  sample: () =>
    snapshot(
      [
        topic('orders', [partition(0, 9_000, { replicaLogs: [{ broker: 1, bytes, lag: 0, future: false }] })], {
          minIsr: 2,
        }),
      ],
      [],
    ),
  topicConfigs: { orders: { ...SETTINGS, ...settings } },
  brokerConfigs: CLEANER,
  ...parts,
});
const files = (dirty: number, clean: number): Parts => ({
  logDir: {
    path: '/d',
    at: at(0),
    problems: [],
    partitions: [
      {
        topic: 'orders',
        partition: 0,
        directory: '/d/orders-0',
        segments: 5,
        bytes: dirty + clean,
        activeSegmentBytes: 10,
        activeSegmentAgeMs: 10,
        oldestRecordMs: null,
        newestRecordMs: null,
        cleanBytes: clean,
        dirtyBytes: dirty,
        cleanerCheckpoint: 10,
      } satisfies LogDirPartition,
    ],
  },
});
const DELETED: Parts = { topicConfigs: { orders: { 'cleanup.policy': 'delete' } } };

const COMPACTION: readonly Case[] = [
  { leaf: 'CMP-01', parts: DELETED },
  { leaf: 'CMP-02', parts: DELETED, answers: { content: 'states' } },
  { leaf: 'CMP-03', parts: DELETED, answers: { content: 'little' } },
  { leaf: 'CMP-04', parts: compacted({}, { brokerConfigs: { 'log.cleaner.enable': 'false' } }) },
  { leaf: 'CMP-05', parts: compacted({}, { rest: transactions([open()]) }) },
  { leaf: 'CMP-06', parts: compacted({ 'segment.bytes': '1073741824' }) },
  { leaf: 'CMP-07', parts: compacted({ 'min.cleanable.dirty.ratio': '1.0' }) },
  { leaf: 'CMP-08', parts: compacted({ 'min.compaction.lag.ms': '604800000' }) },
  { leaf: 'CMP-09', parts: compacted({}, files(950, 50)) },
  { leaf: 'CMP-13', parts: DELETED, start: 'damage', answers: { damage: 'one' } },
  { leaf: 'CMP-14', parts: DELETED, start: 'damage', answers: { damage: 'every' } },
  { leaf: 'CMP-15', parts: DELETED, start: 'damage', answers: { damage: 'gaps' } },
  { leaf: 'CMP-11', parts: compacted({}, files(400, 600)) },
  { leaf: 'CMP-12', parts: compacted() },
];

const replicated = (
  replicas: readonly number[],
  rest: Parameters<typeof topic>[2],
  racks: readonly (string | null)[] = [],
): Parts => ({
  sample: () =>
    snapshot(
      [
        topic(
          'orders',
          [partition(0, 10, { leader: replicas[0] ?? null, replicas: [...replicas], isr: [...replicas] })],
          rest,
        ),
      ],
      [],
      {
        brokers: [1, 2, 3, 4].map((id) => ({ id, host: 'h', port: 9092, rack: racks[id - 1] ?? null, problem: null })),
      },
    ),
});
const SAFE = { minIsr: 2, uncleanElection: false };
const THREE = [1, 2, 3];
const DURABILITY: readonly Case[] = [
  { leaf: 'DUR-01', parts: replicated([1], SAFE), answers: { 'content-one': 'critical' } },
  { leaf: 'DUR-02', parts: replicated([1], SAFE), answers: { 'content-one': 'tolerable' } },
  { leaf: 'DUR-10', parts: replicated([1], SAFE), answers: { 'content-one': 'trial' } },
  { leaf: 'DUR-03', parts: replicated([1, 2], SAFE), answers: { 'content-two': 'critical' } },
  { leaf: 'DUR-09', parts: replicated([1, 2], SAFE), answers: { 'content-two': 'tolerable' } },
  { leaf: 'DUR-04', parts: replicated(THREE, { ...SAFE, minIsr: 1 }), answers: { 'content-min': 'critical' } },
  { leaf: 'DUR-05', parts: replicated(THREE, { ...SAFE, minIsr: 3 }) },
  { leaf: 'DUR-06', parts: replicated(THREE, { ...SAFE, uncleanElection: true }) },
  { leaf: 'DUR-07', parts: replicated(THREE, SAFE, ['a', 'a', 'a', 'b']) },
  { leaf: 'DUR-08', parts: { ...replicated(THREE, SAFE), client: { acks: '1' } } },
  { leaf: 'DUR-11', parts: replicated(THREE, SAFE, ['a', 'b', 'c', 'c']) },
];

export const quick: Parts = {
  sample: (ago) => {
    const { brokers, ...rest } = snapshot([orders(ago)], []);
    return { ...rest, brokers: brokers.map((each) => ({ ...each, answerMs: 2 })) };
  },
};
const file = (client: Record<string, string>): Parts => ({ ...quick, client });
export const goal = (name: string): Record<string, string> => ({ throttled: 'no', complaint: 'nothing', goal: name });
const ALL = { acks: 'all', 'enable.idempotence': 'true', retries: '2147483647' };
const PRODUCER: readonly Case[] = [
  {
    leaf: 'PRO-01',
    parts: { sample: () => snapshot([topic('orders', [partition(0, 10, { isr: [1] })], { minIsr: 2 })], []) },
  },
  {
    leaf: 'PRO-02',
    parts: {
      sample: () => snapshot([topic('orders', [partition(0, 10, { leader: null, isr: [] })], { minIsr: 2 })], []),
    },
  },
  {
    leaf: 'PRO-03',
    parts: {
      sample: (ago) => {
        const { brokers, ...rest } = snapshot([orders(ago)], []);
        return { ...rest, brokers: brokers.map((each) => ({ ...each, answerMs: each.id === 2 ? 1_300 : 2 })) };
      },
    },
  },
  { leaf: 'PRO-04', parts: quick, answers: { throttled: 'yes' } },
  { leaf: 'PRO-05', parts: quick, answers: { complaint: 'blocks' } },
  { leaf: 'PRO-06', parts: quick, answers: { complaint: 'timeouts' } },
  {
    leaf: 'PRO-07',
    parts: file({ 'delivery.timeout.ms': '5000', 'request.timeout.ms': '2000' }),
    answers: { complaint: 'timeouts' },
  },
  { leaf: 'PRO-08', parts: file({ acks: '1' }), answers: goal('critical') },
  { leaf: 'PRO-09', parts: file({ ...ALL, 'enable.idempotence': 'false' }), answers: goal('critical') },
  { leaf: 'PRO-10', parts: file({ ...ALL, retries: '3' }), answers: goal('critical') },
  { leaf: 'PRO-11', parts: file(ALL), answers: goal('critical') },
  { leaf: 'PRO-12', parts: file({ 'linger.ms': '0' }), answers: goal('throughput') },
  {
    leaf: 'PRO-13',
    parts: file({ 'linger.ms': '50', 'batch.size': '131072', 'compression.type': 'lz4' }),
    answers: goal('throughput'),
  },
  { leaf: 'PRO-14', parts: quick, answers: goal('trial') },
  {
    leaf: 'PRO-15',
    parts: file({ acks: '1', 'max.in.flight.requests.per.connection': '5' }),
    answers: goal('ordered'),
  },
  { leaf: 'PRO-16', parts: file(ALL), answers: goal('ordered') },
  { leaf: 'PRO-17', parts: quick, answers: { complaint: 'retries' } },
];

export const CLUSTER_CASES: readonly Cases[] = [
  { tree: 'offsets-topic', subject: CLUSTER, cases: OFFSETS_TOPIC },
  { tree: 'transactions', subject: CLUSTER, cases: TRANSACTIONS },
  { tree: 'compaction', subject: ORDERS, cases: COMPACTION },
  { tree: 'durability', subject: ORDERS, cases: DURABILITY },
  { tree: 'producer', subject: CLUSTER, cases: PRODUCER },
];
