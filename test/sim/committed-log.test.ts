import { expect, it } from 'vitest';
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

it('what lies below a log start that a kill took back need not be there to be read', () => {
  const { committed } = scene();
  const log = openLog(new MemoryDisk());
  log.appendAsLeader(numbered(0), 0);
  // The high watermark is within the batch: that is as far as the follower had learned the log's start.
  expect(committed.check(log, 0, 1, { extends: false })).toMatch(/nothing to read at 0, below 1/);
  committed.deletedBefore = 1;
  expect(committed.check(log, 0, 1, { extends: false })).toBeNull();
});
