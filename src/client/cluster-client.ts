import { Metadata } from '../protocol/api/index.ts';
import { readResponseBody, writeRequestBody } from '../protocol/frame.ts';
import {
  type Api,
  intersect,
  ProtocolError,
  Reader,
  type RequestInput,
  type ResponseOf,
  Writer,
} from '../protocol/schema/index.ts';
import { type Address, formatAddress } from './address.ts';
import { bootstrap } from './bootstrap.ts';
import type { Channel, ConnectionSettings, OpenChannel } from './channel.ts';
import { asClientError, ClientError } from './error.ts';
import { openLanes } from './lanes.ts';

export interface ClusterSettings extends ConnectionSettings {
  readonly bootstrap: readonly Address[];
  /** Bound on every single request, in ms. */
  readonly requestTimeoutMs: number;
}

/** The APIs that change nothing. */
const READS = /^(?:Fetch|Metadata|OffsetFetch|OffsetForLeaderEpoch|FindCoordinator|List\w+|\w*Describe\w*)$/;

/** Whom to ask: a node id, or whoever answered the bootstrap. */
export type Target = number | 'any';

export interface CallOptions {
  /** The `depth` of the answers that this request had to wait for; 0 where it waits for none. */
  readonly after?: number;
  /** Do not use a newer version than this one. */
  readonly maxVersion?: number;
}

/** A broker held back an answer because a quota of its was exceeded. `target` as it was asked. */
export interface Throttled {
  readonly target: Target;
  readonly api: string;
  /** When the answer came, in ms since 1970, and for how long it was held back. */
  readonly atMs: number;
  readonly throttleMs: number;
}

/** An answer, and how many requests, one after the other, it took to get there. */
export interface Answer<A extends Api> {
  readonly body: ResponseOf<A>;
  readonly version: number;
  readonly depth: number;
}

/**
 * A cluster as its clients see it: one connection per broker (a few to a slow one), opened at its first use and shared by
 * all calls. When a kept connection breaks under a request that only reads, the request is sent once more on a new one; what changes
 * something is never sent twice. Error codes inside answers are left to the caller.
 */
export class ClusterClient {
  readonly #settings: ClusterSettings;
  readonly #openChannel: OpenChannel;
  readonly #channels = new Map<string, Promise<Channel>>();
  readonly #nodes = new Map<number, Address>();
  #bootstrapped: Address | undefined;
  #bootstrapping: Promise<Channel> | undefined;
  #requests = new Map<string, number>();
  #roundTrips = 0;
  #throttled: Throttled[] = [];

  constructor(settings: ClusterSettings, openChannel: OpenChannel) {
    this.#settings = settings;
    this.#openChannel = openLanes(openChannel);
  }

