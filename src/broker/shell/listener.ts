import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../env.ts';
import { Connection, type ConnectionCore } from './connection.ts';

/** Kafka's socket.request.max.bytes. */
const MAX_REQUEST_BYTES = 104_857_600;
/** Kafka's connections.max.idle.ms. */
const MAX_IDLE_MS = 600_000;

let lastConnectionId = 0;

/**
 * The port of one node. It is bound before the node is made, so that the node knows its port and a conflict shows
 * before anything is touched; connections are held until `open`, when the node can answer.
 */
export class Listener {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #log: Log;
  readonly #connections = new Set<Connection>();
  #held: Socket[] = [];
  #core: ConnectionCore | null = null;

  private constructor(server: Server, log: Log) {
    const address = server.address() as AddressInfo;
    this.host = address.address;
    this.port = address.port;
    this.#server = server;
    this.#log = log;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Binds to a port; 0 takes a free one. Rejects with the error of the operating system (EADDRINUSE, EACCES …). */
  static async bind(host: string, port: number, log: Log): Promise<Listener> {
    const server = createServer({ noDelay: true, pauseOnConnect: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: 511 }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new Listener(server, log);
  }

  /** Lets clients in: those who wait, and those who come. */
  open(core: ConnectionCore): void {
    this.#core = core;
    const held = this.#held;
    this.#held = [];
    for (const socket of held) this.#serve(socket, core);
  }

  /** Closes the port and every connection; `reset` as the connections of a process that is killed end. */
  async close({ reset = false }: { readonly reset?: boolean } = {}): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#held) socket.destroy();
    for (const connection of this.#connections) connection.destroy({ reset });
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#core === null) this.#held.push(socket);
    else this.#serve(socket, this.#core);
  }

  #serve(socket: Socket, core: ConnectionCore): void {
    const connection = new Connection(socket, ++lastConnectionId, core, this.#log, MAX_REQUEST_BYTES);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
    socket.setTimeout(MAX_IDLE_MS, () => connection.destroy());
    socket.resume();
  }
}
