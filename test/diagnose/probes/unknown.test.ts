import { describe, expect, it } from 'vitest';
import type { HistoryMember } from '../../../src/cluster/history.ts';
import type { Subject } from '../../../src/diagnose/model.ts';
import { commit, group, snapshot } from '../../health/build-snapshot.ts';
import {
  broker,
  CLUSTER,
  commitSeries,
  ends,
  evidence,
  GROUP,
  generations,
  history,
  historyMember,
  orders,
  type Parts,
  payments,
} from './build-evidence.ts';
import { NOBODY_TIMED, UNREADABLE_MINIMUM } from './cases-brokers.ts';
import { goal, offsets, open, quick, transactions } from './cases-clusters.ts';
import { committing, POLL, slow, storm } from './cases-groups.ts';
import { endingOf, walkOf } from './ending.ts';

describe('what is not known of a cluster', () => {
  it('without configs nobody is told that __consumer_offsets is compacted', () => {
    expect(endingOf('offsets-topic', CLUSTER, evidence()).length).toBeGreaterThan(1);
  });

  it('a transaction of which not every coordinator could be asked may hang, or only be long', () => {
    const parts: Parts = { rest: transactions([open()], false) };
    const { endings, open: asked } = walkOf('transactions', CLUSTER, evidence(parts));
    expect(endings.map(({ leaf }) => leaf).slice(0, 1)).toEqual(['TXN-01']);
    expect(endings.map(({ leaf }) => leaf)).toContain('TXN-02');
    expect(asked.map(({ question }) => question)).toEqual(['open']);
  });

  it('a consumer’s file tells nothing of producers', () => {
    const [step] = walkOf('producer', CLUSTER, evidence({ client: { 'group.id': 'payments' } }), {}, 'goal').steps;
    expect(step?.provenance).toBe('unknown');
    const parts: Parts = { ...quick, client: { 'group.id': 'payments' } };
    expect(
      walkOf('producer', CLUSTER, evidence(parts), goal('critical')).steps.find(
        ({ question }) => question === 'durable',
      )?.provenance,
    ).toBe('unknown');
  });

  it('a topic that is not there is unknown, not unreplicated', () => {
    const gone: Subject = { kind: 'topic', name: 'nowhere' };
    expect(walkOf('durability', gone, evidence()).steps[0]?.provenance).toBe('unknown');
  });
});

it.each([
  ['that commits ten times a second', { everyMs: 100, rest: { commits: 50_000 } }],
  ['that committed twenty times at once', { everyMs: 2 }],
])('a group %s is no hot committer', (_, series) => {
  const parts = offsets({ histories: [history({ commits: [commitSeries(0, series)] })] });
  expect(endingOf('offsets-topic', CLUSTER, evidence(parts))).toEqual(['OFF-07']);
});

it('a single broker is not slow: it has nobody to be compared with', () => {
  const sample = () => {
    const { brokers, ...rest } = snapshot([], []);
    return { ...rest, brokers: brokers.slice(0, 1).map((each) => ({ ...each, answerMs: 900 })) };
  };
  expect(endingOf('broker', broker(1), evidence({ sample }))).toEqual(['BRK-05']);
});

describe('what is not known of a group', () => {
  it('one sample does not tell a stall from a slow consumer: both stay possible', () => {
    const { open, endings } = walkOf('lag', GROUP, evidence({ ...committing(slow), count: 1 }));
    expect(open.map(({ question }) => question)).toContain('shape');
    expect(endings.map(({ leaf }) => leaf)).toEqual(expect.arrayContaining(['BEH-09', 'BEH-10', 'BEH-17']));
    expect(endings.every(({ confidence }) => confidence === 'low')).toBe(true);
  });

  it('a group without a history may rebalance or not', () => {
    expect(walkOf('rebalance', GROUP, evidence()).steps[0]?.provenance).toBe('unknown');
  });

  it('a stall of less than ten seconds is none yet', () => {
    const parts = { ...committing((id, ago) => (id === 2 ? 1_207 : ends(ago))), count: 2, histories: [history()] };
    expect(endingOf('lag', GROUP, evidence(parts))).not.toContain('BEH-09');
  });

  it('a client’s settings are never assumed without its file', () => {
    for (const question of ['auto-commit', 'producer']) {
      const step = walkOf('loss', GROUP, evidence(), {}, question).steps[0];
      expect(step?.provenance).toBe('unknown');
    }
  });

  it('a default that the file leaves out is assumed, and said to be', () => {
    const [step] = walkOf('loss', GROUP, evidence({ client: { 'group.id': 'payments' } }), {}, 'auto-commit').steps;
    expect(step?.provenance).toBe('assumed');
    expect(step?.reading?.facts[0]?.text).toBe('enable.auto.commit is not set: true by default');
  });
});

