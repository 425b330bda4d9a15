import type { Timer } from '../env.ts';
import { durationText } from './duration.ts';
import type { FaultConfig, ParsedFault } from './grammar.ts';
import type { FaultName } from './vocabulary.ts';

/** A fault that was injected, as it is listed. */
export interface ActiveFault {
  readonly key: string;
  readonly fault: FaultName;
  readonly label: string | null;
  /** The broker config that carries it: a broker's id, `''` for all. */
  readonly resource: string;
  readonly on: readonly number[];
  /** The value as it was set. */
  readonly value: string;
  /** What remains, in ms; null: until it is cleared. */
  readonly leftMs: number | null;
}

export interface FaultFilter {
  readonly fault?: FaultName;
  readonly label?: string;
  readonly on?: number;
}

/** A fault that was injected, from the moment on that the engine knows of it. */
export interface Instance extends FaultConfig, ParsedFault {
  value: string;
  forMs: number | null;
  readonly id: string;
  readonly targets: readonly number[];
  /** It is in the metadata: to end it, it has to be removed there. */
  readonly configured: boolean;
  /** The image that brought it. */
  readonly seenAt: number;
  state: 'waiting' | 'active' | 'over';
  endsAtMs: number | null;
  timer: Timer | null;
}

/** What one fault is known by: one of the same place and name takes its place. */
export function idOf({ resource, key }: Omit<FaultConfig, 'value'>, configured: boolean): string {
  return `${configured ? 'config' : 'call'}/${resource}/${key}`;
}

export function matches(instance: Instance, { fault, label, on }: FaultFilter): boolean {
  if (fault !== undefined && instance.fault.fault !== fault) return false;
  if (label !== undefined && instance.label !== label) return false;
  return on === undefined || instance.targets.includes(on);
}

/** Whether a config means the fault that is there, but for how long it lasts. */
export function isSameFault(instance: Instance, { fault, on }: ParsedFault): boolean {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  return same(instance.fault, fault) && same(instance.on, on);
}

/** The value of a fault with what remains of it: set again as it is, it lasts for what remained. */
export function valueWithRest({ value, leftMs }: Pick<ActiveFault, 'value' | 'leftMs'>): string {
  return leftMs === null ? value : `${value.replace(/[\s,]*\bleft[=:][^\s,]*/, '')},left=${durationText(leftMs)}`;
}
