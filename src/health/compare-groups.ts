import type { GroupHistory } from '../cluster/history.ts';
import { latestSample, type Recording } from '../cluster/recording.ts';
import type { Group } from '../cluster/snapshot.ts';
import type { Change } from './change.ts';
import { paceOf } from './commit-pace.ts';
import { judgeLag } from './judge-lag.ts';
import type { GroupLag, PartitionLag } from './lag-report.ts';
import { type Sample, sampleOf } from './samples.ts';
import { VERDICTS, type Verdict, worse } from './verdicts.ts';

interface Side {
  readonly group: Group;
  readonly lag: GroupLag;
  /** What as many samples say as the other side has: more of them tell more of the same state. */
  readonly even: Verdict;
  /** The newest generation of a classic group, or the epoch of a newer one; null where nobody told. */
  readonly generation: number | null;
}

/** Groups that are different in the later recording. */
export function compareGroups(before: Recording, after: Recording, histories: readonly GroupHistory[]): Change[] {
  const pace = paceOf(histories);
  const samples = Math.min(before.samples.length, after.samples.length);
  const known = sidesOf(before, pace, samples);
  const changes: Change[] = [];
  for (const [name, now] of sidesOf(after, pace, samples)) {
    const was = known.get(name);
    known.delete(name);
    if (was !== undefined) changes.push(...compareGroup(was, now));
    else {
      changes.push({
        subject: 'group',
        name,
        what: 'appeared',
        before: null,
        after: now.group.state,
        severity: 'note',
        meaning: 'the group is new',
      });
    }
  }
  for (const [name, was] of known) {
    changes.push({
      subject: 'group',
      name,
      what: 'gone',
      before: was.group.state,
      after: null,
      severity: 'warn',
      meaning: 'the group was deleted or has expired, and its commits with it; or it may not be seen any more',
    });
  }
  return changes;
}

/** Both sides are measured by the same pace: another yardstick is no change. */
function sidesOf(recording: Recording, pace: (group: string) => number, samples: number): Map<string, Side> {
  const latest = latestSample(recording);
  const isolation = 'read_uncommitted';
  const earlier = recording.samples.slice(0, -1).map((sample) => sampleOf(sample, isolation));
  const judged = (before: readonly Sample[]): Map<string, GroupLag> => {
    const report = judgeLag(latest, before, { isolation, oldAfterMs: pace });
    return new Map(report.groups.map((lag) => [lag.group, lag]));
  };
  const lags = judged(earlier);
  const even = earlier.length < samples ? lags : judged(earlier.slice(earlier.length - (samples - 1)));
  const histories = new Map(recording.histories.map((history) => [history.group, history]));
  return new Map(
    latest.groups.flatMap((group): [string, Side][] => {
      const lag = lags.get(group.group);
      const generation = group.groupEpoch ?? histories.get(group.group)?.generations.at(-1)?.generation ?? null;
      return lag === undefined
        ? []
        : [[group.group, { group, lag, even: even.get(group.group)?.verdict ?? lag.verdict, generation }]];
    }),
  );
}

