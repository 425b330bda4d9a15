import { api, array, bool, int16, int32, int64, message, string } from '../schema/index.ts';

const addPartitionsToTxnTopic = {
  name: string('0+'),
  partitions: array('0+', 'int32'),
};

const addPartitionsToTxnPartitionResult = {
  partitionIndex: int32('0+'),
  partitionErrorCode: int16('0+'),
};

const addPartitionsToTxnTopicResult = {
  name: string('0+'),
  resultsByPartition: array('0+', addPartitionsToTxnPartitionResult),
};

/**
 * Adds partitions to a transaction (KIP-98). Trap: clients speak 0-3, where one transaction lies in fields whose names
 * begin with `v3AndBelow`; brokers among themselves speak 4 and 5.
 *
 * v0     one transaction
 * v1     throttled answers come before the pause (KIP-219)
 * v2     may answer PRODUCER_FENCED (KIP-588)
 * v3     first flexible version (KIP-482)
 * v4     many transactions, verify only; response: an error for the whole request (KIP-890)
 * v5     may answer TRANSACTION_ABORTABLE (KIP-890)
 */
export const AddPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  request: message({
    versions: '0-5',
    flexible: '3+',
    fields: {
      transactions: array('4+', {
        transactionalId: string('4+'),
        producerId: int64('4+'),
        producerEpoch: int16('4+'),
        verifyOnly: bool('4+'),
        topics: array('4+', addPartitionsToTxnTopic),
      }),
      v3AndBelowTransactionalId: string('0-3'),
      v3AndBelowProducerId: int64('0-3'),
      v3AndBelowProducerEpoch: int16('0-3'),
      v3AndBelowTopics: array('0-3', addPartitionsToTxnTopic),
    },
  }),
  response: message({
    versions: '0-5',
    flexible: '3+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('4+', { ignorable: true }),
      resultsByTransaction: array('4+', {
        transactionalId: string('4+'),
        topicResults: array('4+', addPartitionsToTxnTopicResult),
      }),
      resultsByTopicV3AndBelow: array('0-3', addPartitionsToTxnTopicResult),
    },
  }),
});
