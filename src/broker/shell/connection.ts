import type { Socket } from 'node:net';
import type { Outcome, Peer } from '../dispatch.ts';
import type { Log } from '../env.ts';
import { FrameAssembler, FrameError } from './frames.ts';

/** Requests read ahead of the one in process; beyond it the client has to wait. */
const MAX_QUEUED = 64;
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** Answers that the client has not taken yet; beyond it no further request is looked at. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

/** What a connection does with its requests. */
export interface ConnectionCore {
  dispatch(frame: Buffer, peer: Peer, done: (outcome: Outcome) => void): void;
  disconnected(connectionId: number): void;
}

/**
 * One client's connection: frames in, answers out in the order of the requests, one request in process at a time (as
 * Kafka does it), with back-pressure in both directions.
 */
export class Connection {
  readonly peer: Peer;
  readonly #socket: Socket;
  readonly #core: ConnectionCore;
  readonly #log: Log;
  readonly #frames: FrameAssembler;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #busy = false;
  #pumping = false;
  #paused = false;
  #draining = false;
  #corked = false;
  #closed = false;

  constructor(socket: Socket, connectionId: number, core: ConnectionCore, log: Log, maxRequestBytes: number) {
    this.#socket = socket;
    this.#core = core;
    this.#log = log;
    this.#frames = new FrameAssembler(maxRequestBytes);
    this.peer = { connectionId, clientHost: `/${plainAddress(socket.remoteAddress ?? '')}` };
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => {
      this.#draining = false;
      this.#pump();
    });
    // The client went away in the middle of something: 'close' follows, and that is all there is to do.
    socket.on('error', (error) =>
      log('debug', 'connection broke', { client: this.peer.clientHost, reason: error.message }),
    );
    socket.on('close', () => this.#gone());
  }

  /** Closes at once; answers that are still to come are dropped. `reset` tells the client so with a RST. */
  destroy({ reset = false }: { readonly reset?: boolean } = {}): void {
    this.#closed = true;
    if (reset) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      this.#frames.push(chunk, (frame) => {
        this.#queue.push(frame);
        this.#queuedBytes += frame.length;
      });
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#log('warn', 'closing a connection: no Kafka client', {
        client: this.peer.clientHost,
        reason: error.message,
      });
      this.destroy();
      return;
    }
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#busy && !this.#draining && !this.#closed) {
      const frame = this.#queue.shift();
      if (frame === undefined) break;
      this.#queuedBytes -= frame.length;
      this.#busy = true;
      try {
        this.#core.dispatch(frame, this.peer, (outcome) => this.#answer(outcome));
      } catch (error) {
        this.#fail('a handler failed', error);
      }
    }
    this.#pumping = false;
    this.#throttle();
  }

  #answer(outcome: Outcome): void {
    if (this.#closed) return;
    this.#busy = false;
    if (outcome === 'close') {
      // What was answered before still has to arrive.
      this.#closed = true;
      this.#socket.destroySoon();
      return;
    }
    if (outcome !== 'nothing') this.#send(outcome.frame);
    this.#pump();
  }

  #send(frame: readonly Buffer[]): void {
    const socket = this.#socket;
    if (!this.#corked) {
      // Everything that is answered in this turn of the event loop leaves in one writev.
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    let size = 0;
    for (const part of frame) size += part.length;
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(size, 0);
    socket.write(length);
    for (const part of frame) socket.write(part);
    if (socket.writableLength > MAX_UNSENT_BYTES) this.#draining = true;
  }

  #throttle(): void {
    const full = this.#queue.length >= MAX_QUEUED || this.#queuedBytes >= MAX_QUEUED_BYTES;
    if (full === this.#paused || this.#closed) return;
    this.#paused = full;
    if (full) this.#socket.pause();
    else this.#socket.resume();
  }

  #fail(what: string, error: unknown): void {
    this.#log('error', `closing a connection: ${what}`, {
      client: this.peer.clientHost,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    this.destroy();
  }

  #gone(): void {
    this.#closed = true;
    this.#queue = [];
    this.#core.disconnected(this.peer.connectionId);
  }
}

/** IPv4 addresses that arrive over a dual-stack socket are shown as what they are. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
