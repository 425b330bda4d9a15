import { AlterPartitionReassignments } from '../../protocol/api/45-alter-partition-reassignments.ts';
import { forwardedHandler } from './forward.ts';

/**
 * AlterPartitionReassignments: replicas that are added fetch until they are in sync, then those that are removed go.
 *
 * v0     flexible from the start (KIP-455)
 * v1     may forbid a change of the replication factor (KIP-860)
 */
export const alterPartitionReassignmentsHandler = forwardedHandler<typeof AlterPartitionReassignments>({
  api: AlterPartitionReassignments,
  versions: '0-1',
  unanswered: (_request, error) => ({ ...error, responses: [] }),
});