function compareGroup(was: Side, now: Side): Change[] {
  const changes: Change[] = [];
  const add = (
    what: string,
    before: Change['before'],
    after: Change['after'],
    severity: Change['severity'],
    meaning: string,
  ) => changes.push({ subject: 'group', name: now.group.group, what, before, after, severity, meaning });
  if (was.lag.verdict !== now.lag.verdict && was.even !== now.even) {
    const isWorse = worse(was.lag.verdict, now.lag.verdict) === now.lag.verdict;
    const { severity, meaning } = VERDICTS[now.lag.verdict];
    add('verdict', was.lag.verdict, now.lag.verdict, isWorse ? severity : 'ok', meaning);
  }
  if (was.group.state !== now.group.state) {
    const stopped = now.group.state === 'Empty' || now.group.state === 'Dead';
    const settled = now.group.state === 'Stable';
    add(
      'state',
      was.group.state,
      now.group.state,
      stopped ? 'warn' : settled ? 'ok' : 'note',
      stopped ? 'it has no members any more' : settled ? 'its members have their partitions' : 'it is on its way',
    );
  }
  if (was.generation !== null && now.generation !== null && was.generation !== now.generation) {
    const rebalances = now.generation - was.generation;
    const meaning = rebalances > 0 ? `it rebalanced ${rebalances} times` : 'it began anew: it was deleted in between';
    add('generation', was.generation, now.generation, rebalances > 2 ? 'warn' : 'note', meaning);
  }
  compareMembers(was.group, now.group, add);
  if (was.group.protocol !== now.group.protocol && was.group.protocol !== null && now.group.protocol !== null) {
    add('assignor', was.group.protocol, now.group.protocol, 'note', 'partitions are assigned by another rule');
  }
  if (was.group.coordinator !== now.group.coordinator) {
    add('coordinator', was.group.coordinator, now.group.coordinator, 'note', 'another broker coordinates it');
  }
  compareLag(was.lag, now.lag, add);
  return [...changes, ...comparePositions(now.group.group, was.lag.partitions, now.lag.partitions)];
}

type Add = (
  what: string,
  before: Change['before'],
  after: Change['after'],
  severity: Change['severity'],
  meaning: string,
) => void;

function compareMembers(was: Group, now: Group, add: Add): void {
  const before = new Set(was.members.map(({ memberId }) => memberId));
  const present = new Set(now.members.map(({ memberId }) => memberId));
  const left = was.members.filter(({ memberId }) => !present.has(memberId));
  const joined = now.members.filter(({ memberId }) => !before.has(memberId));
  if (left.length === 0 && joined.length === 0) return;
  const names = (members: Group['members']) =>
    members
      .slice(0, 5)
      .map(({ clientId }) => clientId)
      .join(', ');
  const parts = [
    ...(left.length > 0 ? [`${left.length} left (${names(left)})`] : []),
    ...(joined.length > 0 ? [`${joined.length} joined (${names(joined)})`] : []),
  ];
  const severity = now.members.length < was.members.length ? 'warn' : 'note';
  add('members', was.members.length, now.members.length, severity, parts.join(', '));
}

function compareLag(was: GroupLag, now: GroupLag, add: Add): void {
  // A sum over other partitions, or over unknown ones, cannot be compared.
  if (was.unknown > 0 || now.unknown > 0 || was.lag === now.lag) return;
  const committed = (rows: readonly PartitionLag[]) => rows.reduce((sum, row) => sum + (row.committed ?? 0), 0);
  const moved = committed(now.partitions) - committed(was.partitions);
  const progress = moved > 0 ? `${moved} records were committed meanwhile` : 'nothing was committed meanwhile';
  const grew = now.lag > was.lag;
  add('lag', was.lag, now.lag, grew ? (moved > 0 ? 'note' : 'warn') : 'ok', progress);
}

/** Partition by partition only what should not happen: commits that went back, or away. */
function comparePositions(group: string, was: readonly PartitionLag[], now: readonly PartitionLag[]): Change[] {
  const later = new Map(now.map((row) => [`${row.topic}-${row.partition}`, row]));
  return was.flatMap((row): Change[] => {
    const name = `${row.topic}-${row.partition}`;
    const after = later.get(name);
    if (row.committed === null) return [];
    const of = { subject: 'group', name: group, what: `committed ${name}`, before: row.committed } as const;
    if (after === undefined || after.committed === null) {
      // Not known is not gone.
      if (after !== undefined && after.verdict !== 'NO-COMMIT') return [];
      return [{ ...of, after: null, severity: 'warn', meaning: 'the commit is gone: it expired, or was deleted' }];
    }
    if (after.committed >= row.committed) return [];
    const back = row.committed - after.committed;
    return [
      { ...of, after: after.committed, severity: 'warn', meaning: `it went back: ${back} records are read again` },
    ];
  });
}
