import { api, array, int16, int32, message, string } from '../schema/index.ts';

/**
 * LeaveGroup
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
