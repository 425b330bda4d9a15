import { api, array, bool, int16, int32, message, string } from '../schema/index.ts';

/**
 * Raises the partition count of topics (KIP-195). The count is the new total, not what is added.
 *
 * v0     counts, optional assignments, validate only
 * v1     throttled answers come before the pause (KIP-219)
 * v2     first flexible version (KIP-482)
 * v3     may answer THROTTLING_QUOTA_EXCEEDED (KIP-599)
 */
export const CreatePartitions = api({
  key: 37,
  name: 'CreatePartitions',
  request: message({
    versions: '0-3',
    flexible: '2+',
    fields: {
      topics: array('0+', {
        name: string('0+'),
        count: int32('0+'),
        assignments: array(
          '0+',
          {
            brokerIds: array('0+', 'int32'),
          },
          { nullable: '0+' },
        ),
      }),
      timeoutMs: int32('0+'),
      validateOnly: bool('0+'),
    },
  }),
  response: message({
    versions: '0-3',
    flexible: '2+',
    fields: {
      throttleTimeMs: int32('0+'),
      results: array('0+', {
        name: string('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
      }),
    },
  }),
});
