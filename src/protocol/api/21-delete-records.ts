import { api, array, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * DeleteRecords
 */
export const DeleteRecords = api({
  key: 21,
  name: 'DeleteRecords',
  request: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          offset: int64('0+'),
        }),
      }),
      timeoutMs: int32('0+'),
    },
  }),
  response: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      throttleTimeMs: int32('0+'),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          lowWatermark: int64('0+'),
          errorCode: int16('0+'),
        }),
      }),
    },
  }),
});
