import { describe, expect, it } from 'vitest';
import { bandChart } from '../../src/render/svg-bands.ts';
import { heatMap, shadeOf } from '../../src/render/svg-heat.ts';
import { lineChart, placeLabels } from '../../src/render/svg-lines.ts';
import { compact, linear, niceTicks, spread, timeLabel, timeTicks } from '../../src/render/svg-scale.ts';

const AT = Date.parse('2026-11-20T14:15:00.000Z');

describe('scales', () => {
  it('have round ticks that hold the largest value', () => {
    expect(niceTicks(3_785)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
    expect(niceTicks(0.3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(niceTicks(0)).toEqual([0, 1]);
    for (const max of [1, 7, 19, 99, 100, 101, 12_345, 9e9]) {
      const ticks = niceTicks(max);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
      expect(ticks.length).toBeLessThanOrEqual(7);
    }
  });

  it('have times on round moments', () => {
    const ticks = timeTicks(AT + 1_300, AT + 61_300);
    expect(ticks.map((at) => timeLabel(at, 60_000))).toEqual([
      '14:15:10',
      '14:15:20',
      '14:15:30',
      '14:15:40',
      '14:15:50',
      '14:16:00',
    ]);
    expect(timeLabel(AT, 3_600_000)).toBe('14:15');
    expect(timeLabel(AT, 48 * 3_600_000)).toBe('11-20 14:15');
    expect(timeTicks(AT, AT + 400 * 86_400_000).length).toBeLessThanOrEqual(7);
  });

  it('say numbers in few characters', () => {
    expect([0, 7, 9.96, 9.5, 999, 1_000, 1_250, 12_345, 999_700, 5_600_000].map(compact)).toEqual([
      '0',
      '7',
      '10',
      '9.5',
      '999',
      '1k',
      '1.3k',
      '12k',
      '1M',
      '5.6M',
    ]);
  });

  it('map, also what has no extent', () => {
    expect(linear(0, 10, 100, 200)(5)).toBe(150);
    expect(linear(3, 3, 100, 200)(3)).toBe(150);
    expect(spread([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7]);
  });
});

describe('charts', () => {
  it('break a line where nothing is known, and name each at its end', () => {
    const { text } = lineChart({
      id: 'c',
      title: 'Lag <of> g',
      says: 'says',
      series: [
        { name: 'one & all', points: [0, 1, null, 3, 4].map((value, at) => ({ atMs: AT + at * 1_000, value })) },
        { name: 'never known', points: [{ atMs: AT, value: null }] },
      ],
    });
    expect(text.match(/<polyline/g)).toHaveLength(2);
    expect(text).toContain('one &amp; all</text>');
    expect(text).not.toContain('never known</text>');
    expect(text).toContain('aria-labelledby="c-title c-says"');
    expect(text).toContain('<title id="c-title">Lag &lt;of&gt; g</title>');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('keep labels apart, and inside', () => {
    const placed = placeLabels([200, 201, 199, 10]);
    const sorted = [...placed].sort((a, b) => a - b);
    for (const [at, value] of sorted.slice(1).entries()) expect(value - (sorted[at] ?? 0)).toBeGreaterThanOrEqual(14);
    expect(Math.max(...placed)).toBeLessThanOrEqual(204);
    expect(placed[3]).toBe(10);
  });

  it('show what was short, and write inside only where there is room', () => {
    const band = (fromMs: number, toMs: number, text: string) => ({
      fromMs,
      toMs,
      text,
      tone: 'bad' as const,
      says: `${text} said`,
    });
    const { text } = bandChart({
      id: 'b',
      title: 't',
      says: 's',
      fromMs: AT,
      toMs: AT + 100_000,
      rows: [
        {
          name: 'state',
          bands: [band(AT, AT + 99_000, 'Stable'), band(AT + 99_000, AT + 99_001, 'PreparingRebalance')],
        },
      ],
    });
    expect(text).toContain('>Stable</text>');
    expect(text).not.toContain('>PreparingRebalance</text>');
    expect(text).toContain('PreparingRebalance said</title>');
    expect(text).toContain('width="3"');
  });

  it('shade numbers, and tell unknown from zero', () => {
    const { text } = heatMap({
      id: 'h',
      title: 't',
      says: 's',
      times: [AT, AT + 1_000],
      rows: [
        { name: 'orders-0', values: [0, null] },
        { name: 'orders-1', values: [10, 1_000] },
      ],
    });
    expect(text).toContain('>0</text>');
    expect(text).toContain('>–</text>');
    expect(text).toContain('orders-0, 14:15:01: not known</title>');
    expect([0, null, 1, 40, 1_000].map((value) => shadeOf(value, 1_000))).toEqual([0, 0, 1, 1, 5]);
  });
});
