import { api, array, int16, int32, message, string } from '../schema/index.ts';

/**
 * The groups that one broker coordinates: a whole list needs every broker. Trap: filters are unknown before versions 4
 * and 5, and a request that carries one must not be sent as an older version.
 *
 * v0     group id and protocol type
 * v1     response: throttle time
 * v2     throttled answers come before the pause (KIP-219)
 * v3     first flexible version (KIP-482)
 * v4     filter by state; response: state (KIP-518)
 * v5     filter by type; response: type (KIP-848)
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
