import { api, array, int8, int16, int32, message, string } from '../schema/index.ts';

/**
 * Names of resources that have configs. Was ListClientMetricsResources up to Apache Kafka 4.0.
 *
 * v0     client metrics resources (KIP-714); flexible from the start
 * v1     resource types, none meaning all; response: type of each (KIP-1142)
 */
export const ListConfigResources = api({
  key: 74,
  name: 'ListConfigResources',
  request: message({
    versions: '0-1',
    flexible: '0+',
    fields: {
      resourceTypes: array('1+', 'int8'),
    },
  }),
  response: message({
    versions: '0-1',
    flexible: '0+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('0+'),
      configResources: array('0+', {
        resourceName: string('0+'),
        resourceType: int8('1+', { default: 16, ignorable: true }),
      }),
    },
  }),
});
