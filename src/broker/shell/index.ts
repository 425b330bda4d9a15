import type { Disk } from '../../log/disk.ts';
import { MemoryDisk } from '../../log/memory-disk.ts';
import { CreateTopics } from '../../protocol/api/index.ts';
import { ErrorCode, errorName } from '../../protocol/errors.ts';
import type { Log } from '../env.ts';
import type { Network } from '../network.ts';
import { NodeRuntime } from '../node-runtime.ts';
import {
  type Address,
  advertisedAddress,
  bindAddresses,
  type StartClusterOptions,
  type TopicSpec,
} from './cluster-options.ts';
import { type DataDirectory, markDisk, openDataDirectory } from './data-directory.ts';
import { Listener } from './listener.ts';
import { ask } from './local-client.ts';
import { LoopbackNetwork } from './loopback-network.ts';
import { realRandom } from './random.ts';
import { realScheduler } from './scheduler.ts';
import { ClusterStartError, errorCodeOf } from './start-error.ts';

export type { StartClusterOptions, TopicSpec } from './cluster-options.ts';
export { ClusterStartError, type StartErrorReason } from './start-error.ts';

export interface BrokerAddress extends Address {
  readonly id: number;
}

export interface EmbeddedCluster {
  readonly clusterId: string;
  /** As clients reach them. */
  readonly brokers: readonly BrokerAddress[];
  /** From the call of startCluster on. */
  readonly readyInMs: number;
  /** Stops all nodes in order; nothing that was acknowledged is lost on a data directory. */
  close(): Promise<void>;
  /** Stops one node in order; `abrupt` stops it like a process that is killed. The others go on. */
  stopNode(id: number, options?: { readonly abrupt?: boolean }): Promise<void>;
  /** Starts a stopped node on its disk and its port. */
  startNode(id: number): Promise<void>;
}

/** How long nodes may take to find each other, or to make topics. */
const READY_TIMEOUT_MS = 30_000;
/** How long a cluster that stops waits for its followers. */
const QUIESCE_TIMEOUT_MS = 3000;
const QUIESCE_STEP_MS = 5;

/**
 * Starts a cluster in this process. Resolves when all nodes are part of it, the topics exist and have leaders, and
 * clients are let in; rejects with a ClusterStartError (or a ConfigError), and leaves nothing behind.
 */
export async function startCluster(options: StartClusterOptions): Promise<EmbeddedCluster> {
  const startedAt = performance.now();
  const log: Log = options.log ?? (() => undefined);
  const listeners = await bindAll(options, log);
  let directory: DataDirectory | null = null;
  try {
    directory = options.dataDir === undefined ? null : openDataDirectory(options.dataDir, options.nodes, realRandom);
    const cluster = new Cluster(options, log, listeners, directory);
    try {
      await cluster.start();
    } catch (error) {
      cluster.kill();
      throw error;
    }
    const readyInMs = performance.now() - startedAt;
    log('info', 'cluster is ready', { clusterId: cluster.clusterId, readyInMs: Math.round(readyInMs) });
    return cluster.handle(readyInMs);
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    directory?.release();
    throw error;
  }
}

async function bindAll(options: StartClusterOptions, log: Log): Promise<Listener[]> {
  const bound: Listener[] = [];
  for (const [index, { host, port }] of bindAddresses(options).entries()) {
    try {
      bound.push(await Listener.bind(host, port, log));
    } catch (error) {
      await Promise.all(bound.map((listener) => listener.close()));
      throw listenError(error, index + 1, host, port);
    }
  }
  return bound;
}

function listenError(error: unknown, node: number, host: string, port: number): unknown {
  if (!(error instanceof Error)) return error;
  const inUse = errorCodeOf(error) === 'EADDRINUSE';
  const message = inUse
    ? `port ${port} of node ${node} is in use on ${host}`
    : `node ${node} cannot listen on ${host}:${port}: ${error.message}`;
  return new ClusterStartError(
    inUse ? 'port-in-use' : 'cannot-listen',
    message,
    { node, host, port },
    { cause: error },
  );
}

/** One node of the cluster: what stays (its address and disk), and what comes and goes with its starts and stops. */
interface Member {
  readonly id: number;
  readonly bound: Address;
  readonly advertised: Address;
  readonly disk: Disk;
  listener: Listener | null;
  runtime: NodeRuntime | null;
}

class Cluster {
  readonly clusterId: string;
  readonly #options: StartClusterOptions;
  readonly #log: Log;
  readonly #directory: DataDirectory | null;
  readonly #network: Network = new LoopbackNetwork(realScheduler);
  readonly #members: readonly Member[];
  #closing: Promise<void> | null = null;

