import { api, array, bool, int16, int32, int64, message, string, uuid } from '../schema/index.ts';

/**
 * Committed offsets of groups. Traps: an unknown group is not an error, its offsets are -1; two layouts live in one
 * message, `topics` up to version 7 and `groups` from 8 on; version 10 knows topics by id only.
 *
 * v1     read from __consumer_offsets
 * v2     null topics: everything that the group committed; response: an error for the group
 * v3     response: throttle time
 * v4     throttled answers come before the pause (KIP-219)
 * v5     response: leader epoch of the committed offset (KIP-320)
 * v6     first flexible version (KIP-482)
 * v7     require stable: UNSTABLE_OFFSET_COMMIT while a transaction is open (KIP-447)
 * v8     many groups in one request (KIP-709)
 * v9     member id and epoch of the consumer protocol (KIP-848)
 * v10    topic ids in place of names (KIP-848)
 */
export const OffsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  request: message({
    versions: '1-10',
    flexible: '6+',
    fields: {
      groupId: string('0-7'),
      topics: array(
        '0-7',
        {
          name: string('0-7'),
          partitionIndexes: array('0-7', 'int32'),
        },
        { nullable: '2-7' },
      ),
      groups: array('8+', {
        groupId: string('8+'),
        memberId: string('9+', { nullable: '9+', default: null, ignorable: true }),
        memberEpoch: int32('9+', { default: -1, ignorable: true }),
        topics: array(
          '8+',
          {
            name: string('8-9', { ignorable: true }),
            topicId: uuid('10+', { ignorable: true }),
            partitionIndexes: array('8+', 'int32'),
          },
          { nullable: '8+' },
        ),
      }),
      requireStable: bool('7+'),
    },
  }),
  response: message({
    versions: '1-10',
    flexible: '6+',
    fields: {
      throttleTimeMs: int32('3+', { ignorable: true }),
      topics: array('0-7', {
        name: string('0-7'),
        partitions: array('0-7', {
          partitionIndex: int32('0-7'),
          committedOffset: int64('0-7'),
          committedLeaderEpoch: int32('5-7', { default: -1, ignorable: true }),
          metadata: string('0-7', { nullable: '0-7' }),
          errorCode: int16('0-7'),
        }),
      }),
      errorCode: int16('2-7', { ignorable: true }),
      groups: array('8+', {
        groupId: string('8+'),
        topics: array('8+', {
          name: string('8-9', { ignorable: true }),
          topicId: uuid('10+', { ignorable: true }),
          partitions: array('8+', {
            partitionIndex: int32('8+'),
            committedOffset: int64('8+'),
            committedLeaderEpoch: int32('8+', { default: -1, ignorable: true }),
            metadata: string('8+', { nullable: '8+' }),
            errorCode: int16('8+'),
          }),
        }),
        errorCode: int16('8+'),
      }),
    },
  }),
});
