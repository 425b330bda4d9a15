import { JoinGroup } from '../../protocol/api/index.ts';
import type { RequestOf } from '../../protocol/schema/index.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import type { JoinRequest } from '../coordinator/join.ts';
import type { JoinResult } from '../coordinator/member.ts';
import { type Handler, handler, type RequestContext } from '../handler.ts';

const HAS_REBALANCE_TIMEOUT = 1;
const REQUIRES_KNOWN_MEMBER_ID = 4;
const NULLABLE_PROTOCOL_NAME = 7;
const SKIPS_ASSIGNMENT = 9;

export function joinGroup(groups: GroupCoordinator): Handler {
  return handler({
    api: JoinGroup,
    versions: '0-9',
    handle(request, context, send) {
      // Where there is no protocol, as in every refusal, its name is null as soon as the version can say so.
      const none = context.apiVersion >= NULLABLE_PROTOCOL_NAME ? null : '';
      const reply = (answer: JoinResult) => send({ ...answer, protocolName: answer.protocolName ?? none });
      const outcome = groups.run(request.groupId, (shard, turn) =>
        shard.join(joinRequest(request, context), turn, reply),
      );
      if (outcome !== undefined) reply({ errorCode: outcome.refused, memberId: request.memberId });
    },
  });
}

function joinRequest(request: RequestOf<typeof JoinGroup>, context: RequestContext): JoinRequest {
  const { apiVersion } = context;
  return {
    groupId: request.groupId,
    memberId: request.memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: context.clientId ?? '',
    clientHost: context.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: apiVersion >= HAS_REBALANCE_TIMEOUT ? request.rebalanceTimeoutMs : request.sessionTimeoutMs,
    protocolType: request.protocolType,
    // They outlive the request, whose bytes they are a view of.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
    requiresKnownMemberId: apiVersion >= REQUIRES_KNOWN_MEMBER_ID,
    canSkipAssignment: apiVersion >= SKIPS_ASSIGNMENT,
  };
}
