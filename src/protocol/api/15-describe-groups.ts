import { api, array, bool, bytes, int16, int32, message, string } from '../schema/index.ts';

/**
 * State and members of classic groups. Traps: an unknown group is answered as state `Dead` without an error up to
 * version 5; a group of another type is answered as an unknown one; metadata and assignment are bytes that only the
 * protocol type explains.
 *
 * v0     state, protocol, members
 * v1     response: throttle time
 * v2     throttled answers come before the pause (KIP-219)
 * v3     authorised operations on request (KIP-430)
 * v4     response: group instance ids (KIP-345)
 * v5     first flexible version (KIP-482)
 * v6     GROUP_ID_NOT_FOUND, with a message, for an unknown group (KIP-1043)
 */
export const DescribeGroups = api({
  key: 15,
  name: 'DescribeGroups',
  request: message({
    versions: '0-6',
    flexible: '5+',
    fields: {
      groups: array('0+', 'string'),
      includeAuthorizedOperations: bool('3+'),
    },
  }),
  response: message({
    versions: '0-6',
    flexible: '5+',
    fields: {
      throttleTimeMs: int32('1+', { ignorable: true }),
      groups: array('0+', {
        errorCode: int16('0+'),
        errorMessage: string('6+', { nullable: '6+', default: null }),
        groupId: string('0+'),
        groupState: string('0+'),
        protocolType: string('0+'),
        protocolData: string('0+'),
        members: array('0+', {
          memberId: string('0+'),
          groupInstanceId: string('4+', { nullable: '4+', default: null, ignorable: true }),
          clientId: string('0+'),
          clientHost: string('0+'),
          memberMetadata: bytes('0+'),
          memberAssignment: bytes('0+'),
        }),
        authorizedOperations: int32('3+', { default: -2147483648 }),
      }),
    },
  }),
});
