import type { CreateTopics } from '../../protocol/api/19-create-topics.ts';
import { ConfigResourceType } from '../../protocol/config-resource.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { METADATA_TOPIC } from '../../protocol/internal-topics.ts';
import type { RequestOf } from '../../protocol/schema/index.ts';
import { invalidTopicConfigs } from '../config/topic-config.ts';
import type { TopicImage } from '../image.ts';
import { DIRECTORY_UNASSIGNED, type PendingRecord, pending } from '../metadata/record.ts';
import { collisionKey, invalidTopicName } from '../metadata/topic-name.ts';
import { type ControllerView, isActive } from './decision.ts';
import { placeReplicas } from './placement.ts';

export type NewTopic = RequestOf<typeof CreateTopics>['topics'][number];

/** Why one topic, partition or config of a request could not be done. */
export interface Refusal {
  readonly errorCode: number;
  readonly message: string;
}

export interface CreatedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
  readonly records: readonly PendingRecord[];
}

export interface TopicDefaults {
  readonly numPartitions: number;
  readonly replicationFactor: number;
}

const MAX_PARTITIONS_PER_BATCH = 10_000;

export function refuse(errorCode: number, message: string): Refusal {
  return { errorCode, message };
}

export function isRefusal(value: object): value is Refusal {
  return 'errorCode' in value && 'message' in value;
}

/** Decides on one new topic as Kafka does; `topicsByCollision` holds the existing names by collisionKey. */
export function createTopic(
  view: ControllerView,
  topic: NewTopic,
  defaults: TopicDefaults,
  topicsByCollision: ReadonlyMap<string, string>,
): CreatedTopic | Refusal {
  const refusal = invalidNewName(view, topic.name, topicsByCollision);
  if (refusal !== null) return refusal;
  const configs = new Map<string, string>();
  for (const { name, value } of topic.configs) {
    if (value === null) return refuse(ErrorCode.INVALID_CONFIG, `Null value not supported for topic configs: ${name}`);
    configs.set(name, value);
  }
  const wrong = invalidTopicConfigs(configs);
  if (wrong !== null) return refuse(ErrorCode.INVALID_CONFIG, wrong);
  const replicas = topic.assignments.length > 0 ? assigned(view, topic) : placed(view, topic, defaults);
  if (isRefusal(replicas)) return replicas;

  const topicId = view.random.uuid();
  return {
    name: topic.name,
    topicId,
    numPartitions: replicas.length,
    replicationFactor: replicas[0]?.length ?? 0,
    configs,
    records: [
      pending('TopicRecord', { name: topic.name, topicId }),
      ...[...configs].map(([name, value]) =>
        pending('ConfigRecord', { resourceType: ConfigResourceType.topic, resourceName: topic.name, name, value }),
      ),
      ...replicas.map((brokers, partition) => newPartition(view, topicId, partition, brokers)),
    ],
  };
}

function invalidNewName(
  view: ControllerView,
  name: string,
  topicsByCollision: ReadonlyMap<string, string>,
): Refusal | null {
  const reason = invalidTopicName(name);
  if (reason !== null) return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, reason);
  if (view.image.topics.has(name)) return refuse(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`);
  if (name === METADATA_TOPIC) {
    return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, `Creation of internal topic ${METADATA_TOPIC} is prohibited.`);
  }
  const other = topicsByCollision.get(collisionKey(name));
  if (other !== undefined) {
    return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${other}`);
  }
  return null;
}

function placed(view: ControllerView, topic: NewTopic, defaults: TopicDefaults): number[][] | Refusal {
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0) {
    return refuse(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      'Replication factor must be larger than 0, or -1 to use the default value.',
    );
  }
  if (topic.numPartitions < -1 || topic.numPartitions === 0) {
    return refuse(ErrorCode.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.');
  }
  const count = topic.numPartitions === -1 ? defaults.numPartitions : topic.numPartitions;
  const replicationFactor = topic.replicationFactor === -1 ? defaults.replicationFactor : topic.replicationFactor;
  return place(view, count, replicationFactor);
}

function place(view: ControllerView, count: number, replicationFactor: number): number[][] | Refusal {
  if (count > MAX_PARTITIONS_PER_BATCH) {
    return refuse(
      ErrorCode.POLICY_VIOLATION,
      `Unable to create ${count} partitions in one request: the limit is ${MAX_PARTITIONS_PER_BATCH}.`,
    );
  }
  const brokers = [...view.image.brokers.values()]
    .filter((broker) => !broker.inControlledShutdown)
    .map(({ id, rack, fenced }) => ({ id, rack, fenced }));
  const replicas = placeReplicas(brokers, count, replicationFactor, view.random);
  if (!('unplaceable' in replicas)) return replicas;
  return refuse(
    ErrorCode.INVALID_REPLICATION_FACTOR,
    `Unable to replicate the partition ${replicationFactor} time(s): ${replicas.unplaceable}`,
  );
}

