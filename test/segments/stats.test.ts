import { describe, expect, it } from 'vitest';
import { DistinctCount } from '../../src/segments/stats/distinct.ts';
import { compactionOf, KAFKA_DEFAULTS, retentionFates, type SegmentAge } from '../../src/segments/stats/retention.ts';
import { TopKeys } from '../../src/segments/stats/top-keys.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-21T00:00:00Z');
const segment = (baseOffset: number, ageDays: number | null, bytes = 100): SegmentAge => ({
  baseOffset,
  bytes,
  firstTimestamp: ageDays === null ? null : NOW - (ageDays + 1) * DAY,
  largestTimestamp: ageDays === null ? null : NOW - ageDays * DAY,
  nextOffset: baseOffset + 10,
});
const what = (segments: readonly SegmentAge[], config = {}): string[] =>
  retentionFates(segments, { ...KAFKA_DEFAULTS, ...config }, NOW).map((fate) => fate.what);

describe('what retention makes of segments', () => {
  it('deletes what is older than retention.ms, oldest first', () => {
    expect(what([segment(0, 9), segment(10, 8), segment(20, 2), segment(30, 0)])).toEqual([
      'deletable',
      'deletable',
      'kept',
      'active',
    ]);
  });

  it('keeps an old segment behind one that has to stay, and says which', () => {
    const fates = retentionFates([segment(0, -3), segment(10, 9), segment(20, 0)], KAFKA_DEFAULTS, NOW);
    expect(fates.map((fate) => fate.what)).toEqual(['kept', 'kept', 'active']);
    expect(fates[0]?.why).toContain('dated in the future');
    expect(fates[1]?.why).toBe('the segment at 0 before it has to stay');
  });

  it('deletes by size as long as what is left is large enough, never the active one', () => {
    const segments = [segment(0, 1), segment(10, 1), segment(20, 1), segment(30, 0)];
    expect(what(segments, { retentionBytes: 250 })).toEqual(['deletable', 'kept', 'kept', 'active']);
    expect(what(segments, { retentionBytes: 0 })).toEqual(['deletable', 'deletable', 'deletable', 'active']);
    expect(what(segments, { retentionBytes: -1 })).toEqual(['kept', 'kept', 'kept', 'active']);
  });

  it('deletes the active segment by time, after rolling it', () => {
    expect(what([segment(0, 9)])).toEqual(['deletable']);
    expect(what([segment(0, 9)], { retentionMs: -1 })).toEqual(['active']);
    expect(what([segment(0, null)])).toEqual(['active']);
  });

  it('deletes nothing of a topic that is only compacted', () => {
    expect(what([segment(0, 99), segment(10, 0)], { cleanupPolicy: { delete: false, compact: true } })).toEqual([
      'kept',
      'active',
    ]);
  });
});

describe('what the log cleaner has to do', () => {
  const compact = { ...KAFKA_DEFAULTS, cleanupPolicy: { delete: false, compact: true } };
  const segments = [segment(0, 5), segment(10, 3), segment(20, 1), segment(30, 0)];

  it('takes the ratio of closed segments behind its checkpoint', () => {
    expect(compactionOf(segments, 10, compact, NOW)).toMatchObject({ cleanBytes: 100, dirtyBytes: 200, due: true });
    expect(compactionOf(segments, 20, compact, NOW)).toMatchObject({ cleanBytes: 200, dirtyBytes: 100, due: false });
    expect(compactionOf(segments, null, compact, NOW)).toMatchObject({ dirtyRatio: 1, due: true });
  });

  it('says why it does not clean', () => {
    expect(compactionOf(segments, 30, compact, NOW).why).toContain('active segment');
    expect(compactionOf(segments, 0, { ...compact, minCompactionLagMs: 10 * DAY }, NOW).why).toContain(
      'min.compaction.lag.ms',
    );
    expect(compactionOf(segments, 0, KAFKA_DEFAULTS, NOW).why).toContain('cleanup.policy');
  });
});

describe('keys in bounded memory', () => {
  it('counts different keys within two percent', () => {
    for (const many of [10, 1000, 50_000]) {
      const count = new DistinctCount();
      for (let i = 0; i < many * 2; i++) count.add(Buffer.from(`user-${i % many}`));
      expect(Math.abs(count.estimate() - many) / many).toBeLessThan(0.02);
    }
  });

  it('finds hot keys among many', () => {
    const top = new TopKeys();
    for (let i = 0; i < 60_000; i++) top.add(Buffer.from(i % 10 === 0 ? 'hot' : `cold-${i}`));
    const [first] = top.top(3);
    expect(first?.key.toString()).toBe('hot');
    expect(first?.count).toBeGreaterThanOrEqual(6000);
    expect((first?.count ?? 0) - (first?.error ?? 0)).toBeLessThanOrEqual(6000);
  });
});
