import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Partition, Snapshot } from '../../src/cluster/snapshot.ts';
import { snapshotSchema } from '../../src/cluster/snapshot.ts';
import { forecastRestart } from '../../src/health/can-restart.ts';
import { blastRadius, clusterDocument, clusterDocumentSchema } from '../../src/health/cluster-report.ts';
import { electionOutcome, planPreferred, planUnclean } from '../../src/health/elect-plan.ts';
import {
  isrDocument,
  isrDocumentSchema,
  restartDocument,
  restartDocumentSchema,
} from '../../src/health/isr-document.ts';
import { ISR_VERDICTS } from '../../src/health/isr-verdicts.ts';
import { judgeIsr } from '../../src/health/judge-isr.ts';
import { plainText } from '../../src/health/phrase.ts';
import {
  brokersCanRestart,
  groupLagAtMost,
  groupsEmpty,
  groupsStable,
  isrHealthy,
} from '../../src/health/wait-condition.ts';
import fc from '../property.ts';
import { commit, group, incident, member, partition, problem, snapshot, topic } from './build-snapshot.ts';

const everything = (): boolean => true;

/** A cluster of three brokers, of which `down` are gone and fenced. */
function world(
  partitions: Partition[],
  rest: { minIsr?: number; unclean?: boolean; down?: number[]; silent?: number[] } = {},
): Snapshot {
  const down = new Set(rest.down ?? []);
  const silent = new Set(rest.silent ?? []);
  const broker = (id: number) => ({ id, host: '127.0.0.1', port: 9090 + id, rack: `r${id}` });
  return snapshot(
    [topic('orders', partitions, { minIsr: rest.minIsr ?? 2, uncleanElection: rest.unclean ?? false })],
    [],
    {
      brokers: [1, 2, 3]
        .filter((id) => !down.has(id))
        .map((id) => ({ ...broker(id), problem: silent.has(id) ? problem('TIMED_OUT', `broker ${id}`) : null })),
      fenced: [...down].map(broker),
    },
  );
}

const row = (state: Snapshot) => {
  const [first] = judgeIsr(state).partitions;
  if (first === undefined) throw new Error('no partition');
  return first;
};

/** leader, replicas, ISR. */
const p = (leader: number | null, replicas: number[], isr: number[], rest: Partial<Partition> = {}): Partition =>
  partition(0, 100, { leader, replicas, isr, elr: [], ...rest });

describe('a log directory that is offline', () => {
  it('is told from a follower that is slow', () => {
    const state = world([p(1, [1, 2, 3], [1, 2], { offlineReplicas: [3] })]);
    expect(row(state).missing).toEqual([{ broker: 3, state: 'offline', behind: null }]);
    expect(judgeIsr(state).causes.map(plainText)).toEqual([
      'broker 3 (rack r3) is alive, and its log directory is offline (failed or full) until it is restarted; partitions that miss it: 1',
    ]);
  });

  it('of a broker that has left is no news', () => {
    const state = world([p(1, [1, 2, 3], [1, 2], { offlineReplicas: [3] })], { down: [3] });
    expect(row(state).missing).toEqual([{ broker: 3, state: 'down', behind: null }]);
  });
});

