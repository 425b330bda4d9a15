import type { Disk } from '../log/disk.ts';
import { markCleanShutdown } from '../log/log-directory.ts';
import { IncrementalAlterConfigs } from '../protocol/api/index.ts';
import { ConfigOperation, ConfigResourceType } from '../protocol/config-resource.ts';
import { effectiveTopicConfig } from './config/index.ts';
import { ControlPlane } from './controller/control-plane.ts';
import { Dispatcher, type Outcome, type Peer } from './dispatch.ts';
import type { Log, Random, Scheduler } from './env.ts';
import type { FaultEngine, Seat } from './fault/index.ts';
import type { NodeService } from './handler.ts';
import { adminHandlers } from './handlers/admin.ts';
import { createDataService } from './handlers/data.ts';
import { createGroupService } from './handlers/groups.ts';
import { type HandlerTable, handlerTable } from './handlers/index.ts';
import type { ImageDelta, ImageListener, MetadataImage } from './image.ts';
import { emptyImage } from './metadata/replay.ts';
import type { CallResponse, Network, ReplicaFetchRequest } from './network.ts';
import type { Node, NodeConfig } from './node.ts';
import { LogStore } from './replica/log-store.ts';
import { ReplicaManager } from './replica/manager.ts';
import { ScopedScheduler } from './scoped-scheduler.ts';

export interface NodeRuntimeOptions {
  readonly nodeId: number;
  /** All nodes of the cluster, this one included. */
  readonly nodeIds: readonly number[];
  readonly clusterId: string;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly network: Network;
  /** Rooted at the node's log directory. */
  readonly disk: Disk;
  readonly config: ReadonlyMap<string, string>;
  /** What may go wrong with it; nothing does where this is not given. */
  readonly faults?: FaultEngine;
  /**
   * Ends this incarnation at once, as Kafka halts a broker whose last log directory fails. Called from the scheduler.
   * Where it is not given, the node goes on without its logs.
   */
  readonly halt?: (reason: string) => void;
  /** How clients reach it. */
  readonly endpoint: { readonly host: string; readonly port: number; readonly rack: string | null };
}

/**
 * One incarnation of a node, from its start to its stop: control plane, replicas, coordinators and handlers, put
 * together. After a stop a new one is made on the same disk. Synchronous, as everything in the core.
 */
export class NodeRuntime {
  readonly node: Node;
  readonly replicas: ReplicaManager;
  readonly #options: NodeRuntimeOptions;
  readonly #scheduler: ScopedScheduler;
  readonly #network: Network;
  readonly #control: ControlPlane;
  readonly #store: LogStore;
  readonly #services: readonly NodeService[];
  readonly #dispatcher: Dispatcher;
  readonly #listeners: ImageListener[] = [];
  readonly #seat: Seat | null;
  #attached: { detach(): void } | null = null;
  #following = false;
  #stopped = false;

