import type { Snapshot } from '../../../cluster/snapshot.ts';
import type { GroupsDocument } from '../../../health/groups-document.ts';
import { judgeLag, type LagOptions, totalsOf } from '../../../health/judge-lag.ts';
import type { LagReport } from '../../../health/lag-report.ts';
import { sampleOf } from '../../../health/samples.ts';
import { type GroupEntry, topicsOf } from '../../../render/groups-view.ts';

export interface Judging {
  /** Of a recording: its samples before the newest one, oldest first. */
  readonly earlier: readonly Snapshot[];
  readonly oldAfterMs: LagOptions['oldAfterMs'];
}

/** Groups with their lag judged, and the ones that `keep` wants. */
export function judgeGroups(
  snapshot: Snapshot,
  { earlier, oldAfterMs }: Judging,
  keep: (group: Snapshot['groups'][number]) => boolean = () => true,
): { report: LagReport; entries: GroupEntry[] } {
  const kept = { ...snapshot, groups: snapshot.groups.filter(keep) };
  const isolation = 'read_uncommitted';
  const before = earlier.map((sample) => sampleOf(sample, isolation));
  const report = judgeLag(kept, before, { isolation, oldAfterMs });
  const byName = new Map(kept.groups.map((group) => [group.group, group]));
  const entries = report.groups.flatMap((lag): GroupEntry[] => {
    const group = byName.get(lag.group);
    return group === undefined ? [] : [{ group, lag }];
  });
  return { report, entries };
}

/** The `groups` document. */
export function groupsDocument(report: LagReport, entries: readonly GroupEntry[]): GroupsDocument {
  const { groups, partitions, lag, unknown } = totalsOf(report.groups);
  return {
    kind: 'groups',
    version: 1,
    at: report.at,
    cluster: { id: report.clusterId },
    groups: entries.map(groupBody),
    totals: { groups, partitions, lag, unknown },
    errors: [...report.problems],
  };
}

/** One group as the document says it. */
export function groupBody({ group, lag }: GroupEntry): GroupsDocument['groups'][number] {
  return {
    group: group.group,
    type: group.type,
    state: group.state,
    coordinator: group.coordinator,
    protocol: group.protocol,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    topics: topicsOf(lag),
    partitions: lag.partitions.length,
    lag: lag.lag,
    unknown: lag.unknown,
    verdict: lag.verdict,
    severity: lag.severity,
    members: group.members.map((member) => ({
      member: member.memberId,
      instance: member.instanceId,
      clientId: member.clientId,
      host: member.host,
      memberEpoch: member.memberEpoch,
      assignment: member.assignment,
      targetAssignment: member.targetAssignment,
      error: member.problem?.name ?? null,
    })),
    error: group.problem?.name ?? null,
  };
}
