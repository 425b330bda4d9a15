import { api, array, int16, int32, int64, message, string, uuid } from '../schema/index.ts';

/**
 * Start offsets of share groups (KIP-932). Null topics means all.
 *
 * v0     flexible from the start
 * v1     response: lag (KIP-1226)
 */
export const DescribeShareGroupOffsets = api({
  key: 90,
  name: 'DescribeShareGroupOffsets',
  request: message({
    versions: '0-1',
    flexible: '0+',
    fields: {
      groups: array('0+', {
        groupId: string('0+'),
        topics: array(
          '0+',
          {
            topicName: string('0+'),
            partitions: array('0+', 'int32'),
          },
          { nullable: '0+' },
        ),
      }),
    },
  }),
  response: message({
    versions: '0-1',
    flexible: '0+',
    fields: {
      throttleTimeMs: int32('0+'),
      groups: array('0+', {
        groupId: string('0+'),
        topics: array('0+', {
          topicName: string('0+'),
          topicId: uuid('0+'),
          partitions: array('0+', {
            partitionIndex: int32('0+'),
            startOffset: int64('0+'),
            leaderEpoch: int32('0+'),
            lag: int64('1+', { default: -1, ignorable: true }),
            errorCode: int16('0+'),
            errorMessage: string('0+', { nullable: '0+', default: null }),
          }),
        }),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
      }),
    },
  }),
});