describe('replicas that catch up', () => {
  const throttled = (lists: { leader: string; follower: string }, state: Snapshot): Snapshot => ({
    ...state,
    topics: state.topics.map((each) => ({ ...each, throttled: lists })),
  });
  const ends = [
    { broker: 1, logEnd: 900 },
    { broker: 2, logEnd: 900 },
    { broker: 3, logEnd: 200 },
  ];
  const moving = world([
    p(1, [1, 2, 3], [1, 2], {
      reassignment: { replicas: [1, 2, 3], adding: [3], removing: [] },
      replicaEnds: ends,
    }),
  ]);

  it('tells how far a new replica has come, and whether it is throttled', () => {
    expect(row(moving)).toMatchObject({
      ...{ verdict: 'REASSIGNING', missing: [], throttled: [] },
      joining: [{ broker: 3, behind: 700 }],
    });
    const held = row(throttled({ leader: '0:1,0:2', follower: '0:3' }, moving));
    expect(held.throttled).toEqual([3]);
    expect(plainText(held.evidence)).toBe(
      'replicas are being moved: adding 3, removing none; 3 has 700 records to catch up; ' +
        'replication to 3 is throttled (*.replication.throttled.replicas of the topic)',
    );
  });

  it.each([
    ['its leader is throttled', { leader: '0:1', follower: '' }, [3]],
    ['all leaders are', { leader: '*', follower: '' }, [3]],
    ['it is a throttled follower', { leader: '', follower: '1:1,0:3' }, [3]],
    ['another leader is throttled', { leader: '0:2', follower: '' }, []],
    ['another follower is, and another partition', { leader: '', follower: '0:2,1:3' }, []],
  ])('a throttle that was left behind: %s', (_what, lists, expected) => {
    const behind = world([p(1, [1, 2, 3], [1, 2], { replicaEnds: ends })]);
    expect(row(throttled(lists, behind)).throttled).toEqual(expected);
  });

  it('who is in sync or stopped is not throttled', () => {
    const all = { leader: '*', follower: '*' };
    expect(row(throttled(all, world([p(1, [1, 2, 3], [1, 2, 3])]))).throttled).toEqual([]);
    expect(row(throttled(all, world([p(1, [1, 2, 3], [1, 2])], { down: [3] }))).throttled).toEqual([]);
  });
});

describe('since when', () => {
  const at = (state: Snapshot, minute: number): Snapshot => ({ ...state, at: `2026-11-20T14:${minute}:00.000Z` });
  const short = () => world([p(1, [1, 2, 3], [1])]);
  const whole = () => world([p(1, [1, 2, 3], [1, 2, 3])]);
  const since = (now: Snapshot, ...earlier: Snapshot[]) => judgeIsr(now, everything, earlier).partitions[0]?.since;

  it('is not known of a slow follower from one sample', () => {
    expect(since(short())).toBeNull();
  });

  it('is told by samples: it was well in one, and has been so since the next', () => {
    expect(since(at(short(), 15), at(short(), 10), at(whole(), 11), at(short(), 12), at(short(), 14))).toEqual({
      ms: 180_000,
      atLeast: false,
    });
  });

  it('is "at least" where the oldest sample has it already', () => {
    expect(since(at(short(), 15), at(short(), 10))).toEqual({ ms: 300_000, atLeast: true });
  });

  it('is told by the controllers where the missing brokers have left: the last of them decides', () => {
    const replica = (id: number, silentMs: number | null) => ({
      ...{ id, voter: true, logEnd: 1, lag: 0, silentMs, behindMs: null },
    });
    const quorum = (second: number | null) => ({
      ...{ leader: 1, leaderEpoch: 1, highWatermark: 1 },
      replicas: [replica(1, 0), replica(2, second), replica(3, 72_000)],
    });
    const state = world([p(1, [1, 2, 3], [1])], { down: [2, 3] });
    expect(since({ ...state, quorum: quorum(4000) })).toEqual({ ms: 4000, atLeast: false });
    expect(since({ ...state, quorum: quorum(null) })).toBeNull();
    // Broker 2 is there, and slow: nobody knows for how long.
    expect(since({ ...world([p(1, [1, 2, 3], [1])], { down: [3] }), quorum: quorum(4000) })).toBeNull();
  });

  it('is not asked of what is well', () => {
    expect(since(at(whole(), 15), at(whole(), 10))).toBeNull();
  });
});

