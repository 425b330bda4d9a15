import { DeleteTopics } from '../../protocol/api/20-delete-topics.ts';
import { forwardedHandler } from './forward.ts';

/**
 * DeleteTopics
 *
 * v1     the oldest that Kafka 4 serves
 * v5     error messages
 * v6     by topic id (KIP-516)
 */
export const deleteTopicsHandler = forwardedHandler<typeof DeleteTopics>({
  api: DeleteTopics,
  versions: '1-6',
  unanswered: (request, error) => ({
    responses: [
      ...request.topicNames.map((name) => ({ name, ...error })),
      ...request.topics.map(({ name, topicId }) => ({ name, topicId, ...error })),
    ],
  }),
});
