import { describe, expect, it } from 'vitest';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { batch, openLog } from '../log/helpers.ts';
import { CommittedLog } from './invariants/committed-log.ts';

const EXTENDS = { extends: true };
const numbered = (baseSequence: number): Buffer => batch(2, { producerId: 1, producerEpoch: 0, baseSequence });

/** A log of which the first two records are a producer's first, and what is committed of it. */
function scene() {
  const log = openLog(new MemoryDisk());
  log.appendAsLeader(numbered(0), 0);
  const committed = new CommittedLog();
  expect(committed.check(log, 0, 2, EXTENDS)).toBeNull();
  return { log, committed };
}

/** The same log as a machine has it that lost power: the records are deleted, their producer is forgotten. */
function repeated(sequence: number) {
  const log = openLog(new MemoryDisk());
  log.truncateFullyAndStartAt(2);
  log.appendAsLeader(numbered(sequence), 0);
  return log;
}

it('a producer that goes on where it was not is found', () => {
  const { committed } = scene();
  expect(committed.check(repeated(0), 2, 4, EXTENDS)).toMatch(/goes on with sequence 0 behind 1/);
});

it('of a producer whose records are deleted nobody may know any more', () => {
  const { committed } = scene();
  committed.deletedBefore = 2;
  expect(committed.check(repeated(0), 2, 4, EXTENDS)).toBeNull();
  expect(committed.isTainted).toBe(true);
});

describe('what is deleted in the moment of its commit', () => {
  it('is committed, although nobody saw it, and its producer goes on', () => {
    const { committed, log } = scene();
    const follower = openLog(new MemoryDisk());
    for (const sequence of [0, 2, 4]) follower.appendAsLeader(numbered(sequence), 0);
    for (const sequence of [2, 4, 6]) log.appendAsLeader(numbered(sequence), 0);
    expect(committed.check(follower, 2, 6, { extends: false })).toMatch(/never committed/);
    log.advanceLogStartOffset(4);
    committed.deletedBefore = 4;
    expect(committed.check(log, 2, 4, EXTENDS)).toBeNull();
    expect(committed.end).toBe(4);
    expect(committed.check(follower, 2, 4, { extends: false })).toBeNull();
    expect(committed.holds(3, 'of nobody')).toBe(true);
    expect(committed.check(log, 4, 8, EXTENDS)).toBeNull();
    expect(committed.isTainted).toBe(false);
    expect(committed.check(follower, 4, 6, { extends: false })).toBeNull();
    expect(committed.holds(4, 'of nobody')).toBe(false);
  });

  it('may be a part of a batch, whose rest is there', () => {
    const { committed, log } = scene();
    log.appendAsLeader(numbered(2), 0);
    log.appendAsLeader(numbered(4), 0);
    log.advanceLogStartOffset(5);
    committed.deletedBefore = 5;
    expect(committed.check(log, 2, 6, EXTENDS)).toBeNull();
    expect(committed.record(5)).toBeDefined();
  });
});

it('what lies below a log start that a kill took back need not be there to be read', () => {
  const { committed } = scene();
  const log = openLog(new MemoryDisk());
  log.appendAsLeader(numbered(0), 0);
  // The high watermark is within the batch: that is as far as the follower had learned the log's start.
  expect(committed.check(log, 0, 1, { extends: false })).toMatch(/nothing to read at 0, below 1/);
  committed.deletedBefore = 1;
  expect(committed.check(log, 0, 1, { extends: false })).toBeNull();
});

it('what a replica keeps because compaction took the end of its epoch may be served, and is a loss then', () => {
  const cleanupPolicy = { delete: false, compact: true };
  const kept = openLog(new MemoryDisk(), { cleanupPolicy });
  const leader = openLog(new MemoryDisk(), { cleanupPolicy });
  for (const log of [kept, leader]) log.appendAsLeader(batch(1), 0);
  kept.appendAsLeader(batch(1, { valueBytes: 3 }), 0);
  leader.appendAsLeader(batch(1, { valueBytes: 5 }), 1);
  const [old, now] = [3, 5].map((size) => '\0'.repeat(size));
  const committed = new CommittedLog();
  expect(committed.check(leader, 0, 2, EXTENDS)).toBeNull();
  expect(committed.holds(1, old ?? null)).toBe(false);
  expect(committed.check(kept, 0, 2, { extends: false })).toBeNull();
  expect(committed.holds(1, now ?? null)).toBe(true);
  expect(committed.isTainted).toBe(false);
  expect(committed.holds(1, old ?? null)).toBe(true);
  expect(committed.isTainted).toBe(true);
});
