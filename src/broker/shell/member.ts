import type { Disk } from '../../log/disk.ts';
import type { Log } from '../env.ts';
import type { NodeRuntime } from '../node-runtime.ts';
import type { Address } from './cluster-options.ts';
import { listenError } from './listen-error.ts';
import { Listener } from './listener.ts';

export interface MemberOptions {
  readonly id: number;
  readonly bound: Address;
  readonly advertised: Address;
  readonly disk: Disk;
  readonly log: Log;
  /** Makes a new incarnation of the node. */
  make(member: Member): NodeRuntime;
}

/** One node of the cluster: what stays (its address and disk), and what comes and goes with its starts and stops. */
export class Member {
  readonly id: number;
  readonly bound: Address;
  readonly advertised: Address;
  readonly disk: Disk;
  readonly #options: MemberOptions;
  #listener: Listener | null;
  #runtime: NodeRuntime | null = null;
  /** Its stop in order, while that lasts. */
  #stopping: { readonly done: Promise<void>; readonly abandon: () => void } | null = null;
  /** Counts starts and kills: whoever waited meanwhile finds that it is not his turn any more. */
  #turn = 0;

  constructor(options: MemberOptions, listener: Listener) {
    this.#options = options;
    this.id = options.id;
    this.bound = options.bound;
    this.advertised = options.advertised;
    this.disk = options.disk;
    this.#listener = listener;
  }

  /** Null while it does not run, and from the moment on that it begins to stop. */
  get runtime(): NodeRuntime | null {
    return this.#stopping === null ? this.#runtime : null;
  }

  get isRunning(): boolean {
    return this.#runtime !== null;
  }

  /**
   * Starts it on its disk and its port; resolves to the new incarnation, which lets clients in once it is part of the
   * cluster, or to null where it runs already. Rejects with a ClusterStartError where its port is taken.
   */
  async start(): Promise<NodeRuntime | null> {
    await this.#stopping?.done;
    if (this.#runtime !== null) return null;
    const turn = ++this.#turn;
    const listener = this.#listener ?? (await this.#bind());
    if (turn !== this.#turn) {
      await listener.close();
      return null;
    }
    const runtime = this.#options.make(this);
    this.#listener = listener;
    this.#runtime = runtime;
    runtime.start();
    return runtime;
  }

  /** Lets clients in. */
  open(runtime: NodeRuntime): void {
    if (this.#runtime === runtime) this.#listener?.open(runtime);
  }

  /** Stops it in order: its leaderships move away first. */
  async stop(): Promise<void> {
    const runtime = this.#runtime;
    if (runtime === null) {
      this.#turn++;
      return;
    }
    if (this.#stopping === null) {
      let abandon = (): void => undefined;
      const done = new Promise<void>((resolve) => {
        abandon = resolve;
        runtime.shutdown(resolve);
      }).then(() => this.#gone(false));
      this.#stopping = { done, abandon };
    }
    await this.#stopping.done;
  }

  /** Ends it at once: its clients' sockets are reset, nothing is written down. */
  async kill(): Promise<void> {
    this.#turn++;
    this.#runtime?.kill();
    const gone = this.#gone(true);
    this.#stopping?.abandon();
    await gone;
  }

  /** Closes the port and all connections. The node itself goes on. */
  async closeListener(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    await listener?.close();
  }

  /** Stops the node as part of a cluster that stops as a whole. */
  end(): void {
    this.#turn++;
    this.#runtime?.stop();
    this.#runtime = null;
  }

  async #gone(reset: boolean): Promise<void> {
    this.#stopping = null;
    this.#runtime = null;
    const listener = this.#listener;
    this.#listener = null;
    await listener?.close({ reset });
  }

  async #bind(): Promise<Listener> {
    const { host, port } = this.bound;
    try {
      return await Listener.bind(host, port, this.#options.log);
    } catch (error) {
      throw listenError(error, this.id, host, port);
    }
  }
}
