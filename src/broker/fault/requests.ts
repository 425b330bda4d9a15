import type { Outcome } from '../dispatch.ts';
import type { Random, Scheduler } from '../env.ts';
import { errorCodeByName } from './grammar.ts';
import type { Fault } from './vocabulary.ts';

export type RequestFault = Extract<
  Fault,
  { readonly fault: 'error' | 'delay-response' | 'drop-response' | 'duplicate-request' }
>;

/** A fault of requests; the id says which one, for as long as it is in force. */
export interface RequestRule {
  readonly id: string;
  readonly fault: RequestFault;
}

/** What is to become of one request. */
export interface RequestPlan {
  /** The error to answer with instead of carrying it out; null: carry it out. */
  readonly errorCode: number | null;
  readonly twice: boolean;
  /** Passes the answer on, late, or never, or as a closed connection. */
  deliver(outcome: Outcome, done: (outcome: Outcome) => void): void;
}

/** Where no API is named, these are spared: clients would not even find out what is served, or could not end the fault. */
const SPARED: ReadonlySet<string> = new Set(['ApiVersions', 'AlterConfigs', 'IncrementalAlterConfigs']);

export function isRequestFault(fault: Fault): fault is RequestFault {
  return (
    fault.fault === 'error' ||
    fault.fault === 'delay-response' ||
    fault.fault === 'drop-response' ||
    fault.fault === 'duplicate-request'
  );
}

/** The faults of requests on one node. */
export class RequestFaults {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  #rules: readonly RequestRule[] = [];
  /** Requests that each fault was for, so that every nth can be found. */
  readonly #counts = new Map<string, number>();

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  setRules(rules: readonly RequestRule[]): void {
    this.#rules = rules;
    for (const id of [...this.#counts.keys()]) if (!rules.some((rule) => rule.id === id)) this.#counts.delete(id);
  }

  /** Null: nothing is to happen to it. Counts the request. */
  plan(api: string, clientId: string | null): RequestPlan | null {
    const faults = this.#rules.filter((rule) => this.#isDue(rule, api, clientId)).map(({ fault }) => fault);
    if (faults.length === 0) return null;
    let errorCode: number | null = null;
    let twice = false;
    let dropped: 'hang' | 'close' | null = null;
    let delayMs = 0;
    for (const fault of faults) {
      if (fault.fault === 'error') errorCode ??= errorCodeByName(fault.error);
      else if (fault.fault === 'duplicate-request') twice = true;
      else if (fault.fault === 'drop-response') dropped ??= fault.how ?? 'hang';
      else delayMs += fault.delay + (fault.jitter === undefined ? 0 : this.#random.below(fault.jitter + 1));
    }
    return {
      errorCode,
      twice,
      deliver: (outcome, done) => {
        // A request that has no answer leaves nothing to lose.
        if (outcome === 'nothing' || (dropped === null && delayMs === 0)) done(outcome);
        else if (dropped === 'close') done('close');
        else if (dropped === null) this.#scheduler.after(delayMs, () => done(outcome));
      },
    };
  }

  #isDue({ id, fault }: RequestRule, api: string, clientId: string | null): boolean {
    if (fault.api === undefined ? SPARED.has(api) : !fault.api.includes(api)) return false;
    if (fault.client !== undefined && fault.client !== clientId) return false;
    const count = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, count);
    return count % (fault.every ?? 1) === 0;
  }
}
