import type { Group } from '../cluster/snapshot.ts';
import type { GroupLag } from '../health/lag-report.ts';
import { toneOf } from './lag-view.ts';
import type { CellValue, Column, Sheet } from './sheet.ts';

/** What one group looks like in the list: what was read, and what it was judged to be. */
export interface GroupEntry {
  readonly group: Group;
  readonly lag: GroupLag;
}

interface Field<Row> extends Column {
  readonly of: (row: Row) => CellValue;
}

const LIST: readonly Field<GroupEntry>[] = [
  { key: 'group', header: 'GROUP', kind: 'text', keep: 9, of: ({ group }) => group.group },
  { key: 'type', header: 'TYPE', kind: 'text', keep: 5, of: ({ group }) => group.type },
  { key: 'state', header: 'STATE', kind: 'text', keep: 8, of: ({ group }) => group.state },
  { key: 'protocol', header: 'PROTOCOL', kind: 'text', keep: 0, wide: true, of: ({ group }) => group.protocol },
  { key: 'members', header: 'MEMBERS', kind: 'count', keep: 7, of: ({ group }) => known(group, group.members.length) },
  { key: 'topics', header: 'TOPICS', kind: 'count', keep: 2, of: ({ group, lag }) => known(group, topicsOf(lag)) },
  {
    key: 'partitions',
    header: 'PARTITIONS',
    kind: 'count',
    keep: 3,
    of: ({ group, lag }) => known(group, lag.partitions.length),
  },
  {
    key: 'lag',
    header: 'LAG',
    kind: 'count',
    keep: 9,
    of: ({ group, lag }) => (allUnknown(lag) ? null : known(group, lag.lag)),
  },
  { key: 'unknown', header: 'UNKNOWN', kind: 'count', keep: 6, of: ({ group, lag }) => known(group, lag.unknown) },
  { key: 'coordinator', header: 'COORD', kind: 'id', keep: 1, of: ({ group }) => group.coordinator },
  { key: 'error', header: 'ERROR', kind: 'text', keep: 0, wide: true, of: ({ group }) => group.problem?.name ?? null },
  { key: 'verdict', header: 'VERDICT', kind: 'text', keep: 9, toned: true, of: ({ lag }) => lag.verdict },
];

/** A group that could not be read has no numbers: not zero, unknown. */
function known(group: Group, value: number): number | null {
  return group.problem !== null && value === 0 ? null : value;
}

function allUnknown(lag: GroupLag): boolean {
  return lag.partitions.length > 0 && lag.unknown === lag.partitions.length;
}

/** Topics that a group commits to or owns partitions of. */
export function topicsOf(lag: GroupLag): number {
  return new Set(lag.partitions.map((row) => row.topic)).size;
}

/** Rows of `kmedic groups list`. */
export function groupsSheet(entries: readonly GroupEntry[]): Sheet {
  return {
    columns: LIST,
    rows: entries.map((entry) => LIST.map((field) => field.of(entry))),
    tone: (at) => {
      const entry = entries[at];
      return entry === undefined ? null : toneOf(entry.lag.verdict);
    },
  };
}

interface MemberEntry {
  readonly group: Group;
  readonly member: Group['members'][number];
}

const MEMBERS: readonly Field<MemberEntry>[] = [
  { key: 'group', header: 'GROUP', kind: 'text', keep: 9, of: ({ group }) => group.group },
  { key: 'member', header: 'MEMBER', kind: 'text', keep: 4, of: ({ member }) => member.memberId },
  { key: 'instance', header: 'INSTANCE', kind: 'text', keep: 2, of: ({ member }) => member.instanceId },
  { key: 'clientId', header: 'CLIENT', kind: 'text', keep: 9, of: ({ member }) => member.clientId },
  { key: 'host', header: 'HOST', kind: 'text', keep: 8, of: ({ member }) => member.host },
  { key: 'memberEpoch', header: 'EPOCH', kind: 'id', keep: 3, of: ({ member }) => member.memberEpoch },
  {
    key: 'partitions',
    header: 'PARTITIONS',
    kind: 'count',
    keep: 9,
    of: ({ member }) => (member.problem === null ? countPartitions(member.assignment) : null),
  },
  {
    key: 'error',
    header: 'ERROR',
    kind: 'text',
    keep: 0,
    wide: true,
    of: ({ member }) => member.problem?.name ?? null,
  },
];

