import { type Disk, DiskError } from '../../log/disk.ts';
import { MemoryDisk } from '../../log/memory-disk.ts';
import { CreateTopics } from '../../protocol/api/index.ts';
import { ErrorCode, errorName } from '../../protocol/errors.ts';
import type { Log } from '../env.ts';
import { type ActiveFault, FaultEngine, type FaultFilter, type Injection } from '../fault/index.ts';
import type { Network } from '../network.ts';
import { NodeRuntime } from '../node-runtime.ts';
import { clearFaults, faultHost, injectFault } from './cluster-faults.ts';
import {
  type Address,
  advertisedAddress,
  bindAddresses,
  nodeConfig,
  type StartClusterOptions,
  type TopicSpec,
} from './cluster-options.ts';
import { type DataDirectory, markDisk, openDataDirectory } from './data-directory.ts';
import { guardedBy } from './disk-guard.ts';
import { listenError } from './listen-error.ts';
import { Listener } from './listener.ts';
import { ask } from './local-client.ts';
import { LoopbackNetwork } from './loopback-network.ts';
import { Member } from './member.ts';
import { realRandom } from './random.ts';
import { realScheduler } from './scheduler.ts';
import { ClusterStartError } from './start-error.ts';

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
  /**
   * Injects a fault, as a client would by setting `kmedic.fault.*`; resolves when it is in force (or, where it happens
   * once, has happened). Rejects with a RangeError that says why where it cannot be.
   */
  inject(injection: Injection): Promise<void>;
  /** Ends faults before their time: all, or those that the filter is about. Resolves when they are gone. */
  clear(filter?: FaultFilter): Promise<void>;
  /** The faults that are in force, with what remains of each. */
  faults(): readonly ActiveFault[];
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
      await cluster.kill();
      throw error;
    }
    const readyInMs = performance.now() - startedAt;
    log('info', 'cluster is ready', { clusterId: cluster.clusterId, readyInMs: Math.round(readyInMs) });
    return cluster.handle(readyInMs);
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    directory?.release();
    throw error instanceof DiskError ? diskFailed(error.message) : error;
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

class Cluster {
  readonly clusterId: string;
  readonly #options: StartClusterOptions;
  readonly #log: Log;
  readonly #directory: DataDirectory | null;
  readonly #network: Network = new LoopbackNetwork(realScheduler);
  readonly #members: readonly Member[];
  readonly #faults: FaultEngine;
  #closing: Promise<void> | null = null;
  /** While the cluster starts: ends that. */
  #failStart: ((error: Error) => void) | null = null;

  constructor(options: StartClusterOptions, log: Log, listeners: readonly Listener[], directory: DataDirectory | null) {
    this.#options = options;
    this.#log = log;
    this.#directory = directory;
    this.clusterId = directory?.clusterId ?? realRandom.uuid();
    this.#faults = new FaultEngine({
      scheduler: realScheduler,
      random: realRandom,
      log,
      nodeIds: listeners.map((_, index) => index + 1),
      host: faultHost(
        (id) => this.#member(id),
        () => this.#closing !== null,
        log,
      ),
    });
    this.#members = listeners.map((listener, index) => {
      const id = index + 1;
      const bound = { host: listener.host, port: listener.port };
      const advertised = advertisedAddress(options, index, bound);
      const disk = this.#faults.disk(id, this.#disk(id));
      return new Member({ id, bound, advertised, disk, log, make: (member) => this.#make(member) }, listener);
    });
  }

  handle(readyInMs: number): EmbeddedCluster {
    return {
      clusterId: this.clusterId,
      brokers: this.#members.map(({ id, advertised }) => ({ id, ...advertised })),
      readyInMs,
      close: () => this.close(),
      stopNode: (id, options) => (options?.abrupt ? this.#member(id).kill() : this.#member(id).stop()),
      startNode: (id) => this.startNode(id),
      inject: (injection) => injectFault(injection, this.#faults, () => this.#runtimes()),
      clear: (filter) => clearFaults(filter, this.#faults),
      faults: () => this.#faults.active(),
    };
  }

  async start(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.start()));
    const runtimes = this.#runtimes();
    const failed = new Promise<never>((_resolve, reject) => {
      this.#failStart = reject;
    });
    await Promise.race([failed, Promise.all(runtimes.map((runtime) => ready(runtime)))]);
    this.#failStart = null;
    await this.#makeTopics(runtimes, this.#options.topics ?? []);
    this.#faults.open();
    for (const member of this.#members) if (member.runtime !== null) member.open(member.runtime);
  }

  async kill(): Promise<void> {
    this.#faults.close();
    await Promise.all(this.#members.map((member) => member.kill()));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async startNode(id: number): Promise<void> {
    const member = this.#member(id);
    const runtime = await member.start();
    if (runtime === null) return;
    await ready(runtime);
    member.open(runtime);
  }

  async #close(): Promise<void> {
    this.#faults.close();
    // Clients first: what they were not answered is theirs to repeat. Then followers get what they lack.
    await Promise.all(this.#members.map((member) => member.closeListener()));
    const runtimes = this.#runtimes();
    const deadline = performance.now() + QUIESCE_TIMEOUT_MS;
    while (performance.now() < deadline && !runtimes.every((runtime) => runtime.isReplicated())) {
      await new Promise((resolve) => setTimeout(resolve, QUIESCE_STEP_MS));
    }
    for (const member of this.#members) member.end();
    this.#directory?.release();
  }

  /** Of the nodes that run, and are not about to stop. */
  #runtimes(): NodeRuntime[] {
    return this.#members.flatMap(({ runtime }) => runtime ?? []);
  }

  #disk(id: number): Disk {
    if (this.#directory !== null) return this.#directory.disk(id);
    const disk = new MemoryDisk();
    markDisk(disk, this.clusterId, id, realRandom);
    return disk;
  }

  #make(member: Member): NodeRuntime {
    const halt = (reason: string): void => this.#halt(member, reason);
    // What clients are told of where its logs are.
    const config = nodeConfig(this.#options, member.id, this.#directory?.path(member.id) ?? `memory:node-${member.id}`);
    return new NodeRuntime({
      nodeId: member.id,
      nodeIds: this.#members.map(({ id }) => id),
      clusterId: this.clusterId,
      ...guardedBy(halt, { scheduler: realScheduler, network: this.#network }),
      random: realRandom,
      log: this.#log,
      disk: member.disk,
      faults: this.#faults,
      halt,
      config,
      endpoint: { ...member.advertised, rack: config.get('broker.rack') ?? null },
    });
  }

  /** As Kafka halts a broker whose last log directory fails: its sockets are reset, and nobody is told. */
  #halt(member: Member, reason: string): void {
    const { id, isRunning } = member;
    if (!isRunning) return;
    this.#log('error', 'this broker halts: its only log directory has failed', { node: id, reason });
    const failed = (error: unknown): void =>
      this.#log('error', 'a broker that halted could not close its port', { node: id, reason: String(error) });
    member.kill().catch(failed);
    this.#failStart?.(diskFailed(reason));
    const isLast = !this.#members.some(({ isRunning }) => isRunning) && this.#faults.active().length === 0;
    this.#options.halted?.(id, reason, isLast);
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

function diskFailed(reason: string): ClusterStartError {
  return new ClusterStartError('disk-failed', `the disk fails: ${reason}`);
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
