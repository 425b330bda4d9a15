import type { Random, Scheduler } from '../env.ts';
import type { CallName } from '../network.ts';
import type { FaultOf, Peer } from './vocabulary.ts';

export type LinkFault = FaultOf<'cut-link'> | FaultOf<'slow-link'>;

/** A link fault, as seen from the broker that it is set on. */
export interface LinkRule {
  readonly broker: number;
  readonly fault: LinkFault;
}

/** One direction of a link, and what travels on it: a call or its answer; null for what clients send and get. */
export interface Leg {
  readonly from: number | 'clients';
  readonly to: number | 'clients';
  readonly call: CallName | null;
}

interface Held {
  readonly leg: Leg;
  readonly deliver: () => void;
}

/**
 * The links between nodes, and to clients, as the faults leave them. What is sent over a cut link is held until the
 * link heals, as TCP does it; whoever waits gives up on his own time-out. A slow link keeps the order.
 */
export class Links {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  #rules: readonly LinkRule[] = [];
  #held: Held[] = [];
  /** When the last slow message of a direction arrives: none may overtake it. */
  readonly #lastArrival = new Map<string, number>();

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  /** Whether everything passes at once. */
  get isCalm(): boolean {
    return this.#rules.length === 0 && this.#lastArrival.size === 0;
  }

  setRules(rules: readonly LinkRule[]): void {
    this.#rules = rules;
    const held = this.#held;
    this.#held = [];
    for (const { leg, deliver } of held) this.send(leg, deliver);
  }

  /** Delivers at once, later, or once the link has healed. The result takes the message back. */
  send(leg: Leg, deliver: () => void): () => void {
    if (this.isCalm) {
      deliver();
      return nothing;
    }
    const rules = this.#rules.filter((rule) => applies(rule, leg));
    if (rules.some(({ fault }) => fault.fault === 'cut-link')) {
      const held = { leg, deliver };
      this.#held.push(held);
      return () => {
        this.#held = this.#held.filter((other) => other !== held);
      };
    }
    return this.#arrive(`${leg.from}>${leg.to}${leg.call ?? ''}`, this.#delayOf(rules), deliver);
  }

  #delayOf(rules: readonly LinkRule[]): number {
    let delay = 0;
    for (const { fault } of rules) {
      if (fault.fault !== 'slow-link') continue;
      delay += fault.delay + (fault.jitter === undefined ? 0 : this.#random.below(fault.jitter + 1));
    }
    return delay;
  }

  #arrive(direction: string, delayMs: number, deliver: () => void): () => void {
    const now = this.#scheduler.now();
    const at = Math.max(now + delayMs, this.#lastArrival.get(direction) ?? 0);
    if (at <= now) {
      this.#lastArrival.delete(direction);
      deliver();
      return nothing;
    }
    this.#lastArrival.set(direction, at);
    const timer = this.#scheduler.after(at - now, () => {
      if (this.#lastArrival.get(direction) === at) this.#lastArrival.delete(direction);
      deliver();
    });
    return () => timer.cancel();
  }
}

function nothing(): void {}

function applies({ broker, fault }: LinkRule, leg: Leg): boolean {
  const direction = fault.direction ?? 'both';
  const outwards = leg.from === broker && direction !== 'in' && includes(fault.to, leg.to);
  const inwards = leg.to === broker && direction !== 'out' && includes(fault.to, leg.from);
  if (!outwards && !inwards) return false;
  if (fault.only === undefined) return true;
  return leg.call !== null && (leg.call === 'replicaFetch') === (fault.only === 'replication');
}

function includes(peers: readonly Peer[], other: number | 'clients'): boolean {
  return peers.includes(other) || (other !== 'clients' && peers.includes('nodes'));
}
