import { api, array, int16, int32, int64, message, string, uuid } from '../schema/index.ts';

/**
 * Commits offsets of a group. Traps: an expired or wrong member gets its error per partition; version 10 knows topics
 * by id only, so admin tools, which work by name, stay at 9; generation -1 and no member is a commit from outside the
 * group.
 *
 * v2     retention time, in place of commit timestamps
 * v3     response: throttle time
 * v4     throttled answers come before the pause (KIP-219)
 * v5     retention time is gone, it is a broker config now (KIP-211)
 * v6     leader epoch of the committed offset (KIP-320)
 * v7     group instance id (KIP-345)
 * v8     first flexible version (KIP-482)
 * v9     member epochs of the consumer protocol; GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH (KIP-848)
 * v10    topic ids in place of names (KIP-848)
 */
export const OffsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  request: message({
    versions: '2-10',
    flexible: '8+',
    fields: {
      groupId: string('0+'),
      generationIdOrMemberEpoch: int32('1+', { default: -1, ignorable: true }),
      memberId: string('1+', { ignorable: true }),
      groupInstanceId: string('7+', { nullable: '7+', default: null }),
      retentionTimeMs: int64('2-4', { default: -1, ignorable: true }),
      topics: array('0+', {
        name: string('0-9', { ignorable: true }),
        topicId: uuid('10+', { ignorable: true }),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          committedOffset: int64('0+'),
          committedLeaderEpoch: int32('6+', { default: -1, ignorable: true }),
          committedMetadata: string('0+', { nullable: '0+' }),
        }),
      }),
    },
  }),
  response: message({
    versions: '2-10',
    flexible: '8+',
    fields: {
      throttleTimeMs: int32('3+', { ignorable: true }),
      topics: array('0+', {
        name: string('0-9', { ignorable: true }),
        topicId: uuid('10+', { ignorable: true }),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
        }),
      }),
    },
  }),
});
