import { afterEach, describe, expect, it, vi } from 'vitest';
import { FAULT_NAMES } from '../../src/broker/fault/index.ts';
import { ReplicaManager } from '../../src/broker/replica/manager.ts';
import { PartitionReplica } from '../../src/broker/replica/replica.ts';
import { ProducerState } from '../../src/log/producer-state.ts';
import type { FaultWeights, SimOptions } from './options.ts';
import { simulate } from './simulation.ts';

/* The product's own faults are in the schedules, do what they say, and find what they are there to find. */

/** The simulation has these of its own, and stronger: its machines take what no engine beside the node could. */
const OWN: readonly string[] = ['kill', 'stop', 'freeze'];

const only =
  (...names: readonly (keyof FaultWeights)[]) =>
  (options: SimOptions): SimOptions => ({
    ...options,
    nodes: 3,
    elr: true,
    topics: [{ name: 't0', partitions: 2, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } }],
    producers: { acks0: 0, acks1: 0, acksAll: 1, idempotent: 2 },
    groups: [2],
    maxDown: 1,
    faultEveryMs: 300,
    adminEveryMs: 0,
    faults: Object.fromEntries(
      Object.keys(options.faults).map((name) => [name, names.includes(name as keyof FaultWeights) ? 1 : 0]),
    ) as unknown as FaultWeights,
  });

/** The first of a few seeds that fails, and how; null where none does. */
function firstFailure(change: (options: SimOptions) => SimOptions, seeds = 20): string | null {
  for (let seed = 1; seed <= seeds; seed++) {
    const { failure } = simulate(seed, change);
    if (failure !== null) return `seed ${seed}: ${failure}`;
  }
  return null;
}

afterEach(() => vi.restoreAllMocks());

it('every fault that the product knows is made to happen', () => {
  const everything = (options: SimOptions): SimOptions => ({
    ...options,
    nodes: 3,
    maxDown: 1,
    faultEveryMs: 150,
    faults: Object.fromEntries(Object.keys(options.faults).map((name) => [name, 1])) as unknown as FaultWeights,
  });
  const seen = new Set<string>(OWN);
  for (let seed = 1; seed <= 6; seed++) {
    const { failure, faults } = simulate(seed, everything);
    expect(failure).toBeNull();
    for (const fault of faults) seen.add(/"fault":"([a-z-]+)"/.exec(fault)?.[1] ?? '');
  }
  expect([...FAULT_NAMES].filter((name) => !seen.has(name))).toEqual([]);
});

describe('a broken rule is found by', () => {
  it('requests that come twice', () => {
    vi.spyOn(ProducerState.prototype, 'duplicateOf').mockReturnValue(null);
    vi.spyOn(ProducerState.prototype, 'check').mockReturnValue(undefined);
    expect(firstFailure(only('repeatedRequests'))).toMatch(/sequence|duplicate/);
  });

  it('answers that are lost', () => {
    vi.spyOn(ProducerState.prototype, 'duplicateOf').mockReturnValue(null);
    vi.spyOn(ProducerState.prototype, 'check').mockReturnValue(undefined);
    expect(firstFailure(only('lostResponses'))).toMatch(/sequence|duplicate/);
  });

  it('a disk that is full', () => {
    vi.spyOn(PartitionReplica.prototype, 'failed').mockReturnValue(undefined);
    vi.spyOn(ReplicaManager.prototype, 'usingDisk').mockImplementation((work) => {
      try {
        work();
      } catch {
        // Nobody notices.
      }
    });
    expect(firstFailure(only('diskFull', 'diskError', 'restart'))).not.toBeNull();
  });
});
