/**
 * The cluster as one node knows it: what replaying the metadata log up to `offset` gives. Immutable; a change makes a
 * new image, and listeners are told what changed.
 */
export interface BrokerImage {
  readonly id: number;
  readonly epoch: number;
  readonly incarnationId: string;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  readonly fenced: boolean;
  /** Going down in good order: its leaderships are moved away, and it is given none. */
  readonly inControlledShutdown: boolean;
  /** Its log directory has failed: it leads and follows nothing until it is started again. */
  readonly logDirOffline: boolean;
}

/** After an election that was not clean, the leader recovers what it has before the ISR grows again. */
export const LEADER_RECOVERED = 0;
export const LEADER_RECOVERING = 1;

export interface PartitionImage {
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly elr: readonly number[];
  readonly lastKnownElr: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
  /** -1 where there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  /** LEADER_RECOVERED or LEADER_RECOVERING. */
  readonly leaderRecoveryState: number;
}

export interface TopicImage {
  readonly name: string;
  readonly id: string;
  /** Dense: index = partition. */
  readonly partitions: readonly PartitionImage[];
  readonly internal: boolean;
}

export interface MetadataImage {
  readonly clusterId: string;
  /** The active controller, -1 while none is known. */
  readonly controllerId: number;
  /** Offset of the next metadata record to replay. */
  readonly offset: number;
  readonly brokers: ReadonlyMap<number, BrokerImage>;
  readonly topics: ReadonlyMap<string, TopicImage>;
  readonly topicsById: ReadonlyMap<string, TopicImage>;
  /** Overrides by resource: topic name → key → value. */
  readonly topicConfigs: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Dynamic broker configs by node id as text; '' is the cluster-wide default. */
  readonly brokerConfigs: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Finalized feature levels by name: `metadata.version`, `eligible.leader.replicas.version`, … */
  readonly features: ReadonlyMap<string, number>;
  /** The first producer id that no broker was given yet. */
  readonly nextProducerId: number;
}

export interface ImageDelta {
  readonly changedTopics: ReadonlySet<string>;
  readonly removedTopics: readonly TopicImage[];
  readonly brokersChanged: boolean;
  readonly configsChanged: boolean;
}
export type ImageListener = (image: MetadataImage, delta: ImageDelta, previous: MetadataImage) => void;
