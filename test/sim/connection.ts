import type { Outcome, Peer } from '../../src/broker/dispatch.ts';
import type { Scheduler, Timer } from '../../src/broker/env.ts';
import { decodeResponse, encodeRequest } from '../../src/protocol/frame.ts';
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts';
import type { NodeHost } from './node-host.ts';

/** What became of a request: its answer, nothing (acks=0), or nobody knows: the connection broke, or time ran out. */
export type Answer<A extends Api> =
  | { readonly kind: 'answer'; readonly body: ResponseOf<A> }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'lost'; readonly why: 'refused' | 'closed' | 'timed-out' };

/** What a connection needs of the world. */
export interface ConnectionWorld {
  readonly scheduler: Scheduler;
  /** Whether packets between a client's host and a node arrive, and how long they take, ms. */
  reaches(clientHost: string, node: number): boolean;
  readonly clientLatencyMs: number;
  /** Something that must never be was seen. */
  violation(message: string): void;
}

interface Sent {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly expectsAnswer: boolean;
  readonly done: (answer: Answer<Api>) => void;
  readonly timer: Timer;
}

/**
 * One client's connection to one incarnation of a node, as the broker's own shell treats a socket: frames in, answers
 * out in the order of the requests, one request in process at a time. Checks that there is exactly one answer to each
 * request, in order, and that it decodes by its schema; or that the connection closes.
 */
export class SimConnection {
  readonly node: NodeHost;
  readonly peer: Peer;
  isOpen = true;
  readonly #world: ConnectionWorld;
  readonly #incarnation: number;
  #sent: Sent[] = [];
  #correlationId = 0;
  // The node's end.
  #queue: { readonly frame: Buffer; readonly expectsAnswer: boolean; readonly name: string }[] = [];
  #busy = false;
  #serverClosed = false;
  #isBroken = false;

  constructor(world: ConnectionWorld, node: NodeHost, peer: Peer) {
    this.#world = world;
    this.node = node;
    this.peer = peer;
    this.#incarnation = node.incarnation;
  }

  get unanswered(): number {
    return this.#sent.length;
  }

  request<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    timeoutMs: number,
    expectsAnswer: boolean,
    done: (answer: Answer<A>) => void,
  ): void {
    const correlationId = this.#correlationId++;
    const frame = Buffer.concat(
      encodeRequest(api, version, { correlationId, clientId: this.peer.clientHost.slice(1) }, body),
    );
    const timer = this.#world.scheduler.after(timeoutMs, () => {
      if (this.isOpen && this.#sent.some((sent) => sent.correlationId === correlationId)) this.#breakOff('timed-out');
    });
    if (expectsAnswer) {
      this.#sent.push({
        api,
        version,
        correlationId,
        expectsAnswer,
        done: done as (answer: Answer<Api>) => void,
        timer,
      });
    } else {
      timer.cancel();
      this.#world.scheduler.after(0, () => done({ kind: 'unanswered' }));
    }
    this.#travel(() => {
      if (!this.#isThere()) this.#travel(() => this.#breakOff('refused'));
      else this.node.run(() => this.#arrived({ frame, expectsAnswer, name: api.name }));
    });
  }

  /** The client hangs up. */
  close(): void {
    if (this.isOpen) this.#breakOff('closed');
  }

  /** The node's process is gone. */
  reset(): void {
    this.#serverClosed = true;
    this.#travel(() => {
      if (this.isOpen) this.#breakOff('closed');
    });
  }

  #isThere(): boolean {
    return this.node.runtime !== null && this.node.incarnation === this.#incarnation;
  }

  /** What is lost on the way holds up all that comes behind it: nothing passes this connection any more. */
  #travel(arrive: () => void): void {
    this.#isBroken ||= !this.#world.reaches(this.peer.clientHost, this.node.id);
    if (this.#isBroken) return;
    this.#world.scheduler.after(this.#world.clientLatencyMs, arrive);
  }

  #arrived(request: { readonly frame: Buffer; readonly expectsAnswer: boolean; readonly name: string }): void {
    if (this.#serverClosed) return;
    this.#queue.push(request);
    this.#pump();
  }

  #pump(): void {
    while (!this.#busy && !this.#serverClosed) {
      const next = this.#queue.shift();
      const { runtime } = this.node;
      if (next === undefined || runtime === null || !this.#isThere()) return;
      this.#busy = true;
      let answered = false;
      runtime.dispatch(next.frame, this.peer, (outcome) => {
        if (answered) this.#world.violation(`${next.name} was answered twice`);
        answered = true;
        this.#busy = false;
        this.#answer(next, outcome);
        this.#pump();
      });
      if (!answered) return;
    }
  }

  #answer(request: { readonly expectsAnswer: boolean; readonly name: string }, outcome: Outcome): void {
    if (this.#serverClosed) return;
    if (outcome === 'close') {
      this.#serverClosed = true;
      this.node.runtime?.disconnected(this.peer.connectionId);
      this.#travel(() => {
        if (this.isOpen) this.#breakOff('closed');
      });
    } else if (outcome === 'nothing') {
      if (request.expectsAnswer) this.#world.violation(`${request.name} got no answer`);
    } else if (request.expectsAnswer) {
      const frame = Buffer.concat(outcome.frame);
      this.#travel(() => this.#receive(frame));
    } else this.#world.violation(`${request.name} was answered, which asked for no answer`);
  }

  #receive(frame: Buffer): void {
    if (!this.isOpen) return;
    const sent = this.#sent.shift();
    if (sent === undefined) {
      this.#world.violation('an answer without a request');
      return;
    }
    sent.timer.cancel();
    const { api, version, correlationId } = sent;
    try {
      const answer = decodeResponse(api, version, frame);
      if (answer.correlationId !== correlationId) {
        this.#world.violation(`${api.name}: answer ${answer.correlationId} to request ${correlationId}`);
      }
      sent.done({ kind: 'answer', body: answer.body });
    } catch (error) {
      this.#world.violation(`${api.name} v${version}: the answer does not decode: ${String(error)}`);
    }
  }

  #breakOff(why: 'refused' | 'closed' | 'timed-out'): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (!this.#serverClosed) {
      this.#travel(() => {
        if (this.#serverClosed || !this.#isThere()) return;
        this.#serverClosed = true;
        this.node.run(() => this.node.runtime?.disconnected(this.peer.connectionId));
      });
    }
    for (const { timer, done } of this.#sent.splice(0)) {
      timer.cancel();
      done({ kind: 'lost', why });
    }
  }
}
