import type { ElectLeaders } from '../../protocol/api/43-elect-leaders.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts';
import type { PartitionImage, TopicImage } from '../image.ts';
import type { PendingRecord } from '../metadata/record.ts';
import { type ControllerView, electionRules, partitionChange } from './decision.ts';
import { changePartition, NO_LEADER } from './election.ts';

const PREFERRED = 0;
const UNCLEAN = 1;

interface Verdict {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly record?: PendingRecord;
}

const NOT_NEEDED: Verdict = {
  errorCode: ErrorCode.ELECTION_NOT_NEEDED,
  errorMessage: 'Leader election not needed for topic partition.',
};

/**
 * Elects the preferred leader of partitions, or any live replica for those without a leader. Where all partitions are
 * asked for (null), only those that needed an election are answered.
 */
export function electLeaders(
  view: ControllerView,
  request: RequestOf<typeof ElectLeaders>,
): { response: ResponseInput<typeof ElectLeaders>; records: PendingRecord[] } {
  const { electionType, topicPartitions } = request;
  if (electionType !== PREFERRED && electionType !== UNCLEAN) {
    return { response: { errorCode: ErrorCode.INVALID_REQUEST, replicaElectionResults: [] }, records: [] };
  }
  const records: PendingRecord[] = [];
  const asked =
    topicPartitions ??
    [...view.image.topics.values()].map(({ name, partitions }) => ({
      topic: name,
      partitions: partitions.map(({ partition }) => partition),
    }));
  const replicaElectionResults = asked.map(({ topic: name, partitions }) => {
    const topic = view.image.topics.get(name);
    const partitionResult = [...new Set(partitions)].flatMap((partitionId) => {
      const { record, ...outcome } = elect(view, name, topic, partitionId, electionType === UNCLEAN);
      if (record !== undefined) records.push(record);
      const isSilent = topicPartitions === null && outcome.errorCode === ErrorCode.ELECTION_NOT_NEEDED;
      return isSilent ? [] : [{ partitionId, ...outcome }];
    });
    return { topic: name, partitionResult };
  });
  return { response: { replicaElectionResults }, records };
}

function elect(
  view: ControllerView,
  name: string,
  topic: TopicImage | undefined,
  partitionId: number,
  unclean: boolean,
): Verdict {
  const partition = topic?.partitions[partitionId];
  if (topic === undefined || partition === undefined) {
    const what = topic === undefined ? `topic as ${name}` : `partition as ${name}-${partitionId}`;
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: `No such ${what}` };
  }
  if (unclean ? partition.leader !== NO_LEADER : hasPreferredLeader(partition)) return NOT_NEEDED;
  const rules = electionRules(view, topic.name);
  const change = changePartition(
    partition,
    partition.isr,
    unclean ? { ...rules, unclean } : { ...rules, preferred: true },
  );
  const leader = change?.leader ?? partition.leader;
  if (change !== null && leader !== NO_LEADER && leader !== partition.leader) {
    return { errorCode: ErrorCode.NONE, errorMessage: null, record: partitionChange(topic, partition, change) };
  }
  return unclean
    ? {
        errorCode: ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
        errorMessage: 'Eligible topic partition leaders are not available.',
      }
    : {
        errorCode: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
        errorMessage: 'The preferred leader was not available.',
      };
}

function hasPreferredLeader(partition: PartitionImage): boolean {
  return partition.leader !== NO_LEADER && partition.leader === partition.replicas[0];
}
