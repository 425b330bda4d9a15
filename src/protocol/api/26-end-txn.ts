import { api, bool, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * EndTxn
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