/** The client's own assignment: partitions 0 … n-1, each on registered brokers, all with as many replicas. */
function assigned(view: ControllerView, topic: NewTopic): number[][] | Refusal {
  if (topic.replicationFactor !== -1) {
    return refuse(
      ErrorCode.INVALID_REQUEST,
      'A manual partition assignment was specified, but replication factor was not set to -1.',
    );
  }
  if (topic.numPartitions !== -1) {
    return refuse(
      ErrorCode.INVALID_REQUEST,
      'A manual partition assignment was specified, but numPartitions was not set to -1.',
    );
  }
  const byIndex = new Map<number, readonly number[]>();
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (byIndex.has(partitionIndex)) {
      return refuse(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `Found multiple manual partition assignments for partition ${partitionIndex}`,
      );
    }
    byIndex.set(partitionIndex, brokerIds);
  }
  const replicas: number[][] = [];
  for (let index = 0; index < topic.assignments.length; index++) {
    const brokers = byIndex.get(index);
    if (brokers === undefined) {
      return refuse(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        'partitions should be a consecutive 0-based integer sequence',
      );
    }
    const refusal = invalidAssignment(view, brokers, replicas[0]?.length);
    if (refusal !== null) return refusal;
    replicas.push([...brokers]);
  }
  return replicas;
}

/** Why brokers cannot be the replicas of a partition: none, one twice, or one that does not exist. */
export function invalidReplicas(view: ControllerView, brokers: readonly number[]): Refusal | null {
  const wrong = (message: string) => refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  if (brokers.length === 0) return wrong('The manual partition assignment includes an empty replica list.');
  if (new Set(brokers).size !== brokers.length) {
    return wrong(`The manual partition assignment includes a broker twice: [${brokers.join(', ')}].`);
  }
  const unknown = brokers.find((broker) => !view.image.brokers.has(broker));
  if (unknown !== undefined) {
    return wrong(`The manual partition assignment includes broker ${unknown}, but no such broker is registered.`);
  }
  return null;
}

function invalidAssignment(
  view: ControllerView,
  brokers: readonly number[],
  replicationFactor: number | undefined,
): Refusal | null {
  const refusal = invalidReplicas(view, brokers);
  if (refusal !== null) return refusal;
  const wrong = (message: string) => refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  if (replicationFactor !== undefined && brokers.length !== replicationFactor) {
    return wrong(
      `The manual partition assignment includes a partition with ${brokers.length} replica(s), but this is not consistent with previous partitions, which have ${replicationFactor} replica(s).`,
    );
  }
  if (!brokers.some((broker) => isActive(view.image.brokers.get(broker)))) {
    return wrong(`All brokers specified in the manual partition assignment are fenced or in controlled shutdown.`);
  }
  return null;
}

/** A partition starts with the replicas that are alive in its ISR, led by the first of them. */
function newPartition(
  view: ControllerView,
  topicId: string,
  partitionId: number,
  replicas: readonly number[],
): PendingRecord {
  const isr = replicas.filter((broker) => isActive(view.image.brokers.get(broker)));
  return pending('PartitionRecord', {
    partitionId,
    topicId,
    replicas,
    isr,
    leader: isr[0] ?? -1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: replicas.map(() => DIRECTORY_UNASSIGNED),
  });
}

export interface MorePartitions {
  readonly name: string;
  readonly count: number;
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null;
}

/** Decides on new partitions of a topic that exists. */
export function addPartitions(view: ControllerView, request: MorePartitions): readonly PendingRecord[] | Refusal {
  const topic = view.image.topics.get(request.name);
  if (topic === undefined) {
    return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.');
  }
  const current = topic.partitions.length;
  if (request.count === current) {
    return refuse(ErrorCode.INVALID_PARTITIONS, `Topic already has ${current} partition(s).`);
  }
  if (request.count < current) {
    return refuse(
      ErrorCode.INVALID_PARTITIONS,
      `The topic ${request.name} currently has ${current} partition(s); ${request.count} would not be an increase.`,
    );
  }
  const replicas = growth(view, topic, request.count - current, request.assignments);
  if (isRefusal(replicas)) return replicas;
  return replicas.map((brokers, index) => newPartition(view, topic.id, current + index, brokers));
}

function growth(
  view: ControllerView,
  topic: TopicImage,
  additional: number,
  assignments: MorePartitions['assignments'],
): readonly (readonly number[])[] | Refusal {
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1;
  if (assignments === null) return place(view, additional, replicationFactor);
  if (assignments.length !== additional) {
    return refuse(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Attempted to add ${additional} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
    );
  }
  for (const { brokerIds } of assignments) {
    const refusal = invalidAssignment(view, brokerIds, replicationFactor);
    if (refusal !== null) return refusal;
  }
  return assignments.map((assignment) => assignment.brokerIds);
}
