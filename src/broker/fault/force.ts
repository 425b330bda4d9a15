import type { DiskState } from './fault-disk.ts';
import type { Instance } from './instance.ts';
import type { LinkRule } from './links.ts';
import { isRequestFault, type RequestRule } from './requests.ts';
import type { Fault, FaultOf } from './vocabulary.ts';

/* What faults that are in force mean together: faults of one kind add up. */

type InForce = readonly Pick<Instance, 'id' | 'fault' | 'targets'>[];

/** Of all nodes: a link has two ends. */
export function linkRules(faults: InForce): LinkRule[] {
  return faults.flatMap(({ fault, targets }) =>
    fault.fault === 'cut-link' || fault.fault === 'slow-link' ? targets.map((broker) => ({ broker, fault })) : [],
  );
}

type DiskFailure = FaultOf<'disk-error' | 'disk-full'>;

/** Whether a fault takes a log directory, and with the last one the broker. */
export function isDiskFailure(fault: Fault): fault is DiskFailure {
  return fault.fault === 'disk-error' || fault.fault === 'disk-full';
}

/** Of one node, as the others below. */
export function diskState(faults: InForce): DiskState {
  const broken = faults.flatMap(({ fault }) => (isDiskFailure(fault) ? [fault] : []));
  const has = (name: DiskFailure['fault']): boolean => broken.some(({ fault }) => fault === name);
  return {
    broken: has('disk-error') ? 'failed' : has('disk-full') ? 'full' : null,
    isOneOfMany: broken.length > 0 && broken.every(({ jbod }) => jbod === 'yes'),
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
