import type { Scheduler, Timer } from '../env.ts';
import type { AnswerTo, CallName, CallRequest, CallResponse, Network, NoAnswer, Serve } from '../network.ts';

/**
 * The network between the nodes of one process. Messages are delivered in the order in which they were sent, in the
 * next turn of the event loop, so that a node never runs inside another one's call. A stopped node is unreachable at
 * once; calls that it has not answered yet fail when it goes.
 */
export class LoopbackNetwork implements Network {
  readonly #scheduler: Scheduler;
  readonly #nodes = new Map<number, { serve: Serve; pending: Set<() => void> }>();
  #queue: (() => void)[] = [];
  #scheduled = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  attach(nodeId: number, serve: Serve): { detach(): void } {
    const entry = { serve, pending: new Set<() => void>() };
    this.#nodes.set(nodeId, entry);
    return {
      detach: () => {
        if (this.#nodes.get(nodeId) === entry) this.#nodes.delete(nodeId);
        for (const fail of [...entry.pending]) fail();
      },
    };
  }

  call<N extends CallName>(
    from: number,
    to: number,
    name: N,
    request: CallRequest<N>,
    timeoutMs: number,
    done: AnswerTo<N>,
  ): void {
    this.#deliver(() => {
      const entry = this.#nodes.get(to);
      if (entry === undefined) return this.#deliver(() => done({ noAnswer: 'unreachable' }));
      let timer: Timer | null = null;
      let settled = false;
      const settle = (response: CallResponse<N> | NoAnswer): void => {
        if (settled) return;
        settled = true;
        timer?.cancel();
        entry.pending.delete(fail);
        this.#deliver(() => done(response));
      };
      const fail = (): void => settle({ noAnswer: 'unreachable' });
      entry.pending.add(fail);
      timer = this.#scheduler.after(timeoutMs, () => settle({ noAnswer: 'timed-out' }));
      entry.serve(from, name, request, settle);
    });
  }

  #deliver(message: () => void): void {
    this.#queue.push(message);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#scheduler.after(0, () => {
      const batch = this.#queue;
      this.#queue = [];
      this.#scheduled = false;
      for (const deliver of batch) deliver();
    });
  }
}
