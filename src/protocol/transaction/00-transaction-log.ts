import { array, int8, int16, int32, int64, message, string } from '../schema/index.ts';

/** A transactional id (`__transaction_state`, key type 0). */
export const TransactionLogKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    transactionalId: string('0'),
  },
});

/**
 * State of one transaction. A null `transactionPartitions` stands for none.
 *
 * v0     producer, timeout, status, partitions, timestamps (KIP-98)
 * v1     first flexible version (KIP-915); previous and next producer id and epoch, client's transaction version, as
 *        tags (KIP-890)
 */
export const TransactionLogValue = message({
  versions: '0-1',
  flexible: '1+',
  fields: {
    producerId: int64('0+'),
    previousProducerId: int64('1+', { tag: 0, default: -1 }),
    nextProducerId: int64('1+', { tag: 1, default: -1 }),
    producerEpoch: int16('0+'),
    nextProducerEpoch: int16('1+', { tag: 3, default: -1 }),
    transactionTimeoutMs: int32('0+'),
    transactionStatus: int8('0+'),
    transactionPartitions: array(
      '0+',
      {
        topic: string('0+'),
        partitionIds: array('0+', 'int32'),
      },
      { nullable: '0+' },
    ),
    transactionLastUpdateTimestampMs: int64('0+'),
    transactionStartTimestampMs: int64('0+'),
    clientTransactionVersion: int16('1+', { tag: 2 }),
  },
});
