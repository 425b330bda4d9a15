import { describe, expect, it } from 'vitest';
import type { Group, Snapshot } from '../../src/cluster/snapshot.ts';
import { DEFAULT_OLD_AFTER_MS, judgeLag } from '../../src/health/judge-lag.ts';
import type { GroupLag, LagReport } from '../../src/health/lag-report.ts';
import { plainText } from '../../src/health/phrase.ts';
import { type Isolation, sampleOf } from '../../src/health/samples.ts';
import { AT_MS, commit, group, incident, member, partition, problem, snapshot, topic } from './build-snapshot.ts';

const judging = (isolation: Isolation = 'read_uncommitted') => ({ isolation, oldAfterMs: DEFAULT_OLD_AFTER_MS });

function judge(
  latest: Snapshot,
  earlier: readonly Snapshot[] = [],
  isolation: Isolation = 'read_uncommitted',
): LagReport {
  return judgeLag(
    latest,
    earlier.map((each) => sampleOf(each, isolation)),
    judging(isolation),
  );
}

function only(report: LagReport): GroupLag {
  const [first] = report.groups;
  if (first === undefined) throw new Error('no group');
  return first;
}

/** One group, one partition: what its verdict is, and why. */
function verdictOf(report: LagReport): { verdict: string; confidence: string; evidence: string | null } {
  const [row] = only(report).partitions;
  if (row === undefined) throw new Error('no partition');
  return {
    verdict: row.verdict,
    confidence: row.confidence,
    evidence: row.evidence === null ? null : plainText(row.evidence),
  };
}

/** A live group that owns orders-0. */
function live(
  committed: number | null,
  end: number | null,
  at: number,
  rest: Partial<Group> = {},
  old = true,
): Snapshot {
  return snapshot(
    [topic('orders', [partition(0, end)])],
    [
      group('payments', {
        members: [member('pay-1', { orders: [0] })],
        commits: [commit('orders', 0, committed, { timestampMs: old ? AT_MS - 90_000 : AT_MS - 1_000 })],
        ...rest,
      }),
    ],
    { at: new Date(at).toISOString() },
  );
}

