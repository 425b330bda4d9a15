import { describe, expect, it } from 'vitest';
import { diagnoseAll } from '../../../src/diagnose/diagnose.ts';
import { AT_MS, commit, group, member, partition, snapshot, topic } from '../../health/build-snapshot.ts';
import {
  busy,
  commitSeries,
  ends,
  evidence,
  generations,
  history,
  historyMember,
  idle,
  orders,
  type Parts,
  payments,
} from './build-evidence.ts';
import { KNOWLEDGE } from './ending.ts';

const CONFIGS = {
  topicConfigs: {
    __consumer_offsets: { 'cleanup.policy': 'compact', 'segment.bytes': '104857600' },
    orders: { 'cleanup.policy': 'delete', 'retention.ms': '604800000' },
  },
  brokerConfigs: { 'log.cleaner.enable': 'true' },
};

function found(parts: Parts): string[] {
  return diagnoseAll(KNOWLEDGE, evidence({ ...CONFIGS, ...parts })).verdicts.map(({ ending }) => ending.leaf);
}

describe('a healthy cluster', () => {
  it('at work: nothing is found', () => {
    expect(found({ histories: [history()] })).toEqual([]);
    expect(found({ sample: busy, count: 1 })).toEqual([]);
    expect(found({ sample: busy, count: 6 })).toEqual([]);
  });

  it('at rest: nothing is found', () => {
    expect(found({ sample: idle })).toEqual([]);
    expect(
      found({ sample: idle, histories: [history({ commits: [commitSeries(0, { endedMs: 3_600_000 })] })] }),
    ).toEqual([]);
    expect(found({ sample: () => snapshot([], []) })).toEqual([]);
  });

  it('at work, commits a few seconds behind: nothing is found', () => {
    const sample = (ago: number) =>
      snapshot(
        [orders(ago)],
        [
          payments(ago, {
            commits: [0, 1, 2].map((id) => commit('orders', id, ends(ago) - 40, { timestampMs: AT_MS - 4_000 })),
          }),
        ],
      );
    expect(
      found({ sample, histories: [history({ commits: [0, 1, 2].map((id) => commitSeries(id, { everyMs: 5_000 })) })] }),
    ).toEqual([]);
  });

  it('with a consumer that commits once a minute: nothing is found', () => {
    const sample = (ago: number) =>
      snapshot(
        [orders(ago)],
        [
          payments(ago, {
            commits: [0, 1, 2].map((id) => commit('orders', id, 4_000, { timestampMs: AT_MS - 50_000 })),
          }),
        ],
      );
    expect(
      found({
        sample,
        histories: [history({ commits: [0, 1, 2].map((id) => commitSeries(id, { everyMs: 60_000 })) })],
      }),
    ).toEqual([]);
  });

  it('just after its consumers were deployed, one by one: nothing is found', () => {
    const before = [1, 2, 3].map((id) => historyMember(`pay-${id}`, 'a'));
    const after = before.map((each) => ({ ...each, memberId: `${each.clientId}-b` }));
    const mixed = (count: number) => before.map((each, at) => (at < count ? (after[at] ?? each) : each));
    const list = [
      [400, before],
      [90, mixed(1)],
      [60, mixed(2)],
      [30, mixed(3)],
    ] as const;
    expect(
      found({ histories: [history({ generations: generations(list.map(([ago, members]) => [ago, [...members]])) })] }),
    ).toEqual([]);
  });

  it('with a spare member, a new topic, a group that reads it for the first time, and readers that never join: no fault', () => {
    const sample = (ago: number) =>
      snapshot(
        [
          orders(ago),
          topic('fresh', [partition(0, 10)], { minIsr: 2 }),
          topic('single', [partition(0, 5, { replicas: [1], isr: [1], leader: 1 })], { minIsr: 1 }),
        ],
        [
          payments(ago, {
            members: [0, 1, 2, 3].map((id) =>
              member(`pay-${id}`, id > 2 ? {} : { orders: [id] }, { subscribedTopics: ['orders'] }),
            ),
          }),
          group('newcomer', { members: [member('n-1', { fresh: [0] })] }),
          group('flink', { type: 'simple', protocolType: '', commits: [commit('orders', 0, ends(ago))] }),
        ],
      );
    const diagnosis = diagnoseAll(KNOWLEDGE, evidence({ ...CONFIGS, sample }));
    expect(diagnosis.fault).toBe(false);
    expect(diagnosis.verdicts.map(({ ending }) => ending.leaf).sort()).toEqual(['COM-11', 'SIZ-01']);
  });
});

describe('one incident has one cause', () => {
  it('a partition without a leader: its readers are told under it', () => {
    const sample = (ago: number) => {
      const { brokers, ...rest } = busy(ago);
      const topics = [
        orders(ago, {
          partitions: [
            partition(0, null, { leader: null, replicas: [3], isr: [3] }),
            ...[1, 2].map((id) => partition(id, ends(ago), { leader: id })),
          ],
        }),
      ];
      return { ...rest, topics, brokers: brokers.filter(({ id }) => id !== 3) };
    };
    const { verdicts } = diagnoseAll(KNOWLEDGE, evidence({ ...CONFIGS, sample }));
    expect(verdicts.map(({ ending, consequences }) => [ending.leaf, ...consequences.map(({ leaf }) => leaf)])).toEqual([
      ['REP-03', 'BEH-01'],
    ]);
  });

  it('a rebalance storm: its lag is told under it', () => {
    const others = [2, 3].map((id) => historyMember(`pay-${id}`, 'a', { rebalanceTimeoutMs: 10_000 }));
    const lives = [0, 1, 2, 3].flatMap((life): [number, typeof others][] => [
      [60 - life * 14, [historyMember('pay-1', `${life}`, { rebalanceTimeoutMs: 10_000 }), ...others]],
      [60 - life * 14 - 11, others],
    ]);
    const sample = (ago: number) =>
      snapshot(
        [orders(ago)],
        [
          payments(ago, {
            commits: [0, 1, 2].map((id) => commit('orders', id, 2_000 - ago, { timestampMs: AT_MS - 90_000 })),
          }),
        ],
      );
    const { verdicts } = diagnoseAll(
      KNOWLEDGE,
      evidence({ ...CONFIGS, sample, histories: [history({ generations: generations(lives) })] }),
    );
    expect(verdicts.map(({ ending, consequences }) => [ending.leaf, ...consequences.map(({ leaf }) => leaf)])).toEqual([
      ['REB-01', 'BEH-08'],
    ]);
  });
});
