import { ConfigResourceType } from '../../protocol/config-resource.ts';
import type { KnownMetadataRecord, MetadataRecord, MetadataRecordName } from '../../protocol/metadata-record.ts';
import type { BrokerImage, ImageDelta, MetadataImage, PartitionImage, TopicImage } from '../image.ts';
import { isInternalTopic } from './topic-name.ts';

/** What a PartitionChangeRecord says where the leader stays. */
const LEADER_UNCHANGED = -2;

/** A cluster of which nothing is known yet. */
export function emptyImage(clusterId: string): MetadataImage {
  return {
    clusterId,
    controllerId: -1,
    offset: 0,
    brokers: new Map(),
    topics: new Map(),
    topicsById: new Map(),
    topicConfigs: new Map(),
    brokerConfigs: new Map(),
    features: new Map(),
    nextProducerId: 0,
  };
}

type Configs = ReadonlyMap<string, ReadonlyMap<string, string>>;
type TopicDraft = Omit<TopicImage, 'partitions'> & { partitions: PartitionImage[] };

/**
 * Builds one image from another: records go in, `finish` gives the new image and what changed. Maps are copied at
 * their first change, so that an image which listeners hold never changes under them.
 */
export class Replay {
  readonly #previous: MetadataImage;
  #brokers: Map<number, BrokerImage> | undefined;
  #topics: Map<string, TopicImage> | undefined;
  #topicsById: Map<string, TopicImage> | undefined;
  #topicConfigs: Map<string, ReadonlyMap<string, string>> | undefined;
  #brokerConfigs: Map<string, ReadonlyMap<string, string>> | undefined;
  #features: Map<string, number> | undefined;
  #nextProducerId: number;
  #offset: number;
  readonly #drafts = new Map<string, TopicDraft>();
  readonly #removed: TopicImage[] = [];
  #departed: ReadonlySet<number>;

  constructor(previous: MetadataImage, departed: ReadonlySet<number> = new Set()) {
    this.#previous = previous;
    this.#departed = departed;
    this.#offset = previous.offset;
    this.#nextProducerId = previous.nextProducerId;
  }

