import { api, array, int16, int32, message, string } from '../schema/index.ts';

/**
 * Deletes committed offsets of single partitions (KIP-496). Goes to the coordinator; a topic that the live group is
 * subscribed to is GROUP_SUBSCRIBED_TO_TOPIC. Trap: in the response the error stands before the throttle time.
 *
 * v0     never flexible
 */
export const OffsetDelete = api({
  key: 47,
  name: 'OffsetDelete',
  request: message({
    versions: '0',
    flexible: 'none',
    fields: {
      groupId: string('0+'),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
        }),
      }),
    },
  }),
  response: message({
    versions: '0',
    flexible: 'none',
    fields: {
      errorCode: int16('0+'),
      throttleTimeMs: int32('0+', { ignorable: true }),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
        }),
      }),
    },
  }),
});
