import type { AlterPartitionReassignments } from '../../protocol/api/45-alter-partition-reassignments.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts';
import type { PartitionImage, TopicImage } from '../image.ts';
import type { PendingRecord } from '../metadata/record.ts';
import { type ControllerView, electionRules, partitionChange } from './decision.ts';
import { changePartition } from './election.ts';
import { reverted, towards } from './reassignment.ts';
import { invalidReplicas, isRefusal, type Refusal, refuse } from './topics.ts';

type Decision = PendingRecord | null | Refusal;

/** Starts, redirects or (replicas null) cancels reassignments, each partition for itself (KIP-455). */
export function alterPartitionReassignments(
  view: ControllerView,
  request: RequestOf<typeof AlterPartitionReassignments>,
): { response: ResponseInput<typeof AlterPartitionReassignments>; records: PendingRecord[] } {
  const { allowReplicationFactorChange } = request;
  const records: PendingRecord[] = [];
  const decided = new Set<string>();
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      const key = `${name}-${partitionIndex}`;
      const decision = decided.has(key)
        ? refuse(ErrorCode.INVALID_REQUEST, `${key} is in the request more than once.`)
        : decide(view, name, partitionIndex, replicas, allowReplicationFactorChange);
      decided.add(key);
      if (decision !== null && isRefusal(decision)) {
        return { partitionIndex, errorCode: decision.errorCode, errorMessage: decision.message };
      }
      if (decision !== null) records.push(decision);
      return { partitionIndex, errorCode: ErrorCode.NONE, errorMessage: null };
    }),
  }));
  return {
    response: { allowReplicationFactorChange, errorCode: ErrorCode.NONE, errorMessage: null, responses },
    records,
  };
}

function decide(
  view: ControllerView,
  name: string,
  partitionId: number,
  target: readonly number[] | null,
  mayChangeFactor: boolean,
): Decision {
  const topic = view.image.topics.get(name);
  if (topic === undefined) {
    return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find a topic named ${name}.`);
  }
  const partition = topic.partitions[partitionId];
  if (partition === undefined) {
    return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find partition ${name}:${partitionId}.`);
  }
  if (target === null) return cancel(view, topic, partition);
  const refusal = invalidReplicas(view, target);
  if (refusal !== null) return refusal;
  const factor = partition.replicas.length - partition.removingReplicas.length;
  if (!mayChangeFactor && target.length !== factor) {
    return refuse(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `The replication factor is changed from ${factor} to ${target.length}`,
    );
  }
  const rules = electionRules(view, name);
  const change = changePartition(partition, partition.isr, rules, towards(partition, target));
  return change === null ? null : partitionChange(topic, partition, change);
}

/** Back to the replicas from before; not where only new ones are in sync, unless unclean elections are allowed. */
function cancel(view: ControllerView, topic: TopicImage, partition: PartitionImage): Decision {
  if (partition.addingReplicas.length + partition.removingReplicas.length === 0) {
    return refuse(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, 'No partition reassignment is in progress.');
  }
  const { assignment, isr } = reverted(partition);
  const rules = electionRules(view, topic.name);
  if (assignment.replicas.length === 0) {
    return refuse(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      'Invalid replica assignment: addingReplicas contains all replicas.',
    );
  }
  if (isr.length === 0 && !rules.unclean) {
    return refuse(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Unable to revert partition assignment for ${topic.name}:${partition.partition} because it would require an unclean leader election.`,
    );
  }
  const change = changePartition(partition, isr, rules, assignment);
  return change === null ? null : partitionChange(topic, partition, change);
}