  constructor(options: StartClusterOptions, log: Log, listeners: readonly Listener[], directory: DataDirectory | null) {
    this.#options = options;
    this.#log = log;
    this.#directory = directory;
    this.clusterId = directory?.clusterId ?? realRandom.uuid();
    this.#members = listeners.map((listener, index) => {
      const id = index + 1;
      const bound = { host: listener.host, port: listener.port };
      const advertised = advertisedAddress(options, index, bound);
      return { id, bound, advertised, disk: this.#disk(id), listener, runtime: null };
    });
  }

  handle(readyInMs: number): EmbeddedCluster {
    return {
      clusterId: this.clusterId,
      brokers: this.#members.map(({ id, advertised }) => ({ id, ...advertised })),
      readyInMs,
      close: () => this.close(),
      stopNode: (id, options) => this.stopNode(id, options?.abrupt ?? false),
      startNode: (id) => this.startNode(id),
    };
  }

  async start(): Promise<void> {
    const runtimes = this.#members.map((member) => this.#make(member));
    for (const runtime of runtimes) runtime.start();
    await Promise.all(runtimes.map((runtime) => ready(runtime)));
    await this.#makeTopics(runtimes, this.#options.topics ?? []);
    for (const member of this.#members) if (member.runtime !== null) member.listener?.open(member.runtime);
  }

  kill(): void {
    for (const member of this.#members) {
      member.runtime?.kill();
      member.runtime = null;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async stopNode(id: number, abrupt: boolean): Promise<void> {
    const member = this.#member(id);
    const { runtime, listener } = member;
    if (runtime === null) return;
    member.runtime = null;
    member.listener = null;
    if (abrupt) runtime.kill();
    else await new Promise<void>((resolve) => runtime.shutdown(resolve));
    await listener?.close();
  }

  async startNode(id: number): Promise<void> {
    const member = this.#member(id);
    if (member.runtime !== null) return;
    const { host, port } = member.bound;
    let listener: Listener;
    try {
      listener = await Listener.bind(host, port, this.#log);
    } catch (error) {
      throw listenError(error, id, host, port);
    }
    const runtime = this.#make(member);
    member.listener = listener;
    runtime.start();
    await ready(runtime);
    listener.open(runtime);
  }

  async #close(): Promise<void> {
    const running = this.#members.filter((member) => member.runtime !== null);
    // Clients first: what they were not answered is theirs to repeat. Then followers get what they lack.
    await Promise.all(running.flatMap(({ listener }) => (listener === null ? [] : [listener.close()])));
    const runtimes = running.flatMap(({ runtime }) => (runtime === null ? [] : [runtime]));
    const deadline = performance.now() + QUIESCE_TIMEOUT_MS;
    while (performance.now() < deadline && !runtimes.every((runtime) => runtime.isReplicated())) {
      await new Promise((resolve) => setTimeout(resolve, QUIESCE_STEP_MS));
    }
    for (const runtime of runtimes) runtime.stop();
    for (const member of this.#members) {
      member.runtime = null;
      member.listener = null;
    }
    this.#directory?.release();
  }

  #disk(id: number): Disk {
    if (this.#directory !== null) return this.#directory.disk(id);
    const disk = new MemoryDisk();
    markDisk(disk, this.clusterId, id, realRandom);
    return disk;
  }

  #make(member: Member): NodeRuntime {
    const runtime = new NodeRuntime({
      nodeId: member.id,
      nodeIds: this.#members.map(({ id }) => id),
      clusterId: this.clusterId,
      scheduler: realScheduler,
      random: realRandom,
      log: this.#log,
      network: this.#network,
      disk: member.disk,
      config: new Map(Object.entries(this.#options.config ?? {})),
      endpoint: { ...member.advertised, rack: null },
    });
    member.runtime = runtime;
    return runtime;
  }

  #member(id: number): Member {
    const member = this.#members.find((other) => other.id === id);
    if (member === undefined) throw new RangeError(`there is no node ${id}`);
    return member;
  }

  async #makeTopics(runtimes: readonly NodeRuntime[], topics: readonly TopicSpec[]): Promise<void> {
    const [first] = runtimes;
    if (topics.length === 0 || first === undefined) return;
    const { topics: results } = await ask(first, CreateTopics, 7, {
      topics: topics.map(({ name, partitions, replicationFactor, configs }) => ({
        name,
        numPartitions: partitions ?? -1,
        replicationFactor: replicationFactor ?? -1,
        configs: Object.entries(configs ?? {}).map(([key, value]) => ({ name: key, value })),
      })),
      timeoutMs: READY_TIMEOUT_MS,
    });
    for (const { name, errorCode, errorMessage } of results) {
      if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) continue;
      const why = errorMessage ?? errorName(errorCode);
      throw new ClusterStartError('bad-topic', `topic ${name} cannot be made: ${why}`, { topic: name });
    }
    await Promise.all(runtimes.map((runtime) => sees(runtime, topics)));
  }
}

function ready(runtime: NodeRuntime): Promise<void> {
  return within((done) => runtime.whenReady(done), `node ${runtime.node.id} is not part of the cluster`);
}

/** Waits until a node knows a leader for every partition of the topics. */
function sees(runtime: NodeRuntime, topics: readonly TopicSpec[]): Promise<void> {
  const { node } = runtime;
  const complete = (): boolean =>
    topics.every(
      ({ name }) =>
        node
          .image()
          .topics.get(name)
          ?.partitions.every(({ leader }) => leader >= 0) ?? false,
    );
  return within((done) => {
    if (complete()) done();
    else node.onImage(() => complete() && done());
  }, `node ${node.id} does not see the topics`);
}

function within(wait: (done: () => void) => void, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new ClusterStartError('timed-out', `${what} after ${READY_TIMEOUT_MS} ms`));
    const timer = setTimeout(fail, READY_TIMEOUT_MS);
    wait(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
