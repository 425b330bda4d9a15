import { ConfigResourceType } from '../../protocol/config-resource.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { effectiveTopicConfig } from '../config/topic-config.ts';
import type { Log, Random, Scheduler, Timer } from '../env.ts';
import type { MetadataImage } from '../image.ts';
import { isKind, type PendingRecord, pending } from '../metadata/record.ts';
import type { CallName, CallRequest, CallResponse, ForwardedRequest } from '../network.ts';
import type { NodeConfig } from '../node.ts';
import { ADMIN_OPERATIONS, type AdminContext } from './admin.ts';
import { alterPartition } from './alter-partition.ts';
import { fence, heartbeat, registerBroker, type Standing } from './brokers.ts';
import { electLeaderless, electPreferred, otherLeader, partitionChange } from './decision.ts';
import type { QuorumView } from './describe-quorum.ts';

/** Producer ids are handed to brokers in blocks of Kafka's size. */
const PRODUCER_ID_BLOCK = 1000;
const TICK_MS = 500;

export interface ControllerOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly config: NodeConfig;
  /** Up to the end of the log: a controller decides by what it has written, committed or not. */
  readonly image: () => MetadataImage;
  readonly nextOffset: () => number;
  readonly quorum: () => QuorumView;
  /** What a change of a broker's standing would mean for the quorum. */
  readonly standing: (brokerId: number) => Standing;
  /** Appends records as one batch, and replays them before it returns. */
  readonly commit: (records: readonly PendingRecord[]) => void;
}

/** What a forwarded request is answered with: the node that sent it waits until it has replayed up to `offset`. */
export interface ForwardedAnswer {
  readonly response: unknown;
  readonly offset: number;
}

/** The calls that only the active controller answers. */
export type ControllerCall = Exclude<CallName, 'replicaFetch' | 'metadataFetch'>;

/**
 * The active controller. All that it decides by is in the image, but for when each broker was last heard of; so any
 * node can take over after replaying the log. It is made when a node becomes the controller, and stopped when it is
 * not any more.
 */
