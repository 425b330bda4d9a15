import type { Problem } from '../cluster/snapshot.ts';
import type { LagDocument } from './lag-document.ts';
import type { Finding, LagReport, Next, PartitionLag } from './lag-report.ts';
import { plainText } from './phrase.ts';
import { type LagView, rollUp } from './roll-up.ts';
import { VERDICTS } from './verdicts.ts';

/** The `lag` document of a report. `hint` says a follow-up command as one line, with the caller's own connection options. */
export function lagDocument(
  report: LagReport,
  by: LagView,
  problems: readonly Problem[],
  hint: (next: Next) => string,
): LagDocument {
  return {
    kind: 'lag',
    version: 1,
    at: report.at,
    cluster: { id: report.clusterId },
    isolation: report.isolation,
    samples: report.samples,
    windowMs: report.windowMs,
    by,
    groups: report.groups.map((group) => ({
      group: group.group,
      type: group.type,
      state: group.state,
      coordinator: group.coordinator,
      members: group.members,
      verdict: group.verdict,
      severity: group.severity,
      lag: group.lag,
      unknown: group.unknown,
      timeLagMs: group.timeLagMs,
      lagPerSecond: group.lagPerSecond,
      etaMs: group.etaMs,
      findings: group.findings.map((finding) => findingBody(finding, hint)),
      partitions: group.partitions.map(partitionBody),
    })),
    rollUp: by === 'partition' ? [] : rollUp(report, by),
    totals: report.totals,
    errors: [...problems],
  };
}

/** One partition as the document says it: also a row of `-o ndjson` and `-o csv`. */
export function partitionBody(row: PartitionLag): LagDocument['groups'][number]['partitions'][number] {
  return {
    topic: row.topic,
    partition: row.partition,
    committed: row.committed,
    start: row.start,
    end: row.end,
    lag: row.lag,
    hidden: row.hidden,
    leader: row.leader,
    owners: row.owners,
    member: row.member,
    clientId: row.clientId,
    host: row.host,
    verdict: row.verdict,
    confidence: row.confidence,
    timeLagMs: row.timeLagMs,
    timeLagSource: row.timeLagSource,
    lagPerSecond: row.trend?.lagPerSecond ?? null,
    error: row.error,
  };
}

function findingBody(
  finding: Finding,
  hint: (next: Next) => string,
): LagDocument['groups'][number]['findings'][number] {
  return {
    rule: finding.rule,
    verdict: finding.verdict,
    severity: finding.severity,
    confidence: finding.confidence,
    meaning: VERDICTS[finding.verdict].meaning,
    partitions: finding.partitions.map(({ topic, partition, evidence }) => ({
      topic,
      partition,
      evidence: plainText(evidence),
    })),
    next: finding.next === null ? null : hint(finding.next),
  };
}
