import { api, array, int16, int32, message, string, struct, uuid } from '../schema/index.ts';

const topicPartitions = {
  topicId: uuid('0+'),
  partitions: array('0+', 'int32'),
};

/**
 * The one request of a member of a consumer group (KIP-848): join (epoch 0), leave (-1, static -2), state, and
 * assignment. Trap: null, or -1, means that nothing has changed since the last heartbeat, in both directions.
 *
 * v0     flexible from the start
 * v1     subscription by regular expression (KIP-848); the client makes its member id (KIP-1082)
 */
export const ConsumerGroupHeartbeat = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  request: message({
    versions: '0-1',
    flexible: '0+',
    fields: {
      groupId: string('0+'),
      memberId: string('0+'),
      memberEpoch: int32('0+'),
      instanceId: string('0+', { nullable: '0+', default: null }),
      rackId: string('0+', { nullable: '0+', default: null }),
      rebalanceTimeoutMs: int32('0+', { default: -1 }),
      subscribedTopicNames: array('0+', 'string', { nullable: '0+', default: null }),
      subscribedTopicRegex: string('1+', { nullable: '1+', default: null }),
      serverAssignor: string('0+', { nullable: '0+', default: null }),
      topicPartitions: array(
        '0+',
        {
          topicId: uuid('0+'),
          partitions: array('0+', 'int32'),
        },
        { nullable: '0+', default: null },
      ),
    },
  }),
  response: message({
    versions: '0-1',
    flexible: '0+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+', default: null }),
      memberId: string('0+', { nullable: '0+', default: null }),
      memberEpoch: int32('0+'),
      heartbeatIntervalMs: int32('0+'),
      assignment: struct(
        '0+',
        {
          topicPartitions: array('0+', topicPartitions),
        },
        { nullable: '0+', default: null },
      ),
    },
  }),
});
