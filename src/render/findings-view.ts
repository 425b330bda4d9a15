import type { Finding, GroupLag, LagReport, Next } from '../health/lag-report.ts';
import { spanText } from '../health/span-text.ts';
import { VERDICTS } from '../health/verdicts.ts';
import { escapeText } from './escape.ts';
import { toneOf } from './lag-view.ts';
import { numberText, phraseText, rateText, type Style } from './style.ts';
import { wrap } from './wrap.ts';

/** Lines of evidence that one finding prints before it says how many there are besides. */
const EVIDENCE_LINES = 3;
/** Groups whose findings are printed before the rest is only counted. */
const GROUPS_SHOWN = 10;

/** Verdict, evidence, next command for every group with a finding; the worst groups first. */
export function findingLines(report: LagReport, style: Style, hint: (next: Next) => string | null): string[] {
  const sick = report.groups.filter((group) => group.findings.length > 0).sort(bySeverity);
  const lines = sick.slice(0, GROUPS_SHOWN).flatMap((group) => groupLines(group, style, hint));
  if (sick.length > GROUPS_SHOWN) {
    const rest = numberText(sick.length - GROUPS_SHOWN, style);
    lines.push(style.theme('muted', `… and findings in ${rest} more groups: name a group to see them`));
  }
  return lines;
}

function bySeverity(a: GroupLag, b: GroupLag): number {
  const weight = { error: 0, warn: 1, note: 2, ok: 3 };
  return weight[a.severity] - weight[b.severity];
}

function groupLines(group: GroupLag, style: Style, hint: (next: Next) => string | null): string[] {
  const [worst] = group.findings;
  if (worst === undefined) return [];
  const sign = group.severity === 'error' ? '✗' : '!';
  const head = [
    `${worst.verdict}${worst.confidence === 'likely' ? ' (likely)' : ''}${scope(worst, group, style)}`,
    ...lagPart(group, style),
    ...(group.timeLagMs !== null && group.timeLagMs > 0
      ? [`oldest unread record ${spanText(group.timeLagMs)} old`]
      : []),
  ].join(' · ');
  const lines = [
    `${style.theme(toneOf(worst.verdict), sign)} ${style.theme('strong', escapeText(group.group))}  ${head}`,
  ];
  if (group.problem !== null) {
    lines.push(`  ${escapeText(group.problem.name)}: ${escapeText(group.problem.message)}`);
  }
  for (const finding of group.findings) lines.push(...evidenceLines(finding, finding !== worst, style));
  const next = group.findings.find((finding) => finding.next !== null)?.next;
  const command = next == null ? null : hint(next);
  if (command !== null) lines.push(`  next: ${command}`);
  return lines;
}

function scope(finding: Finding, group: GroupLag, style: Style): string {
  if (finding.partitions.length === 0) return '';
  const total = group.partitions.length;
  return ` on ${numberText(finding.partitions.length, style)} of ${numberText(total, style)} partition${total === 1 ? '' : 's'}`;
}

function lagPart(group: GroupLag, style: Style): string[] {
  if (group.partitions.length === 0) return [];
  const rate = group.lagPerSecond === null ? '' : `, ${rateText(group.lagPerSecond, style)}`;
  const unknown = group.unknown === 0 ? '' : ` + ${numberText(group.unknown, style)} unknown`;
  return [`lag ${numberText(group.lag, style)}${unknown}${rate}`];
}

function evidenceLines(finding: Finding, named: boolean, style: Style): string[] {
  const label = named ? `${finding.verdict} ` : '';
  const lines = finding.partitions.slice(0, EVIDENCE_LINES).flatMap(({ topic, partition, evidence }) => {
    const text = `${label}${escapeText(topic)}-${partition}: ${phraseText(evidence, style)}`;
    return wrap(text, (style.width ?? Number.POSITIVE_INFINITY) - 4).map(
      (line, at) => `${at === 0 ? '  ' : '    '}${line}`,
    );
  });
  const rest = finding.partitions.length - EVIDENCE_LINES;
  if (rest > 0) lines.push(`  ${label}… and ${numberText(rest, style)} more: ${VERDICTS[finding.verdict].meaning}`);
  return lines;
}

/** The last line: what was looked at, and what is not known. */
export function totalsLine(report: LagReport, style: Style): string {
  const { groups, partitions, lag, unknown, hidden } = report.totals;
  const parts = [
    plural(groups, 'group', style),
    plural(partitions, 'partition', style),
    `lag ${numberText(lag, style)}${unknown === 0 ? '' : ` + ${plural(unknown, 'partition', style)} unknown`}`,
  ];
  if (hidden > 0) parts.push(`${numberText(hidden, style)} beyond the high watermark`);
  return parts.join(' · ');
}

/** How it was read: time and round trips, as `groups list` shows them. */
export function effortText({ durationMs, roundTrips }: { durationMs: number; roundTrips: number }): string {
  return `${spanText(durationMs)}, ${roundTrips} round trip${roundTrips === 1 ? '' : 's'}`;
}

/** `1 partition`, `3 626 partitions`: a count as the style writes numbers. */
export function plural(count: number, noun: string, style: Style): string {
  return `${numberText(count, style)} ${noun}${count === 1 ? '' : 's'}`;
}
