import { api, array, int16, int32, message, string } from '../schema/index.ts';

/**
 * Members leave a classic group. Trap: up to version 2 one member is named in `memberId`, from 3 on `members` holds
 * them, and each has its own error; an operator removes a static member by instance id with an empty member id.
 *
 * v0     one member
 * v1     response: throttle time
 * v2     throttled answers come before the pause (KIP-219)
 * v3     many members, by member id or group instance id (KIP-345)
 * v4     first flexible version (KIP-482)
 * v5     reason, for the broker's log (KIP-800)
 */
export const LeaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  request: message({
    versions: '0-5',
    flexible: '4+',
    fields: {
      groupId: string('0+'),
      memberId: string('0-2'),
      members: array('3+', {
        memberId: string('3+'),
        groupInstanceId: string('3+', { nullable: '3+', default: null }),
        reason: string('5+', { nullable: '5+', default: null, ignorable: true }),
      }),
    },
  }),
  response: message({
    versions: '0-5',
    flexible: '4+',
    fields: {
      throttleTimeMs: int32('1+', { ignorable: true }),
      errorCode: int16('0+'),
      members: array('3+', {
        memberId: string('3+'),
        groupInstanceId: string('3+', { nullable: '3+' }),
        errorCode: int16('3+'),
      }),
    },
  }),
});
