import { api, array, bool, int8, int16, int32, message, string } from '../schema/index.ts';

/**
 * Configs of topics, brokers and other resources (KIP-133). Trap: a broker's own configs are asked of that broker.
 *
 * v1     synonyms on request; response: source, in place of is-default (KIP-226)
 * v2     throttled answers come before the pause (KIP-219)
 * v3     documentation on request; response: type (KIP-569)
 * v4     first flexible version (KIP-482)
 */
export const DescribeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  request: message({
    versions: '1-4',
    flexible: '4+',
    fields: {
      resources: array('0+', {
        resourceType: int8('0+'),
        resourceName: string('0+'),
        configurationKeys: array('0+', 'string', { nullable: '0+' }),
      }),
      includeSynonyms: bool('1+'),
      includeDocumentation: bool('3+'),
    },
  }),
  response: message({
    versions: '1-4',
    flexible: '4+',
    fields: {
      throttleTimeMs: int32('0+'),
      results: array('0+', {
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
        resourceType: int8('0+'),
        resourceName: string('0+'),
        configs: array('0+', {
          name: string('0+'),
          value: string('0+', { nullable: '0+' }),
          readOnly: bool('0+'),
          configSource: int8('1+', { default: -1, ignorable: true }),
          isSensitive: bool('0+'),
          synonyms: array(
            '1+',
            {
              name: string('1+'),
              value: string('1+', { nullable: '0+' }),
              source: int8('1+'),
            },
            { ignorable: true },
          ),
          configType: int8('3+', { ignorable: true }),
          documentation: string('3+', { nullable: '0+', ignorable: true }),
        }),
      }),
    },
  }),
});
