import type { Scheduler, Timer } from '../../src/broker/env.ts';
import type { Network } from '../../src/broker/network.ts';
import type { NodeRuntime } from '../../src/broker/node-runtime.ts';

/**
 * The machine that a node runs on: its clock may be wrong, it may stand still for a while (nothing runs, everything
 * waits), and it outlives the incarnations of its node.
 */
export class NodeHost {
  readonly id: number;
  /** Null while the node is down. */
  runtime: NodeRuntime | null = null;
  /** A process that is killed writes nothing in its last moment; a dead one never may. */
  life: 'running' | 'killed' | 'dead' = 'dead';
  /** Whether this machine ever lost power: what was not flushed then is gone. */
  lostPower = false;
  /** Whether the node was asked to stop in order and has not yet. */
  leaving = false;
  /** The log directory is offline, until the node is started again. */
  diskFailed = false;
  /** Counts the starts. */
  incarnation = 0;
  /** What the node's clock is off by, ms. */
  skewMs = 0;
  /** How long every write to the disk takes, ms; the node stands still meanwhile. */
  writeMs = 0;
  readonly #base: Scheduler;
  readonly #touched: (id: number) => void;
  readonly #failed: (error: unknown) => void;
  #frozen = false;
  #busyUntil = 0;
  #inbox: (() => void)[] = [];
  #drain: Timer | null = null;

  constructor(id: number, base: Scheduler, touched: (id: number) => void, failed: (error: unknown) => void) {
    this.id = id;
    this.#base = base;
    this.#touched = touched;
    this.#failed = failed;
  }

  get isFrozen(): boolean {
    return this.#frozen;
  }

  /** Runs something on this node: now, or when it moves again. */
  run(work: () => void): void {
    if (!this.#frozen && this.#inbox.length === 0 && this.#base.now() >= this.#busyUntil) {
      this.#enter(work);
      return;
    }
    this.#inbox.push(work);
    this.#drainLater();
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#drainLater();
  }

  /** The process is gone, and with it what it was about to do. */
  reset(): void {
    this.runtime = null;
    this.leaving = false;
    this.diskFailed = false;
    this.#frozen = false;
    this.#busyUntil = 0;
    this.#inbox = [];
    this.#drain?.cancel();
    this.#drain = null;
  }

  /** The disk was written to. */
  wrote(): void {
    if (this.writeMs > 0) this.#busyUntil = Math.max(this.#busyUntil, this.#base.now()) + this.writeMs;
  }

  scheduler(): Scheduler {
    return {
      now: () => this.#base.now() + this.skewMs,
      after: (delayMs, run) => {
        let cancelled = false;
        const timer = this.#base.after(delayMs, () => {
          this.run(() => {
            if (!cancelled) run();
          });
        });
        return {
          cancel: () => {
            cancelled = true;
            timer.cancel();
          },
        };
      },
    };
  }

  network(inner: Network): Network {
    return {
      call: (from, to, name, request, timeoutMs, done) =>
        inner.call(from, to, name, request, timeoutMs, (response) => this.run(() => done(response))),
      attach: (nodeId, serve) =>
        inner.attach(nodeId, (from, name, request, reply) => this.run(() => serve(from, name, request, reply))),
    };
  }

  #drainLater(): void {
    if (this.#frozen || this.#drain !== null || this.#inbox.length === 0) return;
    this.#drain = this.#base.after(Math.max(0, this.#busyUntil - this.#base.now()), () => {
      this.#drain = null;
      const work = this.#frozen ? undefined : this.#inbox.shift();
      if (work !== undefined) this.#enter(work);
      this.#drainLater();
    });
  }

  #enter(work: () => void): void {
    this.#touched(this.id);
    try {
      work();
    } catch (error) {
      this.#failed(error);
    }
  }
}
