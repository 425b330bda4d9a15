import { ErrorCode } from '../../protocol/errors.ts';
import type { MetadataImage, PartitionImage } from '../image.ts';

/**
 * Operations that a client may do when there is no authorizer, as the bit field of Metadata, DescribeCluster and
 * DescribeTopicPartitions: bit n stands for operation n of Kafka's AclOperation.
 */
export const TOPIC_OPERATIONS = bits(3, 4, 5, 6, 7, 8, 10, 11);
export const CLUSTER_OPERATIONS = bits(5, 7, 8, 9, 10, 11, 12);
/** What a client gets that did not ask. */
export const OPERATIONS_NOT_ASKED = -2147483648;

function bits(...operations: readonly number[]): number {
  return operations.reduce((field, operation) => field | (1 << operation), 0);
}

/** Whether clients can reach a broker: it is registered and unfenced. */
export function isAlive(image: MetadataImage, broker: number): boolean {
  return image.brokers.get(broker)?.fenced === false;
}

/** The brokers that clients can reach, by id. */
export function aliveBrokers(image: MetadataImage) {
  return [...image.brokers.values()].filter((broker) => !broker.fenced).sort((a, b) => a.id - b.id);
}

/** A partition as both Metadata and DescribeTopicPartitions tell it. */
export function describePartition(image: MetadataImage, partition: PartitionImage) {
  const hasLeader = partition.leader >= 0 && isAlive(image, partition.leader);
  return {
    partitionIndex: partition.partition,
    leaderId: hasLeader ? partition.leader : -1,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    offlineReplicas: partition.replicas.filter(
      (replica) => !isAlive(image, replica) || image.brokers.get(replica)?.logDirOffline === true,
    ),
  };
}

/** The error of a partition in Metadata. */
export function leaderError(partition: { readonly leaderId: number }): number {
  return partition.leaderId < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE;
}
