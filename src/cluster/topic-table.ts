import type { Metadata } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { type ResponseOf, ZERO_UUID } from '../protocol/schema/index.ts';
import { problemOf } from './problem.ts';
import type { Partition, Topic } from './snapshot.ts';

type MetadataTopic = ResponseOf<typeof Metadata>['topics'][number];

const NO_LEADER = -1;

/** The topics of one snapshot while it is being collected, by name. */
export class TopicTable {
  readonly #topics = new Map<string, Topic>();

  /** Takes over what Metadata told; a topic that is already there is replaced. */
  learn(topics: readonly MetadataTopic[]): void {
    for (const topic of topics) if (topic.name !== null) this.#topics.set(topic.name, topicOf(topic, topic.name));
  }

  get(topic: string): Topic | undefined {
    return this.#topics.get(topic);
  }

  partition(topic: string, partition: number): Partition | undefined {
    const found = this.#topics.get(topic);
    return found && partitionOf(found, partition);
  }

  /** Adds a partition that a group refers to and metadata does not know, so that it is seen with its problem. */
  missing(topic: string, partition: number): void {
    let entry = this.#topics.get(topic);
    if (entry === undefined) {
      const problem = problemOf(`topic ${topic}`, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      entry = { topic, topicId: null, internal: false, partitions: [], problem };
      this.#topics.set(topic, entry);
    }
    if (partitionOf(entry, partition)) return;
    const scope = `${topic}-${partition}`;
    const added = blankPartition(partition);
    added.problem = entry.problem
      ? { ...entry.problem, scope }
      : problemOf(scope, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    entry.partitions.push(added);
    entry.partitions.sort((a, b) => a.partition - b.partition);
  }

  /** All topics, by name. */
  sorted(): Topic[] {
    return [...this.#topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
  }
}

/** Partitions are sorted by number and almost always complete, so the index is the number. */
function partitionOf(topic: Topic, partition: number): Partition | undefined {
  const direct = topic.partitions[partition];
  if (direct?.partition === partition) return direct;
  return topic.partitions.find((entry) => entry.partition === partition);
}

function blankPartition(partition: number): Partition {
  return {
    partition,
    leader: null,
    leaderEpoch: null,
    replicas: [],
    isr: [],
    offlineReplicas: [],
    start: null,
    highWatermark: null,
    lastStableOffset: null,
    logEnd: null,
    maxTimestamp: null,
    problem: null,
  };
}

function topicOf(topic: MetadataTopic, name: string): Topic {
  const partitions = topic.partitions.map((entry) => {
    const partition = blankPartition(entry.partitionIndex);
    const scope = `${name}-${entry.partitionIndex}`;
    partition.leader = entry.leaderId === NO_LEADER ? null : entry.leaderId;
    partition.leaderEpoch = entry.leaderEpoch < 0 ? null : entry.leaderEpoch;
    partition.replicas = entry.replicaNodes;
    partition.isr = entry.isrNodes;
    partition.offlineReplicas = entry.offlineReplicas;
    if (entry.leaderId === NO_LEADER)
      partition.problem = problemOf(scope, entry.errorCode || ErrorCode.LEADER_NOT_AVAILABLE);
    return partition;
  });
  partitions.sort((a, b) => a.partition - b.partition);
  return {
    topic: name,
    topicId: topic.topicId === ZERO_UUID ? null : topic.topicId,
    internal: topic.isInternal,
    partitions,
    problem: topic.errorCode === ErrorCode.NONE ? null : problemOf(`topic ${name}`, topic.errorCode),
  };
}
