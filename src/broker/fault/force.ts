import type { DiskState } from './fault-disk.ts';
import type { Instance } from './instance.ts';
import type { LinkRule } from './links.ts';
import { isRequestFault, type RequestRule } from './requests.ts';

/* What faults that are in force mean together: faults of one kind add up. */

type InForce = readonly Pick<Instance, 'id' | 'fault' | 'targets'>[];

/** Of all nodes: a link has two ends. */
export function linkRules(faults: InForce): LinkRule[] {
  return faults.flatMap(({ fault, targets }) =>
    fault.fault === 'cut-link' || fault.fault === 'slow-link' ? targets.map((broker) => ({ broker, fault })) : [],
  );
}

/** Of one node, as the others below. */
export function diskState(faults: InForce): DiskState {
  const has = (name: 'disk-error' | 'disk-full'): boolean => faults.some(({ fault }) => fault.fault === name);
  return {
    broken: has('disk-error') ? 'failed' : has('disk-full') ? 'full' : null,
    delayMs: faults.reduce((sum, { fault }) => sum + (fault.fault === 'slow-disk' ? fault.delay : 0), 0),
  };
}

export function requestRules(faults: InForce): RequestRule[] {
  return faults.flatMap(({ id, fault }) => (isRequestFault(fault) ? [{ id, fault }] : []));
}

/** How far the clock is ahead, in ms; negative: behind. */
export function skewMs(faults: InForce): number {
  return faults.reduce((sum, { fault }) => sum + (fault.fault === 'skew-clock' ? fault.by : 0), 0);
}
