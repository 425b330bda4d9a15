import type { Random, Scheduler, Timer } from '../../src/broker/env.ts';
import type {
  AnswerTo,
  CallName,
  CallRequest,
  CallResponse,
  Network,
  NoAnswer,
  Serve,
} from '../../src/broker/network.ts';

/*
 * A world in which nothing happens by itself: time stands still until `run…` is called, chance comes from a seed, and
 * the network between nodes can be slow, cut or lossy. The same seed gives the same run.
 */

interface Entry {
  readonly at: number;
  readonly sequence: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** More events than that without time passing are a loop that would keep a processor busy for ever. */
const MAX_EVENTS_AT_ONCE = 100_000;

/** A clock that only moves when told to; events at the same time run in the order in which they were asked for. */
export class VirtualScheduler implements Scheduler {
  #now: number;
  #sequence = 0;
  #heap: Entry[] = [];
  #eventsNow = 0;
  /** Called behind every event: where a simulation checks what must always hold. */
  afterEvent: () => void = () => undefined;

  constructor(startMs = 1_700_000_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** Events that wait, cancelled ones not counted. */
  get pending(): number {
    return this.#heap.filter((entry) => !entry.cancelled).length;
  }

  after(delayMs: number, run: () => void): Timer {
    const entry: Entry = { at: this.#now + Math.max(0, delayMs), sequence: this.#sequence++, run, cancelled: false };
    this.#push(entry);
    return {
      cancel: () => {
        entry.cancelled = true;
      },
    };
  }

  /** Runs the next event, moving the clock to it. False when nothing waits. */
  step(): boolean {
    for (;;) {
      const entry = this.#pop();
      if (entry === undefined) return false;
      if (entry.cancelled) continue;
      this.#eventsNow = entry.at === this.#now ? this.#eventsNow + 1 : 0;
      if (this.#eventsNow > MAX_EVENTS_AT_ONCE) throw new Error(`time stands still: ${entry.run}`);
      this.#now = entry.at;
      entry.run();
      this.afterEvent();
      return true;
    }
  }

  /** Runs everything that is due within the next `ms`, and leaves the clock there. */
  runFor(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#peek();
      if (next === undefined || next.at > until) break;
      this.step();
    }
    this.#now = until;
  }

  /** Runs until the condition holds; throws when it does not within `limitMs` of virtual time. */
  runUntil(condition: () => boolean, limitMs = 60_000): void {
    const until = this.#now + limitMs;
    while (!condition()) {
      const next = this.#peek();
      if (next === undefined || next.at > until) {
        throw new Error(`condition does not hold after ${limitMs} virtual ms: ${condition}`);
      }
      this.step();
    }
  }

  #peek(): Entry | undefined {
    while (this.#heap[0]?.cancelled) this.#pop();
    return this.#heap[0];
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || before(above, entry)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      const smaller = right !== undefined && before(right, left) ? right : left;
      if (smaller === right) child++;
      if (before(last, smaller)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

/** Chance from a seed (sfc32). */
export function seededRandom(seed: number): Random {
  let a = 0x9e37_79b9;
  let b = 0x243f_6a88;
  let c = 0xb7e1_5162;
  let d = seed | 0;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    below: (bound) => next() % bound,
    uuid() {
      const bytes = Buffer.alloc(16);
      for (let at = 0; at < 16; at += 4) bytes.writeUInt32BE(next(), at);
      // Never zero, and never a leading dash: Kafka's own ids have none.
      bytes[0] = 1 + ((bytes[0] ?? 0) % 0x70);
      return bytes.toString('base64url');
    },
  };
}

/** A link from one node to another, in one direction. */
export interface Link {
  /** One-way delay in ms. */
  delayMs: number;
  /** Up to so many ms on top of it, by chance, message by message. */
  jitterMs: number;
  cut: boolean;
  /** Messages may overtake one another. */
  disorder: boolean;
  /** How many of 100 messages never arrive. */
  lossPercent: number;
  /** How many of 100 requests arrive a second time, later. The answer to the second one goes nowhere. */
  duplicatePercent: number;
  /** Calls of these names, and their answers, are lost: a follower that is slow, while its node is well. */
  readonly lost: Set<CallName>;
}

/** How much later than a message its duplicate comes, at the most, ms. */
const DUPLICATE_AFTER_MS = 2000;

interface Attached {
  readonly serve: Serve;
  /** Calls that it has not answered: they fail when it goes, as connections break. */
  readonly unanswered: Set<() => void>;
}

/** Deliveries in order per link, with a delay; a cut link loses what is sent over it, and the caller times out. */
export class VirtualNetwork implements Network {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #nodes = new Map<number, Attached>();
  readonly #links = new Map<string, Link>();
  /** When the last message over each link arrives. */
  readonly #arrivals = new Map<Link, number>();
  /** Whether `calls` is kept. */
  remembersCalls = true;
  /** Every call that was sent, oldest first: what a test looks at. */
  readonly calls: { readonly from: number; readonly to: number; readonly name: CallName; readonly request: unknown }[] =
    [];

  constructor(scheduler: Scheduler, random: Random = seededRandom(0)) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  attach(nodeId: number, serve: Serve): { detach(): void } {
    const attached: Attached = { serve, unanswered: new Set() };
    this.#nodes.set(nodeId, attached);
    return {
      detach: () => {
        if (this.#nodes.get(nodeId) === attached) this.#nodes.delete(nodeId);
        for (const fail of [...attached.unanswered]) fail();
      },
    };
  }

  link(from: number, to: number): Link {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = newLink();
      this.#links.set(key, link);
    }
    return link;
  }

  /** Cuts or heals both directions between two nodes. */
  cut(a: number, b: number, cut = true): void {
    this.link(a, b).cut = cut;
    this.link(b, a).cut = cut;
  }

  /** All links are whole, fast and in order again. */
  heal(): void {
    for (const link of this.#links.values()) {
      link.lost.clear();
      Object.assign(link, { ...newLink(), lost: link.lost });
    }
  }

  call<N extends CallName>(
    from: number,
    to: number,
    name: N,
    request: CallRequest<N>,
    timeoutMs: number,
    done: AnswerTo<N>,
  ): void {
    if (this.remembersCalls) this.calls.push({ from, to, name, request });
    let settled = false;
    const settle = (response: CallResponse<N> | NoAnswer): void => {
      if (settled) return;
      settled = true;
      timeout.cancel();
      done(response);
    };
    const timeout = this.#scheduler.after(timeoutMs, () => settle({ noAnswer: 'timed-out' }));
    this.#send(from, to, name, () => {
      const node = this.#nodes.get(to);
      if (node === undefined) return settle({ noAnswer: 'unreachable' });
      const fail = (): void => this.#send(to, from, name, () => settle({ noAnswer: 'unreachable' }));
      node.unanswered.add(fail);
      node.serve(from, name, request, (response) => {
        node.unanswered.delete(fail);
        this.#send(to, from, name, () => settle(response));
      });
    });
    if (this.#happens(this.link(from, to).duplicatePercent)) {
      this.#scheduler.after(1 + this.#random.below(DUPLICATE_AFTER_MS), () => {
        this.#send(from, to, name, () => this.#nodes.get(to)?.serve(from, name, request, () => undefined));
      });
    }
  }

  #send(from: number, to: number, name: CallName, deliver: () => void): void {
    const link = this.link(from, to);
    if (link.cut || link.lost.has(name) || this.#happens(link.lossPercent)) return;
    const now = this.#scheduler.now();
    let at = now + link.delayMs + (link.jitterMs === 0 ? 0 : this.#random.below(link.jitterMs + 1));
    if (!link.disorder) at = Math.max(at, this.#arrivals.get(link) ?? 0);
    this.#arrivals.set(link, at);
    this.#scheduler.after(at - now, deliver);
  }

  #happens(percent: number): boolean {
    return percent > 0 && this.#random.below(100) < percent;
  }
}

function newLink(): Link {
  return { delayMs: 0, jitterMs: 0, cut: false, disorder: false, lossPercent: 0, duplicatePercent: 0, lost: new Set() };
}

export interface VirtualEnv {
  readonly scheduler: VirtualScheduler;
  readonly random: Random;
  readonly network: VirtualNetwork;
}

export function virtualEnv(seed = 1): VirtualEnv {
  const scheduler = new VirtualScheduler();
  return { scheduler, random: seededRandom(seed), network: new VirtualNetwork(scheduler, seededRandom(seed + 7)) };
}
