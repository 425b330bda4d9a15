import type { ClusterClient } from '../../../client/cluster-client.ts';
import { type Gathered, gather, nowOf } from '../../../offsets/gather.ts';
import type { Entry } from '../../../offsets/journal.ts';
import { sameCommit } from '../../../offsets/plan.ts';
import type { CellValue, Sheet } from '../../../render/sheet.ts';
import { type ExitCode, optionsOf } from '../../command.ts';
import { Failure } from '../../failure.ts';
import { present } from '../../present.ts';
import type { offsetsHistory } from './descriptors.ts';
import { entryDocument, type HistoryDocument, resultOf, type Standing } from './history-document.ts';
import { explained, journalOf, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps): Promise<ExitCode> => {
  const options = optionsOf<typeof offsetsHistory>(invocation);
  const [id] = invocation.args;
  const journal = journalOf(invocation.globals);
  const { entries: all, damaged, torn } = journal.read();
  const entries = all.filter(
    (entry) => (id === undefined || entry.id === id) && (options.group === undefined || entry.group === options.group),
  );
  if (id !== undefined && entries.length === 0) {
    const advice = 'kmedic offsets history lists them';
    throw new Failure({ name: 'NOT_FOUND', message: `${id}: no such entry in ${journal.path}`, advice, exit: 1 });
  }
  const standing = options.check
    ? await withSession(invocation.globals, deps, ({ client }) => standingOf(client, entries))
    : null;
  const document: HistoryDocument = {
    kind: 'history',
    version: 1,
    at: new Date(io.now()).toISOString(),
    cluster: { id: null },
    journal: journal.path,
    torn,
    damaged: [...damaged],
    entries: entries.map((entry) => entryDocument(entry, standing?.get(entry) ?? null)),
    errors: [],
  };
  const notes = [
    ...(torn
      ? ['the last line of the journal is cut short: its writer was killed, and that line changed nothing']
      : []),
    ...(damaged.length > 0 ? [`damaged lines in ${journal.path}: ${damaged.join(', ')}`] : []),
    ...(entries.some(({ outcome }) => outcome === null) && standing === null
      ? ['interrupted: what the cluster took of it is not known from here; --check asks it']
      : []),
  ];
  await present(
    {
      document: () => document,
      lines: () => document.entries,
      sheets: [id === undefined ? listSheet(entries) : detailSheet(entries, standing)],
      after: () => notes,
      problems: [],
    },
    invocation.globals.output,
    io,
  );
  return 0;
});

function listSheet(entries: readonly Entry[]): Sheet {
  const statuses = entries.map(({ outcome }) => outcome?.status ?? 'interrupted');
  return {
    columns: [
      { key: 'id', header: 'ID', kind: 'text', keep: 9 },
      { key: 'at', header: 'AT', kind: 'text', keep: 6 },
      { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
      { key: 'action', header: 'ACTION', kind: 'text', keep: 7 },
      { key: 'target', header: 'TARGET', kind: 'text', keep: 5 },
      { key: 'partitions', header: 'PARTITIONS', kind: 'count', keep: 4 },
      { key: 'status', header: 'STATUS', kind: 'text', keep: 9, toned: true },
      { key: 'by', header: 'BY', kind: 'text', keep: 2 },
    ],
    rows: entries.map(({ id, group, intent }, index): CellValue[] => [
      id,
      intent.at.replace(/\.\d+Z$/, 'Z'),
      group,
      intent.action,
      intent.target.text,
      intent.changes.length,
      statuses[index] ?? null,
      `${intent.by.user}@${intent.by.host}`,
    ]),
    tone: (at) => (statuses[at] === 'applied' ? 'good' : statuses[at] === 'refused' ? 'muted' : 'bad'),
  };
}

function detailSheet(entries: readonly Entry[], standing: ReadonlyMap<Entry, readonly Standing[]> | null): Sheet {
  const rows = entries.flatMap((entry) =>
    entry.intent.changes.map((change, index): CellValue[] => [
      entry.group,
      change.topic,
      change.partition,
      change.prior?.offset ?? null,
      change.next?.offset ?? null,
      resultOf(entry, index) ?? 'interrupted',
      standing?.get(entry)?.[index] ?? null,
    ]),
  );
  return {
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 7 },
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partition', header: 'PART', kind: 'id', keep: 9 },
      { key: 'before', header: 'BEFORE', kind: 'count', keep: 8 },
      { key: 'after', header: 'AFTER', kind: 'count', keep: 8 },
      { key: 'result', header: 'RESULT', kind: 'text', keep: 9 },
      ...(standing === null ? [] : [{ key: 'standsAt', header: 'STANDS AT', kind: 'text', keep: 9 } as const]),
    ],
    rows: standing === null ? rows.map((row) => row.slice(0, -1)) : rows,
  };
}

/** Where each partition of each entry stands now; null where the group cannot be read, or is of another cluster. */
async function standingOf(client: ClusterClient, entries: readonly Entry[]): Promise<Map<Entry, Standing[]>> {
  const names = [...new Set(entries.map(({ group }) => group))];
  const found = new Map<Entry, Standing[]>();
  if (names.length === 0) return found;
  const gathered = await gather(client, { groups: { names }, topics: [] });
  for (const entry of entries) found.set(entry, standingsOf(entry, gathered));
  return found;
}

function standingsOf({ group: name, intent }: Entry, gathered: Gathered): Standing[] {
  const group = gathered.groups.find((each) => each.group === name);
  const foreign = intent.cluster.id !== null && intent.cluster.id !== gathered.clusterId;
  if (group === undefined || foreign || (group.problem !== null && group.problem.name !== 'GROUP_ID_NOT_FOUND')) {
    return intent.changes.map(() => null);
  }
  const { commit } = nowOf(gathered, group);
  return intent.changes.map(({ topic, partition, prior, next }): Standing => {
    const now = commit(topic, partition);
    if (sameCommit(prior, next) && sameCommit(now, next)) return 'both';
    if (sameCommit(now, next)) return 'after';
    return sameCommit(now, prior) ? 'before' : 'other';
  });
}
