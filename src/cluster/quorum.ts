import type { ClusterClient } from '../client/cluster-client.ts';
import { DescribeQuorum } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { METADATA_TOPIC } from '../protocol/internal-topics.ts';
import { problemOf } from './problem.ts';
import type { Problem, Quorum, QuorumReplica } from './snapshot.ts';

interface Told {
  readonly replicaId: number;
  readonly logEndOffset: number;
  readonly lastFetchTimestamp: number;
  readonly lastCaughtUpTimestamp: number;
}

/** The KRaft quorum as its leader sees it; null where there is none (ZooKeeper), or where it is refused. Rejects with a ClientError. */
export async function readQuorum(client: ClusterClient, after: number, problems: Problem[]): Promise<Quorum | null> {
  if (!(await client.speaks('any', DescribeQuorum))) return null;
  const topics = [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }];
  const { body } = await client.call('any', DescribeQuorum, { topics }, { after });
  const told = body.topics[0]?.partitions[0];
  const errorCode = body.errorCode || (told?.errorCode ?? ErrorCode.NONE);
  if (errorCode !== ErrorCode.NONE) {
    problems.push(problemOf('cluster', errorCode, 'the metadata quorum is not known'));
    return null;
  }
  if (told === undefined) return null;
  const leader = told.currentVoters.find(({ replicaId }) => replicaId === told.leaderId);
  const replica = (entry: Told, voter: boolean): QuorumReplica => ({
    id: entry.replicaId,
    voter,
    logEnd: entry.logEndOffset < 0 ? null : entry.logEndOffset,
    lag: entry.logEndOffset < 0 || leader === undefined ? null : Math.max(0, leader.logEndOffset - entry.logEndOffset),
    // The leader's own times are its clock at the answer: differences to them know no clock skew.
    silentMs: age(leader?.lastFetchTimestamp, entry.lastFetchTimestamp),
    behindMs: age(leader?.lastCaughtUpTimestamp, entry.lastCaughtUpTimestamp),
  });
  return {
    leader: told.leaderId < 0 ? null : told.leaderId,
    leaderEpoch: told.leaderEpoch,
    highWatermark: told.highWatermark,
    replicas: [
      ...told.currentVoters.map((entry) => replica(entry, true)).sort(byId),
      ...told.observers.map((entry) => replica(entry, false)).sort(byId),
    ],
  };
}

function age(nowMs: number | undefined, thenMs: number): number | null {
  return nowMs === undefined || nowMs < 0 || thenMs < 0 ? null : Math.max(0, nowMs - thenMs);
}

function byId(a: QuorumReplica, b: QuorumReplica): number {
  return a.id - b.id;
}
