import { ListConfigResources } from '../../protocol/api/74-list-config-resources.ts';
import { ConfigResourceType } from '../../protocol/config-resource.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { handler } from '../handler.ts';
import type { MetadataImage } from '../image.ts';

/**
 * ListConfigResources: what settings can be described of.
 *
 * v0     client metrics only (KIP-714), of which there are none here
 * v1     any type; none named = all of them (KIP-1142)
 */
export const listConfigResourcesHandler = handler<typeof ListConfigResources>({
  api: ListConfigResources,
  versions: '0-1',
  handle(request, context, reply) {
    const known: readonly number[] = Object.values(ConfigResourceType);
    const types = context.apiVersion === 0 ? [ConfigResourceType.clientMetrics] : request.resourceTypes;
    if (types.some((type) => !known.includes(type))) {
      reply({ errorCode: ErrorCode.UNSUPPORTED_VERSION });
      return;
    }
    const image = context.node.image();
    const configResources = (types.length === 0 ? known : types).flatMap((resourceType) =>
      namesOf(resourceType, image).map((resourceName) => ({ resourceName, resourceType })),
    );
    reply({ errorCode: ErrorCode.NONE, configResources });
  },
});

function namesOf(resourceType: number, image: MetadataImage): string[] {
  if (resourceType === ConfigResourceType.topic) return [...image.topics.keys()].sort();
  if (resourceType === ConfigResourceType.broker) return [...image.brokers.keys()].sort((a, b) => a - b).map(String);
  return [];
}
