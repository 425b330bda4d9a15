import { api, int16, int32, message, string } from '../schema/index.ts';

/**
 * A member of a classic group says that it lives; REBALANCE_IN_PROGRESS tells it to join again, and is no failure.
 *
 * v0     group, generation, member
 * v1     response: throttle time
 * v2     throttled answers come before the pause (KIP-219)
 * v3     group instance id (KIP-345)
 * v4     first flexible version (KIP-482)
 */
export const Heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  request: message({
    versions: '0-4',
    flexible: '4+',
    fields: {
      groupId: string('0+'),
      generationId: int32('0+'),
      memberId: string('0+'),
      groupInstanceId: string('3+', { nullable: '3+', default: null }),
    },
  }),
  response: message({
    versions: '0-4',
    flexible: '4+',
    fields: {
      throttleTimeMs: int32('1+', { ignorable: true }),
      errorCode: int16('0+'),
    },
  }),
});
