import { CreateTopics } from '../../protocol/api/19-create-topics.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { describeTopic } from './describe-config.ts';
import { forwardedHandler } from './forward.ts';

/** Settings are shown without their synonyms. */
const FIRST_WITH_CONFIGS = 5;

/**
 * CreateTopics
 *
 * v2     the oldest that Kafka 4 serves
 * v4     -1 stands for the broker's default partitions and replication factor (KIP-464)
 * v5     the answer tells partitions, replication factor and settings of the new topic (KIP-525)
 * v7     topic ids
 */
export const createTopicsHandler = forwardedHandler<typeof CreateTopics>({
  api: CreateTopics,
  versions: '2-7',
  unanswered: (request, error) => ({ topics: request.topics.map(({ name }) => ({ name, ...error, configs: null })) }),
  complete(response, request, context) {
    if (context.apiVersion < FIRST_WITH_CONFIGS) return response;
    const { node } = context;
    const asked = new Map(request.topics.map((topic) => [topic.name, topic]));
    const topics = (response.topics ?? []).map((topic) => {
      if (topic.errorCode !== ErrorCode.NONE) return { ...topic, configs: null };
      const own = asked.get(topic.name ?? '')?.configs ?? [];
      const overrides = new Map(own.map((config) => [config.name, config.value ?? '']));
      const configs = describeTopic(overrides, node.image(), node.config);
      return {
        ...topic,
        configs: configs.map(({ name, value, readOnly, configSource, isSensitive }) => ({
          name,
          value,
          readOnly,
          configSource,
          isSensitive,
        })),
      };
    });
    return { ...response, topics };
  },
});
