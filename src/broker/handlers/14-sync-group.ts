import { SyncGroup } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import { sync } from '../coordinator/membership.ts';
import { type Handler, handler } from '../handler.ts';

/** v5+: protocol type and name are there to be compared, and must be (KIP-559). */
const SAYS_PROTOCOL = 5;

export function syncGroup(groups: GroupCoordinator): Handler {
  return handler({
    api: SyncGroup,
    versions: '0-5',
    handle(request, { apiVersion }, reply) {
      const { groupId, protocolType, protocolName } = request;
      if (apiVersion >= SAYS_PROTOCOL && (protocolType === null || protocolName === null)) {
        reply({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
        return;
      }
      const outcome = groups.run(groupId, (shard, turn) => {
        const group = shard.group(groupId);
        if (groupId === '') turn.release(reply, { errorCode: ErrorCode.INVALID_GROUP_ID });
        else if (group === undefined) turn.release(reply, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
        else sync(group, request, turn, reply);
      });
      if (outcome !== undefined) reply({ errorCode: outcome.refused });
    },
  });
}