  /** Takes the record at `offset`. Records that this broker does not know or does not obey are stepped over. */
  apply(offset: number, record: MetadataRecord): void {
    this.#offset = offset + 1;
    switch (record.kind) {
      case 'RegisterBrokerRecord':
        this.#registerBroker(record.value);
        break;
      case 'UnregisterBrokerRecord':
        this.#writableBrokers().delete(record.value.brokerId);
        break;
      case 'FenceBrokerRecord':
        this.#changeBroker(record.value.id, { fenced: true });
        break;
      case 'UnfenceBrokerRecord':
        this.#changeBroker(record.value.id, { fenced: false });
        break;
      case 'BrokerRegistrationChangeRecord':
        this.#changeRegistration(record.value);
        break;
      case 'TopicRecord':
        this.#drafts.set(record.value.topicId, {
          name: record.value.name,
          id: record.value.topicId,
          partitions: [],
          internal: isInternalTopic(record.value.name),
        });
        break;
      case 'PartitionRecord':
        this.#setPartition(record.value);
        break;
      case 'PartitionChangeRecord':
        this.#changePartition(record.value);
        break;
      case 'RemoveTopicRecord':
        this.#removeTopic(record.value.topicId);
        break;
      case 'ClearElrRecord':
        this.#clearElr(record.value.topicName);
        break;
      case 'ConfigRecord':
        this.#setConfig(record.value);
        break;
      case 'FeatureLevelRecord':
        this.#setFeature(record.value.name, record.value.featureLevel);
        break;
      case 'ProducerIdsRecord':
        this.#nextProducerId = record.value.nextProducerId;
        break;
      default:
        break;
    }
  }

  /** The nodes that were fenced and did not come back since: they have no say in who the controller is. */
  get departed(): ReadonlySet<number> {
    return this.#departed;
  }

  /** Steps over offsets that hold no metadata record (control records of the quorum). */
  skipTo(offset: number): void {
    this.#offset = Math.max(this.#offset, offset);
  }

  finish(): { image: MetadataImage; delta: ImageDelta } {
    const previous = this.#previous;
    const changedTopics = new Set<string>();
    for (const draft of this.#drafts.values()) {
      this.#topics ??= new Map(previous.topics);
      this.#topicsById ??= new Map(previous.topicsById);
      this.#topics.set(draft.name, draft);
      this.#topicsById.set(draft.id, draft);
      changedTopics.add(draft.name);
    }
    const image: MetadataImage = {
      clusterId: previous.clusterId,
      controllerId: previous.controllerId,
      offset: this.#offset,
      brokers: this.#brokers ?? previous.brokers,
      topics: this.#topics ?? previous.topics,
      topicsById: this.#topicsById ?? previous.topicsById,
      topicConfigs: this.#topicConfigs ?? previous.topicConfigs,
      brokerConfigs: this.#brokerConfigs ?? previous.brokerConfigs,
      features: this.#features ?? previous.features,
      nextProducerId: this.#nextProducerId,
    };
    const delta: ImageDelta = {
      changedTopics,
      removedTopics: this.#removed,
      brokersChanged: this.#brokers !== undefined,
      configsChanged: this.#topicConfigs !== undefined || this.#brokerConfigs !== undefined,
    };
    return { image, delta };
  }

  #writableBrokers(): Map<number, BrokerImage> {
    this.#brokers ??= new Map(this.#previous.brokers);
    return this.#brokers;
  }

  #registerBroker(value: ValueOf<'RegisterBrokerRecord'>): void {
    const endpoint = value.endPoints[0];
    this.#writableBrokers().set(value.brokerId, {
      id: value.brokerId,
      epoch: value.brokerEpoch,
      incarnationId: value.incarnationId,
      host: endpoint?.host ?? '',
      port: endpoint?.port ?? -1,
      rack: value.rack,
      fenced: value.fenced,
      inControlledShutdown: value.inControlledShutdown,
      logDirOffline: false,
    });
  }

  #changeRegistration(value: ValueOf<'BrokerRegistrationChangeRecord'>): void {
    if (value.fenced > 0) this.#departed = new Set(this.#departed).add(value.brokerId);
    if (value.fenced < 0) this.#departed = new Set([...this.#departed].filter((id) => id !== value.brokerId));
    this.#changeBroker(value.brokerId, {
      ...(value.fenced === 0 ? {} : { fenced: value.fenced > 0 }),
      ...(value.inControlledShutdown === 0 ? {} : { inControlledShutdown: value.inControlledShutdown > 0 }),
      ...(value.logDirs.length === 0 ? {} : { logDirOffline: value.logDirs.includes(LOST_DIRECTORY_ID) }),
    });
  }

  #changeBroker(id: number, change: Partial<BrokerImage>): void {
    const broker = (this.#brokers ?? this.#previous.brokers).get(id);
    if (broker !== undefined) this.#writableBrokers().set(id, { ...broker, ...change });
  }

  #draft(topicId: string): TopicDraft | undefined {
    let draft = this.#drafts.get(topicId);
    if (draft !== undefined) return draft;
    const topic = (this.#topicsById ?? this.#previous.topicsById).get(topicId);
    if (topic === undefined) return undefined;
    draft = { ...topic, partitions: [...topic.partitions] };
    this.#drafts.set(topicId, draft);
    return draft;
  }

  #setPartition(value: ValueOf<'PartitionRecord'>): void {
    const draft = this.#draft(value.topicId);
    if (draft === undefined) return;
    draft.partitions[value.partitionId] = {
      partition: value.partitionId,
      replicas: value.replicas,
      isr: value.isr,
      elr: value.eligibleLeaderReplicas ?? [],
      lastKnownElr: value.lastKnownElr ?? [],
      addingReplicas: value.addingReplicas,
      removingReplicas: value.removingReplicas,
      leader: value.leader,
      leaderEpoch: value.leaderEpoch,
      partitionEpoch: value.partitionEpoch,
      leaderRecoveryState: value.leaderRecoveryState,
    };
  }

  #changePartition(value: ValueOf<'PartitionChangeRecord'>): void {
    const draft = this.#draft(value.topicId);
    const partition = draft?.partitions[value.partitionId];
    if (draft === undefined || partition === undefined) return;
    draft.partitions[value.partitionId] = mergePartition(partition, value);
  }

  #removeTopic(topicId: string): void {
    const topic = this.#draft(topicId);
    if (topic === undefined) return;
    this.#drafts.delete(topicId);
    this.#topics ??= new Map(this.#previous.topics);
    this.#topicsById ??= new Map(this.#previous.topicsById);
    this.#topics.delete(topic.name);
    this.#topicsById.delete(topicId);
    if (this.#previous.topicsById.has(topicId)) this.#removed.push(topic);
    if ((this.#topicConfigs ?? this.#previous.topicConfigs).has(topic.name)) {
      this.#topicConfigs ??= new Map(this.#previous.topicConfigs);
      this.#topicConfigs.delete(topic.name);
    }
  }

  /** An empty name clears the ELR of every topic. */
  #clearElr(name: string): void {
    // Those that this run has made are only in the drafts.
    const topics = [...(this.#topicsById ?? this.#previous.topicsById).values(), ...this.#drafts.values()];
    for (const topic of topics) {
      if (name !== '' && topic.name !== name) continue;
      const draft = this.#draft(topic.id);
      if (draft === undefined) continue;
      draft.partitions = draft.partitions.map((partition) =>
        partition.elr.length === 0 && partition.lastKnownElr.length === 0
          ? partition
          : { ...partition, elr: [], lastKnownElr: [], partitionEpoch: partition.partitionEpoch + 1 },
      );
    }
  }

  #setConfig(value: ValueOf<'ConfigRecord'>): void {
    const previous = this.#previous;
    if (value.resourceType === ConfigResourceType.topic) {
      this.#topicConfigs = withConfig(this.#topicConfigs, previous.topicConfigs, value.resourceName, value);
    } else if (value.resourceType === ConfigResourceType.broker) {
      this.#brokerConfigs = withConfig(this.#brokerConfigs, previous.brokerConfigs, value.resourceName, value);
    }
  }

  #setFeature(name: string, level: number): void {
    this.#features ??= new Map(this.#previous.features);
    if (level === 0) this.#features.delete(name);
    else this.#features.set(name, level);
  }
}

