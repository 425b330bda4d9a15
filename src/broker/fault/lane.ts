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
  #working = false;
  /** The disk is not done with the last work yet. */
  #busy = false;

  constructor(scheduler: Scheduler, takeDiskMs: () => number) {
    this.#scheduler = scheduler;
    this.#takeDiskMs = takeDiskMs;
  }

  get isIdle(): boolean {
    return !this.#working && !this.#busy && this.#queue.length === 0;
  }

  /** Works when its turn comes. */
  enter(work: () => void): void {
    this.#queue.push(work);
    this.#drain();
  }

  /** What came of some work: it leaves once the disk is done. */
  leave(result: () => void): void {
    if (this.#working || this.#busy) this.#results.push(result);
    else result();
  }

  #drain(): void {
    while (!this.#working && !this.#busy) {
      const work = this.#queue.shift();
      if (work === undefined) return;
      this.#run(work);
    }
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
    const diskMs = this.#takeDiskMs();
    if (diskMs <= 0) {
      this.#release();
      return;
    }
    this.#busy = true;
    this.#scheduler.after(diskMs, () => {
      this.#busy = false;
      this.#release();
      this.#drain();
    });
  }

  #release(): void {
    const results = this.#results;
    this.#results = [];
    for (const result of results) result();
  }
}
