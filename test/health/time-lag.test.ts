import { describe, expect, it } from 'vitest';
import { judgeLag } from '../../src/health/judge-lag.ts';
import { interpolate } from '../../src/health/time-lag.ts';
import fc from '../property.ts';
import { AT_MS, commit, group, partition, snapshot, topic } from './build-snapshot.ts';

const judging = { isolation: 'read_uncommitted', oldAfterMs: 60_000 } as const;

function timeLags(committed: number, timestampMs: number | null, other: number | null) {
  const maxTimestamp = { offset: 99, timestampMs: AT_MS - 1_000 };
  const report = judgeLag(
    snapshot(
      [topic('t', [partition(0, 100, { maxTimestamp })])],
      [
        group('a', { commits: [commit('t', 0, committed, { timestampMs })] }),
        ...(other === null ? [] : [group('b', { commits: [commit('t', 0, other, { timestampMs: AT_MS - 101_000 })] })]),
      ],
    ),
    [],
    judging,
  );
  const row = report.groups[0]?.partitions[0];
  return [row?.timeLagMs, row?.timeLagSource];
}

describe('time lag', () => {
  it('is exact from the record at the commit', () => {
    expect(timeLags(50, AT_MS - 5_000, null)).toEqual([5_000, 'exact']);
  });

  it('is zero, and exact, when nothing is unread', () => {
    expect(timeLags(100, null, null)).toEqual([0, 'exact']);
  });

  it('is interpolated between two known records, and says so', () => {
    expect(timeLags(49, null, 0)).toEqual([Math.round(101_000 - (49 / 99) * 100_000), 'interpolated']);
  });

  it('is unknown with an anchor on one side only: nothing is extrapolated', () => {
    expect(timeLags(50, null, null)).toEqual([null, null]);
  });

  it('is never negative when clocks disagree', () => {
    expect(timeLags(50, AT_MS + 5_000, null)).toEqual([0, 'exact']);
  });
});

describe('interpolate', () => {
  it('stays between its neighbours and is never NaN', () => {
    const anchor = fc.record({ offset: fc.nat(1000), timestampMs: fc.nat(1_000_000) });
    fc.assert(
      fc.property(fc.array(anchor), fc.nat(1000), (anchors, offset) => {
        const at = interpolate(anchors, offset);
        if (at === null) return !anchors.some((a) => a.offset <= offset) || !anchors.some((a) => a.offset >= offset);
        const times = anchors.map(({ timestampMs }) => timestampMs);
        return at >= Math.min(...times) && at <= Math.max(...times);
      }),
    );
  });
});
