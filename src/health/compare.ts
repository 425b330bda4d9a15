import type { GroupHistory } from '../cluster/history.ts';
import { latestSample, type Recording } from '../cluster/recording.ts';
import { CHANGE_SUBJECTS, type Change, type DiffDocument } from './change.ts';
import { compareGroups } from './compare-groups.ts';
import { compareTopics } from './compare-topics.ts';
import { byCodeUnit } from './join.ts';
import { SEVERITIES } from './verdicts.ts';

/**
 * What is different in the later of two recordings: their newest samples, their settings and their histories. By harm
 * first, then by what it is about, then by name. Offsets that merely move on are told as the lag and the progress of
 * their group. `histories` tell the pace of groups, by which both sides are judged.
 */
export function compareRecordings(
  before: Recording,
  after: Recording,
  histories: readonly GroupHistory[] = [...before.histories, ...after.histories],
): DiffDocument {
  const [was, now] = [latestSample(before), latestSample(after)];
  const changes = [
    ...compareBrokers(before, after),
    ...compareTopics(before, after),
    ...compareGroups(before, after, histories),
  ];
  const harm = (change: Change) => -SEVERITIES.indexOf(change.severity);
  const about = ({ subject }: Change) => CHANGE_SUBJECTS.indexOf(subject);
  changes.sort(
    (a, b) => harm(a) - harm(b) || about(a) - about(b) || byCodeUnit(a.name, b.name) || byCodeUnit(a.what, b.what),
  );
  return {
    kind: 'diff',
    version: 1,
    at: now.at,
    cluster: { id: now.cluster.id },
    before: { at: was.at, samples: before.samples.length },
    after: { at: now.at, samples: after.samples.length },
    betweenMs: Date.parse(now.at) - Date.parse(was.at),
    worse: changes.filter(({ severity }) => severity === 'warn' || severity === 'error').length,
    changes,
    errors: [],
  };
}

function compareBrokers(before: Recording, after: Recording): Change[] {
  const [was, now] = [latestSample(before), latestSample(after)];
  const changes: Change[] = [];
  const add = (
    subject: Change['subject'],
    name: string,
    what: string,
    values: readonly [Change['before'], Change['after']],
    severity: Change['severity'],
    meaning: string,
  ) => changes.push({ subject, name, what, before: values[0], after: values[1], severity, meaning });
  if (was.cluster.id !== now.cluster.id && was.cluster.id !== null && now.cluster.id !== null) {
    const ids = [was.cluster.id, now.cluster.id] as const;
    add('cluster', now.cluster.id, 'cluster id', ids, 'error', 'these are recordings of two different clusters');
  }
  const [oldQuorum, newQuorum] = [was.quorum?.leader ?? null, now.quorum?.leader ?? null];
  if (oldQuorum !== newQuorum && oldQuorum !== null) {
    const meaning = newQuorum === null ? 'no controller leads: no elections, no changes' : 'another controller leads';
    add(
      'cluster',
      now.cluster.id ?? '',
      'controller',
      [oldQuorum, newQuorum],
      newQuorum === null ? 'error' : 'note',
      meaning,
    );
  }
  const known = new Map(was.brokers.map((broker) => [broker.id, broker]));
  for (const broker of now.brokers) {
    const name = String(broker.id);
    const old = known.get(broker.id);
    known.delete(broker.id);
    const address = `${broker.host}:${broker.port}`;
    if (old === undefined) {
      add('broker', name, 'appeared', [null, address], 'ok', 'it runs now');
      continue;
    }
    const oldAddress = `${old.host}:${old.port}`;
    if (oldAddress !== address) add('broker', name, 'address', [oldAddress, address], 'note', 'it listens elsewhere');
    if (old.problem === null && broker.problem !== null) {
      add('broker', name, 'answers', ['yes', broker.problem.name], 'error', broker.problem.message);
    }
    if (old.problem !== null && broker.problem === null) {
      add('broker', name, 'answers', [old.problem.name, 'yes'], 'ok', 'it answers again');
    }
    const failed = (dirs: typeof broker.logDirs) =>
      (dirs ?? []).filter(({ error }) => error !== null).map(({ path }) => path);
    const lost = failed(broker.logDirs).filter((path) => !failed(old.logDirs).includes(path));
    for (const path of lost) add('broker', name, 'log directory', ['online', 'offline'], 'error', `${path} failed`);
  }
  for (const { id, host, port } of known.values()) {
    const fenced = (now.fenced ?? []).some((broker) => broker.id === id);
    add(
      'broker',
      String(id),
      'gone',
      [`${host}:${port}`, null],
      'error',
      fenced ? 'it is fenced: stopped, or cut off' : 'it is not in the cluster any more',
    );
  }
  return changes;
}
