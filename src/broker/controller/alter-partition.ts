import { ErrorCode } from '../../protocol/errors.ts';
import type { PartitionImage } from '../image.ts';
import type { PendingRecord } from '../metadata/record.ts';
import { mergePartition } from '../metadata/replay.ts';
import type { AlterPartitionRequest, CallResponse } from '../network.ts';
import { type ControllerView, electionRules, isActive, partitionChange } from './decision.ts';
import { acceptIsr } from './election.ts';

/** A leader asks for another ISR. Answered with the state that then holds, or with why it cannot (KIP-497, KIP-841). */
export function alterPartition(
  view: ControllerView,
  request: AlterPartitionRequest,
): { records: PendingRecord[]; response: CallResponse<'alterPartition'> } {
  const broker = view.image.brokers.get(request.brokerId);
  if (broker === undefined || broker.epoch !== request.brokerEpoch) return refused(ErrorCode.STALE_BROKER_EPOCH);
  const topic = view.image.topicsById.get(request.topicId);
  if (topic === undefined) return refused(ErrorCode.UNKNOWN_TOPIC_ID);
  const partition = topic.partitions[request.partition];
  if (partition === undefined) return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const errorCode = validate(view, partition, request);
  if (errorCode !== ErrorCode.NONE) return refused(errorCode);
  const change = acceptIsr(partition, request.newIsr, electionRules(view, topic.name));
  if (change === null) return { records: [], response: accepted(partition) };
  const after = mergePartition(partition, change);
  const records = [partitionChange(topic, partition, change)];
  // The leader itself may be on its way out; then the same change gave the partition another one.
  if (after.leader !== request.brokerId) return { records, response: refused(ErrorCode.NEW_LEADER_ELECTED).response };
  return { records, response: accepted(after) };
}

/** Kafka's order of refusal: an epoch ahead of ours means that we are the stale ones. */
function validate(view: ControllerView, partition: PartitionImage, request: AlterPartitionRequest): number {
  if (request.leaderEpoch > partition.leaderEpoch || request.partitionEpoch > partition.partitionEpoch) {
    return ErrorCode.NOT_CONTROLLER;
  }
  if (request.leaderEpoch < partition.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (request.brokerId !== partition.leader) return ErrorCode.INVALID_REQUEST;
  if (request.partitionEpoch < partition.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION;
  const unique = new Set(request.newIsr);
  const known = request.newIsr.every((replica) => partition.replicas.includes(replica));
  if (unique.size !== request.newIsr.length || !known || !unique.has(partition.leader))
    return ErrorCode.INVALID_REQUEST;
  const joining = request.newIsr.filter((replica) => !partition.isr.includes(replica));
  const eligible = joining.every((replica) => {
    const broker = view.image.brokers.get(replica);
    const candidate = request.joining.find(({ brokerId }) => brokerId === replica);
    return isActive(broker) && candidate?.brokerEpoch === broker?.epoch;
  });
  return eligible ? ErrorCode.NONE : ErrorCode.INELIGIBLE_REPLICA;
}

function accepted(partition: PartitionImage): CallResponse<'alterPartition'> {
  return {
    errorCode: ErrorCode.NONE,
    isr: partition.isr,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
  };
}

function refused(errorCode: number): { records: PendingRecord[]; response: CallResponse<'alterPartition'> } {
  return { records: [], response: { errorCode, isr: [], leaderEpoch: -1, partitionEpoch: -1 } };
}