describe('verdicts', () => {
  it.each([
    ['OK', world([p(1, [1, 2, 3], [1, 2, 3])])],
    ['NO-SPARE', world([p(1, [1, 2, 3], [1, 2, 3])], { minIsr: 3 })],
    ['NO-SPARE', world([p(1, [1], [1])], { minIsr: 1 })],
    // More than there are replicas: the broker applies 1, the tool counts it as under min ISR.
    ['NO-SPARE', world([p(1, [1], [1])], { minIsr: 2 })],
    ['UNBALANCED', world([p(2, [1, 2, 3], [1, 2, 3])])],
    [
      'REASSIGNING',
      world([p(1, [1, 2, 3], [1, 2], { reassignment: { replicas: [1, 2, 3], adding: [3], removing: [] } })]),
    ],
    ['UNDER-REPLICATED', world([p(1, [1, 2, 3], [1, 2])], { minIsr: 1 })],
    ['AT-MIN-ISR', world([p(1, [1, 2, 3], [1, 2])])],
    ['UNDER-MIN-ISR', world([p(1, [1, 2, 3], [1])])],
    ['ISR-FOREIGN', world([p(1, [1, 2], [1, 2, 3])], { minIsr: 1 })],
    ['LEADER-SILENT', world([p(1, [1, 2, 3], [1, 2, 3])], { silent: [1] })],
    ['OFFLINE', world([p(null, [1, 2, 3], [])])],
    // The metadata of a moment: its leader is not registered any more.
    ['OFFLINE', world([p(3, [1, 2, 3], [1, 2, 3])], { down: [3] })],
  ] as const)('%s', (verdict, state) => {
    expect(row(state).verdict).toBe(verdict);
  });

  it('tells missing replicas by membership, where a new one in the ISR hides it from the number', () => {
    const reassignment = { replicas: [1, 2, 3], adding: [3], removing: [2] };
    const state = world([p(1, [1, 2, 3], [1, 3], { reassignment })], { down: [2] });
    const judged = row(state);
    // kafka-topics: expected are 3 - 1 = 2, the ISR has 2.
    expect(judged.underReplicated).toBe(false);
    expect(judged.missing.map(({ broker, state: how }) => [broker, how])).toEqual([[2, 'down']]);
    expect(judged.verdict).toBe('AT-MIN-ISR');
  });

  it('keeps the filters of kafka-topics where brokers see it differently', () => {
    const judged = row(world([p(1, [1], [1])], { minIsr: 2 }));
    expect(judged).toMatchObject({ underMinIsr: true, atMinIsr: false, underReplicated: false, effectiveMinIsr: 1 });
    expect(plainText(judged.evidence)).toMatch(/kafka-topics counts it as under min ISR/);
    // Without ELR a leaderless partition can be under and at min ISR at once.
    expect(row(world([p(null, [1], [1])], { minIsr: 1, down: [1] }))).toMatchObject({
      underMinIsr: true,
      atMinIsr: true,
      offline: true,
    });
  });

  it('does not guess where min.insync.replicas could not be read', () => {
    const state = world([p(1, [1, 2, 3], [1])]);
    for (const each of state.topics) each.minIsr = null;
    expect(row(state)).toMatchObject({
      underMinIsr: null,
      atMinIsr: null,
      effectiveMinIsr: null,
      verdict: 'UNDER-REPLICATED',
    });
  });

  it('says how far a follower is behind, and what the high watermark hides', () => {
    const partitionState = p(2, [2, 3, 1], [2], {
      highWatermark: 100,
      logEnd: 140,
      replicaEnds: [
        { broker: 2, logEnd: 150 },
        { broker: 3, logEnd: 90 },
      ],
    });
    const judged = row(world([partitionState], { down: [1] }));
    expect(judged.missing).toEqual([
      { broker: 3, state: 'behind', behind: 60 },
      { broker: 1, state: 'down', behind: null },
    ]);
    expect(judged.hidden).toBe(40);
    expect(plainText(judged.evidence)).toMatch(/acks=all producers are failing now; 40 records wait/);
  });

  it('orders by harm, then topic and partition', () => {
    const state = snapshot(
      [
        topic('b', [{ ...p(1, [1, 2, 3], [1, 2]), partition: 1 }, p(1, [1, 2, 3], [1])], { minIsr: 2 }),
        topic('a', [p(1, [1, 2, 3], [1]), { ...p(null, [1, 2, 3], []), partition: 9 }], { minIsr: 2 }),
      ],
      [],
    );
    expect(judgeIsr(state).partitions.map(({ topic: name, partition: id }) => `${name}-${id}`)).toEqual([
      'a-9',
      'a-0',
      'b-0',
      'b-1',
    ]);
  });

  it('names what is behind it: who is gone, and whose followers fall behind', () => {
    const partitions = [0, 1, 2].map((id) => ({ ...p(2, [2, 3, 1], [2]), partition: id }));
    const state = world(partitions, { down: [1] });
    state.quorum = {
      leader: 2,
      leaderEpoch: 1,
      highWatermark: 10,
      replicas: [{ id: 1, voter: true, logEnd: 5, lag: 5, silentMs: 72_000, behindMs: 72_000 }],
    };
    expect(judgeIsr(state).causes.map(plainText)).toEqual([
      'broker 1 (rack r1) left the cluster, the controllers last heard of it 1m12s ago; partitions that miss it: 3',
      'broker 3 (rack r3) falls behind on every partition that broker 2 leads (3)',
    ]);
  });

  it('has documented rules with ids of their own', () => {
    const text = readFileSync(new URL('../../docs/replication.md', import.meta.url), 'utf8');
    const rules = Object.values(ISR_VERDICTS).map(({ rule }) => rule);
    expect(new Set(rules).size).toBe(rules.length);
    for (const [verdict, { rule }] of Object.entries(ISR_VERDICTS))
      expect(text).toMatch(new RegExp(`\\| ${rule} \\| \`${verdict}\` \\|`));
  });
});

