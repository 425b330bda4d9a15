import type { Log, Random, Scheduler } from '../../src/broker/env.ts';
import { FaultEngine } from '../../src/broker/fault/index.ts';
import { openMetadataLog } from '../../src/broker/metadata/metadata-log.ts';
import { MetadataStore } from '../../src/broker/metadata/metadata-store.ts';
import { pending } from '../../src/broker/metadata/record.ts';
import type { NodeRuntime } from '../../src/broker/node-runtime.ts';
import type { Disk } from '../../src/log/disk.ts';
import type { MemoryDisk } from '../../src/log/memory-disk.ts';
import { METADATA_TOPIC } from '../../src/protocol/internal-topics.ts';
import { seededRandom, type VirtualNetwork, type VirtualScheduler } from '../broker/virtual.ts';
import { VirtualCluster } from '../broker/virtual-cluster.ts';
import { type ConnectionWorld, SimConnection } from './connection.ts';
import { hostDisk } from './host-disk.ts';
import { NodeHost } from './node-host.ts';
import type { SimOptions } from './options.ts';

/** Bytes of whole entries, of the offset index (8) as of the time index (12). */
const INDEX_UNIT = 24;

/** What the world tells of itself to whoever watches. */
export interface WorldWatcher {
  /** A node begins a new life on its disk. */
  started(node: number): void;
  /** A node's process is about to be gone: the last look at it. */
  ending(node: number): void;
  logged(node: number, message: string, fields: Readonly<Record<string, unknown>> | undefined): void;
}

/** The machines, their network and the clients' connections to them: everything that a simulation can happen to. */
export class SimWorld implements ConnectionWorld {
  readonly options: SimOptions;
  readonly cluster: VirtualCluster;
  readonly scheduler: VirtualScheduler;
  readonly network: VirtualNetwork;
  readonly hosts: readonly NodeHost[];
  /** The product's own faults, beside those that only a simulation can make. */
  readonly faults: FaultEngine;
  readonly clientLatencyMs = 1;
  /** Nodes on which something ran during this event. */
  readonly touched = new Set<number>();
  watcher: WorldWatcher = { started: () => undefined, ending: () => undefined, logged: () => undefined };
  /** Whether somebody looks at the nodes from outside right now. */
  isWatched = false;
  /** The first thing that was seen and must never be. */
  failure: string | null = null;
  readonly #connections = new Set<SimConnection>();
  readonly #clientHosts = new Set<string>();
  /** Client hosts cut off from nodes, as `host>node`. */
  readonly #unreachable = new Set<string>();
  readonly #faultDisks: ReadonlyMap<number, Disk>;
  /** What waits for a node's end. */
  readonly #ends = new Map<number, (() => void)[]>();
  #nextConnectionId = 1;

