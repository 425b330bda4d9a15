import { api, int16, int32, message, string } from '../schema/index.ts';

/**
 * Heartbeat
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
