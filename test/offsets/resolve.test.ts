import { describe, expect, it } from 'vitest';
import { type Committed, toSend } from '../../src/offsets/plan.ts';
import { type PartitionState, resolve } from '../../src/offsets/resolve.ts';
import type { Target } from '../../src/offsets/target.ts';
import fc, { runs } from '../property.ts';

const committed = (offset: number): Committed => ({ offset, leaderEpoch: null, metadata: '' });

function state(more: Partial<PartitionState> = {}): PartitionState {
  return {
    topic: 'orders',
    partition: 0,
    topicId: null,
    prior: committed(50),
    start: 10,
    end: 100,
    problem: null,
    ...more,
  };
}

describe('resolve', () => {
  const rows: readonly [string, Target, Partial<PartitionState>, Record<string, unknown>][] = [
    ['start', { kind: 'start', plus: 0 }, {}, { target: 10, delta: -40, replayed: 40, skipped: 0, clamped: null }],
    ['start+5', { kind: 'start', plus: 5 }, {}, { target: 15 }],
    ['start beyond the end', { kind: 'start', plus: 500 }, {}, { target: 100, clamped: 'end' }],
    ['end', { kind: 'end', minus: 0 }, {}, { target: 100, delta: 50, replayed: 0, skipped: 50 }],
    ['end-1000', { kind: 'end', minus: 1000 }, {}, { target: 10, clamped: 'start' }],
    ['end-30', { kind: 'end', minus: 30 }, {}, { target: 70 }],
    ['an offset', { kind: 'offset', offset: 60 }, {}, { target: 60, skipped: 10 }],
    ['the end is legal', { kind: 'offset', offset: 100 }, {}, { target: 100, clamped: null }],
    ['beyond the end', { kind: 'offset', offset: 101 }, {}, { target: 100, clamped: 'end' }],
    ['before the start', { kind: 'offset', offset: -7 }, {}, { target: 10, clamped: 'start' }],
    ['shift', { kind: 'shift', by: -20 }, {}, { target: 30, replayed: 20 }],
    [
      'shift without a commit',
      { kind: 'shift', by: 1 },
      { prior: null },
      { target: null, error: { name: 'NO_COMMITTED_OFFSET' } },
    ],
    [
      'shift of a stored negative',
      { kind: 'shift', by: 9 },
      { prior: committed(-5) },
      { error: { name: 'NO_COMMITTED_OFFSET' } },
    ],
    ['committed', { kind: 'committed' }, {}, { target: 50, delta: 0, replayed: 0, skipped: 0 }],
    ['committed without a commit', { kind: 'committed' }, { prior: null }, { target: 100, delta: null }],
    [
      'committed of a stored negative',
      { kind: 'committed' },
      { prior: committed(-5) },
      { error: { name: 'NO_COMMITTED_OFFSET' } },
    ],
    ['committed beyond the end', { kind: 'committed' }, { prior: committed(1000) }, { target: 100, clamped: 'end' }],
    [
      'a stored negative, repaired',
      { kind: 'start', plus: 0 },
      { prior: committed(-5) },
      { target: 10, delta: null, committed: -5 },
    ],
    ['another group', { kind: 'group', group: 'b' }, { other: committed(77) }, { target: 77 }],
    [
      'another group without a commit',
      { kind: 'group', group: 'b' },
      { other: null },
      { error: { name: 'NO_COMMITTED_OFFSET' } },
    ],
    [
      'a time',
      { kind: 'time', timestampMs: 5 },
      { found: { offset: 33, timestampMs: 6 } },
      { target: 33, reason: null },
    ],
    ['a time past the end', { kind: 'time', timestampMs: 0 }, { found: null }, { target: 100 }],
    ['a time in an empty partition', { kind: 'time', timestampMs: 0 }, { found: null, start: 100 }, { target: 100 }],
    ['a time without an answer', { kind: 'time', timestampMs: 5 }, {}, { error: { name: 'OFFSET_NOT_AVAILABLE' } }],
    ['an unreadable range', { kind: 'end', minus: 0 }, { end: null }, { error: { name: 'OFFSET_NOT_AVAILABLE' } }],
  ];
  it.each(rows)('%s', (_name, target, more, expected) => {
    expect(resolve(target, state(more))).toMatchObject(expected);
  });

  it('says why in words', () => {
    expect(resolve({ kind: 'end', minus: 0 }, state({ prior: committed(3) })).reason).toBe(
      '7 records were deleted before they were read; skips records that nobody has read',
    );
    expect(resolve({ kind: 'start', plus: 0 }, state({ prior: committed(120) })).reason).toBe(
      'committed 20 beyond the end: the log was truncated or recreated',
    );
    expect(resolve({ kind: 'time', timestampMs: 0 }, state({ found: null })).reason).toContain(
      'no record at or after 1970-01-01 00:00:00Z: the end',
    );
  });

  it('keeps leader epoch and metadata where the offset stays, and drops them where it moves, as Kafka does', () => {
    const prior = { offset: 50, leaderEpoch: 3, metadata: 'mine' };
    expect(resolve({ kind: 'offset', offset: 50 }, state({ prior })).next).toEqual(prior);
    expect(resolve({ kind: 'offset', offset: 51 }, state({ prior })).next).toEqual({ ...committed(51) });
    const other = { offset: 60, leaderEpoch: 1, metadata: 'theirs' };
    expect(resolve({ kind: 'group', group: 'b' }, state({ other })).next).toEqual(other);
  });

  it('never leaves the log, and what it counts adds up', () => {
    const offsets = fc.integer({ min: -10, max: 300 });
    const targets: fc.Arbitrary<Target> = fc.oneof(
      fc.record({ kind: fc.constant('start' as const), plus: fc.nat(400) }),
      fc.record({ kind: fc.constant('end' as const), minus: fc.nat(400) }),
      fc.record({ kind: fc.constant('offset' as const), offset: offsets }),
      fc.record({ kind: fc.constant('shift' as const), by: fc.integer({ min: -400, max: 400 }) }),
      fc.constant({ kind: 'committed' as const }),
      fc.constant({ kind: 'group' as const, group: 'b' }),
      fc.constant({ kind: 'time' as const, timestampMs: 1 }),
    );
    fc.assert(
      fc.property(
        targets,
        fc.nat(100),
        fc.nat(100),
        fc.option(offsets),
        fc.option(offsets),
        fc.option(fc.nat(300)),
        (target, start, length, prior, other, found) => {
          const end = start + length;
          const change = resolve(
            target,
            state({
              start,
              end,
              prior: prior === null ? null : committed(prior),
              other: other === null ? null : committed(other),
              found: found === null ? null : { offset: found, timestampMs: 1 },
            }),
          );
          if (change.error !== null) {
            expect(change.next).toBeNull();
            expect(toSend([change])).toEqual([]);
            return;
          }
          const at = change.target ?? Number.NaN;
          expect(at).toBeGreaterThanOrEqual(start);
          expect(at).toBeLessThanOrEqual(end);
          expect(at).toBeGreaterThanOrEqual(0);
          expect(change.next?.offset).toBe(at);
          expect(Math.min(change.replayed, change.skipped)).toBe(0);
          if (prior !== null && prior >= start && prior <= end) {
            expect(change.skipped - change.replayed).toBe(at - prior);
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });
});
