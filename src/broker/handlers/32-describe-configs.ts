import { DescribeConfigs } from '../../protocol/api/32-describe-configs.ts';
import { ConfigResourceType } from '../../protocol/config-resource.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { RequestOf } from '../../protocol/schema/index.ts';
import { LIST_OF_FAULTS } from '../fault/index.ts';
import { handler } from '../handler.ts';
import { invalidTopicName } from '../metadata/topic-name.ts';
import type { Node } from '../node.ts';
import { type DescribedConfig, describeBroker, describeClusterDefault, describeTopic } from './describe-config.ts';

/**
 * DescribeConfigs: topics on any broker, a broker's settings on that broker.
 *
 * v1     synonyms, and where a value comes from (KIP-226)
 * v3     types and documentation (KIP-569)
 */
type Resource = RequestOf<typeof DescribeConfigs>['resources'][number];
type Found = readonly DescribedConfig[] | { readonly errorCode: number; readonly errorMessage: string };

export const describeConfigsHandler = handler<typeof DescribeConfigs>({
  api: DescribeConfigs,
  versions: '1-4',
  handle(request, context, reply) {
    const results = request.resources.map((resource) => {
      const { resourceType, resourceName } = resource;
      const found = find(resource, context.node);
      if ('errorCode' in found) return { resourceType, resourceName, ...found };
      const keys = resource.configurationKeys;
      const wanted = keys === null || keys.length === 0 ? null : new Set(keys);
      const configs = found
        .filter(({ name }) => (wanted === null ? name !== LIST_OF_FAULTS : wanted.has(name)))
        .map((config) => ({
          ...config,
          synonyms: request.includeSynonyms ? config.synonyms : [],
          documentation: request.includeDocumentation ? config.documentation : null,
        }));
      return { resourceType, resourceName, errorCode: ErrorCode.NONE, errorMessage: null, configs };
    });
    reply({ results });
  },
});

function find(resource: Resource, node: Node): Found {
  const image = node.image();
  const faults = node.faults?.active() ?? [];
  const { resourceType, resourceName } = resource;
  if (resourceType === ConfigResourceType.topic) {
    const reason = invalidTopicName(resourceName);
    if (reason !== null) return { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage: reason };
    if (!image.topics.has(resourceName)) {
      return {
        errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        errorMessage: 'This server does not host this topic-partition.',
      };
    }
    return describeTopic(image.topicConfigs.get(resourceName), image, node.config);
  }
  if (resourceType === ConfigResourceType.broker) {
    if (resourceName === '') return describeClusterDefault(image, faults);
    if (resourceName === String(node.id)) return describeBroker(image, node.config, faults);
    return {
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: `Unexpected broker id, expected ${node.id} or empty string, but received ${resourceName}`,
    };
  }
  return {
    errorCode: ErrorCode.INVALID_REQUEST,
    errorMessage: `Resource type ${resourceType} has no settings on this broker.`,
  };
}
