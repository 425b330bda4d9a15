import { describe, expect, it } from 'vitest';
import { type Candidate, chooseController } from '../../../src/broker/metadata/candidate.ts';
import { openMetadataLog } from '../../../src/broker/metadata/metadata-log.ts';
import { MetadataStore } from '../../../src/broker/metadata/metadata-store.ts';
import { Quorum } from '../../../src/broker/metadata/quorum.ts';
import { MemoryDisk } from '../../../src/log/memory-disk.ts';
import { virtualEnv } from '../virtual.ts';

const NODES = [1, 2, 3];

function candidate(id: number, endOffset: number, lastEpoch = 4): Candidate {
  return { id, controllerId: -1, controllerEpoch: 4, lastEpoch, endOffset };
}

function stands(self: Candidate, others: readonly Candidate[], voters: readonly number[]): boolean {
  return chooseController(self, others, NODES, voters).kind === 'campaign';
}

describe('who stands for controller', () => {
  it('the one with the longest log, of equals the lowest id', () => {
    expect(stands(candidate(1, 9), [candidate(2, 10), candidate(3, 10)], NODES)).toBe(false);
    expect(stands(candidate(2, 10), [candidate(1, 9), candidate(3, 10)], NODES)).toBe(true);
    expect(stands(candidate(3, 10), [candidate(1, 9), candidate(2, 10)], NODES)).toBe(false);
  });

  it('one that wrote its own departure, which nobody else has: the others count on it', () => {
    const [one, two, three] = [candidate(1, 20), candidate(2, 16, 1), candidate(3, 19)];
    expect(stands(one, [two, three], [2, 3])).toBe(true);
    expect(stands(three, [one, two], NODES)).toBe(false);
    expect(stands(two, [one, three], NODES)).toBe(false);
  });

  it('not one that has departed, where a voter has as much', () => {
    expect(stands(candidate(1, 20), [candidate(2, 20), candidate(3, 20)], [2, 3])).toBe(false);
    expect(stands(candidate(2, 20), [candidate(1, 20), candidate(3, 20)], [2, 3])).toBe(true);
  });
});

describe('a node of the quorum', () => {
  function quorum(nodeId: number, env: ReturnType<typeof virtualEnv>, changed: (quorum: Quorum) => void): Quorum {
    const disk = new MemoryDisk();
    const { scheduler, random, network } = env;
    const store = new MetadataStore(openMetadataLog({ disk, now: () => scheduler.now(), random }), 'cluster');
    const made: Quorum = new Quorum({
      nodeId,
      nodeIds: NODES,
      scheduler,
      network,
      log: () => undefined,
      disk,
      store,
      activate: () => undefined,
      committed: () => undefined,
      resign: () => undefined,
      changed: () => changed(made),
    });
    network.attach(nodeId, (from, _name, request, reply) => {
      made.serveFetch(from, request as never, reply as never);
    });
    made.start();
    return made;
  }

  it('that is stopped by somebody who waited for a controller follows nobody', () => {
    const env = virtualEnv();
    quorum(1, env, () => undefined);
    quorum(2, env, () => undefined);
    let stoppedAt = Number.POSITIVE_INFINITY;
    quorum(3, env, (own) => {
      own.stop();
      stoppedAt = env.network.calls.length;
    });
    env.scheduler.runFor(5000);
    expect(stoppedAt).toBeLessThan(env.network.calls.length);
    expect(env.network.calls.slice(stoppedAt).filter(({ from }) => from === 3)).toEqual([]);
  });
});
