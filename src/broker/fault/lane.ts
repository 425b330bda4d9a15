import type { Scheduler } from '../env.ts';

/**
 * What uses a node's logs, one thing after the other while the disk is slow. The core never waits for a disk; so the
 * time that the disk would have taken is added up, what came of the work is held back for so long, and what comes next
 * waits its turn. With a quick disk everything passes at once.
 */
export class Lane {
  readonly #scheduler: Scheduler;
  /** Time, in ms, that the disk was in use since it was last asked. */
  readonly #takeDiskMs: () => number;
  readonly #queue: (() => void)[] = [];
  #results: (() => void)[] = [];
  #busyUntil = 0;
  #working = false;

  constructor(scheduler: Scheduler, takeDiskMs: () => number) {
    this.#scheduler = scheduler;
    this.#takeDiskMs = takeDiskMs;
  }

  /** Works when its turn comes. */
  enter(work: () => void): void {
    if (this.#working || this.#isBusy()) this.#queue.push(work);
    else this.#run(work);
  }

  /** What came of some work: it leaves once the disk is done. */
  leave(result: () => void): void {
    if (this.#working) this.#results.push(result);
    else if (this.#isBusy()) this.#scheduler.after(this.#busyUntil - this.#scheduler.now(), result);
    else result();
  }

  #isBusy(): boolean {
    return this.#busyUntil > 0 && this.#busyUntil > this.#scheduler.now();
  }

  #run(work: () => void): void {
    this.#working = true;
    try {
      work();
    } finally {
      this.#working = false;
      this.#finish();
    }
  }

  #finish(): void {
    const results = this.#results;
    this.#results = [];
    const diskMs = this.#takeDiskMs();
    if (diskMs > 0) {
      this.#busyUntil = this.#scheduler.now() + diskMs;
      this.#scheduler.after(diskMs, () => {
        for (const result of results) result();
        this.#next();
      });
      return;
    }
    for (const result of results) result();
    this.#next();
  }

  #next(): void {
    if (this.#working || this.#isBusy()) return;
    const work = this.#queue.shift();
    if (work !== undefined) this.#run(work);
  }
}
