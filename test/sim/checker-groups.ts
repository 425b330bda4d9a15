import type { Finding } from './checker.ts';
import { byKey, type CommitOp, type History, ofKind } from './history.ts';

/*
 * What a group promises, judged from the histories of its members: one owner of a partition in a generation, generations
 * that rise, and committed offsets that are neither lost nor taken back.
 */

/** Groups whose coordinator's log lost records in an unclean election, or was never replicated, promise nothing. */
export function checkGroups(history: History, forgetful: ReadonlySet<string>): Finding[] {
  const trusted = history.filter((op) => !('group' in op) || !forgetful.has(op.group));
  return [...twoOwners(trusted), ...regressedGenerations(trusted), ...lostCommits(trusted)];
}

/** Two members were given the same partition in one generation. (A static one that comes back is the same member.) */
export function twoOwners(history: History): Finding[] {
  const found: Finding[] = [];
  const owners = new Map<string, string>();
  for (const { group, generation, keys, process } of ofKind(history, 'owned')) {
    for (const key of keys) {
      const at = `${group}/${generation}/${key}`;
      const other = owners.get(at);
      if (other !== undefined && other !== process) {
        found.push({
          anomaly: 'two-owners',
          key,
          message: `${other} and ${process} own it in generation ${generation} of ${group}`,
        });
      }
      owners.set(at, process);
    }
  }
  return found;
}

/** A member was given a generation that is not above the one it had before. */
export function regressedGenerations(history: History): Finding[] {
  const found: Finding[] = [];
  const last = new Map<string, number>();
  for (const { group, process, generation, at } of ofKind(history, 'owned')) {
    const id = `${group}/${process}`;
    const before = last.get(id) ?? -1;
    if (generation < before) {
      found.push({
        anomaly: 'generation-regressed',
        key: group,
        message: `${process} came from generation ${before} to ${generation} at ${at}`,
      });
    }
    last.set(id, generation);
  }
  return found;
}

/**
 * Somebody read a committed offset that no commit can explain. Each read must give the value of a commit that was begun
 * before the read ended, and that no other commit had certainly replaced before the read began: one that was
 * acknowledged, and begun after the first one was acknowledged. What nobody acknowledged may count, or not.
 */
export function lostCommits(history: History): Finding[] {
  const found: Finding[] = [];
  const commits = byGroupAndKey(ofKind(history, 'commit').filter(({ outcome }) => outcome !== 'fail'));
  for (const read of ofKind(history, 'committed')) {
    const candidates = (commits.get(`${read.group}/${read.key}`) ?? []).filter(
      ({ invoked }) => invoked <= read.completed,
    );
    const settled = candidates.filter(({ outcome, completed }) => outcome === 'ok' && completed <= read.invoked);
    const mayBe = (commit: CommitOp): boolean =>
      !settled.some((later) => commit.outcome === 'ok' && later.invoked > commit.completed);
    const isExplained =
      read.offset < 0
        ? settled.length === 0
        : candidates.some((commit) => commit.offset === read.offset && mayBe(commit));
    if (isExplained) continue;
    const last = settled.at(-1);
    found.push({
      anomaly: 'lost-commit',
      key: read.key,
      message: `${read.process} read ${read.offset} as committed by ${read.group} at ${read.invoked}; the last acknowledged commit was ${last === undefined ? 'none' : `${last.offset} at ${last.completed}`}`,
    });
  }
  return found;
}

function byGroupAndKey(commits: readonly CommitOp[]): Map<string, CommitOp[]> {
  return byKey(commits.map((commit) => ({ ...commit, key: `${commit.group}/${commit.key}` })));
}