describe('can-restart', () => {
  const fates = (state: Snapshot, ...brokers: number[]) =>
    forecastRestart(state, brokers).hits.map(({ fate, leaderAfter, isrAfter }) => [fate, leaderAfter, isrAfter]);

  it('says yes where every partition keeps min ISR', () => {
    const forecast = forecastRestart(world([p(1, [1, 2, 3], [1, 2, 3])], { minIsr: 1 }), [1]);
    expect(forecast).toMatchObject({ safe: true, hits: [], leadersMoved: 1 });
  });

  it.each([
    ['only a spare is lost', world([p(1, [1, 2, 3], [1, 2, 3])]), [['no-spare', 2, [2, 3]]]],
    ['under min ISR', world([p(1, [1, 2, 3], [1, 2])]), [['under-min-isr', 2, [2]]]],
    [
      'the first replica of the list leads',
      world([p(1, [1, 3, 2], [2, 1, 3])], { minIsr: 3 }),
      [['under-min-isr', 3, [2, 3]]],
    ],
    ['the whole ISR', world([p(1, [1, 2, 3], [1])], { minIsr: 1 }), [['offline', null, []]]],
    [
      'an eligible one leads, and acks=1 records are lost',
      world([p(1, [1, 2, 3], [1], { elr: [2] })]),
      [['data-loss', 2, [2]]],
    ],
    ['unclean elections are allowed', world([p(1, [1, 2, 3], [1])], { unclean: true }), [['data-loss', 2, [2]]]],
    ['it does not matter here', world([p(2, [1, 2, 3], [2, 3])]), []],
    ['it is offline already', world([p(null, [1, 2, 3], [])]), []],
    [
      'another one does not answer',
      world([p(1, [1, 2, 3], [1, 2, 3])], { silent: [2], minIsr: 2 }),
      [['under-min-isr', 3, [3]]],
    ],
  ])('%s', (_what, state, expected) => {
    expect(fates(state, 1)).toEqual(expected);
  });

  it('knows what an unclean election would lose', () => {
    const ends = [
      { broker: 1, logEnd: 500 },
      { broker: 2, logEnd: 420 },
      { broker: 3, logEnd: 400 },
    ];
    const [hit] = forecastRestart(world([p(1, [1, 2, 3], [1], { replicaEnds: ends })], { minIsr: 1 }), [1]).hits;
    expect(hit?.onlyThere).toBe(80);
  });

  it('counts the controllers', () => {
    const state = world([p(1, [1, 2, 3], [1, 2, 3])], { minIsr: 1 });
    const replica = (id: number, silentMs: number | null) => ({
      id,
      voter: true,
      logEnd: 1,
      lag: 0,
      silentMs,
      behindMs: silentMs,
    });
    state.quorum = {
      leader: 1,
      leaderEpoch: 1,
      highWatermark: 1,
      replicas: [replica(1, 0), replica(2, 20), replica(3, 60_000)],
    };
    expect(forecastRestart(state, [2])).toMatchObject({
      safe: false,
      quorum: { voters: 3, needed: 2, now: 2, after: 1 },
    });
    expect(forecastRestart(state, [3])).toMatchObject({ safe: true, quorum: { now: 2, after: 2 } });
  });

  it('does not say yes where it could not look', () => {
    const state = world([p(1, [1, 2, 3], [1, 2, 3])], { minIsr: 1 });
    expect(forecastRestart({ ...state, problems: [problem('TIMED_OUT')] }, [1]).safe).toBeNull();
    for (const each of state.topics) each.minIsr = null;
    expect(forecastRestart(state, [1])).toMatchObject({ safe: null, unknown: [{ topic: 'orders', partition: 0 }] });
  });

  it('lists the groups whose coordinator moves', () => {
    const state = {
      ...world([p(1, [1, 2, 3], [1, 2, 3])], { minIsr: 1 }),
      groups: [group('b', { coordinator: 1 }), group('a', { coordinator: 1 }), group('c', { coordinator: 2 })],
    };
    expect(forecastRestart(state, [1]).groups.map(({ group: name }) => name)).toEqual(['a', 'b']);
  });

  const broker = fc.integer({ min: 1, max: 5 });
  const anyPartition = fc
    .record({
      replicas: fc.uniqueArray(broker, { minLength: 1, maxLength: 5 }),
      keep: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      first: fc.nat(4),
    })
    .map(({ replicas, keep, first }) => {
      const isr = replicas.filter((_, at) => keep[at]);
      const leader = isr.length === 0 ? null : (isr[first % isr.length] ?? null);
      return p(leader, replicas, isr);
    });
  const five = (state: Snapshot): Snapshot => ({
    ...state,
    brokers: [1, 2, 3, 4, 5].map((id) => ({ id, host: 'h', port: id, rack: null, problem: null })),
    fenced: [],
  });

  it('never gets better by stopping more, and a partition without a replica there is never hit', () => {
    const weight = { offline: 3, 'data-loss': 3, 'under-min-isr': 2, 'no-spare': 1 } as const;
    fc.assert(
      fc.property(anyPartition, fc.integer({ min: 1, max: 4 }), broker, broker, (one, minIsr, a, b) => {
        const state = five(world([one], { minIsr }));
        const score = (...ids: number[]) => {
          const [hit] = forecastRestart(state, ids).hits;
          return hit === undefined ? 0 : weight[hit.fate];
        };
        expect(score(a, b)).toBeGreaterThanOrEqual(score(a));
        if (!one.replicas.includes(a)) expect(score(a)).toBe(0);
      }),
    );
  });

  it('foresees what judging the world afterwards says', () => {
    fc.assert(
      fc.property(anyPartition, fc.integer({ min: 1, max: 4 }), broker, (one, minIsr, id) => {
        const state = five(world([one], { minIsr }));
        const [hit] = forecastRestart(state, [id]).hits;
        // The controller's own rule, written the other way round.
        const isr = one.isr.filter((each) => each !== id);
        const leader =
          one.leader === null
            ? null
            : one.leader !== id
              ? one.leader
              : (one.replicas.find((each) => isr.includes(each)) ?? null);
        const after = row(five(world([{ ...one, leader, isr: leader === null ? [] : isr }], { minIsr })));
        if (hit?.fate === 'offline') expect(after.verdict).toBe('OFFLINE');
        if (hit?.fate === 'under-min-isr') expect(after.verdict).toBe('UNDER-MIN-ISR');
        if (hit === undefined && one.isr.includes(id) && one.leader !== null)
          expect(['OK', 'UNDER-REPLICATED']).toContain(after.verdict);
      }),
    );
  });
});

