import { LeaveGroup } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import { type LeaveResult, type LeavingMember, leave } from '../coordinator/membership.ts';
import type { GroupShard } from '../coordinator/shard.ts';
import type { Turn } from '../coordinator/turn.ts';
import { type Handler, handler } from '../handler.ts';

/** v3+: several members in one request, each with an error of its own (KIP-345). */
const BATCHED = 3;

export function leaveGroup(groups: GroupCoordinator): Handler {
  return handler({
    api: LeaveGroup,
    versions: '0-5',
    handle(request, { apiVersion }, reply) {
      const batched = apiVersion >= BATCHED;
      const leaving = batched ? request.members : [{ memberId: request.memberId, groupInstanceId: null, reason: null }];
      const outcome = groups.run(request.groupId, (shard, turn) => leaveFrom(shard, request.groupId, leaving, turn));
      if ('refused' in outcome) reply({ errorCode: outcome.refused });
      else if (batched) reply(outcome);
      else reply({ errorCode: outcome.errorCode || (outcome.members?.[0]?.errorCode ?? ErrorCode.NONE) });
    },
  });
}

function leaveFrom(shard: GroupShard, groupId: string, leaving: readonly LeavingMember[], turn: Turn): LeaveResult {
  if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID };
  const group = shard.group(groupId);
  if (group !== undefined) return leave(group, leaving, turn);
  const members = leaving.map(({ memberId, groupInstanceId }) => ({
    memberId,
    groupInstanceId,
    errorCode: ErrorCode.UNKNOWN_MEMBER_ID,
  }));
  return { errorCode: ErrorCode.NONE, members };
}
