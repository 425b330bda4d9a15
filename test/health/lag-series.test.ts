import { describe, expect, it } from 'vitest';
import { lagSeries } from '../../src/health/lag-series.ts';
import { timelineOf } from '../../src/health/timeline.ts';
import { history, historyMember, recording, stalled } from './build-recording.ts';
import { AT_MS, commit, group, partition, snapshot, topic } from './build-snapshot.ts';

describe('the series of a recording', () => {
  it('tell lag and rates by partition and in all', () => {
    const [series] = lagSeries(recording([stalled(20), stalled(10), stalled(0)]), ['payments']);
    expect(series?.times.map((at) => (at - AT_MS) / 1_000)).toEqual([-20, -10, 0]);
    expect(series?.lag).toEqual([2_900, 3_500, 4_100]);
    expect(series?.writtenPerSecond).toEqual([null, 120, 120]);
    expect(series?.committedPerSecond).toEqual([null, 60, 60]);
    expect(series?.partitions.map(({ partition: id }) => id)).toEqual([1, 0]);
  });

  it('have a gap where something is not known', () => {
    const at = (second: number, offset: number | null) =>
      snapshot(
        [topic('t', [partition(0, 10), partition(1, 10)])],
        [group('g', { commits: [commit('t', 0, offset), commit('t', 1, 4)] })],
        {
          at: new Date(AT_MS + second * 1_000).toISOString(),
        },
      );
    const [series] = lagSeries(recording([at(0, 3), at(1, null), at(2, 5)]), ['g']);
    expect(series?.lag).toEqual([13, null, 11]);
    expect(series?.committedPerSecond).toEqual([null, null, null]);
  });
});

describe('the timeline of a recording', () => {
  const generation = (
    number: number,
    secondsBefore: number,
    names: readonly string[],
    joined: number,
    left: number,
  ) => ({
    generation: number,
    atMs: AT_MS - secondsBefore * 1_000,
    protocol: 'range',
    leader: null,
    members: names.map(historyMember),
    joined,
    left,
  });

  it('begins before the first sample, with what __consumer_offsets tells', () => {
    const events = timelineOf(
      recording([stalled(10), stalled(0)], {
        histories: [
          history('payments', {
            generations: [generation(7, 300, ['a', 'b'], 1, 0), generation(8, 5, ['a'], 0, 1)],
            commits: [
              {
                topic: 'orders',
                partition: 1,
                commits: 2,
                firstAtMs: AT_MS - 9_000,
                lastAtMs: AT_MS - 8_000,
                firstOffset: 950,
                lastOffset: 900,
                newest: [
                  { atMs: AT_MS - 9_000, offset: 950 },
                  { atMs: AT_MS - 8_000, offset: 900 },
                ],
                intervalMs: { min: 1_000, median: 1_000, max: 1_000 },
                rewinds: 1,
                largestRewind: 50,
                unchanged: 0,
                removedAtMs: null,
              },
            ],
          }),
        ],
      }),
    );
    expect(events.map(({ atMs, subject, text }) => [(atMs - AT_MS) / 1_000, subject, text])).toEqual([
      [-300, 'group payments', 'generation 7: 2 members (1 joined)'],
      [-8, 'group payments', 'the commit of orders-1 went back from 950 to 900: 50 records are read again'],
      [-5, 'group payments', 'generation 8: 1 member (1 left)'],
    ]);
  });

  it('says what changed between two samples, and does not repeat the lag', () => {
    const down = { ...stalled(0), brokers: stalled(0).brokers.slice(0, 2) };
    const events = timelineOf(recording([stalled(10), down]));
    expect(events).toEqual([
      expect.objectContaining({ subject: 'broker 3', severity: 'error', atMs: AT_MS, source: 'samples' }),
    ]);
  });
});
