import { api, array, int16, int32, message, string } from '../schema/index.ts';

/**
 * Deletes groups with their offsets (KIP-229). Goes to each group's coordinator; a group with members is
 * NON_EMPTY_GROUP.
 *
 * v0     group names
 * v1     throttled answers come before the pause (KIP-219)
 * v2     first flexible version (KIP-482)
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
