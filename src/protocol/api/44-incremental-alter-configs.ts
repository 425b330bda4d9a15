import { api, array, bool, int8, int16, int32, message, string } from '../schema/index.ts';

/**
 * Changes single configs (KIP-339): operation 0 set, 1 delete, 2 append, 3 subtract (2 and 3 for list values).
 *
 * v0     operations per resource, validate only
 * v1     first flexible version (KIP-482)
 */
export const IncrementalAlterConfigs = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  request: message({
    versions: '0-1',
    flexible: '1+',
    fields: {
      resources: array('0+', {
        resourceType: int8('0+'),
        resourceName: string('0+'),
        configs: array('0+', {
          name: string('0+'),
          configOperation: int8('0+'),
          value: string('0+', { nullable: '0+' }),
        }),
      }),
      validateOnly: bool('0+'),
    },
  }),
  response: message({
    versions: '0-1',
    flexible: '1+',
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