describe('elections', () => {
  it('plans preferred leaders that can lead, and says why others cannot', () => {
    const state = world([
      p(2, [1, 2, 3], [1, 2, 3]),
      { ...p(2, [3, 2, 1], [2, 1]), partition: 1 },
      { ...p(1, [1, 2, 3], [1, 2, 3]), partition: 2 },
    ]);
    expect(
      planPreferred(state, everything).map(({ partition: id, target, result, reason }) => [id, target, result, reason]),
    ).toEqual([
      [0, 1, 'would-elect', null],
      [1, 3, 'refused', 'broker 3 is not in the ISR'],
    ]);
  });

  it('plans unclean leaders for leaderless partitions alone, with what is known to be lost', () => {
    const ends = [
      { broker: 2, logEnd: 420 },
      { broker: 3, logEnd: 450 },
    ];
    const state = world([p(null, [1, 2, 3], [1], { replicaEnds: ends }), { ...p(2, [1, 2, 3], [2]), partition: 1 }], {
      down: [1],
    });
    state.groups = [group('payments', { commits: [commit('orders', 0, 480)] })];
    expect(planUnclean(state, everything)).toMatchObject([
      { partition: 0, target: 2, targetEnd: 420, knownLost: 60, result: 'would-elect' },
    ]);
    // Nobody is there that could.
    const dead = world([p(null, [1], [1])], { down: [1] });
    expect(planUnclean(dead, everything)).toMatchObject([{ result: 'refused', target: null }]);
  });

  it('reports what was read back', () => {
    const before = world([p(2, [1, 2, 3], [1, 2, 3]), { ...p(2, [1, 2, 3], [1, 2, 3]), partition: 1 }]);
    const after = world([p(1, [1, 2, 3], [1, 2, 3]), { ...p(2, [1, 2, 3], [1, 2, 3]), partition: 1 }]);
    const answers = new Map([
      ['orders-0', { error: null, message: null }],
      ['orders-1', { error: 'PREFERRED_LEADER_NOT_AVAILABLE', message: 'no' }],
    ]);
    expect(
      electionOutcome(planPreferred(before, everything), answers, after).map(({ result, target }) => [result, target]),
    ).toEqual([
      ['elected', 1],
      ['failed', 2],
    ]);
  });
});

