import { api, array, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * Commits a group's offsets inside a transaction (KIP-98): they count when the transaction commits.
 *
 * v0     transactional id, group, producer, offsets
 * v1     throttled answers come before the pause (KIP-219)
 * v2     leader epoch of the committed offset (KIP-320)
 * v3     first flexible version; generation, member and instance id, for fencing (KIP-447)
 * v4     may answer TRANSACTION_ABORTABLE (KIP-890)
 * v5     implies AddOffsetsToTxn where transaction.version is 2 (KIP-890)
 */
export const TxnOffsetCommit = api({
  key: 28,
  name: 'TxnOffsetCommit',
  request: message({
    versions: '0-5',
    flexible: '3+',
    fields: {
      transactionalId: string('0+'),
      groupId: string('0+'),
      producerId: int64('0+'),
      producerEpoch: int16('0+'),
      generationId: int32('3+', { default: -1 }),
      memberId: string('3+'),
      groupInstanceId: string('3+', { nullable: '3+', default: null }),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          committedOffset: int64('0+'),
          committedLeaderEpoch: int32('2+', { default: -1, ignorable: true }),
          committedMetadata: string('0+', { nullable: '0+' }),
        }),
      }),
    },
  }),
  response: message({
    versions: '0-5',
    flexible: '3+',
    fields: {
      throttleTimeMs: int32('0+'),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
        }),
      }),
    },
  }),
});
