import { WriteTxnMarkers } from '../../protocol/api/index.ts';
import { ErrorCode, errorName } from '../../protocol/errors.ts';
import { openClient } from './open-client.ts';
import type { AborterRole, Report } from './roles.ts';

/** Aborts the transaction at the leader of its partition, as `kafka-transactions --abort` does; then there is nothing left to do. */
export async function abort(role: AborterRole, report: (report: Report) => void): Promise<void> {
  const client = openClient(role);
  const { body } = await client.metadata([role.topic]);
  const partitions = body.topics.flatMap((topic) => topic.partitions);
  const leader = partitions.find(({ partitionIndex }) => partitionIndex === role.partition)?.leaderId ?? -1;
  const marker = {
    producerId: role.producerId,
    producerEpoch: 0,
    transactionResult: false,
    topics: [{ name: role.topic, partitionIndexes: [role.partition] }],
    coordinatorEpoch: 0,
  };
  const answer = await client.call(leader, WriteTxnMarkers, { markers: [marker] });
  const code = answer.body.markers[0]?.topics[0]?.partitions[0]?.errorCode ?? ErrorCode.NONE;
  if (code !== ErrorCode.NONE) report({ event: 'trouble', message: errorName(code) });
  report({ event: 'working' });
}
