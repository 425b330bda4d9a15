/** Who makes and ends the incarnations of nodes: a dead one cannot start itself again. All of it may take its time. */
export interface FaultHost {
  /** Ends it at once, its clients' sockets reset. Nothing where it does not run. */
  kill(nodeId: number): void;
  /** Ends it in order. `done` once it is gone; never, where it is killed before. Nothing where it does not run. */
  stop(nodeId: number, done: () => void): void;
  /** Starts it on its disk. Nothing where it runs. */
  start(nodeId: number): void;
}

/** A stop in order that is under way: what follows it. */
interface Stopping {
  readonly next: (() => void)[];
}

/** Starts and stops nodes one step after the other, however faults overlap: a start waits for the stop before it. */
export class Power {
  readonly #host: FaultHost;
  readonly #mayRun: (nodeId: number) => boolean;
  readonly #stopping = new Map<number, Stopping>();

  /** `mayRun`: whether no other fault wants the node to be down. */
  constructor(host: FaultHost, mayRun: (nodeId: number) => boolean) {
    this.#host = host;
    this.#mayRun = mayRun;
  }

  start(nodeId: number): void {
    const start = (): void => {
      if (this.#mayRun(nodeId)) this.#host.start(nodeId);
    };
    const stopping = this.#stopping.get(nodeId);
    if (stopping === undefined) start();
    else stopping.next.push(start);
  }

  stop(nodeId: number, done: () => void): void {
    const under = this.#stopping.get(nodeId);
    if (under !== undefined) {
      under.next.push(done);
      return;
    }
    const stopping: Stopping = { next: [done] };
    this.#stopping.set(nodeId, stopping);
    this.#host.stop(nodeId, () => this.#stopped(nodeId, stopping));
  }

  kill(nodeId: number): void {
    this.#host.kill(nodeId);
    const stopping = this.#stopping.get(nodeId);
    if (stopping !== undefined) this.#stopped(nodeId, stopping);
  }

  #stopped(nodeId: number, stopping: Stopping): void {
    if (this.#stopping.get(nodeId) !== stopping) return;
    this.#stopping.delete(nodeId);
    for (const run of stopping.next) run();
  }
}
