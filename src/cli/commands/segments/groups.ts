import { spanText } from '../../../health/span-text.ts';
import { escapeInline } from '../../../render/escape.ts';
import type { Sheet } from '../../../render/sheet.ts';
import { numberText, type Style } from '../../../render/style.ts';
import { type StoredGroup, type StoredGroups, storedGroups } from '../../../segments/groups.ts';
import { type LocatedPartition, locate } from '../../../segments/locate.ts';
import { optionsOf, type Run } from '../../command.ts';
import { present } from '../../present.ts';
import type { segmentsGroups } from './descriptors.ts';
import { dumpError } from './dump-error.ts';
import { findingBlock, findingJson } from './finding-lines.ts';
import { selectsGroup } from './group-filter.ts';
import { isoTime } from './iso-time.ts';
import { logBytes } from './log-bytes.ts';
import { ByteProgress, breathe } from './progress.ts';
import { sizeText } from './size-text.ts';

export const run: Run = async (invocation, io) => {
  const options = optionsOf<typeof segmentsGroups>(invocation);
  const located = locate(invocation.args);
  const problems = located.problems.map(dumpError);
  const partitions = offsetsPartitions(located.partitions);
  const progress = new ByteProgress(io, logBytes(partitions));
  const stored = await storedGroups(partitions, async (done) => {
    progress.update(done);
    await breathe();
    return !io.interrupted.aborted;
  });
  progress.end();
  const wanted = selectsGroup(options.group);
  const groups = stored.groups.filter(({ group }) => wanted(group));
  await present(
    {
      document: () => ({
        kind: 'segments-groups',
        version: 1,
        at: new Date(io.now()).toISOString(),
        records: stored.records,
        bytes: stored.bytes,
        undecoded: stored.undecoded,
        groups: groups.map(json),
        findings: stored.findings.map(findingJson),
        errors: problems,
      }),
      lines: () => groups.map(json),
      sheets: [SHEETS[options.by](groups, stored.bytes)],
      skipsEmpty: true,
      after: (style) => summary(stored, groups, style),
      problems,
    },
    invocation.globals.output,
    io,
  );
  if (io.interrupted.aborted) return 130;
  if (problems.length > 0) return stored.records > 0 ? 5 : 2;
  return stored.findings.some(({ severity }) => severity === 'corrupt') ? 1 : 0;
};

const SHEETS = {
  group: groupsSheet,
  partition: commitsSheet,
  generation: generationsSheet,
  member: membersSheet,
} as const;

/** Of a whole log directory the partitions of __consumer_offsets; what was named one by one is taken at its word. */
function offsetsPartitions(partitions: readonly LocatedPartition[]): readonly LocatedPartition[] {
  const known = partitions.filter(({ name }) => name?.topic === '__consumer_offsets' && name.state === 'live');
  return known.length > 0 ? known : partitions;
}

function json(group: StoredGroup) {
  return {
    ...group,
    commits: group.commits.map((commit) => ({
      ...commit,
      committedAt: isoTime(commit.committedAt),
      firstCommittedAt: isoTime(commit.firstCommittedAt),
    })),
    history: group.history.map((generation) => ({ ...generation, at: isoTime(generation.at) })),
    firstAt: isoTime(group.firstAt),
    lastAt: isoTime(group.lastAt),
  };
}

function groupsSheet(groups: readonly StoredGroup[], total: number): Sheet {
  return {
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
      { key: 'type', header: 'TYPE', kind: 'text', keep: 7 },
      { key: 'generation', header: 'GENERATION', kind: 'id', keep: 6 },
      { key: 'members', header: 'MEMBERS', kind: 'count', keep: 6 },
      { key: 'rebalances', header: 'REBALANCES', kind: 'count', keep: 7 },
      { key: 'joins', header: 'JOINED', kind: 'count', keep: 3 },
      { key: 'leaves', header: 'LEFT', kind: 'count', keep: 3 },
      { key: 'partitions', header: 'PARTITIONS', kind: 'count', keep: 8 },
      { key: 'commits', header: 'COMMITS', kind: 'count', keep: 8 },
      { key: 'per_minute', header: 'PER MINUTE', kind: 'text', keep: 5 },
      { key: 'last_commit', header: 'LAST COMMIT', kind: 'text', keep: 8 },
      { key: 'bytes', header: 'BYTES', kind: 'count', keep: 7 },
      { key: 'share', header: 'OF DISK', kind: 'text', keep: 5 },
    ],
    rows: groups.map((group) => {
      const commits = group.commits.reduce((sum, each) => sum + each.commits, 0);
      const live = group.commits.filter(({ offset }) => offset !== null);
      const last = live.reduce<number | null>((latest, each) => Math.max(latest ?? 0, each.committedAt), null);
      return [
        group.group,
        group.deleted ? `${group.type}, deleted` : group.type,
        group.generation,
        group.members.length,
        group.generations,
        group.joins,
        group.leaves,
        live.length,
        commits,
        perMinute(commits, (group.lastAt ?? 0) - (group.firstAt ?? 0)),
        isoTime(last),
        group.bytes,
        `${((group.bytes / Math.max(1, total)) * 100).toFixed(1)}%`,
      ];
    }),
  };
}

