import { api, array, bool, int8, int16, int32, message, string } from '../schema/index.ts';

/**
 * Replaces ALL configs of a resource (KIP-133): what is not named goes back to its default. IncrementalAlterConfigs is
 * the successor; old clients have only this.
 *
 * v0     configs per resource, validate only
 * v1     throttled answers come before the pause (KIP-219)
 * v2     first flexible version (KIP-482)
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