/** One record after the other, in one call. */
export function replay(
  image: MetadataImage,
  records: Iterable<MetadataRecord>,
): { image: MetadataImage; delta: ImageDelta } {
  const run = new Replay(image);
  let offset = image.offset;
  for (const record of records) run.apply(offset++, record);
  return run.finish();
}

/** A partition after one change: a leader that is named, the same one included, begins a new leader epoch. */
export function mergePartition(
  partition: PartitionImage,
  change: {
    readonly isr?: readonly number[] | null | undefined;
    readonly leader?: number | undefined;
    readonly replicas?: readonly number[] | null | undefined;
    readonly removingReplicas?: readonly number[] | null | undefined;
    readonly addingReplicas?: readonly number[] | null | undefined;
    readonly leaderRecoveryState?: number | undefined;
    readonly eligibleLeaderReplicas?: readonly number[] | null | undefined;
    readonly lastKnownElr?: readonly number[] | null | undefined;
  },
): PartitionImage {
  const leader = change.leader ?? LEADER_UNCHANGED;
  const recovery = change.leaderRecoveryState ?? -1;
  return {
    partition: partition.partition,
    replicas: change.replicas ?? partition.replicas,
    isr: change.isr ?? partition.isr,
    elr: change.eligibleLeaderReplicas ?? partition.elr,
    lastKnownElr: change.lastKnownElr ?? partition.lastKnownElr,
    addingReplicas: change.addingReplicas ?? partition.addingReplicas,
    removingReplicas: change.removingReplicas ?? partition.removingReplicas,
    leader: leader === LEADER_UNCHANGED ? partition.leader : leader,
    leaderEpoch: leader === LEADER_UNCHANGED ? partition.leaderEpoch : partition.leaderEpoch + 1,
    partitionEpoch: partition.partitionEpoch + 1,
    leaderRecoveryState: recovery < 0 ? partition.leaderRecoveryState : recovery,
  };
}

/** Kafka's id for a log directory that is lost: a broker whose only one it is has none (KIP-858). */
export const LOST_DIRECTORY_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';

type ValueOf<N extends MetadataRecordName> = KnownMetadataRecord<N>['value'];

function withConfig(
  draft: Map<string, ReadonlyMap<string, string>> | undefined,
  previous: Configs,
  resource: string,
  change: { readonly name: string; readonly value: string | null },
): Map<string, ReadonlyMap<string, string>> {
  const configs = draft ?? new Map(previous);
  const entries = new Map(configs.get(resource));
  if (change.value === null) entries.delete(change.name);
  else entries.set(change.name, change.value);
  if (entries.size === 0) configs.delete(resource);
  else configs.set(resource, entries);
  return configs;
}
