import { api, array, int16, message, string } from '../schema/index.ts';

/**
 * SaslHandshake
 */
export const SaslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  request: message({
    versions: '0-1',
    flexible: 'none',
    fields: {
      mechanism: string('0+'),
    },
  }),
  response: message({
    versions: '0-1',
    flexible: 'none',
    fields: {
      errorCode: int16('0+'),
      mechanisms: array('0+', 'string'),
    },
  }),
});
