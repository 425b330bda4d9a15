import { api, array, int16, int32, int64, message, string, uint16, uuid } from '../schema/index.ts';

const replicaState = {
  replicaId: int32('0+'),
  replicaDirectoryId: uuid('2+'),
  logEndOffset: int64('0+'),
  lastFetchTimestamp: int64('1+', { default: -1, ignorable: true }),
  lastCaughtUpTimestamp: int64('1+', { default: -1, ignorable: true }),
};

/**
 * The KRaft quorum: leader, voters, observers and how far each has come (KIP-595).
 *
 * v0     flexible from the start
 * v1     response: last fetch and last caught-up times (KIP-836)
 * v2     response: error messages, nodes, replica directory ids (KIP-853)
 */
export const DescribeQuorum = api({
  key: 55,
  name: 'DescribeQuorum',
  request: message({
    versions: '0-2',
    flexible: '0+',
    fields: {
      topics: array('0+', {
        topicName: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
        }),
      }),
    },
  }),
  response: message({
    versions: '0-2',
    flexible: '0+',
    fields: {
      errorCode: int16('0+'),
      errorMessage: string('2+', { nullable: '2+', ignorable: true }),
      topics: array('0+', {
        topicName: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
          errorMessage: string('2+', { nullable: '2+', ignorable: true }),
          leaderId: int32('0+'),
          leaderEpoch: int32('0+'),
          highWatermark: int64('0+'),
          currentVoters: array('0+', replicaState),
          observers: array('0+', replicaState),
        }),
      }),
      nodes: array('2+', {
        nodeId: int32('2+'),
        listeners: array('2+', {
          name: string('2+'),
          host: string('2+'),
          port: uint16('2+'),
        }),
      }),
    },
  }),
});