describe('one sample', () => {
  it('finds every group of the documented incident', () => {
    const report = judge(incident());
    expect(report.groups.map(({ group: name, verdict, lag, unknown }) => [name, verdict, lag, unknown])).toEqual([
      ['audit-sink', 'OUT-OF-RANGE', 29_193, 1],
      ['payments', 'BEHIND', 3_626, 0],
      ['pricing', 'LEADERLESS', 0, 1],
      ['scan-workers', 'OK', 112, 0],
    ]);
    expect(report.totals).toEqual({ groups: 4, partitions: 10, lag: 32_931, unknown: 2, hidden: 0 });
  });

  it('is OK without lag, and with a little that is recent', () => {
    expect(verdictOf(judge(live(10, 10, AT_MS))).verdict).toBe('OK');
    expect(verdictOf(judge(live(9, 10, AT_MS, {}, false))).verdict).toBe('OK');
  });

  it('calls old unread records BEHIND: it cannot know whether they are being read', () => {
    expect(verdictOf(judge(live(5, 10, AT_MS)))).toEqual({
      verdict: 'BEHIND',
      confidence: 'certain',
      evidence: 'committed 5, 5 unread, the oldest for 1m30s; owner pay-1',
    });
  });

  it('tells how much was lost when the commit lies before the log start', () => {
    const report = judge(
      snapshot(
        [topic('events', [partition(3, 39_414, { start: 11_004 })])],
        [group('g', { commits: [commit('events', 3, 10_221)] })],
      ),
    );
    expect(verdictOf(report)).toMatchObject({ verdict: 'OUT-OF-RANGE', confidence: 'certain' });
    expect(verdictOf(report).evidence).toContain('783 records were deleted before they were read');
    expect(only(report).partitions[0]?.timeLagMs).toBeNull();
  });

  it('keeps a negative lag, and does not let it lower the total', () => {
    const report = judge(
      snapshot(
        [topic('t', [partition(0, 5), partition(1, 8)])],
        [group('g', { commits: [commit('t', 0, 1_000), commit('t', 1, 2)] })],
      ),
    );
    expect(report.groups[0]?.partitions.map(({ lag, verdict }) => [lag, verdict])).toEqual([
      [-995, 'AHEAD-OF-END'],
      [6, 'STOP'],
    ]);
    expect(report.totals.lag).toBe(6);
  });

  it('finds a negative commit', () => {
    const report = judge(snapshot([topic('t', [partition(0, 5)])], [group('g', { commits: [commit('t', 0, -2)] })]));
    expect(verdictOf(report)).toMatchObject({ verdict: 'INVALID-COMMIT' });
    expect(report.totals).toMatchObject({ lag: 0, unknown: 1 });
  });

  it('says how many records no commit would skip', () => {
    const report = judge(
      snapshot([topic('t', [partition(0, 5)])], [group('g', { members: [member('m', { t: [0] })] })]),
    );
    expect(verdictOf(report)).toMatchObject({
      verdict: 'NO-COMMIT',
      evidence: 'no commit; 5 records are there, which auto.offset.reset=latest would skip',
    });
    expect(report.totals.unknown).toBe(1);
  });

  it('finds lag that no member of a live group owns, and waits while the group rebalances', () => {
    const rows = { members: [member('m', { t: [0] })], commits: [commit('t', 0, 5), commit('t', 1, 1)] };
    const topics = [topic('t', [partition(0, 5), partition(1, 8)])];
    expect(judge(snapshot(topics, [group('g', rows)])).groups[0]?.partitions[1]?.verdict).toBe('NO-OWNER');
    const rebalancing = judge(snapshot(topics, [group('g', { ...rows, state: 'PreparingRebalance' })]));
    expect(rebalancing.groups[0]?.partitions[1]?.verdict).toBe('OK');
    expect(rebalancing.groups[0]?.verdict).toBe('REBALANCING');
  });

  it('does not blame a member whose assignment could not be decoded', () => {
    const members = [member('m', {}, { problem: problem('UNDECODABLE'), subscribedTopics: null })];
    const report = judge(
      snapshot([topic('t', [partition(0, 8)])], [group('g', { members, commits: [commit('t', 0, 1)] })]),
    );
    expect(verdictOf(report).verdict).toBe('OK');
  });

  it('notes commits for a topic that nobody subscribes to any more', () => {
    const report = judge(
      snapshot(
        [topic('new', [partition(0, 5)]), topic('old', [partition(0, 9)])],
        [group('g', { members: [member('m', { new: [0] })], commits: [commit('new', 0, 5), commit('old', 0, 1)] })],
      ),
    );
    expect(report.groups[0]?.partitions.map(({ verdict }) => verdict)).toEqual(['OK', 'UNSUBSCRIBED']);
    expect(report.groups[0]?.findings).toEqual([]);
  });

  it('tells STOP (nobody is in the group) from EMPTY (and nothing waits)', () => {
    const stopped = judge(snapshot([topic('t', [partition(0, 8)])], [group('g', { commits: [commit('t', 0, 1)] })]));
    expect(verdictOf(stopped)).toMatchObject({ verdict: 'STOP', confidence: 'certain' });
    const empty = judge(snapshot([topic('t', [partition(0, 8)])], [group('g', { commits: [commit('t', 0, 8)] })]));
    expect(only(empty).verdict).toBe('EMPTY');
  });

  it('is only likely to be right about STOP when a group never had members: assign() is not seen', () => {
    const simple = (age: number) =>
      judge(
        snapshot(
          [topic('t', [partition(0, 8)])],
          [group('g', { type: 'simple', commits: [commit('t', 0, 1, { timestampMs: AT_MS - age })] })],
        ),
      );
    expect(verdictOf(simple(90_000))).toMatchObject({ verdict: 'STOP', confidence: 'likely' });
    expect(verdictOf(simple(500)).verdict).toBe('OK');
  });

  it('keeps a deleted topic, a leaderless partition and an unreadable end apart', () => {
    const gone = problem('UNKNOWN_TOPIC_OR_PARTITION', 'topic gone');
    const report = judge(
      snapshot(
        [
          topic('gone', [], { problem: gone }),
          topic('t', [
            partition(0, null, { leader: null, isr: [] }),
            partition(1, null, { problem: problem('TIMED_OUT', 't-1') }),
          ]),
        ],
        [group('g', { commits: [commit('gone', 0, 3), commit('t', 0, 3), commit('t', 1, 3)] })],
      ),
    );
    expect(only(report).partitions.map(({ verdict, lag }) => [verdict, lag])).toEqual([
      ['DELETED-TOPIC', null],
      ['LEADERLESS', null],
      ['UNKNOWN', null],
    ]);
    expect(report.totals).toMatchObject({ lag: 0, unknown: 3 });
  });

  it('keeps a group that could not be read, with its error', () => {
    const denied = problem('GROUP_AUTHORIZATION_FAILED', 'group g');
    const report = judge(snapshot([], [group('g', { problem: denied, state: null }), group('h')]));
    expect(report.groups.map(({ group: name, verdict }) => [name, verdict])).toEqual([
      ['g', 'ERROR'],
      ['h', 'EMPTY'],
    ]);
    expect(report.problems).toEqual([denied]);
  });

  it('counts records beyond the high watermark once, however many groups read the partition', () => {
    const topics = [topic('t', [partition(0, 5, { logEnd: 18 })])];
    const commits = [commit('t', 0, 5)];
    const report = judge(snapshot(topics, [group('a', { commits }), group('b', { commits })]));
    expect(report.totals).toMatchObject({ lag: 0, hidden: 13 });
    expect(only(report).partitions[0]).toMatchObject({ hidden: 13, verdict: 'OK' });
  });

  it('keeps two groups on one topic apart', () => {
    const topics = [topic('t', [partition(0, 10)])];
    const report = judge(
      snapshot(topics, [group('a', { commits: [commit('t', 0, 1)] }), group('b', { commits: [commit('t', 0, 9)] })]),
    );
    expect(report.groups.map(({ lag }) => lag)).toEqual([9, 1]);
  });

  it('measures read_committed lag to the last stable offset', () => {
    const topics = [topic('t', [partition(0, 10, { lastStableOffset: 7 })])];
    const groups = [group('g', { commits: [commit('t', 0, 7)] })];
    expect(judge(snapshot(topics, groups), [], 'read_committed').totals.lag).toBe(0);
    expect(judge(snapshot(topics, groups)).totals.lag).toBe(3);
    // A reader that does not wait for transactions may have committed beyond the last stable offset.
    const ahead = [group('g', { commits: [commit('t', 0, 9)] })];
    expect(verdictOf(judge(snapshot(topics, ahead), [], 'read_committed')).verdict).toBe('OK');
  });
});