/** Rows of `groups describe --members`. */
export function membersSheet(groups: readonly Group[]): Sheet {
  const entries = groups.flatMap((group) => group.members.map((member): MemberEntry => ({ group, member })));
  return sheetOf(MEMBERS, entries);
}

const ASSIGNMENTS: readonly Field<MemberEntry>[] = [
  { key: 'group', header: 'GROUP', kind: 'text', keep: 9, of: ({ group }) => group.group },
  { key: 'clientId', header: 'CLIENT', kind: 'text', keep: 9, of: ({ member }) => member.clientId },
  { key: 'host', header: 'HOST', kind: 'text', keep: 3, of: ({ member }) => member.host },
  { key: 'member', header: 'MEMBER', kind: 'text', keep: 1, wide: true, of: ({ member }) => member.memberId },
  {
    key: 'assignment',
    header: 'ASSIGNMENT',
    kind: 'text',
    keep: 9,
    of: ({ member }) => (member.problem === null ? assignmentText(member.assignment) : null),
  },
  {
    key: 'targetAssignment',
    header: 'TARGET',
    kind: 'text',
    keep: 4,
    of: ({ member }) => (member.targetAssignment === null ? null : assignmentText(member.targetAssignment)),
  },
];

/** Rows of `groups describe --assignments`: `orders:0,2;payments:1`, as Kafka's own tool writes it. */
export function assignmentsSheet(groups: readonly Group[]): Sheet {
  const entries = groups.flatMap((group) => group.members.map((member): MemberEntry => ({ group, member })));
  return sheetOf(ASSIGNMENTS, entries);
}

const STATE: readonly Field<GroupEntry>[] = [
  { key: 'group', header: 'GROUP', kind: 'text', keep: 9, of: ({ group }) => group.group },
  { key: 'type', header: 'TYPE', kind: 'text', keep: 5, of: ({ group }) => group.type },
  { key: 'state', header: 'STATE', kind: 'text', keep: 9, of: ({ group }) => group.state },
  { key: 'coordinator', header: 'COORDINATOR', kind: 'id', keep: 7, of: ({ group }) => group.coordinator },
  { key: 'protocol', header: 'PROTOCOL', kind: 'text', keep: 6, of: ({ group }) => group.protocol },
  { key: 'groupEpoch', header: 'EPOCH', kind: 'id', keep: 2, of: ({ group }) => group.groupEpoch },
  { key: 'assignmentEpoch', header: 'ASSIGNMENT EPOCH', kind: 'id', keep: 1, of: ({ group }) => group.assignmentEpoch },
  { key: 'members', header: 'MEMBERS', kind: 'count', keep: 8, of: ({ group }) => known(group, group.members.length) },
  { key: 'verdict', header: 'VERDICT', kind: 'text', keep: 9, toned: true, of: ({ lag }) => lag.verdict },
];

/** Rows of `groups describe --state`. */
export function stateSheet(entries: readonly GroupEntry[]): Sheet {
  return {
    ...sheetOf(STATE, entries),
    summary: true,
    tone: (at) => {
      const entry = entries[at];
      return entry === undefined ? null : toneOf(entry.lag.verdict);
    },
  };
}

function sheetOf<Row>(fields: readonly Field<Row>[], rows: readonly Row[]): Sheet {
  return { columns: fields, rows: rows.map((row) => fields.map((field) => field.of(row))) };
}

function countPartitions(assignment: readonly { readonly partitions: readonly number[] }[]): number {
  return assignment.reduce((sum, { partitions }) => sum + partitions.length, 0);
}

function assignmentText(
  assignment: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): string | null {
  if (assignment.length === 0) return null;
  return assignment.map(({ topic, partitions }) => `${topic}:${partitions.join(',')}`).join(';');
}