describe('wait conditions', () => {
  it('healthy is every replica in sync and every broker there', () => {
    const healthy = isrHealthy(everything);
    expect(healthy(world([p(2, [1, 2, 3], [1, 2, 3])])).met).toBe(true);
    expect(healthy(world([p(1, [1, 2, 3], [1, 2])]))).toEqual({
      met: false,
      reason: 'not healthy: 1 of 1 partition, worst orders-0: AT-MIN-ISR',
    });
    expect(healthy({ ...world([p(1, [1, 2, 3], [1, 2, 3])]), problems: [problem('TIMED_OUT', 'broker 3')] })).toEqual({
      met: false,
      reason: 'broker 3: TIMED_OUT',
    });
    expect(isrHealthy(() => false)(world([p(1, [1, 2, 3], [1])])).met).toBe(true);
  });

  it('can-restart is what the forecast says', () => {
    expect(brokersCanRestart([1], everything)(world([p(1, [1, 2, 3], [1, 2, 3])])).met).toBe(true);
    expect(brokersCanRestart([1], everything)(world([p(1, [1, 2, 3], [1, 2])]))).toEqual({
      met: false,
      reason: '1 partition would be harmed, worst orders-0: under-min-isr',
    });
  });

  it('groups: lag, empty, stable', () => {
    const state = incident();
    expect(groupLagAtMost(['payments'], 0)(state)).toEqual({ met: false, reason: 'payments: lag 3626' });
    expect(groupLagAtMost(['payments'], 4_000)(state).met).toBe(true);
    // What is not known is not zero.
    expect(groupLagAtMost(['pricing'], 1_000)(state).met).toBe(false);
    expect(groupLagAtMost(['nobody'], 0)(state)).toEqual({ met: false, reason: 'there is no group nobody' });
    expect(groupsEmpty(['audit-sink'])(state).met).toBe(true);
    expect(groupsEmpty(['audit-sink', 'nobody'])(state)).toEqual({
      met: true,
      reason: 'no members; there is no group nobody',
    });
    expect(groupsEmpty(['audit-sink', 'payments'])(state)).toEqual({
      met: false,
      reason: 'payments: 3 members, Stable',
    });
    expect(groupsStable(['payments'])(state).met).toBe(true);
    expect(groupsStable(['audit-sink'])(state)).toEqual({ met: false, reason: 'audit-sink: Empty' });
  });
});

