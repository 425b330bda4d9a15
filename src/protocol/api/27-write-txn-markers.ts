import { api, array, bool, int8, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * A transaction coordinator has commit or abort markers written (KIP-98); operators abort hanging transactions with it
 * (KIP-664).
 *
 * v1     first flexible version (KIP-482)
 * v2     transaction version (KIP-1228)
 */
export const WriteTxnMarkers = api({
  key: 27,
  name: 'WriteTxnMarkers',
  request: message({
    versions: '1-2',
    flexible: '1+',
    fields: {
      markers: array('0+', {
        producerId: int64('0+'),
        producerEpoch: int16('0+'),
        transactionResult: bool('0+'),
        topics: array('0+', {
          name: string('0+'),
          partitionIndexes: array('0+', 'int32'),
        }),
        coordinatorEpoch: int32('0+'),
        transactionVersion: int8('2+', { ignorable: true }),
      }),
    },
  }),
  response: message({
    versions: '1-2',
    flexible: '1+',
    fields: {
      markers: array('0+', {
        producerId: int64('0+'),
        topics: array('0+', {
          name: string('0+'),
          partitions: array('0+', {
            partitionIndex: int32('0+'),
            errorCode: int16('0+'),
          }),
        }),
      }),
    },
  }),
});
