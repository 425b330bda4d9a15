import type { Disk } from '../../log/disk.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { createNodeConfig } from '../config/node-config.ts';
import type { Log, Random, Scheduler, Timer } from '../env.ts';
import type { ImageListener, MetadataImage } from '../image.ts';
import { openMetadataLog } from '../metadata/metadata-log.ts';
import { MetadataStore } from '../metadata/metadata-store.ts';
import { Quorum } from '../metadata/quorum.ts';
import type { AnswerTo, CallName, CallRequest, CallResponse, Network } from '../network.ts';
import type { NodeConfig } from '../node.ts';
import { bootstrapRecords, leaderChangeBatch } from './bootstrap.ts';
import { BrokerLifecycle, type Endpoint } from './broker-lifecycle.ts';
import type { Standing } from './brokers.ts';
import { Controller, type ControllerCall, type ForwardedAnswer } from './controller.ts';

const CALL_TIMEOUT_MS = 30_000;
/** A heartbeat that waits would be about a moment that is over. */
const HEARTBEAT_TIMEOUT_MS = 1000;
const RETRY_MS = 50;

export interface ControlPlaneOptions {
  readonly nodeId: number;
  /** All configured nodes of the cluster, this one included. */
  readonly nodeIds: readonly number[];
  readonly clusterId: string;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly network: Network;
  /** Rooted at the node's log directory: the metadata log lies in `__cluster_metadata-0` under it. */
  readonly disk: Disk;
  /** Settings given to the node, by Kafka's names. Throws ConfigError for one that cannot be. */
  readonly staticConfig: ReadonlyMap<string, string>;
}

/** What a forwarded request is answered with by a node that is not the controller. */
const NOT_THE_CONTROLLER = { notController: true };

const REFUSALS: { readonly [C in ControllerCall]: CallResponse<C> } = {
  registerBroker: { errorCode: ErrorCode.NOT_CONTROLLER, brokerEpoch: -1 },
  heartbeat: { errorCode: ErrorCode.NOT_CONTROLLER, fenced: true, shouldShutdown: false },
  alterPartition: { errorCode: ErrorCode.NOT_CONTROLLER, isr: [], leaderEpoch: -1, partitionEpoch: -1 },
  allocateProducerIds: { errorCode: ErrorCode.NOT_CONTROLLER, first: -1, count: 0 },
  forward: { body: NOT_THE_CONTROLLER },
};

/**
 * A node's part in running the cluster: its copy of the metadata log and the image of it, its standing as a broker,
 * and the controller, where this node is it.
 */
export class ControlPlane {
  readonly config: NodeConfig;
  readonly #options: ControlPlaneOptions;
  readonly #store: MetadataStore;
  readonly #quorum: Quorum;
  readonly #lifecycle: BrokerLifecycle;
  readonly #listeners: ImageListener[] = [];
  #controller: Controller | undefined;
  #stopped = false;
  readonly #readyWaiters: (() => void)[] = [];
  /** Calls that wait for a controller to be known. */
  #controllerWaiters: (() => void)[] = [];
  /** Answers of this controller that wait until what they tell of is committed. */
  #commitWaiters: { readonly offset: number; readonly answer: () => void; readonly refuse: () => void }[] = [];
  /** Answers that wait until this node has replayed the change they tell of. */
  #offsetWaiters: { readonly offset: number; readonly run: () => void }[] = [];

