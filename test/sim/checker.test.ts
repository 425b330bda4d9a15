import { describe, expect, it } from 'vitest';
import { type Anomaly, check, type Terms } from './checker.ts';
import { checkGroups } from './checker-groups.ts';
import type { CommitOp, CommittedOp, Op, OwnedOp, PollOp, SeekOp, SendOp } from './history.ts';

/* Histories made by hand: what the checker must flag, and beside each what looks like it and is allowed. */

const KEY = 't-0';

function send(value: string, offset: number, fields: Partial<SendOp> = {}): SendOp {
  return {
    kind: 'send',
    process: 'p',
    key: KEY,
    value,
    acks: -1,
    inOrder: true,
    invoked: 0,
    completed: 10,
    outcome: 'ok',
    offset,
    leaderEpoch: 0,
    ...fields,
  };
}

function poll(records: readonly (readonly [number, string])[], fields: Partial<PollOp> = {}): PollOp {
  return { kind: 'poll', process: 'c', key: KEY, invoked: 20, completed: 30, records, ...fields };
}

const seek: SeekOp = { kind: 'seek', process: 'c', key: KEY, offset: 0, at: 35 };

function terms(final: readonly (readonly [number, string])[], fields: Partial<Terms> = {}): Terms {
  return {
    final: new Map([[KEY, final]]),
    logStart: new Map([[KEY, 0]]),
    unclean: new Map(),
    compacted: new Set(),
    ...fields,
  };
}

function anomalies(history: readonly Op[], at: Terms): string[] {
  return [...new Set(check(history, at).map(({ anomaly }) => anomaly))].sort();
}

const AB = [
  [0, 'a'],
  [1, 'b'],
] as const;
const B = [[1, 'b']] as const;

interface Case {
  readonly what: string;
  readonly history: readonly Op[];
  readonly at: Terms;
  readonly found: readonly Anomaly[];
}

const CASES: readonly Case[] = [
  { what: 'all is well', history: [send('a', 0), send('b', 1), poll(AB)], at: terms(AB), found: [] },
  {
    what: 'an acknowledged write is gone',
    history: [send('a', 0), send('b', 1), poll(AB)],
    at: terms(B),
    found: ['lost-write'],
  },
  {
    what: 'a write that was never acknowledged is gone',
    history: [send('a', -1, { outcome: 'unknown' }), send('b', 1), poll(B)],
    at: terms(B),
    found: [],
  },
  {
    what: 'a write that only the leader acknowledged is gone: also an election from the ELR may lose it',
    history: [send('a', 0, { acks: 1 }), send('b', 1), poll(B)],
    at: terms(B),
    found: [],
  },
  {
    what: 'an acknowledged write was deleted with the log before it',
    history: [send('a', 0), send('b', 1), poll(B)],
    at: terms(B, { logStart: new Map([[KEY, 1]]) }),
    found: [],
  },
  {
    what: 'an acknowledged write was compacted away',
    history: [send('a', 0), send('b', 1), poll(B)],
    at: terms(B, { compacted: new Set([KEY]) }),
    found: [],
  },
  {
    what: 'an unclean election lost what an earlier epoch had acknowledged',
    history: [send('a', 0), send('b', 1, { leaderEpoch: 2 }), poll(B)],
    at: terms(B, { unclean: new Map([[KEY, [{ leaderEpoch: 1, from: 0 }]]]) }),
    found: [],
  },
  {
    what: 'an unclean election does not excuse a loss below the offset from which it lost',
    history: [send('a', 0), send('b', 1), poll(B)],
    at: terms(B, { unclean: new Map([[KEY, [{ leaderEpoch: 1, from: 1 }]]]) }),
    found: ['lost-write', 'unseen'],
  },
  {
    what: 'an unclean election does not excuse the loss of what was acknowledged behind it',
    history: [send('a', 0, { leaderEpoch: 1 }), send('b', 1, { leaderEpoch: 1 }), poll(B)],
    at: terms(B, { unclean: new Map([[KEY, [{ leaderEpoch: 1, from: 0 }]]]) }),
    found: ['lost-write', 'unseen'],
  },
  {
    what: 'a write is there, and nobody was ever given it',
    history: [send('a', 0), send('b', 1), poll([[0, 'a']])],
    at: terms(AB),
    found: ['unseen'],
  },
  {
    what: 'one value at two offsets',
    history: [send('a', 0), poll([[0, 'a']]), poll([[1, 'a']])],
    at: terms([[0, 'a']]),
    found: ['duplicate'],
  },
  {
    what: 'two values at one offset',
    history: [send('a', 0), send('b', 0, { process: 'q' }), poll([[0, 'a']]), poll([[0, 'b']], { process: 'd' })],
    at: terms([[0, 'a']]),
    found: ['inconsistent-offsets', 'lost-write'],
  },
  {
    what: 'the next leader gives the offset of an acks=1 record to another one',
    history: [send('a', 0, { acks: 1 }), send('b', 0, { process: 'q' }), poll([[0, 'b']])],
    at: terms([[0, 'b']]),
    found: [],
  },
  {
    what: 'a write that had failed is read',
    history: [send('a', -1, { outcome: 'fail' }), poll([[0, 'a']])],
    at: terms([[0, 'a']]),
    found: ['aborted-read'],
  },
  {
    what: 'a write of which nobody knows is read',
    history: [send('a', -1, { outcome: 'unknown' }), poll([[0, 'a']])],
    at: terms([[0, 'a']]),
    found: [],
  },
  { what: 'a value from nowhere is read', history: [poll([[0, 'x']])], at: terms([]), found: ['phantom'] },
  {
    what: 'a value is read before anybody wrote it',
    history: [send('a', 0, { invoked: 40 }), poll([[0, 'a']])],
    at: terms([[0, 'a']]),
    found: ['phantom'],
  },
  {
    what: 'a consumer goes back',
    history: [send('a', 0), send('b', 1), poll(AB), poll([[0, 'a']])],
    at: terms(AB),
    found: ['nonmonotonic-poll'],
  },
  {
    what: 'a consumer goes back because it asked for it',
    history: [send('a', 0), send('b', 1), poll(AB), seek, poll([[0, 'a']])],
    at: terms(AB),
    found: [],
  },
  {
    what: 'of two writes of one producer the later one comes first',
    history: [send('b', 1), send('a', 0), poll(AB)],
    at: terms(AB),
    found: ['nonmonotonic-send'],
  },
  {
    what: 'the later one was lost in an unclean election, and the earlier one, whose answer was lost, repeated behind it',
    history: [send('b', 0, { leaderEpoch: 2 }), send('a', 0, { leaderEpoch: 1 }), poll([[0, 'b']])],
    at: terms([[0, 'b']], { unclean: new Map([[KEY, [{ leaderEpoch: 2, from: 0 }]]]) }),
    found: [],
  },
  {
    what: 'two producers need not take turns',
    history: [send('b', 1), send('a', 0, { process: 'q' }), poll(AB)],
    at: terms(AB),
    found: [],
  },
  {
    what: 'a consumer steps over a record',
    history: [
      send('a', 0),
      send('b', 1),
      send('c', 2),
      poll([
        [0, 'a'],
        [2, 'c'],
      ]),
      poll([[1, 'b']], { process: 'd' }),
    ],
    at: terms([...AB, [2, 'c']]),
    found: ['poll-skip'],
  },
  {
    what: 'a consumer steps over an offset that is no record any more',
    history: [
      send('a', 0),
      send('c', 2),
      poll([
        [0, 'a'],
        [2, 'c'],
      ]),
    ],
    at: terms([
      [0, 'a'],
      [2, 'c'],
    ]),
    found: [],
  },
];