describe('members', () => {
  it('are not too many for the partitions of a topic that was recorded in part', () => {
    const sample = (ago: number) => {
      const whole = orders(ago);
      return snapshot([{ ...whole, partitions: whole.partitions.slice(0, 1) }], [payments(ago)]);
    };
    expect(walkOf('sizing', GROUP, evidence({ sample })).steps[0]?.provenance).toBe('unknown');
  });

  it('that never join are not seen: a group without any that falls behind is likely stopped', () => {
    const parts = committing(() => 100, {
      members: [],
      state: 'Empty',
      protocol: null,
      type: 'simple',
      protocolType: '',
    });
    const { endings } = walkOf('lag', GROUP, evidence(parts));
    expect(endings.map(({ leaf, confidence }) => [leaf, confidence])).toEqual([['BEH-06', 'medium']]);
  });

  it('a rolling restart in good health is no storm', () => {
    const before = [1, 2, 3].map((id) => historyMember(`pay-${id}`, 'a'));
    const steps = before.map((_, at) =>
      before.map((each, id) => (id <= at ? { ...each, memberId: `${each.clientId}-b` } : each)),
    );
    const list: [number, HistoryMember[]][] = [
      [500, before],
      ...steps.map((members, at): [number, HistoryMember[]] => [300 - at * 60, members]),
    ];
    expect(
      endingOf('rebalance', GROUP, evidence({ histories: [history({ generations: generations(list) })] })),
    ).toEqual(['REB-20']);
  });

  it('a start in which they come one by one is no storm', () => {
    const list = [1, 2, 3, 4].map((count): [number, HistoryMember[]] => [
      30 - count,
      Array.from({ length: count }, (_, id) => historyMember(`pay-${id}`, 'a')),
    ]);
    expect(
      endingOf('rebalance', GROUP, evidence({ histories: [history({ generations: generations(list) })] })),
    ).toEqual(['REB-20']);
  });

  it('what was over twenty minutes ago does not count', () => {
    const old = storm(62_000, 3_000, POLL).map((each) => ({ ...each, atMs: each.atMs - 1_200_000 }));
    expect(endingOf('rebalance', GROUP, evidence({ histories: [history({ generations: old })] }))).toEqual(['REB-20']);
  });
});

it('groups that only ever stored offsets are not called abandoned', () => {
  const simple = group('flink', { type: 'simple', protocolType: '', commits: [commit('orders', 0, 4_000)] });
  const parts: Parts = {
    sample: (ago) => snapshot([orders(ago)], [{ ...simple, commits: [commit('orders', 0, 4_000 - ago)] }]),
  };
  expect(endingOf('commits', { kind: 'group', name: 'flink' }, evidence(parts))).toEqual(['COM-11']);
});

describe('what is not known of brokers', () => {
  it('what min.insync.replicas nobody could read does to writers stays open', () => {
    expect(endingOf('isr', CLUSTER, evidence(UNREADABLE_MINIMUM))).toEqual(['REP-11', 'REP-09']);
  });

  it('without a measurement nobody is called slow', () => {
    expect(endingOf('broker', broker(2), evidence(NOBODY_TIMED))).toEqual(['BRK-01', 'BRK-05']);
  });
});