  constructor(options: NodeRuntimeOptions) {
    this.#options = options;
    const { nodeId, random, disk } = options;
    this.#seat = options.faults?.seat(nodeId, options.scheduler) ?? null;
    this.#scheduler = new ScopedScheduler(this.#seat?.scheduler ?? options.scheduler);
    this.#network = this.#seat?.network(options.network) ?? options.network;
    const scheduler = this.#scheduler;
    const network = this.#network;
    const log: Log = (level, message, fields) => options.log(level, message, { node: nodeId, ...fields });
    this.#store = new LogStore({ disk, scheduler, random, log });
    this.#control = new ControlPlane({
      nodeId,
      nodeIds: options.nodeIds,
      clusterId: options.clusterId,
      scheduler,
      random,
      log,
      network,
      disk,
      staticConfig: options.config,
    });
    const control = this.#control;
    const { config } = control;
    this.replicas = new ReplicaManager(
      {
        nodeId,
        scheduler,
        network,
        log,
        config,
        store: this.#store,
        topicConfig: (image, topic) => effectiveTopicConfig(image, topic, config),
        alterPartition: (request, done) => control.callController('alterPartition', request, done),
        logDirFailed: (reason) => this.#logDirFailed(reason),
      },
      control.image(),
    );
    this.node = this.#makeNode(log, config);
    let table: HandlerTable = new Map();
    this.#services = [
      createDataService(this.node, this.replicas, () => table),
      { handlers: adminHandlers },
      createGroupService(this.node),
    ];
    table = handlerTable(this.#services.flatMap((service) => service.handlers));
    this.#dispatcher = new Dispatcher(this.node, table, this.#seat?.requests ?? null);
    control.onImage((image, delta, previous) => {
      this.#followImage(image, delta, previous);
      this.#seat?.followed(image);
    });
    this.#seat?.connect({
      moveLeader: (topic, partition) => control.moveLeader(topic, partition),
      removeConfig: (resource, key) => removeConfig(this.node, resource, key),
    });
  }

  /** Joins the cluster. */
  start(): void {
    this.#attached = this.#network.attach(this.#options.nodeId, (from, name, request, reply) => {
      if (this.#control.serve(from, name, request, reply)) return;
      if (name !== 'replicaFetch') throw new Error(`nobody serves ${name}`);
      this.replicas.serveFetch(
        request as ReplicaFetchRequest,
        reply as (response: CallResponse<'replicaFetch'>) => void,
      );
    });
    this.#control.start({ ...this.#options.endpoint, previousBrokerEpoch: this.#store.lastShutdown.brokerEpoch });
  }

  /** Called once when the node is part of the cluster: registered, unfenced, and up to date. */
  whenReady(done: () => void): void {
    this.#control.whenReady(done);
  }

  /** Whether this process acts on what the metadata says: not before it is registered. */
  get isFollowing(): boolean {
    return this.#following;
  }

  dispatch(frame: Buffer, peer: Peer, done: (outcome: Outcome) => void): void {
    if (this.#stopped) done('close');
    else if (this.#seat === null) this.#dispatcher.dispatch(frame, peer, done);
    else this.#seat.request(frame, done, (answer) => this.#dispatcher.dispatch(frame, peer, answer));
  }

  disconnected(connectionId: number): void {
    const tell = (): void => {
      for (const service of this.#services) service.disconnected?.(connectionId);
    };
    if (this.#seat === null) tell();
    else this.#seat.gate.enter(tell);
  }

  /** Whether every in-sync follower has all that this node leads: nothing would be lost if it never came back. */
  isReplicated(): boolean {
    for (const { leaderState, log } of this.replicas.all()) {
      if (leaderState === null) continue;
      for (const id of leaderState.isr) {
        if (leaderState.isFollower(id) && leaderState.followerEndOffset(id) < log.logEndOffset) return false;
      }
    }
    return true;
  }

  /** Stops in order: leadership moves to other nodes first, then everything is written down. */
  shutdown(done: () => void): void {
    this.#control.shutdown((brokerEpoch) => {
      this.#stop(true, brokerEpoch);
      done();
    });
  }

  /** Writes everything down and stops, as part of a cluster that stops as a whole: nobody is left to take over. */
  stop(): void {
    this.#stop(true, this.#control.image().brokers.get(this.#options.nodeId)?.epoch ?? -1);
  }

  /** Stops like a process that is killed: nobody is told, nothing is written down. */
  kill(): void {
    this.#stop(false, -1);
  }

  #stop(clean: boolean, brokerEpoch: number): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const service of this.#services) service.stop?.();
    const written = this.replicas.stop(clean && this.#following);
    this.#control.stop();
    this.#attached?.detach();
    this.#scheduler.close();
    this.#seat?.leave();
    // Logs that were never opened are as the last shutdown left them, torn ones included.
    const { lastShutdown } = this.#store;
    const asFound = clean && !this.#following && lastShutdown.clean;
    if (!written && !asFound) return;
    const epoch = brokerEpoch < 0 ? lastShutdown.brokerEpoch : brokerEpoch;
    this.replicas.usingDisk(() => markCleanShutdown(this.#options.disk, epoch));
  }

  #logDirFailed(reason: string): void {
    const { halt } = this.#options;
    if (halt === undefined || this.#seat?.hasOtherLogDirs === true) this.#control.logDirFailed();
    else this.#scheduler.after(0, () => halt(reason));
  }

  #followImage(image: MetadataImage, delta: ImageDelta, previous: MetadataImage): void {
    if (this.#following) {
      this.#tell(image, delta, previous);
      return;
    }
    // Until this incarnation is registered the image may be old: it must not lead what another node leads by now.
    if (!this.#control.isRegisteredIn(image)) return;
    this.#following = true;
    this.replicas.usingDisk(() =>
      this.#store.putAsideStrays((topic, partition, topicId) => this.#isOwn(image, topic, partition, topicId)),
    );
    const everything: ImageDelta = {
      changedTopics: new Set(image.topics.keys()),
      removedTopics: [],
      brokersChanged: true,
      configsChanged: true,
    };
    this.#tell(image, everything, emptyImage(image.clusterId));
    // Not before: a checkpoint of logs that are not open yet would forget what the last one knew of them.
    this.replicas.start();
  }

  #tell(image: MetadataImage, delta: ImageDelta, previous: MetadataImage): void {
    this.replicas.follow(image, delta);
    for (const listener of this.#listeners) listener(image, delta, previous);
  }

  #isOwn(image: MetadataImage, name: string, partition: number, topicId: string | null): boolean {
    const topic = image.topics.get(name);
    if (topic === undefined || (topicId !== null && topic.id !== topicId)) return false;
    return topic.partitions[partition]?.replicas.includes(this.#options.nodeId) ?? false;
  }

  #makeNode(log: Log, config: NodeConfig): Node {
    const { nodeId, random, faults, disk } = this.#options;
    const network = this.#network;
    const control = this.#control;
    return {
      id: nodeId,
      scheduler: this.#scheduler,
      random,
      log,
      network,
      config,
      ...(faults === undefined ? {} : { faults }),
      image: () => control.image(),
      onImage: (listener) => {
        this.#listeners.push(listener);
      },
      replicas: this.replicas,
      diskSpace: () => disk.space(),
      callController: (name, request, done) => control.callController(name, request, done),
    };
  }
}

/** Takes a dynamic broker config away, as a client would ask for it. Whether it worked shows in the next image. */
function removeConfig(node: Node, resourceName: string, name: string): void {
  const configs = [{ name, configOperation: ConfigOperation.delete, value: null }];
  const body = { resources: [{ resourceType: ConfigResourceType.broker, resourceName, configs }], validateOnly: false };
  node.callController('forward', { apiKey: IncrementalAlterConfigs.key, apiVersion: 1, body }, () => undefined);
}
