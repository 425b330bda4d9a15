import type { ClusterClient } from '../client/cluster-client.ts';
import { DescribeShareGroupOffsets, OffsetFetch } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { problemOf } from './problem.ts';
import type { Commit } from './snapshot.ts';

/** What one group has committed, or why that could not be read. */
export interface CommitsOf {
  readonly group: string;
  readonly commits: Commit[];
  readonly errorCode: number;
}

/** The first version that takes several groups at once (KIP-709), and the last that speaks of topics by name (KIP-848). */
const MANY_GROUPS = 8;
const BY_NAME = 9;

export interface CommitReader {
  /** How many groups one request may name. */
  readonly groupsPerRequest: number;
  read(groups: readonly string[]): Promise<CommitsOf[]>;
}

/**
 * Reads every commit of groups from their coordinator. Offsets that a transaction has not decided yet do not hold the
 * answer up (require_stable is false): the last decided offset is told.
 */
export async function commitReader(client: ClusterClient, node: number, after: number): Promise<CommitReader> {
  const options = { after, maxVersion: BY_NAME };
  if ((await client.version(node, OffsetFetch, BY_NAME)) >= MANY_GROUPS) {
    return {
      groupsPerRequest: 50,
      async read(groups) {
        const asked = groups.map((groupId) => ({ groupId, topics: null }));
        const { body } = await client.call(node, OffsetFetch, { groups: asked }, options);
        return body.groups.map(({ groupId, errorCode, topics }) => ({
          group: groupId,
          errorCode,
          commits: commitsOf(topics),
        }));
      },
    };
  }
  return {
    groupsPerRequest: 1,
    async read(groups) {
      const [group = ''] = groups;
      const { body } = await client.call(node, OffsetFetch, { groupId: group, topics: null }, options);
      return [{ group, errorCode: body.errorCode, commits: commitsOf(body.topics) }];
    },
  };
}

interface FetchedTopic {
  readonly name: string;
  readonly partitions: readonly {
    readonly partitionIndex: number;
    readonly committedOffset: number;
    readonly committedLeaderEpoch: number;
    readonly metadata: string | null;
    readonly errorCode: number;
  }[];
}

function commitsOf(topics: readonly FetchedTopic[]): Commit[] {
  const commits: Commit[] = [];
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode } of partitions) {
      const failed = errorCode !== ErrorCode.NONE;
      commits.push({
        topic: name,
        partition: partitionIndex,
        offset: failed ? null : committedOffset,
        leaderEpoch: committedLeaderEpoch < 0 ? null : committedLeaderEpoch,
        metadata,
        timestampMs: null,
        problem: failed ? problemOf(`${name}-${partitionIndex}`, errorCode) : null,
      });
    }
  }
  return commits.sort(byPartition);
}

/** Share groups do not commit: what their coordinator keeps is where delivery starts (SPSO). */
export function shareOffsetReader(client: ClusterClient, node: number, after: number): CommitReader {
  return {
    groupsPerRequest: 50,
    async read(groups) {
      const asked = groups.map((groupId) => ({ groupId, topics: null }));
      const { body } = await client.call(node, DescribeShareGroupOffsets, { groups: asked }, { after });
      return body.groups.map(({ groupId, errorCode, topics }) => ({
        group: groupId,
        errorCode,
        commits: topics
          .flatMap(({ topicName, partitions }) =>
            partitions.map(({ partitionIndex, startOffset, leaderEpoch, lag, errorCode: code, errorMessage }) => ({
              topic: topicName,
              partition: partitionIndex,
              // -1 stands for a partition that was not read yet.
              offset: code !== ErrorCode.NONE || startOffset < 0 ? null : startOffset,
              leaderEpoch: leaderEpoch < 0 ? null : leaderEpoch,
              metadata: null,
              timestampMs: null,
              ...(lag < 0 ? {} : { lag }),
              problem: code === ErrorCode.NONE ? null : problemOf(`${topicName}-${partitionIndex}`, code, errorMessage),
            })),
          )
          .sort(byPartition),
      }));
    },
  };
}

function byPartition(a: Commit, b: Commit): number {
  if (a.topic === b.topic) return a.partition - b.partition;
  return a.topic < b.topic ? -1 : 1;
}