  constructor(options: SimOptions) {
    this.options = options;
    this.cluster = new VirtualCluster(options.nodes, options.broker, options.seed, (id, given) => {
      const host = this.host(id);
      const { incarnation } = host;
      const log: Log = (_level, message, fields) => {
        if (message.startsWith('the log directory is offline')) {
          // The last look at its replicas: they are gone before this event is over.
          this.watcher.ending(id);
          host.diskFailed = true;
        }
        this.watcher.logged(id, message, fields);
      };
      const bare = this.cluster.disk(id);
      const disk = hostDisk(this.#faultDisks.get(id) ?? bare, bare, {
        isWatched: () => this.isWatched,
        mayChange: (path) => {
          if (host.incarnation !== incarnation || host.life === 'dead') {
            this.violation(`the dead node ${id} writes to ${path}`);
            return false;
          }
          host.wrote();
          return host.life === 'running';
        },
      });
      const { faults } = this;
      return {
        scheduler: host.scheduler(),
        network: host.network(given.network),
        disk,
        log,
        faults,
        halt: () => this.kill(id),
      };
    });
    const { scheduler, network } = this.cluster.env;
    this.scheduler = scheduler;
    this.network = network;
    network.remembersCalls = false;
    this.hosts = Array.from({ length: options.nodes }, (_, index) => {
      const id = index + 1;
      const touched = (node: number): void => void this.touched.add(node);
      return new NodeHost(id, scheduler, touched, (error) => {
        this.violation(`node ${id} threw: ${error instanceof Error ? error.stack : String(error)}`);
      });
    });
    this.faults = this.#faultEngine();
    this.#faultDisks = new Map(this.hosts.map(({ id }) => [id, this.faults.disk(id, this.cluster.disk(id))]));
    if (!options.elr) for (const { id } of this.hosts) beginWithoutElr(this.cluster.disk(id), options, scheduler);
  }

  host(id: number): NodeHost {
    const host = this.hosts[id - 1];
    if (host === undefined) throw new Error(`no node ${id}`);
    return host;
  }

  get running(): NodeHost[] {
    return this.hosts.filter(({ runtime }) => runtime !== null);
  }

  violation(message: string): void {
    this.failure ??= message;
  }

  start(id: number): void {
    const host = this.host(id);
    // A machine that still stands still starts later: until then its node has no runtime, and must not start twice.
    if (host.life !== 'dead') return;
    host.incarnation++;
    host.life = 'running';
    host.run(() => {
      const runtime: NodeRuntime = this.cluster.startNode(id);
      host.runtime = runtime;
      this.watcher.started(id);
    });
  }

  /** The process dies; what it wrote stays. */
  kill(id: number): void {
    const { runtime } = this.host(id);
    if (runtime === null) return;
    this.host(id).life = 'killed';
    this.#gone(id, () => runtime.kill());
  }

  /** The machine loses power: of what was not flushed, as much survives as `random` lets. */
  losePower(id: number, random: Random): void {
    this.kill(id);
    this.host(id).lostPower = true;
    const { tornWrites } = this.options;
    const disk = this.cluster.disk(id);
    const torn: { readonly path: string; readonly from: number; readonly lost: number }[] = [];
    disk.crash((path, synced, size) => {
      if (tornWrites === 'none' || size === synced) return synced;
      // A sector is written or it is not: no entry of an index is half there.
      const unit = path.endsWith('index') ? INDEX_UNIT : 1;
      const kept = synced + Math.floor(random.below(size - synced + 1) / unit) * unit;
      // The file's new length was durable before its bytes were: it ends in zeros.
      const isData = path.endsWith('.log') || path.endsWith('index');
      if (tornWrites === 'zeros' && isData && kept < size) torn.push({ path, from: kept, lost: size - kept });
      return kept;
    });
    for (const { path, lost } of torn) {
      const file = disk.open(path);
      file.append(Buffer.alloc(lost));
      file.sync();
    }
  }

  /** Stops in order; may take a while. `gone` is called when the node has come to its end, whatever it dies of. */
  stop(id: number, gone: () => void = () => undefined): void {
    const host = this.host(id);
    const { runtime } = host;
    if (runtime === null) {
      gone();
      return;
    }
    this.#ends.set(id, [...(this.#ends.get(id) ?? []), gone]);
    if (host.leaving) return;
    host.leaving = true;
    host.run(() => {
      runtime.shutdown(() => {
        if (host.runtime === runtime) this.#gone(id, () => undefined);
      });
    });
  }

  /** A new connection; null where nobody listens. */
  connect(clientHost: string, node: number): SimConnection | null {
    const host = this.host(node);
    if (host.runtime === null) return null;
    for (const connection of this.#connections) if (!connection.isOpen) this.#connections.delete(connection);
    const connection = new SimConnection(this, host, { connectionId: this.#nextConnectionId++, clientHost });
    this.#connections.add(connection);
    this.#clientHosts.add(clientHost);
    return connection;
  }

  /** Something may have run on any node during this event. */
  touchAll(): void {
    for (const { id } of this.hosts) this.touched.add(id);
  }

  /** Looks at what nodes have, past what is wrong with their disks. */
  watching(look: () => void): void {
    this.isWatched = true;
    try {
      look();
    } finally {
      this.isWatched = false;
    }
  }

  /** Whether an answer may come long after the node gave it. */
  get holdsAnswersBack(): boolean {
    const { lateResponses, slowTraffic, heldLink } = this.options.faults;
    return lateResponses + slowTraffic + heldLink > 0;
  }

  reaches(clientHost: string, node: number): boolean {
    return !this.#unreachable.has(`${clientHost}>${node}`);
  }

  /** Every host from which a client has connected. */
  get clientHosts(): string[] {
    return [...this.#clientHosts];
  }

  cutClients(clientHost: string, node: number, cut = true): void {
    if (cut) this.#unreachable.add(`${clientHost}>${node}`);
    else this.#unreachable.delete(`${clientHost}>${node}`);
  }

  /** Everything works again from now on: links, clocks, disks, and the nodes that stood still. Dead nodes stay dead. */
  heal(): void {
    this.touchAll();
    this.faults.clear();
    this.network.heal();
    this.#unreachable.clear();
    for (const host of this.hosts) {
      host.skewMs = 0;
      host.writeMs = 0;
      host.thaw();
    }
  }

  #gone(id: number, end: () => void): void {
    const host = this.host(id);
    const { skewMs, writeMs } = host;
    this.watcher.ending(id);
    host.reset();
    this.touched.add(id);
    end();
    host.life = 'dead';
    Object.assign(host, { skewMs, writeMs });
    for (const connection of this.#connections) if (connection.node === host) connection.reset();
    const ends = this.#ends.get(id) ?? [];
    this.#ends.delete(id);
    for (const ended of ends) ended();
  }

  #faultEngine(): FaultEngine {
    // What a fault's beginning and end set going may concern any node.
    const scheduler: Scheduler = {
      now: () => this.scheduler.now(),
      after: (delayMs, run) =>
        this.scheduler.after(delayMs, () => {
          this.touchAll();
          run();
        }),
    };
    return new FaultEngine({
      scheduler,
      random: seededRandom(this.options.seed + 31),
      log: () => undefined,
      nodeIds: this.hosts.map(({ id }) => id),
      host: {
        kill: (id) => this.kill(id),
        stop: (id, done) => this.stop(id, done),
        start: (id) => this.start(id),
      },
    });
  }
}

/** The log of a cluster that was made before eligible leader replicas were known. */
function beginWithoutElr(disk: MemoryDisk, options: SimOptions, scheduler: VirtualScheduler): void {
  const now = () => scheduler.now();
  const store = new MetadataStore(openMetadataLog({ disk, now, random: seededRandom(options.seed) }), METADATA_TOPIC);
  const features = [
    ['metadata.version', 30],
    ['group.version', 1],
  ] as const;
  const records = features.map(([name, featureLevel]) => pending('FeatureLevelRecord', { name, featureLevel }));
  store.append(records, 0, now());
  store.close();
}
