import { api, array, int8, int16, int32, int64, message, records, string, struct, uuid } from '../schema/index.ts';

/**
 * Reads record batches, for consumers and for followers. Traps: the batch that holds the offset comes whole, records
 * before the offset included; the first batch comes even if it is over the limit (KIP-74); a session leaves out
 * partitions that did not change.
 *
 * v4     isolation level; response: last stable offset and aborted transactions (KIP-98)
 * v5     log start offset, both ways (KIP-107)
 * v6     may answer KAFKA_STORAGE_ERROR (KIP-112)
 * v7     incremental sessions: session id and epoch, forgotten topics (KIP-227)
 * v8     throttled answers come before the pause (KIP-219)
 * v9     current leader epoch, for fencing (KIP-320)
 * v10    zstd batches are allowed (KIP-110)
 * v11    rack id; response: preferred read replica (KIP-392)
 * v12    first flexible version; last fetched epoch, diverging epoch, current leader (KIP-595)
 * v13    topic ids in place of names (KIP-516)
 * v14    may answer OFFSET_MOVED_TO_TIERED_STORAGE (KIP-405)
 * v15    replica id moves into the tagged replica state, with the broker epoch (KIP-903)
 * v16    response: node endpoints, as a tag (KIP-951)
 * v17    replica directory id, as a tag (KIP-853)
 * v18    the follower's high watermark, as a tag: replicas only (KIP-1166)
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
