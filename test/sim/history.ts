/*
 * What clients did and saw, in virtual time: the only thing that the checker looks at. A key is `topic-partition`;
 * every value is sent once.
 */

/** ok: acknowledged; fail: certainly not done; unknown: nobody can say. */
export type Outcome = 'ok' | 'fail' | 'unknown';

export interface SendOp {
  readonly kind: 'send';
  readonly process: string;
  readonly key: string;
  readonly value: string;
  readonly acks: -1 | 0 | 1;
  /** Whether the producer waited for what it sent before: only then must its offsets rise. */
  readonly inOrder: boolean;
  readonly invoked: number;
  completed: number;
  outcome: Outcome;
  /** -1 where it is not known. */
  offset: number;
  /** Leader epoch in which it was acknowledged, at the earliest; -1 where that is not known. */
  leaderEpoch: number;
}

export interface PollOp {
  readonly kind: 'poll';
  readonly process: string;
  readonly key: string;
  readonly invoked: number;
  readonly completed: number;
  /** Offset and value of each record, in the order of the answer. */
  readonly records: readonly (readonly [number, string])[];
}

/** A consumer goes on somewhere else: what it polls next need not follow what it polled before. */
export interface SeekOp {
  readonly kind: 'seek';
  readonly process: string;
  readonly key: string;
  readonly offset: number;
  readonly at: number;
}

export interface CommitOp {
  readonly kind: 'commit';
  readonly process: string;
  readonly group: string;
  readonly key: string;
  readonly offset: number;
  readonly invoked: number;
  completed: number;
  outcome: Outcome;
}

/** A group's committed offset as somebody read it; -1 for none. */
export interface CommittedOp {
  readonly kind: 'committed';
  readonly process: string;
  readonly group: string;
  readonly key: string;
  readonly offset: number;
  readonly invoked: number;
  readonly completed: number;
}

/** What a member was given in a generation of its group. */
export interface OwnedOp {
  readonly kind: 'owned';
  readonly process: string;
  readonly group: string;
  readonly memberId: string;
  readonly generation: number;
  readonly keys: readonly string[];
  readonly at: number;
}

export type Op = SendOp | PollOp | SeekOp | CommitOp | CommittedOp | OwnedOp;
export type History = readonly Op[];

export function ofKind<K extends Op['kind']>(history: History, kind: K): Extract<Op, { kind: K }>[] {
  return history.filter((op): op is Extract<Op, { kind: K }> => op.kind === kind);
}

/** Ops by key. */
export function byKey<O extends { readonly key: string }>(ops: readonly O[]): Map<string, O[]> {
  const groups = new Map<string, O[]>();
  for (const op of ops) {
    const group = groups.get(op.key);
    if (group === undefined) groups.set(op.key, [op]);
    else group.push(op);
  }
  return groups;
}
