import { api, array, bool, int8, int16, int32, message, string } from '../schema/index.ts';

/**
 * AlterConfigs
 */
export const AlterConfigs = api({
  key: 33,
  name: 'AlterConfigs',
  request: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      resources: array('0+', {
        resourceType: int8('0+'),
        resourceName: string('0+'),
        configs: array('0+', {
          name: string('0+'),
          value: string('0+', { nullable: '0+' }),
        }),
      }),
      validateOnly: bool('0+'),
    },
  }),
  response: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      throttleTimeMs: int32('0+'),
      responses: array('0+', {
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
        resourceType: int8('0+'),
        resourceName: string('0+'),
      }),
    },
  }),
});
