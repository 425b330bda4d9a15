import { api, array, bool, int16, int32, message, string, uuid } from '../schema/index.ts';

/**
 * Brokers, topics and partition leaders. Traps: in version 0 an empty topic list means all, from 1 on null means all
 * and empty none; asking for a name may create the topic.
 *
 * v0     brokers, and leader, replicas and ISR per partition
 * v1     response: racks, controller id, whether a topic is internal
 * v2     response: cluster id (KIP-78)
 * v3     response: throttle time
 * v4     whether missing topics may be created
 * v5     response: offline replicas (KIP-112)
 * v6     throttled answers come before the pause (KIP-219)
 * v7     response: leader epoch (KIP-320)
 * v8     authorised operations on request (KIP-430)
 * v9     first flexible version (KIP-482)
 * v10    topic ids beside names (KIP-516)
 * v11    cluster operations moved to DescribeCluster (KIP-700)
 * v12    a topic may be asked for by id alone, with a null name (KIP-516)
 * v13    response: an error for the whole request, for rebootstrapping (KIP-1102)
 */
export const Metadata = api({
  key: 3,
  name: 'Metadata',
  request: message({
    versions: '0-13',
    flexible: '9+',
    fields: {
      topics: array(
        '0+',
        {
          topicId: uuid('10+', { ignorable: true }),
          name: string('0+', { nullable: '10+' }),
        },
        { nullable: '1+' },
      ),
      allowAutoTopicCreation: bool('4+', { default: true }),
      includeClusterAuthorizedOperations: bool('8-10'),
      includeTopicAuthorizedOperations: bool('8+'),
    },
  }),
  response: message({
    versions: '0-13',
    flexible: '9+',
    fields: {
      throttleTimeMs: int32('3+', { ignorable: true }),
      brokers: array('0+', {
        nodeId: int32('0+'),
        host: string('0+'),
        port: int32('0+'),
        rack: string('1+', { nullable: '1+', default: null, ignorable: true }),
      }),
      clusterId: string('2+', { nullable: '2+', default: null, ignorable: true }),
      controllerId: int32('1+', { default: -1, ignorable: true }),
      topics: array('0+', {
        errorCode: int16('0+'),
        name: string('0+', { nullable: '12+' }),
        topicId: uuid('10+', { ignorable: true }),
        isInternal: bool('1+', { ignorable: true }),
        partitions: array('0+', {
          errorCode: int16('0+'),
          partitionIndex: int32('0+'),
          leaderId: int32('0+'),
          leaderEpoch: int32('7+', { default: -1, ignorable: true }),
          replicaNodes: array('0+', 'int32'),
          isrNodes: array('0+', 'int32'),
          offlineReplicas: array('5+', 'int32', { ignorable: true }),
        }),
        topicAuthorizedOperations: int32('8+', { default: -2147483648 }),
      }),
      clusterAuthorizedOperations: int32('8-10', { default: -2147483648 }),
      errorCode: int16('13+', { ignorable: true }),
    },
  }),
});