  /** Begins a new count, and lets brokers that failed be tried again. */
  begin(): void {
    this.#requests = new Map();
    this.#roundTrips = 0;
    this.#throttled = [];
    for (const [key, opening] of this.#channels) {
      const forget = () => {
        if (this.#channels.get(key) === opening) this.#channels.delete(key);
      };
      opening.then((channel) => (channel.open ? undefined : forget()), forget);
    }
  }

  /** Requests sent since `begin`, by API name. */
  get requests(): ReadonlyMap<string, number> {
    return this.#requests;
  }

  /** The longest chain of requests since `begin` of which each had to wait for the one before. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** Answers since `begin` that a quota held back. */
  get throttled(): readonly Throttled[] {
    return this.#throttled;
  }

  /** The nodes that the last metadata named. */
  get nodes(): ReadonlyMap<number, Address> {
    return this.#nodes;
  }

  /** Reads metadata from any broker and learns where the nodes listen. `topics: null` is all of them. Never creates a topic. */
  async metadata(topics: readonly string[] | null, options: CallOptions = {}): Promise<Answer<typeof Metadata>> {
    // Before version 4 a topic that is asked for by name may be created; asking for all of them never does that.
    const version = await this.version('any', Metadata, options.maxVersion);
    const names = version < 4 && topics !== null && topics.length > 0 ? null : topics;
    // Version 0 has no null: there the empty list means all topics.
    const list = version === 0 ? [] : names === null ? null : names.map((name) => ({ name }));
    const answer = await this.call('any', Metadata, { topics: list, allowAutoTopicCreation: version < 4 }, options);
    for (const { nodeId, host, port } of answer.body.brokers) this.learn(nodeId, { host, port });
    return answer;
  }

  /** Notes where a node listens, as Metadata or FindCoordinator told. */
  learn(node: number, address: Address): void {
    this.#nodes.set(node, address);
  }

  /** The version in which a broker and this client will speak an API; UNSUPPORTED where they have none in common. */
  async version(target: Target, api: Api, maxVersion = Number.POSITIVE_INFINITY): Promise<number> {
    return negotiate(await this.#channel(target), api, maxVersion, this.#name(target));
  }

  /** Whether a broker speaks an API in `minVersion` or later. */
  async speaks(target: Target, api: Api, minVersion = 0): Promise<boolean> {
    const served = (await this.#channel(target)).versions.get(api.key);
    const common = served && intersect(served, api.request.versions);
    return common !== undefined && common.max >= minVersion;
  }

  /** Sends one request in the newest common version and decodes the answer. Rejects with a ClientError. */
  async call<A extends Api>(
    target: Target,
    api: A,
    body: RequestInput<A>,
    options: CallOptions = {},
  ): Promise<Answer<A>> {
    let channel = await this.#channel(target);
    if (!channel.open) channel = await this.#reopen(target, channel);
    try {
      return await this.#send(channel, target, api, body, options);
    } catch (error) {
      // Brokers close connections that were idle for too long, perhaps at this very moment.
      const lost = asClientError(error).name === 'UNREACHABLE' && !this.#fresh.has(channel);
      if (!lost || !READS.test(api.name)) throw error;
      return this.#send(await this.#reopen(target, channel), target, api, body, options);
    }
  }

  /** Channels on which nothing was answered yet: when those fail, trying again will not help. */
  readonly #fresh = new WeakSet<Channel>();

  async #send<A extends Api>(channel: Channel, target: Target, api: A, body: RequestInput<A>, options: CallOptions) {
    const version = negotiate(channel, api, options.maxVersion ?? Number.POSITIVE_INFINITY, this.#name(target));
    const depth = (options.after ?? 0) + 1;
    this.#requests.set(api.name, (this.#requests.get(api.name) ?? 0) + 1);
    this.#roundTrips = Math.max(this.#roundTrips, depth);
    const writer = new Writer();
    writeRequestBody(api, version, writer, body);
    const answer = await channel.request(api.key, version, writer.toBuffer(), this.#settings.requestTimeoutMs);
    this.#fresh.delete(channel);
    try {
      const decoded = readResponseBody(api, version, new Reader(answer));
      const throttleMs = throttleOf(decoded);
      if (throttleMs > 0) this.#throttled.push({ target, api: api.name, atMs: Date.now(), throttleMs });
      return { body: decoded, version, depth };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const message = `${this.#name(target)} sent an answer to ${api.name} v${version} that cannot be read: ${error.message}`;
      throw new ClientError('UNDECODABLE', message, null, { cause: error });
    }
  }

  #name(target: Target): string {
    const address = this.#address(target);
    const where = address ? formatAddress(address) : 'the bootstrap server';
    return target === 'any' ? where : `broker ${target} at ${where}`;
  }

  #address(target: Target): Address | undefined {
    return target === 'any' ? this.#bootstrapped : this.#nodes.get(target);
  }

  #channel(target: Target): Promise<Channel> {
    if (target === 'any') return this.#any();
    const address = this.#nodes.get(target);
    if (address) return this.#connection(address);
    return Promise.reject(
      new ClientError(
        'UNREACHABLE',
        `broker ${target} is not in the cluster's metadata: it is stopped, or fenced`,
        'Is the broker process running, and does it reach the controllers?',
      ),
    );
  }

  async #reopen(target: Target, dead: Channel): Promise<Channel> {
    const address = this.#address(target);
    if (address) {
      const key = formatAddress(address);
      const known = this.#channels.get(key);
      const isDead = (await known?.catch(() => dead)) === dead;
      // Another call may have found the same one dead meanwhile: then its new connection serves both.
      if (isDead && this.#channels.get(key) === known) this.#channels.delete(key);
    }
    return this.#channel(target);
  }

  #connection(address: Address): Promise<Channel> {
    const key = formatAddress(address);
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = this.#openChannel(address, this.#settings).then((opened) => {
        this.#fresh.add(opened);
        return opened;
      });
      // Whoever asked for it handles the failure; the cache must not make it look unhandled.
      channel.catch(() => undefined);
      this.#channels.set(key, channel);
    }
    return channel;
  }

  /** The connection that answered the bootstrap, while it lives; else a new round over bootstrap servers and known nodes. */
  async #any(): Promise<Channel> {
    if (this.#bootstrapped) {
      const current = await this.#channels.get(formatAddress(this.#bootstrapped))?.catch(() => undefined);
      if (current?.open) return current;
      this.#bootstrapped = undefined;
    }
    this.#bootstrapping ??= this.#bootstrap().finally(() => {
      this.#bootstrapping = undefined;
    });
    return this.#bootstrapping;
  }

  async #bootstrap(): Promise<Channel> {
    const addresses = new Map<string, Address>();
    for (const address of [...this.#settings.bootstrap, ...this.#nodes.values()])
      addresses.set(formatAddress(address), address);
    const { address, channel } = await bootstrap([...addresses.values()], (a) => this.#openChannel(a, this.#settings));
    this.#bootstrapped = address;
    const key = formatAddress(address);
    // A node that was asked before has a connection already: one is enough.
    const known = await this.#channels.get(key)?.catch(() => undefined);
    if (known?.open) {
      channel.close();
      return known;
    }
    this.#channels.set(key, Promise.resolve(channel));
    this.#fresh.add(channel);
    return channel;
  }

  /** Closes every connection; whatever is in flight is rejected. */
  close(): void {
    for (const opening of this.#channels.values()) {
      opening.then(
        (channel) => channel.close(),
        () => undefined,
      );
    }
    this.#channels.clear();
  }
}

function negotiate({ versions }: Channel, api: Api, maxVersion: number, where: string): number {
  const served = versions.get(api.key);
  const common = served && intersect(served, api.request.versions);
  if (common && common.min <= maxVersion) return Math.min(common.max, maxVersion);
  const known = `${api.request.versions.min} to ${Math.min(maxVersion, api.request.versions.max)}`;
  throw new ClientError(
    'UNSUPPORTED',
    served
      ? `${where} serves ${api.name} in versions ${served.min} to ${served.max}, kmedic speaks ${known}`
      : `${where} does not serve ${api.name}`,
    'This broker is older or newer than what kmedic can ask, or it is not Apache Kafka.',
  );
}

/** Nearly every answer says so in the same field. */
function throttleOf(body: object): number {
  return 'throttleTimeMs' in body && typeof body.throttleTimeMs === 'number' ? body.throttleTimeMs : 0;
}
