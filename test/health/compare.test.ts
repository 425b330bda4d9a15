import { describe, expect, it } from 'vitest';
import { diffDocumentSchema } from '../../src/health/change.ts';
import { compareRecordings } from '../../src/health/compare.ts';
import { history, historyMember, recording, stalled } from './build-recording.ts';
import { commit, group, member, partition, problem, snapshot, topic } from './build-snapshot.ts';

const replicated = { fenced: [], quorum: null };
const orders = (...partitions: ReturnType<typeof partition>[]) =>
  topic('orders', partitions, { minIsr: 2, topicId: 'a' });
const of = (...args: Parameters<typeof snapshot>) =>
  recording([snapshot(args[0], args[1], { ...replicated, ...args[2] })]);

/** `subject name what: before → after severity` */
const told = (before: Parameters<typeof compareRecordings>[0], after: Parameters<typeof compareRecordings>[1]) =>
  compareRecordings(before, after).changes.map(
    ({ subject, name, what, before: was, after: now, severity }) =>
      `${subject} ${name} ${what}: ${was} → ${now} ${severity}`,
  );

describe('what changed between two recordings', () => {
  it('is nothing between a recording and itself', () => {
    const same = recording([stalled(10), stalled(0)]);
    expect(compareRecordings(same, same)).toMatchObject({ changes: [], worse: 0, betweenMs: 0 });
  });

  it('is not that offsets moved on', () => {
    const moved = (end: number) =>
      of(
        [orders(partition(0, end))],
        [group('g', { members: [member('m', { orders: [0] })], commits: [commit('orders', 0, end)] })],
      );
    expect(told(moved(10), moved(500))).toEqual([]);
  });

  it('tells of replication, the worst first', () => {
    const before = of([orders(partition(0, 10), partition(1, 10), partition(2, 10))], []);
    const after = of(
      [
        orders(
          partition(0, 10, { leader: null, isr: [] }),
          partition(1, 10, { isr: [2] }),
          partition(2, 4, { leader: 1, leaderEpoch: 1 }),
        ),
      ],
      [],
    );
    const lines = told(before, after);
    expect(lines).toContain('partition orders-0 leader: 1 → null error');
    expect(lines).toContain('partition orders-0 verdict: OK → OFFLINE error');
    expect(lines).toContain('partition orders-1 verdict: UNBALANCED → UNDER-MIN-ISR error');
    expect(lines).toContain('partition orders-1 isr: 1,2,3 → 2 warn');
    expect(lines).toContain('partition orders-2 high watermark: 10 → 4 error');
    expect(lines).toContain('partition orders-2 leader: 3 → 1 note');
    const severities = compareRecordings(before, after).changes.map(({ severity }) => severity);
    expect(severities).toEqual(
      [...severities].sort(
        (a, b) => ['error', 'warn', 'note', 'ok'].indexOf(a) - ['error', 'warn', 'note', 'ok'].indexOf(b),
      ),
    );
    // The way back is all for the better, except for what is simply so.
    expect(compareRecordings(after, before).changes.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('tells a topic that was created again from one that grew', () => {
    const before = of([orders(partition(0, 10))], []);
    const grown = of([orders(partition(0, 10), partition(1, 0))], []);
    expect(told(before, grown)).toEqual(['topic orders partitions: 1 → 2 note']);
    const again = of([topic('orders', [partition(0, 0)], { topicId: 'b', minIsr: 2 })], []);
    expect(told(before, again)).toContain('partition orders-0 high watermark: 10 → 0 error');
    expect(told(before, again)[0]).toBe('topic orders topic id: a → b error');
  });

  it('tells of groups: members, generations, commits that went back or away, and those that came', () => {
    const topics = [orders(partition(0, 100), partition(1, 100))];
    const generation = (number: number) => ({
      generation: number,
      atMs: number,
      protocol: 'range',
      leader: null,
      members: [historyMember('m')],
      joined: 0,
      left: 0,
    });
    const before = {
      ...of(topics, [
        group('g', {
          members: [member('a', { orders: [0] }), member('b', { orders: [1] })],
          commits: [commit('orders', 0, 100), commit('orders', 1, 100)],
        }),
        group('old'),
      ]),
      histories: [history('g', { generations: [generation(4)] })],
    };
    const after = {
      ...of(topics, [
        group('g', {
          state: 'PreparingRebalance',
          members: [member('a', { orders: [0, 1] })],
          commits: [commit('orders', 0, 40)],
        }),
        group('new'),
      ]),
      histories: [history('g', { generations: [generation(9)] })],
    };
    const lines = told(before, after);
    expect(lines).toContain('group g members: 2 → 1 warn');
    expect(lines).toContain('group g generation: 4 → 9 warn');
    expect(lines).toContain('group g committed orders-0: 100 → 40 warn');
    expect(lines).toContain('group g committed orders-1: 100 → null warn');
    expect(lines).toContain('group g state: Stable → PreparingRebalance note');
    expect(lines).toContain('group old gone: Empty → null warn');
    expect(lines).toContain('group new appeared: null → Empty note');
  });

  it('does not take a commit that could not be read for one that is gone', () => {
    const topics = [orders(partition(0, 100))];
    const members = [member('a', { orders: [0] })];
    const before = of(topics, [group('g', { members, commits: [commit('orders', 0, 100)] })]);
    const after = of(topics, [
      group('g', { members, commits: [commit('orders', 0, null, { problem: problem('UNSTABLE_OFFSET_COMMIT') })] }),
    ]);
    expect(told(before, after).filter((line) => line.includes('committed'))).toEqual([]);
  });

  it('tells of brokers and of settings', () => {
    const setting = (value: string) => [{ name: 'retention.ms', value, source: 'topic' as const }];
    const before = {
      ...of([orders(partition(0, 1))], []),
      topicConfigs: [{ topic: 'orders', configs: setting('1000'), problem: null }],
    };
    const [one, two] = snapshot([], []).brokers;
    if (one === undefined || two === undefined) throw new Error('there are brokers');
    const after = {
      ...of([orders(partition(0, 1))], [], { brokers: [one, { ...two, problem: problem('TIMED_OUT', 'broker 2') }] }),
      topicConfigs: [{ topic: 'orders', configs: setting('5'), problem: null }],
    };
    const lines = told(before, after);
    expect(lines).toContain('broker 3 gone: 127.0.0.1:9094 → null error');
    expect(lines).toContain('broker 2 answers: yes → TIMED_OUT error');
    expect(lines).toContain('topic orders config retention.ms: 1000 → 5 note');
  });

  it('uses the samples of each: what stood still in the later one is a stall', () => {
    const document = compareRecordings(recording([stalled(60)]), recording([stalled(20), stalled(10), stalled(0)]));
    expect(document.changes.find(({ what }) => what === 'verdict')).toMatchObject({
      after: 'STALL',
      severity: 'error',
    });
    expect(document.changes.find(({ what }) => what === 'lag')?.meaning).toContain('records were committed meanwhile');
    expect(document.worse).toBeGreaterThan(0);
    expect(diffDocumentSchema.parse(document)).toEqual(document);
  });
});
