import { IncrementalAlterConfigs } from '../../protocol/api/44-incremental-alter-configs.ts';
import { forwardedHandler } from './forward.ts';

/** IncrementalAlterConfigs (KIP-339): sets, deletes, appends to and subtracts from single settings. */
export const incrementalAlterConfigsHandler = forwardedHandler<typeof IncrementalAlterConfigs>({
  api: IncrementalAlterConfigs,
  versions: '0-1',
  unanswered: (request, error) => ({
    responses: request.resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, ...error })),
  }),
});
