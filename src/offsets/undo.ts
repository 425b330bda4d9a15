import type { Problem } from '../cluster/snapshot.ts';
import type { PartitionNow } from './drift.ts';
import type { Entry } from './journal.ts';
import { type Change, type Committed, sameCommit } from './plan.ts';
import { exactly, type PartitionState, removal, resolve, unresolved } from './resolve.ts';

/** The world as an undo meets it. */
export interface UndoNow {
  readonly commit: (topic: string, partition: number) => Committed | null;
  readonly partition: (topic: string, partition: number) => PartitionNow;
}

export interface UndoneGroup {
  readonly changes: Change[];
  readonly notes: string[];
}

/**
 * What puts a group's commits back to where a journal entry found them: offset, leader epoch and metadata, or no commit at
 * all. Partitions that are there already are left alone. Where somebody has committed in between, the change keeps what
 * the entry wrote as its prior, so that applying finds the drift. Pure.
 */
export function undoChanges(entry: Entry, now: UndoNow): UndoneGroup {
  const changes: Change[] = [];
  const notes: string[] = [];
  let already = 0;
  for (const change of entry.intent.changes) {
    const { topic, partition, prior, next } = change;
    const commit = now.commit(topic, partition);
    const facts = now.partition(topic, partition);
    if (sameCommit(commit, prior)) {
      already += 1;
      continue;
    }
    const moved = !sameCommit(commit, next);
    const state: PartitionState = { topic, partition, prior: moved ? next : commit, ...facts };
    changes.push(restore(state, change, moved ? commit : undefined));
  }
  if (already > 0) notes.push(`${already} ${already === 1 ? 'partition is' : 'partitions are'} as before already`);
  if (entry.outcome === null) notes.push('that run was interrupted: only what it really changed is put back');
  return { changes, notes };
}

/** Kafka stores any number that it is sent; kmedic sends no negative one, and does not call something else restored. */
function negative(topic: string, partition: number, offset: number): Problem {
  return {
    scope: `${topic}-${partition}`,
    name: 'NEGATIVE_OFFSET',
    message: `it was ${offset} before, which clients take for no commit: kmedic commits no negative offset`,
    advice: `--partial restores the others; kmedic offsets delete GROUP --topic ${topic}:${partition} leaves no commit, which clients treat alike.`,
  };
}

function restore(
  state: PartitionState,
  was: Entry['intent']['changes'][number],
  movedTo: Committed | null | undefined,
): Change {
  const reasons = movedTo === undefined ? [] : [`somebody has committed ${movedTo?.offset ?? 'nothing'} since`];
  const withReasons = (change: Change): Change => ({
    ...change,
    reason: [...reasons, ...(change.reason === null ? [] : [change.reason])].join('; ') || null,
  });
  if (state.topicId !== null && was.topicId !== null && state.topicId !== was.topicId) {
    const message = 'the topic was deleted and created again: its old offsets mean nothing any more';
    return unresolved(state, {
      scope: `${was.topic}-${was.partition}`,
      name: 'TOPIC_RECREATED',
      message,
      advice: null,
    });
  }
  if (was.prior === null) {
    if (state.problem?.name === 'UNKNOWN_TOPIC_OR_PARTITION') return unresolved(state, state.problem);
    return withReasons({ ...removal(state), reason: 'the commit is removed' });
  }
  if (state.problem !== null) return unresolved(state, state.problem);
  if (was.prior.offset < 0) return unresolved(state, negative(was.topic, was.partition, was.prior.offset));
  const within = (start: number | null, end: number | null): boolean =>
    start !== null && end !== null && was.prior !== null && was.prior.offset >= start && was.prior.offset <= end;
  // What was in range when it was overwritten, and is not now, is moved to what is left of the log. What was out of
  // range already is put back as it was.
  if (within(was.start, was.end) && !within(state.start, state.end)) {
    return withReasons(resolve({ kind: 'offset', offset: was.prior.offset }, state));
  }
  return exactly(state, was.prior, reasons);
}
