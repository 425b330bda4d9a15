/**
 * Traffic between the nodes of one cluster: named calls with plain data, delivered later (never inside `call`), at most
 * once, in order per pair of nodes unless a fault says otherwise. Buffers inside a message are shared by reference and
 * must not be written to by either side.
 */
export interface ReplicaFetchPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
  /** Epoch of the follower's last record, -1 for an empty log: the leader answers a divergence with it (KIP-595). */
  readonly lastFetchedEpoch: number;
  readonly logStartOffset: number;
}

export interface ReplicaFetchRequest {
  readonly replicaId: number;
  readonly replicaEpoch: number;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Of one partition. */
  readonly partitionMaxBytes: number;
  readonly partitions: readonly ReplicaFetchPartition[];
}

export interface ReplicaFetchedPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | null;
  readonly records: Buffer;
}

export interface ReplicaFetchResponse {
  readonly errorCode: number;
  readonly partitions: readonly ReplicaFetchedPartition[];
}

/** A broker follows the controller's metadata log by offset, as it follows any other log. */
export interface MetadataFetchRequest {
  readonly replicaId: number;
  readonly fetchOffset: number;
  /** Epoch of the last record that the caller has, -1 for an empty log. */
  readonly lastFetchedEpoch: number;
  /** The highest controller epoch that the caller has heard of: a controller of a lower one resigns. */
  readonly controllerEpoch: number;
  readonly maxWaitMs: number;
}

/** Also the answer to "who is the controller, and how far is your log": then with NOT_CONTROLLER and no records. */
export interface MetadataFetchResponse {
  readonly errorCode: number;
  /** The controller as far as the answering node knows, -1 where it looks for one itself. */
  readonly controllerId: number;
  readonly controllerEpoch: number;
  readonly highWatermark: number;
  /** Where the answering node's log ends, and the epoch of its last record. */
  readonly endOffset: number;
  readonly lastEpoch: number;
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | null;
  readonly records: Buffer;
}

export interface BrokerHeartbeat {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  /** Metadata offset that the broker has replayed. */
  readonly metadataOffset: number;
  readonly wantShutdown: boolean;
  /** Its log directory has failed (KIP-858). */
  readonly logDirOffline?: boolean;
}

export interface BrokerRegistrationRequest {
  readonly brokerId: number;
  readonly incarnationId: string;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  /** Of the incarnation that ended with a clean shutdown, -1 where the last one did not: its log may have lost its tail. */
  readonly previousBrokerEpoch: number;
}

export interface AlterPartitionRequest {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly topicId: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly newIsr: readonly number[];
  /** Who is to join, with the epoch in which its fetches showed it in sync: a later incarnation may have less (KIP-903). */
  readonly joining: readonly IsrCandidate[];
}

export interface IsrCandidate {
  readonly brokerId: number;
  readonly brokerEpoch: number;
}

/** An admin request that a node passes on to the controller, as decoded values of its API. */
export interface ForwardedRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly body: unknown;
}

export interface Calls {
  replicaFetch: { request: ReplicaFetchRequest; response: ReplicaFetchResponse };
  metadataFetch: { request: MetadataFetchRequest; response: MetadataFetchResponse };
  registerBroker: { request: BrokerRegistrationRequest; response: { errorCode: number; brokerEpoch: number } };
  heartbeat: { request: BrokerHeartbeat; response: { errorCode: number; fenced: boolean; shouldShutdown: boolean } };
  alterPartition: {
    request: AlterPartitionRequest;
    response: { errorCode: number; isr: readonly number[]; leaderEpoch: number; partitionEpoch: number };
  };
  allocateProducerIds: {
    request: { brokerId: number; brokerEpoch: number };
    response: { errorCode: number; first: number; count: number };
  };
  forward: { request: ForwardedRequest; response: { body: unknown } };
}
export type CallName = keyof Calls;
export type CallRequest<N extends CallName> = Calls[N]['request'];
export type CallResponse<N extends CallName> = Calls[N]['response'];

/** A call that got no answer: the peer is down, the link is cut, or time ran out. */
export interface NoAnswer {
  readonly noAnswer: 'unreachable' | 'timed-out';
}

/** Told of the answer to a call, or that there is none. */
export type AnswerTo<N extends CallName> = (response: CallResponse<N> | NoAnswer) => void;

/** Sends a call to the active controller, the caller itself included; looks it up anew when it has moved. */
export type CallController = <N extends CallName>(name: N, request: CallRequest<N>, done: AnswerTo<N>) => void;

export interface Network {
  call<N extends CallName>(
    from: number,
    to: number,
    name: N,
    request: CallRequest<N>,
    timeoutMs: number,
    done: AnswerTo<N>,
  ): void;
  /** Connects a node; calls to it reach `serve` until it is detached. */
  attach(nodeId: number, serve: Serve): { detach(): void };
}

export type Serve = <N extends CallName>(
  from: number,
  name: N,
  request: CallRequest<N>,
  reply: (response: CallResponse<N>) => void,
) => void;

export function isAnswer<R extends object>(response: R | NoAnswer): response is R {
  return !('noAnswer' in response);
}
