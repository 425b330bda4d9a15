import type { GroupLag, LagReport } from '../health/lag-report.ts';
import { spanText } from '../health/span-text.ts';
import { escapeText } from './escape.ts';
import { totalsLine } from './findings-view.ts';
import { toneOf } from './lag-view.ts';
import { sparkline } from './sparkline.ts';
import { numberText, rateText, type Style } from './style.ts';

/** Lag of each group over the last samples, oldest first. */
export type LagHistory = ReadonlyMap<string, readonly (number | null)[]>;

/** One line per group: verdict, lag, rate, ETA, and what it looked like lately. */
export function watchLines(report: LagReport, history: LagHistory, style: Style): string[] {
  return report.groups.map((group) => {
    const lag = `lag ${numberText(group.lag, style)}${group.unknown > 0 ? ` + ${group.unknown} unknown` : ''}`;
    const tone = toneOf(group.verdict);
    const sign = group.severity === 'error' ? '✗' : group.severity === 'warn' ? '!' : '✓';
    return [
      `${style.theme(tone, sign)} ${style.theme('strong', escapeText(group.group))}`,
      style.theme(tone, group.verdict),
      lag,
      group.lagPerSecond === null ? 'rate -' : rateText(group.lagPerSecond, style),
      `ETA ${etaText(group)}`,
      sparkline(history.get(group.group) ?? []),
    ].join('  ');
  });
}

/** When lag will be zero at the present rate; `never` while it does not shrink. */
function etaText(group: GroupLag): string {
  if (group.lag === 0 && group.unknown === 0) return '0 s';
  if (group.etaMs !== null) return spanText(group.etaMs);
  return group.lagPerSecond === null ? '-' : 'never';
}

/** One line per sample, for a pipe or a log: `key=value`, the same keys in the same order. */
export function sampleLine(report: LagReport): string {
  const { groups, partitions, lag, unknown } = report.totals;
  const known = report.groups.map(({ lagPerSecond }) => lagPerSecond).filter((rate) => rate !== null);
  const rate = known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  const eta = rate !== null && rate < 0 && lag > 0 ? Math.round(lag / -rate) : null;
  const counts = new Map<string, number>();
  for (const { verdict } of report.groups) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const verdicts = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([verdict, count]) => `${verdict}:${count}`);
  return [
    report.at,
    `groups=${groups}`,
    `partitions=${partitions}`,
    `lag=${lag}`,
    `unknown=${unknown}`,
    `lagPerSecond=${rate === null ? '-' : Math.round(rate * 10) / 10}`,
    `etaSeconds=${eta ?? '-'}`,
    `verdicts=${verdicts.join(',') || '-'}`,
  ].join(' ');
}

/** The head of a frame. */
export function watchTitle(report: LagReport, intervalMs: number, style: Style): string {
  const time = `${report.at.slice(11, 19)}Z`;
  return style.theme('muted', `${time} · every ${spanText(intervalMs)} · ${totalsLine(report, style)} · Ctrl-C ends`);
}
