import { api, array, bool, bytes, int16, int32, message, string } from '../schema/index.ts';

/**
 * A member of a classic group joins, and waits for the generation to form. Traps: the answer to the leader alone lists
 * the members; from version 4 on a first join without a member id is answered with MEMBER_ID_REQUIRED and the id to
 * come back with.
 *
 * v0     session timeout serves as rebalance timeout
 * v1     rebalance timeout (KIP-62)
 * v2     response: throttle time
 * v3     throttled answers come before the pause (KIP-219)
 * v4     two-step join (KIP-394)
 * v5     group instance id (KIP-345)
 * v6     first flexible version (KIP-482)
 * v7     response: protocol type; protocol name may be null (KIP-559)
 * v8     reason, for the broker's log (KIP-800)
 * v9     response: a returning static leader skips the assignment (KIP-814)
 */
export const JoinGroup = api({
  key: 11,
  name: 'JoinGroup',
  request: message({
    versions: '0-9',
    flexible: '6+',
    fields: {
      groupId: string('0+'),
      sessionTimeoutMs: int32('0+'),
      rebalanceTimeoutMs: int32('1+', { default: -1, ignorable: true }),
      memberId: string('0+'),
      groupInstanceId: string('5+', { nullable: '5+', default: null }),
      protocolType: string('0+'),
      protocols: array('0+', {
        name: string('0+'),
        metadata: bytes('0+'),
      }),
      reason: string('8+', { nullable: '8+', default: null, ignorable: true }),
    },
  }),
  response: message({
    versions: '0-9',
    flexible: '6+',
    fields: {
      throttleTimeMs: int32('2+', { ignorable: true }),
      errorCode: int16('0+'),
      generationId: int32('0+', { default: -1 }),
      protocolType: string('7+', { nullable: '7+', default: null, ignorable: true }),
      protocolName: string('0+', { nullable: '7+' }),
      leader: string('0+'),
      skipAssignment: bool('9+'),
      memberId: string('0+'),
      members: array('0+', {
        memberId: string('0+'),
        groupInstanceId: string('5+', { nullable: '5+', default: null, ignorable: true }),
        metadata: bytes('0+'),
      }),
    },
  }),
});
