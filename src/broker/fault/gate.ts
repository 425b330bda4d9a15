import type { Scheduler, Timer } from '../env.ts';

/**
 * Everything that makes one incarnation of a node run passes through here: timers, calls, answers, clients' requests.
 * While it is shut they wait, in their order, and nothing is lost: what SIGSTOP does to a process.
 */
export class Gate {
  #waiting: (() => void)[] = [];
  #shut = false;
  #closed = false;

  get isShut(): boolean {
    return this.#shut;
  }

  /** Whether anything that comes is held, or dropped. */
  get isHolding(): boolean {
    return this.#shut || this.#closed;
  }

  enter(run: () => void): void {
    if (this.#closed) return;
    if (this.#shut) this.#waiting.push(run);
    else run();
  }

  shut(): void {
    this.#shut = true;
  }

  /** Lets in what waited. */
  open(): void {
    if (!this.#shut) return;
    this.#shut = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) this.enter(run);
  }

  /** The incarnation is over: what waits, and what comes, is dropped. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }
}

/** A node's time: its timers wait at the gate, and its clock on the wall may be wrong. */
export class GatedScheduler implements Scheduler {
  readonly #inner: Scheduler;
  readonly #gate: Gate;
  readonly #skewMs: () => number;

  constructor(inner: Scheduler, gate: Gate, skewMs: () => number) {
    this.#inner = inner;
    this.#gate = gate;
    this.#skewMs = skewMs;
  }

  now(): number {
    return this.#inner.now();
  }

  wall(): number {
    return this.#inner.now() + this.#skewMs();
  }

  after(delayMs: number, run: () => void): Timer {
    let cancelled = false;
    const once = (): void => {
      if (!cancelled) run();
    };
    const timer = this.#inner.after(delayMs, () => this.#gate.enter(once));
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }
}
