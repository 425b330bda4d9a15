import { lagDocument, partitionBody } from '../../../health/build-lag-document.ts';
import { totalsOf } from '../../../health/judge-lag.ts';
import type { GroupLag, LagReport, Next } from '../../../health/lag-report.ts';
import { type LagView, rollUp } from '../../../health/roll-up.ts';
import { effortText, findingLines, totalsLine } from '../../../render/findings-view.ts';
import { type LagSort, lagSheet } from '../../../render/lag-view.ts';
import { hintLine } from '../../hint.ts';
import type { Presentation } from '../../present.ts';

/** A lag report in every format. `test` (of `--lag`) chooses rows; findings and totals are about what is left. */
export function lagPresentation(
  full: LagReport,
  { by, sort }: { readonly by: LagView; readonly sort: LagSort },
  test: ((lag: number | null) => boolean) | null,
  reach: readonly string[],
): Presentation {
  const report = by === 'partition' && test !== null ? filterPartitions(full, test) : full;
  const keep = by === 'partition' ? null : test;
  const hint = (next: Next): string => hintLine(next, reach);
  return {
    document: () => {
      const document = lagDocument(report, by, report.problems, hint);
      return keep === null ? document : { ...document, rollUp: document.rollUp.filter((row) => keepRow(row, keep)) };
    },
    lines: () => ndjson(report, by, keep),
    sheets: [lagSheet(report, by, sort, keep === null ? undefined : (row) => keepRow(row, keep))],
    before: (style) => findingLines(report, style, hint),
    after: (style) => [style.theme('muted', `${totalsLine(report, style)} · ${effortText(report)}`)],
    problems: report.problems,
  };
}

function keepRow(row: { lag: number; unknown: number }, test: (lag: number | null) => boolean): boolean {
  return row.unknown > 0 || test(row.lag);
}

function* ndjson(report: LagReport, by: LagView, keep: ((lag: number | null) => boolean) | null): Iterable<unknown> {
  const head = { at: report.at };
  if (by !== 'partition') {
    for (const row of rollUp(report, by)) if (keep === null || keepRow(row, keep)) yield { ...head, ...row };
    return;
  }
  for (const group of report.groups) {
    for (const row of group.partitions) yield { ...head, group: group.group, ...partitionBody(row) };
  }
}

/** Leaves out partitions (and groups without any left); sums are made anew, findings stay those of the group. */
export function filterPartitions(report: LagReport, test: (lag: number | null) => boolean): LagReport {
  const groups = report.groups
    .map((group): GroupLag => {
      const partitions = group.partitions.filter(({ lag }) => test(lag));
      return {
        ...group,
        partitions,
        lag: partitions.reduce((sum, { lag }) => sum + Math.max(0, lag ?? 0), 0),
        unknown: partitions.filter(({ lag }) => lag === null).length,
      };
    })
    .filter(({ partitions, problem }) => partitions.length > 0 || problem !== null);
  return { ...report, groups, totals: totalsOf(groups) };
}
