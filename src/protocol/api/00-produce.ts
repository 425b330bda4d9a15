import { api, array, int16, int32, int64, message, records, string, struct, uuid } from '../schema/index.ts';

/**
 * Appends record batches to partitions. Traps: acks=0 gets no answer at all; a broker must advertise 0 as the lowest
 * version, or older librdkafka turns compression off (KAFKA-18659), and still refuses 0-2.
 *
 * v3     transactional id, message format 2 (KIP-98)
 * v4     may answer KAFKA_STORAGE_ERROR (KIP-112)
 * v5     response: log start offset
 * v6     throttled answers come before the pause (KIP-219)
 * v7     zstd batches are allowed (KIP-110)
 * v8     response: the records that spoiled a batch, with a message (KIP-467)
 * v9     first flexible version (KIP-482)
 * v10    response: current leader and node endpoints, as tags (KIP-951)
 * v11    may answer TRANSACTION_ABORTABLE (KIP-890)
 * v12    implies AddPartitionsToTxn where transaction.version is 2 (KIP-890)
 * v13    topic ids in place of names (KIP-516)
 */
export const Produce = api({
  key: 0,
  name: 'Produce',
  request: message({
    versions: '3-13',
    flexible: '9+',
    fields: {
      transactionalId: string('3+', { nullable: '3+', default: null }),
      acks: int16('0+'),
      timeoutMs: int32('0+'),
      topicData: array('0+', {
        name: string('0-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitionData: array('0+', {
          index: int32('0+'),
          records: records('0+', { nullable: '0+' }),
        }),
      }),
    },
  }),
  response: message({
    versions: '3-13',
    flexible: '9+',
    fields: {
      responses: array('0+', {
        name: string('0-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitionResponses: array('0+', {
          index: int32('0+'),
          errorCode: int16('0+'),
          baseOffset: int64('0+'),
          logAppendTimeMs: int64('2+', { default: -1, ignorable: true }),
          logStartOffset: int64('5+', { default: -1, ignorable: true }),
          recordErrors: array(
            '8+',
            {
              batchIndex: int32('8+'),
              batchIndexErrorMessage: string('8+', { nullable: '8+', default: null }),
            },
            { ignorable: true },
          ),
          errorMessage: string('8+', { nullable: '8+', default: null, ignorable: true }),
          currentLeader: struct(
            '10+',
            {
              leaderId: int32('10+', { default: -1 }),
              leaderEpoch: int32('10+', { default: -1 }),
            },
            { tag: 0 },
          ),
        }),
      }),
      throttleTimeMs: int32('1+', { ignorable: true }),
      nodeEndpoints: array(
        '10+',
        {
          nodeId: int32('10+'),
          host: string('10+'),
          port: int32('10+'),
          rack: string('10+', { nullable: '10+', default: null }),
        },
        { tag: 0 },
      ),
    },
  }),
});
