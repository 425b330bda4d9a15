import type { ClusterClient } from '../client/cluster-client.ts';
import { ListPartitionReassignments } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { problemOf } from './problem.ts';
import type { Problem, Reassignment } from './snapshot.ts';

const TIMEOUT_MS = 10_000;

/** Reassignments under way, by topic and partition (KIP-455). Null before Kafka 2.4, or where it is refused. Rejects with a ClientError. */
export async function readReassignments(
  client: ClusterClient,
  after: number,
  problems: Problem[],
): Promise<Map<string, Map<number, Reassignment>> | null> {
  if (!(await client.speaks('any', ListPartitionReassignments))) return null;
  const request = { topics: null, timeoutMs: TIMEOUT_MS };
  const { body } = await client.call('any', ListPartitionReassignments, request, { after });
  if (body.errorCode !== ErrorCode.NONE) {
    problems.push(problemOf('cluster', body.errorCode, 'reassignments are not known'));
    return null;
  }
  return new Map(
    body.topics.map(({ name, partitions }) => [
      name,
      new Map(
        partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => [
          partitionIndex,
          { replicas, adding: addingReplicas, removing: removingReplicas },
        ]),
      ),
    ]),
  );
}
