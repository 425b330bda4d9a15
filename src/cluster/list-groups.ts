import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, ClusterClient } from '../client/cluster-client.ts';
import { ListGroups } from '../protocol/api/index.ts';
import { ErrorCode, isRetriable } from '../protocol/errors.ts';
import { classicType } from './describe.ts';
import { blankGroup } from './groups.ts';
import { problemOf } from './problem.ts';
import type { Group, Problem } from './snapshot.ts';

/** How often, and after which pauses (ms), a coordinator that is still loading is asked again. */
const PAUSES = [100, 200, 400] as const;

export interface Listing {
  readonly groups: Group[];
  readonly problem: Problem | null;
  readonly depth: number;
}

/**
 * The groups that a broker coordinates, with type and state where it tells them (Kafka 3.8 and 2.6). The broker that
 * lists a group is its coordinator, so nobody needs to be asked where a group is. Rejects with a ClientError.
 */
export async function listGroups(client: ClusterClient, node: number, after: number): Promise<Listing> {
  let answer: Answer<typeof ListGroups> = await client.call(node, ListGroups, {}, { after });
  for (const pause of PAUSES) {
    if (!isRetriable(answer.body.errorCode)) break;
    await sleep(pause);
    answer = await client.call(node, ListGroups, {}, { after: answer.depth });
  }
  const { errorCode, groups } = answer.body;
  return {
    depth: answer.depth,
    problem:
      errorCode === ErrorCode.NONE ? null : problemOf(`broker ${node}`, errorCode, 'its groups are missing here'),
    groups: groups.map(({ groupId, protocolType, groupState, groupType }) => ({
      ...blankGroup(groupId, node),
      protocolType,
      state: groupState || null,
      type: listedType(groupType, protocolType),
    })),
  };
}

function listedType(groupType: string, protocolType: string): Group['type'] {
  switch (groupType.toLowerCase()) {
    case 'classic':
      return classicType(protocolType);
    case 'consumer':
      return 'consumer';
    case 'share':
      return 'share';
    case 'streams':
      return 'streams';
    // Before Kafka 3.8 the type is not told; a protocol type other than the consumers' can only be a classic group.
    default:
      return protocolType === 'consumer' || protocolType === '' ? 'unknown' : classicType(protocolType);
  }
}
