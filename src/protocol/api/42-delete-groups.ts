import { api, array, int16, int32, message, string } from '../schema/index.ts';

/**
 * DeleteGroups
 */
export const DeleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  request: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      groupsNames: array('0+', 'string'),
    },
  }),
  response: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      throttleTimeMs: int32('0+'),
      results: array('0+', {
        groupId: string('0+'),
        errorCode: int16('0+'),
      }),
    },
  }),
});
