import type { Problem } from '../cluster/snapshot.ts';
import type { Change, Committed } from './plan.ts';
import { type Target, utcText } from './target.ts';

/** One partition as a target meets it. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string | null;
  readonly prior: Committed | null;
  /** Log start offset and high watermark; null where they could not be read. */
  readonly start: number | null;
  readonly end: number | null;
  /** Deleted, unknown, without a leader: why the partition cannot be looked at. */
  readonly problem: Problem | null;
  /** For time targets: the first record at or after that time; null: there is none. */
  readonly found?: { readonly offset: number; readonly timestampMs: number } | null;
  /** For group targets: what the other group has committed here. */
  readonly other?: Committed | null;
  /** For files with whole commits: what is kept where it is the target. */
  readonly keep?: Committed;
  /** For Kafka's CSV files and translations, where the position is known already: its reason. */
  readonly reason?: string;
}

interface Position {
  readonly offset: number;
  readonly reason: string | null;
  /** Kept with the commit; without it a commit has neither. */
  readonly keep?: Committed;
}

/**
 * What a target means in one partition. The result always lies in [start, end]: what would not is moved to the nearer
 * end, and says so. A partition that cannot be resolved has an error instead of a target. Pure.
 */
export function resolve(target: Target, state: PartitionState): Change {
  const { start, end, problem } = state;
  if (problem !== null) return unresolved(state, problem);
  if (start === null || end === null) {
    return unresolved(state, problemAt(state, 'OFFSET_NOT_AVAILABLE', 'the range of its log could not be read', null));
  }
  const position = locate(target, state, start, end);
  if ('error' in position) return unresolved(state, position.error);
  const reasons: string[] = [];
  if (state.reason !== undefined) reasons.push(state.reason);
  if (position.reason !== null) reasons.push(position.reason);
  let offset = position.offset;
  let clamped: Change['clamped'] = null;
  if (offset < start) {
    reasons.push(`${offset} lies before the log start`);
    offset = start;
    clamped = 'start';
  } else if (offset > end) {
    reasons.push(`${offset} lies beyond the end`);
    offset = end;
    clamped = 'end';
  }
  const kept = position.keep !== undefined && clamped === null ? position.keep : null;
  const same = state.prior?.offset === offset ? state.prior : null;
  const next: Committed = kept ?? same ?? { offset, leaderEpoch: null, metadata: '' };
  return changeOf(state, next, clamped, reasons);
}

/** The change that removes a commit. */
export function removal(state: PartitionState): Change {
  const change = changeOf(state, null, null, []);
  return { ...change, reason: state.prior === null ? 'nothing is committed here' : 'the commit is removed' };
}

/** The change that puts an exact commit in place, in range or not. */
export function exactly(state: PartitionState, next: Committed, reasons: readonly string[]): Change {
  return changeOf(state, next, null, [...reasons]);
}

/** A change for a partition that nothing can be done about. */
export function unresolved(state: PartitionState, error: Problem): Change {
  const change = changeOf(state, null, null, []);
  return { ...change, reason: null, replayed: 0, skipped: 0, error };
}

function locate(target: Target, state: PartitionState, start: number, end: number): Position | { error: Problem } {
  const { prior } = state;
  switch (target.kind) {
    case 'start':
      return { offset: start + target.plus, reason: null };
    case 'end':
      return { offset: end - target.minus, reason: null };
    case 'offset':
      return { offset: target.offset, reason: null, ...(state.keep === undefined ? {} : { keep: state.keep }) };
    case 'time': {
      const { found } = state;
      if (found === undefined) {
        return {
          error: problemAt(state, 'OFFSET_NOT_AVAILABLE', 'the broker did not answer for this time', 'Ask again.'),
        };
      }
      if (found !== null) return { offset: found.offset, reason: null };
      const why =
        start === end ? 'the partition is empty' : `no record at or after ${utcText(target.timestampMs)}: the end`;
      return { offset: end, reason: why };
    }
    case 'shift':
      if (prior !== null && prior.offset >= 0) return { offset: prior.offset + target.by, reason: null };
      return { error: noCommit(state, 'there is no committed offset to count from') };
    case 'group': {
      const other = state.other ?? null;
      if (other !== null && other.offset >= 0) return { offset: other.offset, reason: null, keep: other };
      return { error: noCommit(state, `group ${target.group} has no committed offset here`) };
    }
    case 'committed':
      if (prior === null) return { offset: end, reason: 'never committed: the end' };
      if (prior.offset < 0) return { error: noCommit(state, `the committed offset is negative (${prior.offset})`) };
      return { offset: prior.offset, reason: null, keep: prior };
  }
}

function noCommit(state: PartitionState, message: string): Problem {
  return problemAt(
    state,
    'NO_COMMITTED_OFFSET',
    message,
    'choose a target that needs none, such as start, end or @time',
  );
}

function problemAt(
  { topic, partition }: PartitionState,
  name: string,
  message: string,
  advice: string | null,
): Problem {
  return { scope: `${topic}-${partition}`, name, message, advice };
}

function changeOf(
  state: PartitionState,
  next: Committed | null,
  clamped: Change['clamped'],
  reasons: string[],
): Change {
  const { topic, partition, topicId, prior, start, end } = state;
  const committed = prior === null ? null : prior.offset;
  const target = next === null ? null : next.offset;
  // A stored negative is no position: clients take it for no commit.
  const from = committed === null || committed < 0 ? null : committed;
  const delta = from === null || target === null ? null : target - from;
  let replayed = 0;
  let skipped = 0;
  if (from !== null && target !== null && start !== null && end !== null) {
    replayed = Math.max(0, Math.min(from, end) - Math.max(target, start));
    skipped = Math.max(0, Math.min(target, end) - Math.max(from, start));
    if (from < start) reasons.push(`${start - from} records were deleted before they were read`);
    if (from > end) reasons.push(`committed ${from - end} beyond the end: the log was truncated or recreated`);
    if (skipped > 0) reasons.push('skips records that nobody has read');
  }
  if (committed !== null && committed < 0) reasons.push(`the stored commit is negative (${committed})`);
  return {
    topic,
    partition,
    topicId,
    prior,
    next,
    committed,
    committedAt: null,
    target,
    targetAt: null,
    delta,
    start,
    end,
    clamped,
    reason: reasons.length === 0 ? null : reasons.join('; '),
    replayed,
    skipped,
    bytes: replayed === 0 ? 0 : null,
    error: null,
  };
}
