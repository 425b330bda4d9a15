import { api, array, int8, int16, int32, int64, message, uuid } from '../schema/index.ts';

/**
 * A partition leader asks the controller for a new ISR (KIP-497). Between brokers only; flexible from the start.
 *
 * v2     topic ids in place of names (KIP-841); leader recovery state came with 1 (KIP-704)
 * v3     broker epochs beside the new ISR (KIP-903)
 */
export const AlterPartition = api({
  key: 56,
  name: 'AlterPartition',
  request: message({
    versions: '2-3',
    flexible: '0+',
    fields: {
      brokerId: int32('0+'),
      brokerEpoch: int64('0+', { default: -1 }),
      topics: array('0+', {
        topicId: uuid('2+', { ignorable: true }),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          leaderEpoch: int32('0+'),
          newIsr: array('0-2', 'int32'),
          newIsrWithEpochs: array('3+', {
            brokerId: int32('3+'),
            brokerEpoch: int64('3+', { default: -1 }),
          }),
          leaderRecoveryState: int8('1+'),
          partitionEpoch: int32('0+'),
        }),
      }),
    },
  }),
  response: message({
    versions: '2-3',
    flexible: '0+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('0+'),
      topics: array('0+', {
        topicId: uuid('2+', { ignorable: true }),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
          leaderId: int32('0+'),
          leaderEpoch: int32('0+'),
          isr: array('0+', 'int32'),
          leaderRecoveryState: int8('1+', { ignorable: true }),
          partitionEpoch: int32('0+'),
        }),
      }),
    },
  }),
});
