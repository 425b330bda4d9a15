import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import Broker from 'kafkajs/src/broker/index.js';
import ConnectionPool, { type Connection, type Logger } from 'kafkajs/src/network/connectionPool.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { type Address, formatAddress } from './address.ts';
import type { Channel, ConnectionSettings, SaslSettings } from './channel.ts';
import { ClientError } from './error.ts';
import { explainFailure } from './failure.ts';
import { frameGuard } from './frame-guard.ts';

/**
 * A Channel over kafkajs 2.2.4: its sockets, ApiVersions and SASL, with our own requests on them. Everything that
 * depends on kafkajs' insides is in this file. Its public admin client is not used: it fails when one partition has no
 * leader, and it joins the group whose offsets it sets.
 */

// kafkajs plans a check of its queue after every answer, in "throttledUntil - now" ms with throttledUntil = -1: an endless
// 1 ms timer on every connection, and a TimeoutNegativeWarning on Node 24. There is nothing to plan unless it throttles.
const planCheck = RequestQueue.prototype.scheduleCheckPendingRequests;
RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) planCheck.call(this);
};

const nothing = () => {};
const SILENT: Logger = { namespace: () => SILENT, debug: nothing, info: nothing, warn: nothing, error: nothing };
const KEEP_ALIVE_MS = 60_000;

/** Connects and authenticates; rejects with a ClientError within `settings.connectTimeoutMs`. */
export async function openKafkajsChannel(address: Address, settings: ConnectionSettings): Promise<Channel> {
  const where = formatAddress(address);
  const { connectTimeoutMs } = settings;
  const link = new Link(address, settings);
  const timeout = `no answer from ${where} within ${connectTimeoutMs} ms of connecting`;
  const timer = setTimeout(() => link.fail(new ClientError('TIMED_OUT', timeout, ADVICE_SILENT)), connectTimeoutMs);
  try {
    await Promise.race([link.broker.connect(), link.failed]);
  } catch (error) {
    throw link.fail(explainFailure(error, where, settings));
  } finally {
    clearTimeout(timer);
  }
  return link.channel(await link.pool.getConnection(0));
}

const ADVICE_SILENT =
  'Check the address, a firewall in between, and that the security protocol is the one of this listener; --timeout sets the limit.';

/** One kafkajs connection pool, of which only the first socket is ever used, and the one failure that ends it. */
class Link {
  readonly pool: ConnectionPool;
  readonly broker: Broker;
  /** Rejects when the link fails; never resolves. */
  readonly failed: Promise<never>;
  readonly #where: string;
  readonly #settings: ConnectionSettings;
  #reject: (error: ClientError) => void = nothing;
  #socket: Socket | undefined;
  #failure: ClientError | undefined;
  /** When bytes last came in; ms of performance.now(). */
  #heard = 0;

  constructor({ host, port }: Address, settings: ConnectionSettings) {
    this.#where = formatAddress({ host, port });
    this.#settings = settings;
    this.failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.failed.catch(nothing);
    this.pool = new ConnectionPool({
      host,
      port,
      ssl: settings.tls,
      sasl: settings.sasl && kafkajsSasl(settings.sasl),
      clientId: settings.clientId,
      // Behind our own bound, which also covers what comes after the connect.
      connectionTimeout: settings.connectTimeoutMs * 2,
      requestTimeout: settings.connectTimeoutMs * 2,
      // Requests are bounded one by one in `request`: kafkajs would poll every 100 ms, and take the larger of two bounds.
      enforceRequestTimeout: false,
      maxInFlightRequests: null,
      socketFactory: ({ ssl, onConnect }) => this.#dial({ host, port }, ssl, onConnect),
      logger: SILENT,
    });
    for (const connection of this.pool.pool) this.#guard(connection);
    this.broker = new Broker({ connectionPool: this.pool, logger: SILENT });
  }

  #dial({ host, port }: Address, ssl: object | null, onConnect: () => void): Socket {
    const socket = ssl
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : connectTcp({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    this.#socket = socket;
    return socket;
  }

  /** kafkajs would crash on a negative frame length, and wait for ever for the rest of an HTTP answer. */
  #guard(connection: Connection): void {
    const guard = frameGuard(this.#where);
    const process = connection.processData;
    connection.processData = (chunk) => {
      this.#heard = performance.now();
      const problem = guard(chunk);
      if (problem) this.fail(problem);
      else process.call(connection, chunk);
    };
  }

  /** Ends the link: the socket is gone at once, and whatever waits is rejected with the first failure. */
  fail(error: ClientError): ClientError {
    if (this.#failure) return this.#failure;
    this.#failure = error;
    this.#reject(error);
    for (const { requestQueue } of this.pool.pool) {
      requestQueue.rejectAll(error);
      requestQueue.destroy();
    }
    this.#socket?.destroy(error);
    return error;
  }

  channel(connection: Connection): Channel {
    const ranges = Object.entries(this.broker.versions ?? {});
    const versions = new Map(ranges.map(([key, r]) => [Number(key), { min: r.minVersion, max: r.maxVersion }]));
    const alive = () => this.#failure === undefined && connection.isConnected();
    return {
      versions,
      get open() {
        return alive();
      },
      request: (apiKey, apiVersion, body, timeoutMs) => this.#request(connection, apiKey, apiVersion, body, timeoutMs),
      close: () => void this.fail(new ClientError('UNREACHABLE', `the connection to ${this.#where} was closed here`)),
    };
  }

  async #request(connection: Connection, apiKey: number, apiVersion: number, body: Buffer, timeoutMs: number) {
    if (this.#failure) throw this.#failure;
    const stop = this.#bound(timeoutMs);
    try {
      return await connection.send<Buffer>({
        request: {
          apiKey,
          apiVersion,
          apiName: String(apiKey),
          encode: async () => ({ buf: body, buffer: body, size: () => body.length }),
        },
        response: { decode: async (payload) => ({ payload }), parse: async ({ payload }) => payload },
        logResponseError: false,
      });
    } catch (error) {
      throw this.fail(explainFailure(error, this.#where, this.#settings));
    } finally {
      stop();
    }
  }

  /**
   * Fails the link when nothing has come in for `timeoutMs`, counted from now. Silence counts, not the age of a request:
   * behind many large answers on a slow line, one may be old and well on its way. Returns what ends the watch.
   */
  #bound(timeoutMs: number): () => void {
    const message = `${this.#where} did not answer within ${timeoutMs} ms`;
    const begun = performance.now();
    let ended = false;
    let timer: NodeJS.Timeout;
    const watch = (ms: number) => {
      // What came in while this process was busy is read between the timer and the check.
      timer = setTimeout(() => setImmediate(check), ms);
    };
    const check = () => {
      if (ended) return;
      const rest = Math.ceil(Math.max(begun, this.#heard) + timeoutMs - performance.now());
      if (rest > 0) watch(rest);
      else this.fail(new ClientError('TIMED_OUT', message, ADVICE_SILENT));
    };
    watch(timeoutMs);
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }
}

function kafkajsSasl(sasl: SaslSettings): object {
  if (sasl.mechanism === 'OAUTHBEARER') {
    const { token } = sasl;
    return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: token }) };
  }
  return { mechanism: sasl.mechanism.toLowerCase(), username: sasl.username, password: sasl.password };
}
