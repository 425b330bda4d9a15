import type { DescribeQuorum } from '../../protocol/api/55-describe-quorum.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { METADATA_TOPIC } from '../../protocol/internal-topics.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts';
import type { MetadataImage } from '../image.ts';

/** What the active controller knows of those that follow its log. Times in ms. */
export interface QuorumView {
  readonly nodeId: number;
  readonly nodeIds: readonly number[];
  readonly epoch: number;
  readonly endOffset: number;
  readonly nowMs: number;
  readonly followers: ReadonlyMap<
    number,
    { readonly offset: number; readonly atMs: number; readonly caughtUpMs: number }
  >;
}

/** Answers DescribeQuorum: all nodes are voters, the controller is up to date by definition. */
export function describeQuorum(
  context: { readonly image: MetadataImage; readonly quorum: QuorumView },
  request: RequestOf<typeof DescribeQuorum>,
): ResponseInput<typeof DescribeQuorum> {
  const { quorum, image } = context;
  const voters = quorum.nodeIds.map((replicaId) => {
    if (replicaId === quorum.nodeId) {
      const now = quorum.nowMs;
      return { replicaId, logEndOffset: quorum.endOffset, lastFetchTimestamp: now, lastCaughtUpTimestamp: now };
    }
    const follower = quorum.followers.get(replicaId);
    return {
      replicaId,
      logEndOffset: follower?.offset ?? -1,
      lastFetchTimestamp: follower?.atMs ?? -1,
      lastCaughtUpTimestamp: follower?.caughtUpMs ?? -1,
    };
  });
  const topics = request.topics.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partitionIndex }) =>
      topicName === METADATA_TOPIC && partitionIndex === 0
        ? {
            partitionIndex,
            errorCode: ErrorCode.NONE,
            leaderId: quorum.nodeId,
            leaderEpoch: quorum.epoch,
            highWatermark: quorum.endOffset,
            currentVoters: voters,
          }
        : { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
    ),
  }));
  const nodes = [...image.brokers.values()].map(({ id, host, port }) => ({
    nodeId: id,
    listeners: [{ name: 'PLAINTEXT', host, port }],
  }));
  return { errorCode: ErrorCode.NONE, topics, nodes };
}
