import { AlterConfigs } from '../../protocol/api/33-alter-configs.ts';
import { forwardedHandler } from './forward.ts';

/** AlterConfigs: what is not in the request goes back to its default. kafkajs knows no other way. */
export const alterConfigsHandler = forwardedHandler<typeof AlterConfigs>({
  api: AlterConfigs,
  versions: '0-2',
  unanswered: (request, error) => ({
    responses: request.resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, ...error })),
  }),
});
