import { expect, it } from 'vitest';
import { openMetadataLog } from '../../../src/broker/metadata/metadata-log.ts';
import { MetadataStore } from '../../../src/broker/metadata/metadata-store.ts';
import { Quorum } from '../../../src/broker/metadata/quorum.ts';
import type { MetadataFetchResponse } from '../../../src/broker/network.ts';
import { MemoryDisk } from '../../../src/log/memory-disk.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { virtualEnv } from '../virtual.ts';

/** Node 2 of three, looking for the controller; what the others say is the test's. */
function looking() {
  const { scheduler, network, random } = virtualEnv();
  const disk = new MemoryDisk();
  const store = new MetadataStore(openMetadataLog({ disk, now: () => scheduler.now(), random }), 'cluster');
  const quorum = new Quorum({
    nodeId: 2,
    nodeIds: [1, 2, 3],
    scheduler,
    network,
    log: () => undefined,
    disk,
    store,
    activate: () => undefined,
    committed: () => undefined,
    resign: () => undefined,
    changed: () => undefined,
  });
  network.attach(2, (from, _name, request, reply) => {
    const done = reply as (response: MetadataFetchResponse) => void;
    quorum.serveFetch(from, request as Parameters<Quorum['serveFetch']>[1], done);
  });
  quorum.start();
  return { scheduler, network, quorum };
}

it('who gave its promise waits for the one who asked for it, and begins no rival campaign', () => {
  const { scheduler, network, quorum } = looking();
  scheduler.runFor(1000);
  const asked = { replicaId: 1, fetchOffset: 0, lastFetchedEpoch: -1, controllerEpoch: 4, maxWaitMs: 0 };
  const answers: MetadataFetchResponse[] = [];
  const before = network.calls.length;
  quorum.serveFetch(1, asked, (response) => answers.push(response));
  scheduler.runFor(0);
  expect(answers).toMatchObject([{ controllerEpoch: 4 }]);
  // To ask around at once would find nobody to follow, take the epoch away from the one who is about to win, and so on.
  expect(network.calls.length).toBe(before);
  scheduler.runFor(100);
  expect(network.calls.length).toBeGreaterThan(before);
  quorum.stop();
});

it('a node that does not answer holds nobody up for long, once a majority has', () => {
  const { scheduler, network, quorum } = looking();
  // Node 1 is frozen: it takes what comes and says nothing. Node 3 looks, too, and has nothing that node 2 has not.
  network.attach(1, () => undefined);
  network.attach(3, (_from, _name, request, reply) => {
    const { controllerEpoch, fetchOffset, lastFetchedEpoch } = request as Parameters<Quorum['serveFetch']>[1];
    const log = { highWatermark: 0, endOffset: fetchOffset, lastEpoch: lastFetchedEpoch, diverging: null };
    (reply as (response: MetadataFetchResponse) => void)({
      ...log,
      errorCode: ErrorCode.NOT_CONTROLLER,
      controllerId: -1,
      controllerEpoch,
      records: Buffer.alloc(0),
    });
  });
  const began = network.calls.length;
  scheduler.runFor(600);
  expect(network.calls.slice(began)).toContainEqual(
    expect.objectContaining({ from: 2, to: 3, request: expect.objectContaining({ controllerEpoch: 2 }) }),
  );
  quorum.stop();
});
