import { api, array, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * Moves a partition's log start offset up (KIP-107). Offset -1 stands for the high watermark. Goes to the leader.
 *
 * v0     offsets per partition; response: the new low watermark
 * v1     throttled answers come before the pause (KIP-219)
 * v2     first flexible version (KIP-482)
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
