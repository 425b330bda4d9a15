import { connect as connectTcp, isIP, type Socket } from 'node:net';
import Connection, { type Logger } from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { ApiVersions, SaslAuthenticate } from '../protocol/api/index.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import { decodeMessage } from '../protocol/schema/index.ts';
import { type Address, formatAddress } from './address.ts';
import type { Channel, ConnectionSettings, SaslSettings } from './channel.ts';
import { ClientError } from './error.ts';
import { explainFailure } from './failure.ts';
import { frameGuard } from './frame-guard.ts';

/**
 * A Channel over kafkajs 2.2.4: its connection, framing and SASL, with our own requests on them. Everything that
 * depends on kafkajs' insides is in this file. Its public admin client is not used: it fails when one partition has no
 * leader, and it joins the group whose offsets it sets; nor are its brokers, which bring every request it knows along.
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
  // Most of Node's start-up for a client is TLS, which not every connection uses.
  const tls = settings.tls === null ? null : await import('node:tls');
  const link = new Link(address, settings, tls?.connect ?? null);
  const timeout = `no answer from ${where} within ${connectTimeoutMs} ms of connecting`;
  const timer = setTimeout(() => link.fail(new ClientError('TIMED_OUT', timeout, ADVICE_SILENT)), connectTimeoutMs);
  try {
    return await Promise.race([link.open(), link.failed]);
  } catch (error) {
    throw link.fail(explainFailure(error, where, settings));
  } finally {
    clearTimeout(timer);
  }
}

const ADVICE_SILENT =
  'Check the address, a firewall in between, and that the security protocol is the one of this listener; --timeout sets the limit.';

/** Every broker since 0.10 answers it in this version, and later ones tell nothing more that is used here. */
const API_VERSIONS_VERSION = 0;
const NO_BODY = Buffer.alloc(0);

type ConnectTls = typeof import('node:tls').connect;

/** One kafkajs connection, and the one failure that ends it. */
class Link {
  readonly #connection: Connection;
  /** Rejects when the link fails; never resolves. */
  readonly failed: Promise<never>;
  readonly #where: string;
  readonly #settings: ConnectionSettings;
  #reject: (error: ClientError) => void = nothing;
  #socket: Socket | undefined;
  #failure: ClientError | undefined;
  /** When bytes last came in; ms of performance.now(). */
  #heard = 0;

  constructor({ host, port }: Address, settings: ConnectionSettings, connectTls: ConnectTls | null) {
    this.#where = formatAddress({ host, port });
    this.#settings = settings;
    this.failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.failed.catch(nothing);
    this.#connection = new Connection({
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
      socketFactory: ({ ssl, onConnect }) => this.#dial({ host, port }, ssl, connectTls, onConnect),
      logger: SILENT,
    });
    this.#guard(this.#connection);
  }

  /** Connects, asks for the versions, authenticates where that is wanted. */
  async open(): Promise<Channel> {
    const connection = this.#connection;
    await connection.connect();
    const answer = await this.#send(ApiVersions.key, API_VERSIONS_VERSION, NO_BODY);
    const { errorCode, apiKeys } = decodeMessage(ApiVersions.response, API_VERSIONS_VERSION, answer);
    if (errorCode !== ErrorCode.NONE) {
      const message = `${this.#where} refused to tell which versions it speaks: ${errorName(errorCode)}`;
      throw new ClientError('UNSUPPORTED', message);
    }
    const versions = new Map(apiKeys.map((api) => [api.apiKey, { min: api.minVersion, max: api.maxVersion }]));
    connection.setVersions(Object.fromEntries(apiKeys.map((api) => [api.apiKey, api])));
    connection.setSupportAuthenticationProtocol(versions.has(SaslAuthenticate.key));
    await connection.authenticate();
    return this.#channel(versions);
  }

  #dial({ host, port }: Address, ssl: object | null, connectTls: ConnectTls | null, onConnect: () => void): Socket {
    const socket =
      connectTls === null
        ? connectTcp({ host, port }, onConnect)
        : connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect);
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
    const { requestQueue } = this.#connection;
    requestQueue.rejectAll(error);
    requestQueue.destroy();
    this.#socket?.destroy(error);
    return error;
  }

  #channel(versions: Channel['versions']): Channel {
    const alive = () => this.#failure === undefined && this.#connection.isConnected();
    return {
      versions,
      get open() {
        return alive();
      },
      request: (apiKey, apiVersion, body, timeoutMs) => this.#request(apiKey, apiVersion, body, timeoutMs),
      close: () => void this.fail(new ClientError('UNREACHABLE', `the connection to ${this.#where} was closed here`)),
    };
  }

  async #request(apiKey: number, apiVersion: number, body: Buffer, timeoutMs: number): Promise<Buffer> {
    if (this.#failure) throw this.#failure;
    const stop = this.#bound(timeoutMs);
    try {
      return await this.#send(apiKey, apiVersion, body);
    } catch (error) {
      throw this.fail(explainFailure(error, this.#where, this.#settings));
    } finally {
      stop();
    }
  }

  #send(apiKey: number, apiVersion: number, body: Buffer): Promise<Buffer> {
    return this.#connection.send<Buffer>({
      request: {
        apiKey,
        apiVersion,
        apiName: String(apiKey),
        encode: async () => ({ buf: body, buffer: body, size: () => body.length }),
      },
      response: { decode: async (payload) => ({ payload }), parse: async ({ payload }) => payload },
      logResponseError: false,
    });
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
