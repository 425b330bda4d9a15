import { api, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * Adds the offsets partition of a group to a transaction (KIP-98).
 *
 * v0     transactional id, producer, group
 * v1     throttled answers come before the pause (KIP-219)
 * v2     may answer PRODUCER_FENCED (KIP-588)
 * v3     first flexible version (KIP-482)
 * v4     may answer TRANSACTION_ABORTABLE (KIP-890)
 */
export const AddOffsetsToTxn = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  request: message({
    versions: '0-4',
    flexible: '3+',
    fields: {
      transactionalId: string('0+'),
      producerId: int64('0+'),
      producerEpoch: int16('0+'),
      groupId: string('0+'),
    },
  }),
  response: message({
    versions: '0-4',
    flexible: '3+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('0+'),
    },
  }),
});
