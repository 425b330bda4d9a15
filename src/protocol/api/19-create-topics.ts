import { api, array, bool, int8, int16, int32, message, string, uuid } from '../schema/index.ts';

/**
 * Creates topics. Trap: throttling and partial failure are per topic.
 *
 * v2     response: throttle time (1 had brought validate only, and error messages)
 * v3     throttled answers come before the pause (KIP-219)
 * v4     partition count and replication factor -1: the broker's default (KIP-464)
 * v5     first flexible version; response: what was created, configs included (KIP-525)
 * v6     may answer THROTTLING_QUOTA_EXCEEDED (KIP-599)
 * v7     response: topic id (KIP-516)
 */
export const CreateTopics = api({
  key: 19,
  name: 'CreateTopics',
  request: message({
    versions: '2-7',
    flexible: '5+',
    fields: {
      topics: array('0+', {
        name: string('0+'),
        numPartitions: int32('0+'),
        replicationFactor: int16('0+'),
        assignments: array('0+', {
          partitionIndex: int32('0+'),
          brokerIds: array('0+', 'int32'),
        }),
        configs: array('0+', {
          name: string('0+'),
          value: string('0+', { nullable: '0+' }),
        }),
      }),
      timeoutMs: int32('0+', { default: 60000 }),
      validateOnly: bool('1+'),
    },
  }),
  response: message({
    versions: '2-7',
    flexible: '5+',
    fields: {
      throttleTimeMs: int32('2+', { ignorable: true }),
      topics: array('0+', {
        name: string('0+'),
        topicId: uuid('7+', { ignorable: true }),
        errorCode: int16('0+'),
        errorMessage: string('1+', { nullable: '0+', ignorable: true }),
        topicConfigErrorCode: int16('5+', { tag: 0, ignorable: true }),
        numPartitions: int32('5+', { default: -1, ignorable: true }),
        replicationFactor: int16('5+', { default: -1, ignorable: true }),
        configs: array(
          '5+',
          {
            name: string('5+'),
            value: string('5+', { nullable: '5+' }),
            readOnly: bool('5+'),
            configSource: int8('5+', { default: -1, ignorable: true }),
            isSensitive: bool('5+'),
          },
          { nullable: '5+', ignorable: true },
        ),
      }),
    },
  }),
});
