import { api, bool, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * Gives a producer its id and epoch (KIP-98). Java and franz-go producers need it by default: they are idempotent.
 *
 * v0     transactional id or null, transaction timeout
 * v1     throttled answers come before the pause (KIP-219)
 * v2     first flexible version (KIP-482)
 * v3     current id and epoch, to recover from a lost epoch (KIP-360)
 * v4     may answer PRODUCER_FENCED (KIP-588)
 * v5     may answer TRANSACTION_ABORTABLE (KIP-890)
 * v6     two-phase commit (KIP-939); not stable in 4.3, so it is described here and must not be advertised
 */
export const InitProducerId = api({
  key: 22,
  name: 'InitProducerId',
  request: message({
    versions: '0-6',
    flexible: '2+',
    fields: {
      transactionalId: string('0+', { nullable: '0+' }),
      transactionTimeoutMs: int32('0+'),
      producerId: int64('3+', { default: -1 }),
      producerEpoch: int16('3+', { default: -1 }),
      enable2Pc: bool('6+'),
      keepPreparedTxn: bool('6+'),
    },
  }),
  response: message({
    versions: '0-6',
    flexible: '2+',
    fields: {
      throttleTimeMs: int32('0+', { ignorable: true }),
      errorCode: int16('0+'),
      producerId: int64('0+', { default: -1 }),
      producerEpoch: int16('0+'),
      ongoingTxnProducerId: int64('6+', { default: -1 }),
      ongoingTxnProducerEpoch: int16('6+', { default: -1 }),
    },
  }),
});
