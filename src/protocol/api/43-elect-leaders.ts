import { api, array, int8, int16, int32, message, string } from '../schema/index.ts';

/**
 * Elects leaders: the preferred replica, or an unclean one. Null partitions means all. ELECTION_NOT_NEEDED is no
 * failure.
 *
 * v0     preferred election (KIP-183)
 * v1     election type; response: an error for the whole request (KIP-460)
 * v2     first flexible version (KIP-482)
 */
export const ElectLeaders = api({
  key: 43,
  name: 'ElectLeaders',
  request: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      electionType: int8('1+'),
      topicPartitions: array(
        '0+',
        {
          topic: string('0+'),
          partitions: array('0+', 'int32'),
        },
        { nullable: '0+' },
      ),
      timeoutMs: int32('0+', { default: 60000 }),
    },
  }),
  response: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('1+'),
      replicaElectionResults: array('0+', {
        topic: string('0+'),
        partitionResult: array('0+', {
          partitionId: int32('0+'),
          errorCode: int16('0+'),
          errorMessage: string('0+', { nullable: '0+' }),
        }),
      }),
    },
  }),
});
