import { api, array, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * Where a leader epoch ended: how a client or follower finds the point at which logs part (KIP-320).
 *
 * v2     current leader epoch, for fencing; response: throttle time
 * v3     replica id (-1 consumer, -2 debugging consumer)
 * v4     first flexible version (KIP-482)
 */
export const OffsetForLeaderEpoch = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  request: message({
    versions: '2-4',
    flexible: '4+',
    fields: {
      replicaId: int32('3+', { default: -2, ignorable: true }),
      topics: array('0+', {
        topic: string('0+'),
        partitions: array('0+', {
          partition: int32('0+'),
          currentLeaderEpoch: int32('2+', { default: -1, ignorable: true }),
          leaderEpoch: int32('0+'),
        }),
      }),
    },
  }),
  response: message({
    versions: '2-4',
    flexible: '4+',
    fields: {
      throttleTimeMs: int32('2+', { ignorable: true }),
      topics: array('0+', {
        topic: string('0+'),
        partitions: array('0+', {
          errorCode: int16('0+'),
          partition: int32('0+'),
          leaderEpoch: int32('1+', { default: -1, ignorable: true }),
          endOffset: int64('0+', { default: -1 }),
        }),
      }),
    },
  }),
});