describe('documents of replication', () => {
  const full = (): Snapshot => {
    const state = world(
      [
        p(2, [1, 2, 3], [2], {
          replicaEnds: [{ broker: 2, logEnd: 140 }],
          replicaLogs: [{ broker: 2, bytes: 9_000, lag: 0, future: false }],
        }),
      ],
      { down: [1] },
    );
    state.quorum = {
      leader: 2,
      leaderEpoch: 3,
      highWatermark: 9,
      replicas: [{ id: 2, voter: true, logEnd: 9, lag: 0, silentMs: 0, behindMs: 0 }],
    };
    state.groups = [
      group('payments', { coordinator: 2, members: [member('pay-1', { orders: [0] })] }),
      group('other', { coordinator: 3, commits: [commit('else', 0, 1)] }),
    ];
    return state;
  };

  it('are what their schemas say, and survive JSON', () => {
    const state = full();
    expect(snapshotSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
    const isr = isrDocument(judgeIsr(state), (next) => next.command.join(' '));
    expect(isrDocumentSchema.parse(JSON.parse(JSON.stringify(isr)))).toEqual(isr);
    const restart = restartDocument(forecastRestart(state, [2]));
    expect(restartDocumentSchema.parse(JSON.parse(JSON.stringify(restart)))).toEqual(restart);
    const cluster = clusterDocument(state, 5, { broker: 2 });
    expect(clusterDocumentSchema.parse(JSON.parse(JSON.stringify(cluster)))).toEqual(cluster);
    expect(cluster.brokers.map(({ broker: id, status, controller }) => [id, status, controller])).toEqual([
      [1, 'fenced', false],
      [2, 'up', true],
      [3, 'up', false],
    ]);
    expect(cluster.biggest).toEqual([
      { topic: 'orders', partition: 0, leader: 2, bytes: 9_000, replicas: [{ broker: 2, bytes: 9_000 }] },
    ]);
  });

  it('tells whom a broker and a topic take with them', () => {
    const state = full();
    expect(blastRadius(state, { topic: 'orders' }).groups.map(({ group: name }) => name)).toEqual(['payments']);
    expect(blastRadius(state, { broker: 3 })).toMatchObject({
      leaders: 0,
      topics: [{ topic: 'orders', partitions: 1 }],
      groups: [
        { group: 'other', coordinated: true, topics: [] },
        { group: 'payments', coordinated: false, topics: ['orders'] },
      ],
    });
  });

  it('an old recording, without any of this, is still judged', () => {
    const report = judgeIsr(incident());
    expect(
      report.partitions.map(({ topic: name, partition: id, verdict }) => [`${name}-${id}`, verdict]),
    ).toContainEqual(['prices-1', 'OFFLINE']);
    expect(forecastRestart(incident(), [1])).toMatchObject({ safe: null, hits: [] });
    expect(clusterDocument(incident(), 5, null).quorum).toBeNull();
  });
});
