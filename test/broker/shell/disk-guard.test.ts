import { describe, expect, it, vi } from 'vitest';
import type { Network, Serve } from '../../../src/broker/network.ts';
import { guardedBy } from '../../../src/broker/shell/disk-guard.ts';
import { DiskError } from '../../../src/log/disk.ts';

const full = (): never => {
  throw new DiskError('full', 'quorum-state: ENOSPC');
};

function world() {
  const due: (() => void)[] = [];
  let served: Serve | undefined;
  const scheduler = {
    now: () => 7,
    after: (_delayMs: number, run: () => void) => {
      due.push(run);
      return { cancel: () => undefined };
    },
  };
  const network: Network = {
    attach: (_nodeId, serve) => {
      served = serve;
      return { detach: () => undefined };
    },
    call: (_from, _to, _name, _request, _timeoutMs, done) => void due.push(() => done({ noAnswer: 'unreachable' })),
  };
  const failed = vi.fn<(reason: string) => void>();
  return { ...guardedBy(failed, { scheduler, network }), due, failed, serve: () => served };
}

describe('a disk that fails under a node’s metadata log', () => {
  it('ends the node, whatever woke it up: a timer, an answer, or a call', () => {
    const { scheduler, network, due, failed, serve } = world();
    expect(scheduler.now()).toBe(7);
    scheduler.after(1, full);
    network.call(1, 2, 'replicaFetch', {} as never, 100, full);
    network.attach(1, full);
    for (const run of due) run();
    serve()?.(2, 'replicaFetch', {} as never, () => undefined);
    expect(failed.mock.calls).toEqual(Array.from({ length: 3 }, () => ['quorum-state: ENOSPC']));
  });

  it('hides no mistake of the code', () => {
    const { scheduler, due, failed } = world();
    scheduler.after(1, () => {
      throw new TypeError('a mistake');
    });
    expect(() => due[0]?.()).toThrow('a mistake');
    expect(failed).not.toHaveBeenCalled();
  });
});
