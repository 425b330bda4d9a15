import { ElectLeaders } from '../../protocol/api/43-elect-leaders.ts';
import { forwardedHandler } from './forward.ts';

/**
 * ElectLeaders
 *
 * v0     preferred leaders (KIP-183)
 * v1     election type, an error for the whole request (KIP-460)
 * v2     flexible
 */
export const electLeadersHandler = forwardedHandler<typeof ElectLeaders>({
  api: ElectLeaders,
  versions: '0-2',
  unanswered: (request, error) => ({
    // All partitions were meant: there is none to say it of.
    ...(request.topicPartitions === null ? { errorCode: error.errorCode } : {}),
    replicaElectionResults: (request.topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, ...error })),
    })),
  }),
});
