import { api, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * AddOffsetsToTxn
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
