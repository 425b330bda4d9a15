import { api, array, int8, int16, int32, int64, message, records, string, struct, uuid } from '../schema/index.ts';

/**
 * Fetch
 */
export const Fetch = api({
  key: 1,
  name: 'Fetch',
  request: message({
    versions: '4-18',
    flexible: '12+',
    fields: {
      clusterId: string('12+', { nullable: '12+', tag: 0, default: null, ignorable: true }),
      replicaId: int32('0-14', { default: -1 }),
      replicaState: struct(
        '15+',
        {
          replicaId: int32('15+', { default: -1 }),
          replicaEpoch: int64('15+', { default: -1 }),
        },
        { tag: 1 },
      ),
      maxWaitMs: int32('0+'),
      minBytes: int32('0+'),
      maxBytes: int32('3+', { default: 2147483647, ignorable: true }),
      isolationLevel: int8('4+', { ignorable: true }),
      sessionId: int32('7+', { ignorable: true }),
      sessionEpoch: int32('7+', { default: -1, ignorable: true }),
      topics: array('0+', {
        topic: string('0-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitions: array('0+', {
          partition: int32('0+'),
          currentLeaderEpoch: int32('9+', { default: -1, ignorable: true }),
          fetchOffset: int64('0+'),
          lastFetchedEpoch: int32('12+', { default: -1 }),
          logStartOffset: int64('5+', { default: -1, ignorable: true }),
          partitionMaxBytes: int32('0+'),
          replicaDirectoryId: uuid('17+', { tag: 0, ignorable: true }),
          highWatermark: int64('18+', { tag: 1, default: 2 ** 63, ignorable: true }),
        }),
      }),
      forgottenTopicsData: array('7+', {
        topic: string('7-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitions: array('7+', 'int32'),
      }),
      rackId: string('11+', { ignorable: true }),
    },
  }),
  response: message({
    versions: '4-18',
    flexible: '12+',
    fields: {
      throttleTimeMs: int32('1+', { ignorable: true }),
      errorCode: int16('7+', { ignorable: true }),
      sessionId: int32('7+'),
      responses: array('0+', {
        topic: string('0-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
          highWatermark: int64('0+'),
          lastStableOffset: int64('4+', { default: -1, ignorable: true }),
          logStartOffset: int64('5+', { default: -1, ignorable: true }),
          divergingEpoch: struct(
            '12+',
            {
              epoch: int32('12+', { default: -1 }),
              endOffset: int64('12+', { default: -1 }),
            },
            { tag: 0 },
          ),
          currentLeader: struct(
            '12+',
            {
              leaderId: int32('12+', { default: -1 }),
              leaderEpoch: int32('12+', { default: -1 }),
            },
            { tag: 1 },
          ),
          snapshotId: struct(
            '12+',
            {
              endOffset: int64('0+', { default: -1 }),
              epoch: int32('0+', { default: -1 }),
            },
            { tag: 2 },
          ),
          abortedTransactions: array(
            '4+',
            {
              producerId: int64('4+'),
              firstOffset: int64('4+'),
            },
            { nullable: '4+', ignorable: true },
          ),
          preferredReadReplica: int32('11+', { default: -1 }),
          records: records('0+', { nullable: '0+' }),
        }),
      }),
      nodeEndpoints: array(
        '16+',
        {
          nodeId: int32('16+'),
          host: string('16+'),
          port: int32('16+'),
          rack: string('16+', { nullable: '16+', default: null }),
        },
        { tag: 0 },
      ),
    },
  }),
});