  constructor(options: ControlPlaneOptions) {
    const { nodeId, nodeIds, scheduler, random, log, network, disk } = options;
    this.#options = options;
    this.#store = new MetadataStore(openMetadataLog({ disk, now: () => scheduler.now(), random }), options.clusterId);
    const image = () => this.#store.image;
    this.config = createNodeConfig({ nodeId, nodes: nodeIds.length, statics: options.staticConfig, image });
    this.#lifecycle = new BrokerLifecycle({
      nodeId,
      scheduler,
      random,
      log,
      config: this.config,
      image,
      callController: (name, request, done) => this.callController(name, request, done),
    });
    this.#quorum = new Quorum({
      nodeId,
      nodeIds,
      scheduler,
      network,
      log,
      disk,
      store: this.#store,
      activate: (epoch, granting) => this.#activate(epoch, granting),
      committed: () => this.#committed(),
      resign: () => {
        this.#controller?.stop();
        this.#controller = undefined;
        for (const waiter of this.#commitWaiters.splice(0)) waiter.refuse();
      },
      changed: () => this.#controllerKnown(),
    });
    this.#store.onImage((next, delta, previous) => {
      for (const listener of this.#listeners) listener(next, delta, previous);
      this.#imageReplayed();
    });
  }

  image(): MetadataImage {
    return this.#store.image;
  }

  /** Whether an image knows this process, and not only one that ran on its disk before. */
  isRegisteredIn(image: MetadataImage): boolean {
    return image.brokers.get(this.#options.nodeId)?.incarnationId === this.#lifecycle.incarnationId;
  }

  /** Listeners hear of every new image in the order in which they were added. */
  onImage(listener: ImageListener): void {
    this.#listeners.push(listener);
  }

  /** Looks for the controller, or becomes it; registers this broker, and keeps it registered. */
  start(endpoint: Endpoint): void {
    this.#quorum.start();
    this.#lifecycle.start(endpoint);
  }

  /** Calls back once this broker is registered and unfenced, as far as this node has replayed. */
  whenReady(done: () => void): void {
    this.#readyWaiters.push(done);
    this.#imageReplayed();
  }

  /** Answers a call of another node, or of this one. False: the call is none of the control plane's. */
  serve<N extends CallName>(
    from: number,
    name: N,
    request: CallRequest<N>,
    reply: (response: CallResponse<N>) => void,
  ): boolean {
    if (name === 'replicaFetch') return false;
    if (name === 'metadataFetch') {
      this.#quorum.serveFetch(
        from,
        request as CallRequest<'metadataFetch'>,
        reply as (response: CallResponse<'metadataFetch'>) => void,
      );
      return true;
    }
    const call = name as ControllerCall;
    const refuse = (): void => reply(REFUSALS[call] as CallResponse<N>);
    if (this.#controller === undefined) {
      refuse();
      return true;
    }
    const response = this.#controller.serve(call, request as CallRequest<ControllerCall>);
    this.#commitWaiters.push({
      offset: this.#store.endOffset,
      answer: () => reply(response as CallResponse<N>),
      refuse,
    });
    this.#committed();
    return true;
  }

  /**
   * Calls the active controller, wherever it is; looks it up anew when it has moved. What is forwarded is answered
   * once this node has replayed what came of it, so that a client which asks this node next sees its own change.
   */
  callController<N extends CallName>(name: N, request: CallRequest<N>, done: AnswerTo<N>): void {
    const { nodeId, scheduler, network } = this.#options;
    const deadline = scheduler.now() + (name === 'heartbeat' ? HEARTBEAT_TIMEOUT_MS : CALL_TIMEOUT_MS);
    const again = (): void => {
      scheduler.after(RETRY_MS, attempt);
    };
    const attempt = (): void => {
      if (this.#stopped) return;
      const left = deadline - scheduler.now();
      if (left <= 0) {
        done({ noAnswer: 'unreachable' });
        return;
      }
      const controllerId = this.#quorum.controllerId;
      if (controllerId < 0) {
        this.#whenControllerKnown(left, attempt);
        return;
      }
      network.call(nodeId, controllerId, name, request, left, (response) => {
        if (this.#stopped) return;
        if ('noAnswer' in response) {
          // Never delivered: try the next controller. Lost on the way: it may have been done, the caller decides.
          if (response.noAnswer === 'unreachable') again();
          else done(response);
        } else if (isNotController(response)) again();
        else if (name === 'forward')
          this.#answerForwarded(response as CallResponse<'forward'>, deadline, done as never);
        else done(response);
      });
    };
    attempt();
  }

  /** Moves a partition's leadership to another in-sync replica. False: this node is not the controller, or nobody else can lead. */
  moveLeader(topic: string, partition: number): boolean {
    return this.#controller?.moveLeader(topic, partition) ?? false;
  }

  /** This node's log directory has failed. */
  logDirFailed(): void {
    this.#lifecycle.logDirFailed();
  }

  /** Leaves in order: leaderships move to others, and so does the controller. */
  shutdown(done: (brokerEpoch: number) => void): void {
    this.#lifecycle.leave((brokerEpoch) => {
      this.#quorum.leave();
      done(brokerEpoch);
    });
  }

  /** Stops at once, without a word to anybody. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#lifecycle.stop();
    this.#quorum.stop();
    this.#store.close();
  }

  #activate(epoch: number, granting: readonly number[]): void {
    const { nodeId, nodeIds, scheduler, random, log } = this.#options;
    const control = leaderChangeBatch({
      leaderId: nodeId,
      voters: nodeIds,
      granting,
      baseOffset: this.#store.endOffset,
      epoch,
      timestamp: scheduler.now(),
    });
    this.#store.appendBatch(control, epoch);
    if (this.#store.latest.features.size === 0) {
      const records = bootstrapRecords(this.config.string('min.insync.replicas'));
      this.#store.append(records, epoch, scheduler.now());
    }
    const image = () => this.#store.latest;
    const statics = this.#options.staticConfig;
    this.#controller = new Controller({
      scheduler,
      random,
      log,
      config: createNodeConfig({ nodeId, nodes: nodeIds.length, statics, image }),
      image,
      nextOffset: () => this.#store.endOffset,
      quorum: () => ({
        nodeId,
        nodeIds,
        epoch,
        endOffset: this.#store.endOffset,
        nowMs: scheduler.now(),
        followers: this.#quorum.leadership?.followers ?? new Map(),
      }),
      standing: (brokerId) => this.#standing(brokerId),
      commit: (records) => {
        this.#store.append(records, epoch, scheduler.now());
        this.#quorum.leadership?.appended();
      },
    });
    this.#quorum.leadership?.appended();
  }

  #standing(brokerId: number): Standing {
    const voters = this.#store.voters(this.#options.nodeIds);
    return {
      isSettled: this.#quorum.leadership?.isSettled ?? false,
      isLastVoter: voters.length === 1 && voters[0] === brokerId,
      hasDeparted: !voters.includes(brokerId),
    };
  }

  /** Answers what waited for a commit. A controller's own start has to be committed first, too. */
  #committed(): void {
    const committed = this.#quorum.leadership?.highWatermark ?? 0;
    const due = this.#commitWaiters.filter((waiter) => waiter.offset <= committed);
    if (due.length === 0) return;
    this.#commitWaiters = this.#commitWaiters.filter((waiter) => waiter.offset > committed);
    for (const waiter of due) waiter.answer();
  }

  #imageReplayed(): void {
    const image = this.#store.image;
    const due = this.#offsetWaiters.filter((waiter) => waiter.offset <= image.offset);
    if (due.length > 0) {
      this.#offsetWaiters = this.#offsetWaiters.filter((waiter) => waiter.offset > image.offset);
      for (const waiter of due) waiter.run();
    }
    const own = image.brokers.get(this.#options.nodeId);
    if (own !== undefined && !own.fenced && this.#lifecycle.isRegistered(own.epoch)) {
      for (const ready of this.#readyWaiters.splice(0)) ready();
    }
    this.#lifecycle.imageChanged();
  }

  #answerForwarded(
    answer: CallResponse<'forward'>,
    deadline: number,
    done: (response: CallResponse<'forward'>) => void,
  ): void {
    const { response, offset } = answer.body as ForwardedAnswer;
    if (this.#store.image.offset >= offset) {
      done({ body: response });
      return;
    }
    // The change is made; a node that cannot follow the log answers late rather than never.
    let timer: Timer | undefined;
    const waiter = {
      offset,
      run: (): void => {
        timer?.cancel();
        done({ body: response });
      },
    };
    this.#offsetWaiters.push(waiter);
    timer = this.#options.scheduler.after(deadline - this.#options.scheduler.now(), () => {
      this.#offsetWaiters = this.#offsetWaiters.filter((other) => other !== waiter);
      waiter.run();
    });
  }

  #whenControllerKnown(timeoutMs: number, run: () => void): void {
    let timer: Timer | undefined;
    const waiter = (): void => {
      timer?.cancel();
      run();
    };
    timer = this.#options.scheduler.after(timeoutMs, () => {
      this.#controllerWaiters = this.#controllerWaiters.filter((other) => other !== waiter);
      run();
    });
    this.#controllerWaiters.push(waiter);
  }

  #controllerKnown(): void {
    const waiters = this.#controllerWaiters;
    this.#controllerWaiters = [];
    for (const waiter of waiters) waiter();
  }
}

function isNotController(response: object): boolean {
  if ('errorCode' in response) return response.errorCode === ErrorCode.NOT_CONTROLLER;
  return 'body' in response && response.body === NOT_THE_CONTROLLER;
}
