import { api, array, int16, int32, message, string, uuid } from '../schema/index.ts';

/**
 * DeleteTopics
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
