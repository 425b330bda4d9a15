import { DiskError } from '../../log/disk.ts';
import type { Scheduler } from '../env.ts';
import type { Network } from '../network.ts';

/**
 * What a node is given of the world, so that a disk that fails under its metadata log, which it cannot do without, ends
 * the node and not the process: whatever wakes it up comes through here. Failures of its partitions' logs it takes itself.
 */
export function guardedBy(
  failed: (reason: string) => void,
  { scheduler, network }: { readonly scheduler: Scheduler; readonly network: Network },
): { readonly scheduler: Scheduler; readonly network: Network } {
  const guard = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      failed(error.message);
    }
  };
  return {
    scheduler: {
      now: () => scheduler.now(),
      after: (delayMs, run) => scheduler.after(delayMs, () => guard(run)),
    },
    network: {
      attach: (nodeId, serve) =>
        network.attach(nodeId, (from, name, request, reply) => guard(() => serve(from, name, request, reply))),
      call: (from, to, name, request, timeoutMs, done) =>
        network.call(from, to, name, request, timeoutMs, (response) => guard(() => done(response))),
    },
  };
}