function commitsSheet(groups: readonly StoredGroup[]): Sheet {
  return {
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partition', header: 'PART', kind: 'id', keep: 9 },
      { key: 'committed', header: 'COMMITTED', kind: 'count', keep: 9 },
      { key: 'committed_at', header: 'AT', kind: 'text', keep: 8 },
      { key: 'commits', header: 'COMMITS', kind: 'count', keep: 7 },
      { key: 'per_minute', header: 'PER MINUTE', kind: 'text', keep: 5 },
      { key: 'rewinds', header: 'WENT BACK', kind: 'count', keep: 4 },
      { key: 'pending', header: 'IN OPEN TRANSACTION', kind: 'count', keep: 1, wide: true },
      { key: 'metadata', header: 'METADATA', kind: 'text', keep: 3 },
    ],
    rows: groups.flatMap(({ group, commits }) =>
      commits.map(
        ({ topic, partition, offset, committedAt, firstCommittedAt, commits: count, rewinds, pending, metadata }) => [
          group,
          topic,
          partition,
          offset,
          isoTime(committedAt),
          count,
          perMinute(count - 1, committedAt - firstCommittedAt),
          rewinds,
          pending,
          metadata === '' ? null : metadata,
        ],
      ),
    ),
  };
}

/** Null below a minute: a few commits in a few seconds say nothing. */
function perMinute(count: number, spanMs: number): string | null {
  return spanMs < 60_000 ? null : (count / (spanMs / 60_000)).toFixed(1);
}

/** The rebalances that are still on the disk, oldest first. */
function generationsSheet(groups: readonly StoredGroup[]): Sheet {
  return {
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
      { key: 'generation', header: 'GENERATION', kind: 'id', keep: 9 },
      { key: 'at', header: 'AT', kind: 'text', keep: 8 },
      { key: 'lasted', header: 'LASTED', kind: 'text', keep: 7 },
      { key: 'members', header: 'MEMBERS', kind: 'count', keep: 8 },
      { key: 'joined', header: 'JOINED', kind: 'text', keep: 6 },
      { key: 'left', header: 'LEFT', kind: 'text', keep: 6 },
    ],
    rows: groups.flatMap(({ group, history }) =>
      history.map(({ generation, at, members, joined, left }, index) => {
        const next = history[index + 1]?.at;
        return [
          group,
          generation,
          isoTime(at),
          next === undefined ? null : spanText(next - at),
          members.length,
          joined.join(', ') || null,
          left.join(', ') || null,
        ];
      }),
    ),
  };
}

/** Who was in the group where the log ends. */
function membersSheet(groups: readonly StoredGroup[]): Sheet {
  return {
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
      { key: 'member', header: 'MEMBER', kind: 'text', keep: 9 },
      { key: 'client_id', header: 'CLIENT', kind: 'text', keep: 7 },
      { key: 'host', header: 'HOST', kind: 'text', keep: 6 },
      { key: 'partitions', header: 'PARTITIONS', kind: 'count', keep: 8 },
    ],
    rows: groups.flatMap(({ group, members }) =>
      members.map(({ member, clientId, host, partitions }) => [group, member, clientId, host, partitions]),
    ),
  };
}

function summary(stored: StoredGroups, groups: readonly StoredGroup[], style: Style): string[] {
  const findings = stored.findings.flatMap((found) => findingBlock(found, style));
  if (stored.groups.length === 0) {
    const nothing = 'no records of groups here: they are in the partitions of __consumer_offsets';
    return [style.theme('note', nothing), ...findings];
  }
  const n = (value: number): string => numberText(value, style);
  if (groups.length === 0) {
    return [style.theme('note', `none of the ${n(stored.groups.length)} groups here is called so`), ...findings];
  }
  const largest = [...groups].sort((a, b) => b.bytes - a.bytes)[0];
  const who =
    largest === undefined || stored.bytes === 0
      ? ''
      : ` · most by ${escapeInline(largest.group)}: ${((largest.bytes / stored.bytes) * 100).toFixed(1)} %`;
  const undecoded = stored.undecoded === 0 ? '' : ` · ${n(stored.undecoded)} records of another Kafka not understood`;
  const total = `${n(groups.length)} ${groups.length === 1 ? 'group' : 'groups'} · ${n(stored.records)} records, ${sizeText(stored.bytes, true)}`;
  return [style.theme('muted', `${total}${who}${undecoded}`), ...findings];
}
