import { api, array, int16, int32, message, string } from '../schema/index.ts';

/**
 * ListGroups
 */
export const ListGroups = api({
  key: 16,
  name: 'ListGroups',
  request: message({
    versions: '0-5',
    flexible: '3+',
    fields: {
      statesFilter: array('4+', 'string'),
      typesFilter: array('5+', 'string'),
    },
  }),
  response: message({
    versions: '0-5',
    flexible: '3+',
    fields: {
      throttleTimeMs: int32('1+', { ignorable: true }),
      errorCode: int16('0+'),
      groups: array('0+', {
        groupId: string('0+'),
        protocolType: string('0+'),
        groupState: string('4+', { ignorable: true }),
        groupType: string('5+', { ignorable: true }),
      }),
    },
  }),
});
