import { api, array, int16, int32, message, string } from '../schema/index.ts';

/**
 * Reassignments in progress (KIP-455). Null topics means all.
 *
 * v0     flexible from the start
 */
export const ListPartitionReassignments = api({
  key: 46,
  name: 'ListPartitionReassignments',
  request: message({
    versions: '0',
    flexible: '0+',
    fields: {
      timeoutMs: int32('0+', { default: 60000 }),
      topics: array(
        '0+',
        {
          name: string('0+'),
          partitionIndexes: array('0+', 'int32'),
        },
        { nullable: '0+', default: null },
      ),
    },
  }),
  response: message({
    versions: '0',
    flexible: '0+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          replicas: array('0+', 'int32'),
          addingReplicas: array('0+', 'int32'),
          removingReplicas: array('0+', 'int32'),
        }),
      }),
    },
  }),
});
