import { api, bool, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * Commits or aborts a transaction (KIP-98). Trap: version 5 raises the producer's epoch each time, so only a cluster
 * with transaction.version 2 may be asked in it.
 *
 * v0     transactional id, producer, commit or abort
 * v1     throttled answers come before the pause (KIP-219)
 * v2     may answer PRODUCER_FENCED (KIP-588)
 * v3     first flexible version (KIP-482)
 * v4     may answer TRANSACTION_ABORTABLE (KIP-890)
 * v5     response: the producer's next id and epoch (KIP-890)
 */
export const EndTxn = api({
  key: 26,
  name: 'EndTxn',
  request: message({
    versions: '0-5',
    flexible: '3+',
    fields: {
      transactionalId: string('0+'),
      producerId: int64('0+'),
      producerEpoch: int16('0+'),
      committed: bool('0+'),
    },
  }),
  response: message({
    versions: '0-5',
    flexible: '3+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('0+'),
      producerId: int64('5+', { default: -1, ignorable: true }),
      producerEpoch: int16('5+', { default: -1, ignorable: true }),
    },
  }),
});
