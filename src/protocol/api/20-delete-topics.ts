import { api, array, int16, int32, message, string, uuid } from '../schema/index.ts';

/**
 * Deletes topics. Trap: `topicNames` up to version 5, `topics` from 6 on, each by name or by id.
 *
 * v1     response: throttle time
 * v2     throttled answers come before the pause (KIP-219)
 * v3     may answer TOPIC_DELETION_DISABLED (KIP-322)
 * v4     first flexible version (KIP-482)
 * v5     response: error message; may answer THROTTLING_QUOTA_EXCEEDED (KIP-599)
 * v6     topic ids (KIP-516)
 */
export const DeleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  request: message({
    versions: '1-6',
    flexible: '4+',
    fields: {
      topics: array('6+', {
        name: string('6+', { nullable: '6+', default: null }),
        topicId: uuid('6+'),
      }),
      topicNames: array('0-5', 'string', { ignorable: true }),
      timeoutMs: int32('0+'),
    },
  }),
  response: message({
    versions: '1-6',
    flexible: '4+',
    fields: {
      throttleTimeMs: int32('1+', { ignorable: true }),
      responses: array('0+', {
        name: string('0+', { nullable: '6+' }),
        topicId: uuid('6+', { ignorable: true }),
        errorCode: int16('0+'),
        errorMessage: string('5+', { nullable: '5+', default: null, ignorable: true }),
      }),
    },
  }),
});
