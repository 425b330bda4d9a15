import { type Scheduler, type Timer, wallTime } from './env.ts';

/** A scheduler of which every pending callback can be taken back at once: what a node that stops leaves behind is nothing. */
export class ScopedScheduler implements Scheduler {
  readonly #parent: Scheduler;
  readonly #pending = new Set<Timer>();
  #closed = false;

  constructor(parent: Scheduler) {
    this.#parent = parent;
  }

  now(): number {
    return this.#parent.now();
  }

  wall(): number {
    return wallTime(this.#parent);
  }

  after(delayMs: number, run: () => void): Timer {
    if (this.#closed) return NOTHING;
    const inner = this.#parent.after(delayMs, () => {
      this.#pending.delete(inner);
      run();
    });
    this.#pending.add(inner);
    return {
      cancel: () => {
        this.#pending.delete(inner);
        inner.cancel();
      },
    };
  }

  /** Cancels what is pending, and takes nothing more. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#pending) timer.cancel();
    this.#pending.clear();
  }
}

const NOTHING: Timer = { cancel: () => undefined };