export class Controller {
  readonly #options: ControllerOptions;
  /** When each broker was last heard of, in ms. */
  readonly #contacts = new Map<number, number>();
  #timer: Timer;
  #nextBalanceMs: number;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const now = options.scheduler.now();
    // A new controller gives every broker a whole session to find it.
    for (const broker of options.image().brokers.keys()) this.#contacts.set(broker, now);
    this.#nextBalanceMs = now + this.#balanceIntervalMs();
    this.#timer = options.scheduler.after(TICK_MS, () => this.#tick());
  }

  stop(): void {
    this.#timer.cancel();
  }

  serve<N extends ControllerCall>(name: N, request: CallRequest<N>): CallResponse<N> {
    const calls: { readonly [C in ControllerCall]: (request: CallRequest<C>) => CallResponse<C> } = {
      registerBroker: (call) => {
        const { records, brokerEpoch } = registerBroker(this.#view(), call, this.#options.nextOffset());
        this.#contacts.set(call.brokerId, this.#options.scheduler.now());
        this.#commit(records);
        this.#options.log('info', 'broker registered', { broker: call.brokerId, epoch: brokerEpoch });
        return { errorCode: ErrorCode.NONE, brokerEpoch };
      },
      heartbeat: (call) => {
        const { records, response } = heartbeat(this.#view(), call, this.#options.standing(call.brokerId));
        if (response.errorCode === ErrorCode.NONE) this.#contacts.set(call.brokerId, this.#options.scheduler.now());
        this.#commit(records);
        return response;
      },
      alterPartition: (call) => {
        const { records, response } = alterPartition(this.#view(), call);
        this.#commit(records);
        return response;
      },
      allocateProducerIds: (call) => this.#allocateProducerIds(call),
      forward: (call) => ({ body: this.#forward(call) }),
    };
    return calls[name](request);
  }

  /** Another replica that is alive and in sync takes over the leadership of a partition. False where there is none. */
  moveLeader(topicName: string, partition: number): boolean {
    const image = this.#options.image();
    const topic = image.topics.get(topicName);
    const current = topic?.partitions[partition];
    const leader = current === undefined ? undefined : otherLeader(image, current);
    if (topic === undefined || current === undefined || leader === undefined) return false;
    this.#commit([partitionChange(topic, current, { leader })]);
    return true;
  }

  #allocateProducerIds(request: CallRequest<'allocateProducerIds'>): CallResponse<'allocateProducerIds'> {
    const image = this.#options.image();
    const { brokerId, brokerEpoch } = request;
    if (image.brokers.get(brokerId)?.epoch !== brokerEpoch) {
      return { errorCode: ErrorCode.STALE_BROKER_EPOCH, first: -1, count: 0 };
    }
    const first = image.nextProducerId;
    this.#commit([pending('ProducerIdsRecord', { brokerId, brokerEpoch, nextProducerId: first + PRODUCER_ID_BLOCK })]);
    return { errorCode: ErrorCode.NONE, first, count: PRODUCER_ID_BLOCK };
  }

  #forward(request: ForwardedRequest): ForwardedAnswer {
    const operation = ADMIN_OPERATIONS.get(request.apiKey);
    if (operation === undefined) throw new Error(`API key ${request.apiKey} is not the controller's`);
    // The body was decoded, or made, for this API by the node that forwards it.
    const body = request.body as Parameters<typeof operation.decide>[1];
    const { response, records } = operation.decide(this.#view(), body);
    this.#commit(records);
    return { response, offset: this.#options.nextOffset() };
  }

  #view(): AdminContext {
    const { config, random } = this.#options;
    const image = this.#options.image();
    return {
      image,
      random,
      config,
      quorum: this.#options.quorum(),
      minInsyncReplicas: (topic) => effectiveTopicConfig(image, topic, config).minInsyncReplicas,
      unclean: (topic) => effectiveTopicConfig(image, topic, config).uncleanLeaderElection,
    };
  }

  #commit(records: readonly PendingRecord[]): void {
    if (records.length === 0) return;
    const configs = records.flatMap(({ record }) => (isKind(record, 'ConfigRecord') ? [record.value] : []));
    const minIsr = configs.filter(({ name }) => name === 'min.insync.replicas');
    // In one batch: a later controller that knows only of the new minimum would go on electing by the old one.
    this.#options.commit([...records, ...this.#eligibleAnew(minIsr)]);
    if (configs.some(({ name }) => name === 'unclean.leader.election.enable')) {
      this.#commit(electLeaderless(this.#view(), {}));
    }
  }

  /** Whoever may lead by a minimum that changes may not any more: the ELR is counted anew. */
  #eligibleAnew(changed: readonly { readonly resourceType: number; readonly resourceName: string }[]): PendingRecord[] {
    const isTopic = (type: number): boolean => type === ConfigResourceType.topic;
    const topics = new Set(changed.map((config) => (isTopic(config.resourceType) ? config.resourceName : '')));
    return [...topics]
      .filter((topic) => this.#hasElr(topic))
      .map((topicName) => pending('ClearElrRecord', { topicName }));
  }

  #hasElr(topicName: string): boolean {
    for (const topic of this.#options.image().topics.values()) {
      if (topicName !== '' && topic.name !== topicName) continue;
      if (topic.partitions.some((partition) => partition.elr.length + partition.lastKnownElr.length > 0)) return true;
    }
    return false;
  }

  #tick(): void {
    this.#timer = this.#options.scheduler.after(TICK_MS, () => this.#tick());
    const now = this.#options.scheduler.now();
    const timeout = this.#options.config.number('broker.session.timeout.ms');
    for (const broker of this.#options.image().brokers.values()) {
      if (broker.fenced || now - (this.#contacts.get(broker.id) ?? now) < timeout) continue;
      const { isSettled, isLastVoter } = this.#options.standing(broker.id);
      if (!isSettled || isLastVoter) continue;
      this.#options.log('warn', 'broker fenced: no heartbeat', { broker: broker.id, timeoutMs: timeout });
      this.#commit(fence(this.#view(), broker.id));
    }
    if (now >= this.#nextBalanceMs && this.#options.config.boolean('auto.leader.rebalance.enable')) {
      this.#nextBalanceMs = now + this.#balanceIntervalMs();
      this.#commit(electPreferred(this.#view()));
    }
  }

  #balanceIntervalMs(): number {
    return this.#options.config.number('leader.imbalance.check.interval.seconds') * 1000;
  }
}
