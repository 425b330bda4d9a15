import type { Group, Snapshot } from '../../../cluster/snapshot.ts';
import type { DeletionDocument } from '../../../health/groups-document.ts';
import { membersMessage } from '../../../offsets/members-text.ts';
import type { Sheet } from '../../../render/sheet.ts';
import { type ExitCode, optionsOf, type Run } from '../../command.ts';
import { askOn, confirm, isProtected } from '../../confirm.ts';
import type { Connection } from '../../deps.ts';
import { usage } from '../../failure.ts';
import { isPattern } from '../../group-pattern.ts';
import { hintLine } from '../../hint.ts';
import { knownNames } from '../../known-names.ts';
import { isMissing, missingGroups } from '../../missing-groups.ts';
import { present } from '../../present.ts';
import { openConnection, reachOf } from '../../source.ts';
import type { groupsDelete } from './descriptors.ts';

type Item = DeletionDocument['groups'][number];

export const run: Run = async (invocation, io, deps) => {
  const { execute, yes } = optionsOf<typeof groupsDelete>(invocation);
  const { globals } = invocation;
  const names = [...new Set(invocation.args)];
  const pattern = names.find(isPattern);
  if (pattern !== undefined) throw usage(`${pattern}: deleting takes exact names, no patterns`, null);
  const { connection, close } = await openConnection(globals, deps);
  try {
    const snapshot = await connection.observe({ groups: { names }, want: { members: true, commits: true } });
    const found = new Map(
      snapshot.groups.filter((group) => !isMissing(group)).map((group) => [group.group, group] as const),
    );
    const absent = names.filter((name) => !found.has(name));
    const known = knownNames((wanted) => connection.observe(wanted));
    const missing = absent.length === 0 ? [] : await missingGroups(absent, known);
    const planned = names.map((name) => {
      const group = found.get(name);
      return group === undefined ? notFound(name, missing[absent.indexOf(name)]?.advice ?? null) : plan(name, group);
    });
    const ready = planned.filter(({ result }) => result === 'would-delete').map(({ group }) => group);
    if (execute) await confirm(ready, { protected: isProtected(globals), pattern: false, yes }, askOn(io));
    const groups = execute ? await carryOut(connection, planned, ready) : planned;
    const document: DeletionDocument = {
      kind: 'deletion',
      version: 1,
      at: snapshot.at,
      cluster: { id: snapshot.cluster.id },
      executed: execute,
      groups,
      errors: errorsOf(groups),
    };
    await present(
      {
        document: () => document,
        lines: () => groups,
        sheets: [sheetOf(groups)],
        after: () => {
          if (execute || ready.length === 0) return [];
          const [first = '', ...more] = ready;
          const next = { command: ['groups', 'delete'], subject: first, options: [...more, '--execute'] };
          return [`nothing was deleted; to do it: ${hintLine(next, reachOf(globals))}`];
        },
        problems: [...snapshot.problems],
      },
      globals.output,
      io,
    );
    return exitOf(groups);
  } finally {
    await close();
  }
};

/** What would happen to one group, and why not. */
function plan(name: string, group: Group): Item {
  const base = { group: name, state: group.state, commits: group.commits.length, members: [] };
  if (group.problem !== null) {
    return { ...base, result: 'failed', reason: `${group.problem.name}: ${group.problem.message}` };
  }
  if (group.members.length > 0 || (group.state !== null && group.state !== 'Empty' && group.state !== 'Dead')) {
    const members = group.members.map(({ clientId, host }) => `${clientId} ${host}`);
    return { ...base, members, result: 'refused', reason: `${membersMessage(group)}; stop its members first` };
  }
  return { ...base, result: 'would-delete', reason: null };
}

function notFound(name: string, advice: string | null): Item {
  const reason = `there is no such group${advice === null ? '' : `; ${advice}`}`;
  return { group: name, state: null, commits: 0, members: [], result: 'not-found', reason };
}

async function carryOut(connection: Connection, planned: readonly Item[], ready: readonly string[]): Promise<Item[]> {
  if (ready.length === 0) return [...planned];
  const outcome = new Map((await connection.deleteGroups(ready)).map(({ group, error }) => [group, error]));
  return planned.map((item): Item => {
    if (item.result !== 'would-delete') return item;
    const error = outcome.get(item.group);
    if (error === null) return { ...item, result: 'deleted' };
    if (error === 'NON_EMPTY_GROUP') {
      return { ...item, result: 'refused', reason: 'a member has joined in the meantime (NON_EMPTY_GROUP)' };
    }
    if (error === 'GROUP_ID_NOT_FOUND') return { ...item, result: 'not-found', reason: 'it is gone already' };
    return { ...item, result: 'failed', reason: error ?? 'the coordinator said nothing about it' };
  });
}

function errorsOf(groups: readonly Item[]): Snapshot['problems'] {
  return groups.flatMap(({ group, result, reason }) =>
    reason === null
      ? []
      : [{ scope: `group ${group}`, name: result.toUpperCase().replaceAll('-', '_'), message: reason, advice: null }],
  );
}

function sheetOf(groups: readonly Item[]): Sheet {
  return {
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
      { key: 'state', header: 'STATE', kind: 'text', keep: 5 },
      { key: 'commits', header: 'COMMITS', kind: 'count', keep: 4 },
      { key: 'result', header: 'RESULT', kind: 'text', keep: 9, toned: true },
      { key: 'reason', header: 'REASON', kind: 'text', keep: 9 },
    ],
    rows: groups.map(({ group, state, commits, result, reason }) => [
      group,
      state,
      result === 'not-found' ? null : commits,
      result,
      reason,
    ]),
    tone: (at) => {
      const result = groups[at]?.result;
      return result === 'deleted' ? 'good' : result === 'would-delete' ? 'note' : 'bad';
    },
  };
}

/** All fine 0; some 5; none 4, or 3 where the cluster did not let us, or 1 where there was nothing to delete. */
function exitOf(groups: readonly Item[]): ExitCode {
  const good = groups.filter(({ result }) => result === 'deleted' || result === 'would-delete').length;
  if (good === groups.length) return 0;
  if (good > 0) return 5;
  if (groups.every(({ result }) => result === 'not-found')) return 1;
  return groups.every(({ result, reason }) => result === 'failed' && /AUTHORIZATION/.test(reason ?? '')) ? 3 : 4;
}
