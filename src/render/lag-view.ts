import type { GroupLag, LagReport, PartitionLag } from '../health/lag-report.ts';
import { type LagRollUp, type LagView, rollUp } from '../health/roll-up.ts';
import { VERDICTS, type Verdict } from '../health/verdicts.ts';
import type { CellValue, Column, Sheet } from './sheet.ts';
import type { Tone } from './theme.ts';

const SEVERITY_TONES = { ok: 'good', note: 'note', warn: 'warn', error: 'bad' } as const satisfies Record<string, Tone>;

/** The tone of a verdict’s severity. */
export function toneOf(verdict: Verdict): Tone {
  return SEVERITY_TONES[VERDICTS[verdict].severity];
}

const LAG_SORTS = ['group', 'lag', 'topic', 'time'] as const;
export type LagSort = (typeof LAG_SORTS)[number];

interface Field<Row> extends Column {
  readonly of: (row: Row) => CellValue;
}

interface Entry {
  readonly group: GroupLag;
  readonly row: PartitionLag;
}

/** Columns of the partition view, in the order that they always have. */
const PARTITION_COLUMNS: readonly Column[] = [
  { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
  { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
  { key: 'partition', header: 'PART', kind: 'id', keep: 9 },
  { key: 'committed', header: 'COMMITTED', kind: 'count', keep: 5 },
  { key: 'start', header: 'START', kind: 'count', keep: 1 },
  { key: 'end', header: 'END', kind: 'count', keep: 4 },
  { key: 'lag', header: 'LAG', kind: 'count', keep: 9 },
  { key: 'hidden', header: 'HIDDEN', kind: 'count', keep: 2, wide: true, piped: true },
  { key: 'timeLagMs', header: 'TIME LAG', kind: 'span', keep: 6 },
  { key: 'timeLagSource', header: 'TIME FROM', kind: 'text', keep: 0, wide: true },
  { key: 'leader', header: 'LEADER', kind: 'id', keep: 0, wide: true },
  { key: 'owner', header: 'OWNER', kind: 'text', keep: 7 },
  { key: 'host', header: 'HOST', kind: 'text', keep: 2 },
  { key: 'member', header: 'MEMBER', kind: 'text', keep: 0, wide: true },
  { key: 'error', header: 'ERROR', kind: 'text', keep: 0, wide: true },
  { key: 'verdict', header: 'VERDICT', kind: 'text', keep: 9, toned: true },
];

/** The cells of those columns, in one go: there may be a hundred thousand rows. */
function partitionCells({ group, row }: Entry): CellValue[] {
  return [
    group.group,
    row.topic,
    row.partition,
    row.committed,
    row.start,
    row.end,
    row.lag,
    row.hidden,
    row.timeLagMs,
    row.timeLagSource,
    row.leader,
    ownerText(row),
    row.host,
    row.member,
    row.error,
    row.verdict,
  ];
}

/** The client that owns the partition; `9×` where several members of a share group do. */
function ownerText(row: PartitionLag): string | null {
  return row.owners > 1 ? `${row.owners}×` : row.clientId;
}

/** The rows of `kmedic lag`. Columns that say nothing in any row are not hidden: columns never move between runs. */
export function lagSheet(
  report: LagReport,
  by: LagView,
  sort: LagSort,
  keep: (row: LagRollUp) => boolean = () => true,
): Sheet {
  if (by !== 'partition') return rollUpSheet(rollUp(report, by).filter(keep), by, sort);
  const entries: Entry[] = [];
  for (const group of report.groups) for (const row of group.partitions) entries.push({ group, row });
  if (sort === 'lag') entries.sort((a, b) => descending(a.row.lag, b.row.lag));
  if (sort === 'time') entries.sort((a, b) => descending(a.row.timeLagMs, b.row.timeLagMs));
  if (sort === 'topic') {
    entries.sort((a, b) => compare(a.row.topic, b.row.topic) || a.row.partition - b.row.partition);
  }
  // A hidden backlog is shown to everybody as soon as there is one.
  const hidden = report.totals.hidden > 0;
  const columns = PARTITION_COLUMNS.map((column) => {
    if (column.key !== 'hidden' || !hidden) return column;
    const { wide: _, ...shown } = column;
    return shown;
  });
  return {
    columns,
    rows: {
      length: entries.length,
      at: (row) => {
        const entry = entries[row];
        return entry && partitionCells(entry);
      },
    },
    tone: (at) => {
      const entry = entries[at];
      return entry === undefined ? null : toneOf(entry.row.verdict);
    },
  };
}

const ROLL_UP_FIELDS: readonly Field<LagRollUp>[] = [
  { key: 'group', header: 'GROUP', kind: 'text', keep: 9, of: (row) => row.group },
  { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9, of: (row) => row.topic },
  { key: 'member', header: 'MEMBER', kind: 'text', keep: 1, of: (row) => row.member },
  { key: 'clientId', header: 'CLIENT', kind: 'text', keep: 9, of: (row) => row.clientId },
  { key: 'host', header: 'HOST', kind: 'text', keep: 2, of: (row) => row.host },
  { key: 'partitions', header: 'PARTITIONS', kind: 'count', keep: 3, of: (row) => row.partitions },
  { key: 'lag', header: 'LAG', kind: 'count', keep: 9, of: (row) => row.lag },
  { key: 'unknown', header: 'UNKNOWN', kind: 'count', keep: 8, of: (row) => row.unknown },
  { key: 'timeLagMs', header: 'TIME LAG', kind: 'span', keep: 6, of: (row) => row.timeLagMs },
  { key: 'verdict', header: 'VERDICT', kind: 'text', keep: 9, toned: true, of: (row) => row.verdict },
];

const ROLL_UP_KEYS = {
  topic: new Set(['member', 'clientId', 'host']),
  member: new Set(['topic']),
  group: new Set(['topic', 'member', 'clientId', 'host']),
} as const;

function rollUpSheet(rows: LagRollUp[], by: Exclude<LagView, 'partition'>, sort: LagSort): Sheet {
  if (sort === 'lag') rows.sort((a, b) => descending(a.lag, b.lag));
  if (sort === 'time') rows.sort((a, b) => descending(a.timeLagMs, b.timeLagMs));
  if (sort === 'topic') rows.sort((a, b) => compare(a.topic ?? '', b.topic ?? ''));
  const fields = ROLL_UP_FIELDS.filter((field) => !ROLL_UP_KEYS[by].has(field.key));
  return {
    columns: fields,
    rows: rows.map((row) => fields.map((field) => field.of(row))),
    tone: (at) => {
      const row = rows[at];
      return row === undefined ? null : toneOf(row.verdict);
    },
  };
}

/** Largest first, unknown last. Sorting is stable, so equal rows keep the order by group, topic and partition. */
function descending(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return b - a;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
