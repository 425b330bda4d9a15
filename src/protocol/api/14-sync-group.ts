import { api, array, bytes, int16, int32, message, string } from '../schema/index.ts';

/**
 * The leader of a classic group hands in the assignment, and every member gets its own; the others send an empty list.
 *
 * v0     group, generation, member, assignments
 * v1     response: throttle time
 * v2     throttled answers come before the pause (KIP-219)
 * v3     group instance id (KIP-345)
 * v4     first flexible version (KIP-482)
 * v5     protocol type and name, both ways; a mismatch is INCONSISTENT_GROUP_PROTOCOL (KIP-559)
 */
export const SyncGroup = api({
  key: 14,
  name: 'SyncGroup',
  request: message({
    versions: '0-5',
    flexible: '4+',
    fields: {
      groupId: string('0+'),
      generationId: int32('0+'),
      memberId: string('0+'),
      groupInstanceId: string('3+', { nullable: '3+', default: null }),
      protocolType: string('5+', { nullable: '5+', default: null, ignorable: true }),
      protocolName: string('5+', { nullable: '5+', default: null, ignorable: true }),
      assignments: array('0+', {
        memberId: string('0+'),
        assignment: bytes('0+'),
      }),
    },
  }),
  response: message({
    versions: '0-5',
    flexible: '4+',
    fields: {
      throttleTimeMs: int32('1+', { ignorable: true }),
      errorCode: int16('0+'),
      protocolType: string('5+', { nullable: '5+', default: null, ignorable: true }),
      protocolName: string('5+', { nullable: '5+', default: null, ignorable: true }),
      assignment: bytes('0+'),
    },
  }),
});
