import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { ApiVersions } from '../../src/protocol/api/index.ts';
import { encodeResponse, readRequestBody, readRequestHeader } from '../../src/protocol/frame.ts';
import { type Api, Reader, type RequestOf, type ResponseInput } from '../../src/protocol/schema/index.ts';

/** How a scripted broker answers one API: with a body, with raw bytes, or not at all. */
export interface Rule {
  readonly api: Api;
  readonly min: number;
  readonly max: number;
  answer(request: never, version: number): unknown;
}

/** Leaves a request unanswered. */
export const SILENCE = Symbol('silence');
/** Closes the connection instead of answering. */
export const HANG_UP = Symbol('hang up');

export function rule<A extends Api>(
  api: A,
  max: number,
  answer: (request: RequestOf<A>, version: number) => ResponseInput<A> | typeof SILENCE | typeof HANG_UP | Buffer,
  min = api.request.versions.min,
): Rule {
  return { api, min, max, answer: answer as Rule['answer'] };
}

export interface Seen {
  readonly api: string;
  readonly version: number;
  readonly connection: number;
}

/** A broker of canned answers on a real socket. It notes every request; what it has no rule for closes the connection. */
export class FakeBroker {
  readonly seen: Seen[] = [];
  readonly #rules = new Map<number, Rule>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #connections = 0;

  constructor(rules: readonly Rule[], tls?: TlsOptions) {
    this.set(...rules);
    const serve = (socket: Socket) => this.#serve(socket);
    this.#server = tls ? createTlsServer(tls, serve) : createServer(serve);
  }

  /** Adds rules, or replaces those of the same API. */
  set(...rules: readonly Rule[]): void {
    for (const each of rules) this.#rules.set(each.api.key, each);
  }

  get connections(): number {
    return this.#connections;
  }

  /** Connections that nobody has closed. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Requests by API name, without the set-up of connections. */
  count(api: string): number {
    return this.seen.filter((each) => each.api === api).length;
  }

  async listen(host = '127.0.0.1'): Promise<number> {
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(0, host, resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Drops every connection, as a broker does that restarts or clears out idle ones. */
  drop(): void {
    for (const socket of this.#sockets) socket.end();
  }

  /** Sends bytes on every connection, unasked. */
  write(bytes: Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#connections += 1;
    const connection = this.#connections;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let held = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      // As Apache Kafka does with a frame beyond socket.request.max.bytes: a TLS handshake looks like one.
      if (held.length >= 4 && held.readUInt32BE() > 100 << 20) socket.end();
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE()) {
        const size = held.readInt32BE();
        const frame = held.subarray(4, 4 + size);
        held = held.subarray(4 + size);
        this.#answer(socket, frame, connection);
      }
    });
  }

  #answer(socket: Socket, frame: Buffer, connection: number): void {
    const reader = new Reader(frame);
    const { apiKey, apiVersion, correlationId } = readRequestHeader(reader);
    if (apiKey === ApiVersions.key && !this.#rules.has(apiKey)) {
      this.#send(socket, ApiVersions, apiVersion, correlationId, this.#versions());
      return;
    }
    const found = this.#rules.get(apiKey);
    if (found === undefined || apiVersion < found.min || apiVersion > found.max) {
      this.seen.push({ api: `unexpected ${apiKey}`, version: apiVersion, connection });
      socket.destroy();
      return;
    }
    this.seen.push({ api: found.api.name, version: apiVersion, connection });
    const answer = found.answer(readRequestBody(found.api, apiVersion, reader) as never, apiVersion);
    if (answer === SILENCE) return;
    if (answer === HANG_UP) socket.end();
    else if (Buffer.isBuffer(answer)) socket.write(answer);
    else this.#send(socket, found.api, apiVersion, correlationId, answer);
  }

  #versions() {
    const apiKeys = [...this.#rules.values()].map(({ api, min, max }) => ({
      apiKey: api.key,
      minVersion: min,
      maxVersion: max,
    }));
    return { apiKeys: [{ apiKey: ApiVersions.key, minVersion: 0, maxVersion: 4 }, ...apiKeys] };
  }

  #send(socket: Socket, api: Api, version: number, correlationId: number, body: unknown): void {
    const parts = encodeResponse(api, version, correlationId, body as never);
    const length = Buffer.alloc(4);
    length.writeInt32BE(parts.reduce((sum, part) => sum + part.length, 0));
    socket.write(Buffer.concat([length, ...parts]));
  }
}
