import { Heartbeat } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import { heartbeat as beat } from '../coordinator/membership.ts';
import { type Handler, handler } from '../handler.ts';

export function heartbeat(groups: GroupCoordinator): Handler {
  return handler({
    api: Heartbeat,
    versions: '0-4',
    handle(request, _, reply) {
      const outcome = groups.run(request.groupId, (shard, turn) => {
        if (request.groupId === '') return ErrorCode.INVALID_GROUP_ID;
        const group = shard.group(request.groupId);
        return group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : beat(group, request, turn);
      });
      const errorCode = typeof outcome === 'number' ? outcome : outcome.refused;
      // A member is not to be worried by a coordinator that has only just taken over.
      reply({ errorCode: errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : errorCode });
    },
  });
}
