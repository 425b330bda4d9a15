import { describe, expect, it } from 'vitest';
import type { CommitHistory, GroupHistory } from '../../src/cluster/history.ts';
import { paceOf } from '../../src/health/commit-pace.ts';
import { DEFAULT_OLD_AFTER_MS } from '../../src/health/judge-lag.ts';
import { judgeRecording } from '../../src/health/judge-recording.ts';
import { judgedGroups } from '../../src/render/report-cluster.ts';
import { history, recording } from './build-recording.ts';
import { AT_MS, commit, group, member, partition, problem, snapshot, topic } from './build-snapshot.ts';

function pace(name: string, medianMs: number, rest: Partial<CommitHistory> = {}): GroupHistory {
  const commits: CommitHistory = {
    topic: 'orders',
    partition: 0,
    commits: 10,
    firstAtMs: AT_MS - 10 * medianMs,
    lastAtMs: AT_MS,
    firstOffset: 0,
    lastOffset: 100,
    newest: [],
    intervalMs: { min: medianMs, median: medianMs, max: medianMs },
    rewinds: 0,
    largestRewind: 0,
    unchanged: 0,
    removedAtMs: null,
    ...rest,
  };
  return history(name, { commits: [commits] });
}

describe('what is old for a group', () => {
  it.each([
    ['three of its usual intervals', pace('g', 4_000), 12_000],
    ['never less than an auto-commit interval', pace('g', 100), 5_000],
    ['a minute where two commits make no habit', pace('g', 4_000, { commits: 2 }), DEFAULT_OLD_AFTER_MS],
    [
      'a minute where the history could not be read',
      { ...pace('g', 4_000), problem: problem('X') },
      DEFAULT_OLD_AFTER_MS,
    ],
    ['a minute where there is none', pace('other', 4_000), DEFAULT_OLD_AFTER_MS],
  ])('is %s', (_, told, ms) => {
    expect(paceOf([told])('g')).toBe(ms);
  });

  it('is the same for the report as for the judgement of a recording', () => {
    const unread = snapshot(
      [topic('orders', [partition(0, 200)])],
      ['slow', 'quick'].map((name) =>
        group(name, {
          members: [member(`${name}-1`, { orders: [0] })],
          commits: [commit('orders', 0, 100, { timestampMs: AT_MS - 30_000 })],
        }),
      ),
    );
    const taken = recording([unread], { histories: [pace('slow', 20_000), pace('quick', 5_000)] });
    const told = judgeRecording(taken).groups.map((each) => [each.group, each.verdict]);
    expect(told).toEqual([
      ['quick', 'BEHIND'],
      ['slow', 'OK'],
    ]);
    expect(judgedGroups(taken).map((each) => [each.group, each.verdict])).toEqual(told);
  });
});
