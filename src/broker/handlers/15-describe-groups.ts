import { DescribeGroups } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { ResponseInput } from '../../protocol/schema/index.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import type { Group } from '../coordinator/group.ts';
import { EMPTY_BYTES, metadataOf } from '../coordinator/member.ts';
import { type Handler, handler } from '../handler.ts';

type Described = NonNullable<ResponseInput<typeof DescribeGroups>['groups']>[number];

/** v6+: a group that is not there is an error, not only the state Dead (KIP-1043). */
const SAYS_NOT_FOUND = 6;
/** Read, Delete, Describe, DescribeConfigs and AlterConfigs, one bit each: without an authorizer everybody may. */
const ALL_OPERATIONS = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11);

export function describeGroups(groups: GroupCoordinator): Handler {
  return handler({
    api: DescribeGroups,
    versions: '0-6',
    handle(request, { apiVersion }, reply) {
      const described = request.groups.map((groupId) => {
        const answer = groups.run(groupId, (shard) => describe(shard.group(groupId), groupId, apiVersion));
        if ('refused' in answer) return { groupId, errorCode: answer.refused };
        return request.includeAuthorizedOperations ? { ...answer, authorizedOperations: ALL_OPERATIONS } : answer;
      });
      reply({ groups: described });
    },
  });
}

function describe(group: Group | undefined, groupId: string, apiVersion: number): Described {
  if (group === undefined || group.state === 'Dead') {
    const dead = { groupId, groupState: 'Dead' };
    if (apiVersion < SAYS_NOT_FOUND) return dead;
    return { ...dead, errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` };
  }
  // Outside of Stable nothing is agreed, but everybody still has what the last generation gave them.
  const protocol = group.state === 'Stable' ? (group.protocolName ?? '') : '';
  return {
    groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: protocol,
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: protocol === '' ? EMPTY_BYTES : metadataOf(member, protocol),
      memberAssignment: member.assignment,
    })),
  };
}