describe('the log, as its clients saw it', () => {
  it.each(CASES)('$what', ({ history, at, found }) => {
    expect(anomalies(history, at)).toEqual(found);
  });
});

function commit(offset: number, invoked: number, fields: Partial<CommitOp> = {}): CommitOp {
  return {
    kind: 'commit',
    process: 'm',
    group: 'g',
    key: KEY,
    offset,
    invoked,
    completed: invoked + 1,
    outcome: 'ok',
    ...fields,
  };
}

function committed(offset: number, invoked: number): CommittedOp {
  return { kind: 'committed', process: 'm', group: 'g', key: KEY, offset, invoked, completed: invoked + 1 };
}

function owned(process: string, generation: number, keys: readonly string[] = [KEY]): OwnedOp {
  return { kind: 'owned', process, group: 'g', memberId: `${process}-id`, generation, keys, at: 0 };
}

const GROUP_CASES: readonly { what: string; history: readonly Op[]; found: readonly string[] }[] = [
  { what: 'a commit is read', history: [commit(5, 0), committed(5, 2)], found: [] },
  { what: 'nothing was committed', history: [committed(-1, 0)], found: [] },
  { what: 'an acknowledged commit is gone', history: [commit(5, 0), committed(-1, 2)], found: ['lost-commit'] },
  {
    what: 'a commit goes back to an earlier one',
    history: [commit(5, 0), commit(7, 2), committed(5, 4)],
    found: ['lost-commit'],
  },
  {
    what: 'a commit of an earlier offset, made later, counts',
    history: [commit(7, 0), commit(5, 2), committed(5, 4)],
    found: [],
  },
  {
    what: 'of two commits at the same time either may win',
    history: [commit(5, 0, { completed: 9 }), commit(7, 1, { completed: 8 }), committed(5, 10)],
    found: [],
  },
  {
    what: 'a commit of which nobody knows may count',
    history: [commit(5, 0), commit(7, 2, { outcome: 'unknown', completed: Number.POSITIVE_INFINITY }), committed(7, 4)],
    found: [],
  },
  {
    what: 'and may count late',
    history: [commit(7, 0, { outcome: 'unknown', completed: Number.POSITIVE_INFINITY }), commit(5, 2), committed(7, 9)],
    found: [],
  },
  {
    what: 'a refused commit counts',
    history: [commit(5, 0, { outcome: 'fail' }), committed(5, 2)],
    found: ['lost-commit'],
  },
  { what: 'an offset that nobody committed', history: [commit(5, 0), committed(6, 2)], found: ['lost-commit'] },
  { what: 'two owners in one generation', history: [owned('a', 1), owned('b', 1)], found: ['two-owners'] },
  { what: 'one owner after the other', history: [owned('a', 1), owned('b', 2)], found: [] },
  { what: 'a member that comes back by its instance', history: [owned('a', 1), owned('a', 1)], found: [] },
  { what: 'a generation that falls', history: [owned('a', 2), owned('a', 1, [])], found: ['generation-regressed'] },
];

describe('a group, as its members saw it', () => {
  it.each(GROUP_CASES)('$what', ({ history, found }) => {
    expect(checkGroups(history, new Set()).map(({ anomaly }) => anomaly)).toEqual(found);
  });

  it('promises nothing where its coordinator’s log lost records', () => {
    expect(checkGroups([commit(5, 0), committed(-1, 2)], new Set(['g']))).toEqual([]);
  });
});
