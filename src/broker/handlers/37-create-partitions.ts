import { CreatePartitions } from '../../protocol/api/37-create-partitions.ts';
import { forwardedHandler } from './forward.ts';

/** CreatePartitions (KIP-195): more partitions for topics that exist, with or without an assignment. */
export const createPartitionsHandler = forwardedHandler<typeof CreatePartitions>({
  api: CreatePartitions,
  versions: '0-3',
  unanswered: (request, error) => ({ results: request.topics.map(({ name }) => ({ name, ...error })) }),
});