describe('several samples', () => {
  const earlierBy = (ms: number) => AT_MS - ms;

  it('proves a STALL over ten seconds, and finds it likely over one', () => {
    const long = judge(live(5, 10, AT_MS), [live(5, 9, earlierBy(10_000))]);
    expect(verdictOf(long)).toMatchObject({ verdict: 'STALL', confidence: 'certain' });
    const short = judge(live(5, 10, AT_MS), [live(5, 9, earlierBy(1_000))]);
    expect(verdictOf(short)).toMatchObject({ verdict: 'STALL', confidence: 'likely' });
    expect(verdictOf(short).evidence).toContain('unchanged over 1 s');
  });

  it('does not call a quiet partition a stall: its unread record is young', () => {
    expect(verdictOf(judge(live(9, 10, AT_MS, {}, false), [live(9, 10, earlierBy(2_000), {}, false)])).verdict).toBe(
      'OK',
    );
  });

  it('does not call it a stall when the record arrived in between', () => {
    expect(verdictOf(judge(live(9, 10, AT_MS, {}, false), [live(9, 9, earlierBy(2_000), {}, false)])).verdict).toBe(
      'OK',
    );
  });

  it('tells SLOW, CATCHING-UP and REWIND by how the offsets move', () => {
    const slow = judge(live(20, 300, AT_MS), [live(10, 200, earlierBy(10_000))]);
    expect(verdictOf(slow)).toEqual({
      verdict: 'SLOW',
      confidence: 'certain',
      evidence: 'reads 1 records/s while 10/s arrive',
    });
    expect(only(slow)).toMatchObject({ lagPerSecond: 9, etaMs: null });
    const better = judge(live(200, 300, AT_MS), [live(10, 290, earlierBy(10_000))]);
    expect(verdictOf(better).verdict).toBe('CATCHING-UP');
    expect(only(better)).toMatchObject({ lagPerSecond: -18, etaMs: 5_556 });
    expect(verdictOf(judge(live(5, 300, AT_MS), [live(10, 290, earlierBy(10_000))])).verdict).toBe('REWIND');
  });

  it('sees the hidden backlog of a frozen high watermark, where lag looks healthy', () => {
    const at = (logEnd: number, when: number) =>
      snapshot(
        [topic('t', [partition(0, 5, { logEnd, isr: [1, 2] })])],
        [group('g', { members: [member('m', { t: [0] })], commits: [commit('t', 0, 5)] })],
        { at: new Date(when).toISOString() },
      );
    const report = judge(at(18, AT_MS), [at(15, earlierBy(10_000))]);
    expect(verdictOf(report)).toEqual({
      verdict: 'HIDDEN-BACKLOG',
      confidence: 'certain',
      evidence: 'high watermark 5 stood still for 10 s with 13 records behind it; in sync 1,2 of 1,2,3',
    });
  });

  it('blames an open transaction, not the consumer, for standing at the last stable offset', () => {
    const at = (end: number, when: number) =>
      snapshot(
        [topic('t', [partition(0, end, { lastStableOffset: 7 })])],
        [group('g', { members: [member('m', { t: [0] })], commits: [commit('t', 0, 7)] })],
        { at: new Date(when).toISOString() },
      );
    const report = judge(at(20, AT_MS), [at(10, earlierBy(12_000))]);
    expect(verdictOf(report)).toMatchObject({ verdict: 'BLOCKED-BY-TXN', confidence: 'likely' });
  });

  it('sees commits that move although nobody is a member', () => {
    const at = (committed: number, when: number) =>
      snapshot([topic('t', [partition(0, 50)])], [group('g', { commits: [commit('t', 0, committed)] })], {
        at: new Date(when).toISOString(),
      });
    expect(verdictOf(judge(at(20, AT_MS), [at(10, earlierBy(10_000))])).verdict).not.toBe('STOP');
  });

  it('takes the lag of a share group from its coordinator, where that tells it', () => {
    const share = (rest: object) =>
      judge(
        snapshot(
          [topic('t', [partition(0, 50)])],
          [group('s', { type: 'share', members: [member('c', { t: [0] })], commits: [commit('t', 0, 10, rest)] })],
        ),
      );
    // Records that were acknowledged out of order lie beyond the start offset, and are not delivered again.
    expect(only(share({ lag: 12 })).lag).toBe(12);
    expect(only(share({})).lag).toBe(40);
  });

  it('says why the age of what is unread is unknown, and judges as it would without', () => {
    const refused = { timestampProblem: problem('TOPIC_AUTHORIZATION_FAILED', 't-0') };
    const report = (rest: object) =>
      judge(
        snapshot(
          [topic('t', [partition(0, 50)])],
          [group('g', { members: [member('c', { t: [0] })], commits: [commit('t', 0, 10, rest)] })],
        ),
      );
    expect(only(report(refused)).partitions[0]).toMatchObject({ error: 'TOPIC_AUTHORIZATION_FAILED', timeLagMs: null });
    expect(verdictOf(report(refused))).toEqual(verdictOf(report({})));
  });
});
