import {
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  OffsetCommit,
  OffsetFetch,
  SyncGroup,
} from '../../../src/protocol/api/index.ts';
import { encodeAssignment, encodeSubscription } from '../../../src/protocol/consumer-protocol.ts';
import type { ResponseOf } from '../../../src/protocol/schema/index.ts';
import type { Call, World } from './world.ts';

/** Requests as a consumer sends them, with defaults that a test overrides where it matters. */
export interface JoinFields {
  readonly groupId?: string;
  readonly memberId?: string;
  readonly groupInstanceId?: string | null;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly protocolType?: string;
  readonly topics?: readonly string[];
  readonly protocols?: readonly { readonly name: string; readonly metadata: Buffer }[];
  readonly version?: number;
  readonly clientId?: string;
}

export const GROUP = 'my-group';
export type Joined = ResponseOf<typeof JoinGroup>;

export function protocol(name: string, topics: readonly string[] = ['orders']) {
  return { name, metadata: encodeSubscription(0, { topics: [...topics] }) };
}

export function assignment(partitions: readonly number[], topic = 'orders'): Buffer {
  return encodeAssignment(0, { assignedPartitions: [{ topic, partitions: [...partitions] }] });
}

export function join(world: World, fields: JoinFields = {}): Call<Joined> {
  const version = fields.version ?? 9;
  return world.send(
    JoinGroup,
    version,
    {
      groupId: fields.groupId ?? GROUP,
      sessionTimeoutMs: fields.sessionTimeoutMs ?? 10_000,
      ...(version >= 1 ? { rebalanceTimeoutMs: fields.rebalanceTimeoutMs ?? 60_000 } : {}),
      memberId: fields.memberId ?? '',
      groupInstanceId: fields.groupInstanceId ?? null,
      protocolType: fields.protocolType ?? 'consumer',
      protocols: [...(fields.protocols ?? [protocol('range', fields.topics)])],
    },
    { clientId: fields.clientId ?? 'app' },
  );
}

/** Joins as a new dynamic member does: is given an id, and joins with it. */
export function joinNew(world: World, fields: JoinFields = {}): { memberId: string; call: Call<Joined> } {
  const memberId = answered(join(world, fields)).memberId;
  return { memberId, call: join(world, { ...fields, memberId }) };
}

export function sync(
  world: World,
  fields: {
    readonly groupId?: string;
    readonly memberId: string;
    readonly generationId: number;
    readonly groupInstanceId?: string | null;
    readonly protocolType?: string | null;
    readonly protocolName?: string | null;
    readonly assignments?: Readonly<Record<string, Buffer>>;
    readonly version?: number;
  },
): Call<ResponseOf<typeof SyncGroup>> {
  return world.send(SyncGroup, fields.version ?? 5, {
    groupId: fields.groupId ?? GROUP,
    generationId: fields.generationId,
    memberId: fields.memberId,
    groupInstanceId: fields.groupInstanceId ?? null,
    ...((fields.version ?? 5) >= 5
      ? { protocolType: fields.protocolType ?? 'consumer', protocolName: fields.protocolName ?? 'range' }
      : {}),
    assignments: Object.entries(fields.assignments ?? {}).map(([memberId, bytes]) => ({ memberId, assignment: bytes })),
  });
}

export function heartbeat(
  world: World,
  memberId: string,
  generationId: number,
  groupInstanceId: string | null = null,
  groupId = GROUP,
): number {
  return world.ask(Heartbeat, 4, { groupId, generationId, memberId, groupInstanceId }).errorCode;
}

export function leave(world: World, members: { memberId: string; groupInstanceId?: string | null }[], groupId = GROUP) {
  return world.ask(LeaveGroup, 5, {
    groupId,
    members: members.map((member) => ({ groupInstanceId: null, ...member })),
  });
}

export function answered<R>(call: Call<R>): R {
  if (call.response === null) throw new Error('the request is parked');
  return call.response;
}

/** A group with these members, Stable; each partition of `orders` (4) goes to the members in turn. */
export function stableGroup(
  world: World,
  members: readonly JoinFields[] = [{}],
): { generationId: number; leader: string; memberIds: string[] } {
  const ids: string[] = [];
  const calls = members.map((fields) => {
    if (fields.groupInstanceId != null) {
      return join(world, fields);
    }
    const { memberId, call } = joinNew(world, fields);
    ids.push(memberId);
    return call;
  });
  // The first one is alone in a generation of its own when there is no initial delay: it hears of the others and rejoins.
  let last = calls.at(-1);
  for (let round = 0; last?.response === null && round < members.length; round++) {
    members.forEach((fields, index) => {
      const call = calls[index];
      if (call?.response == null || call === last) return;
      calls[index] = join(world, { ...fields, memberId: call.response.memberId });
    });
    last = calls.at(-1);
  }
  const joined = calls.map((call) => answered(call));
  const [first] = joined;
  if (first === undefined) throw new Error('no members');
  const { generationId, leader } = first;
  const assignments = Object.fromEntries(
    joined.map(({ memberId }, index) => [
      memberId,
      assignment([0, 1, 2, 3].filter((partition) => partition % joined.length === index)),
    ]),
  );
  const followers = joined.filter(({ memberId }) => memberId !== leader);
  for (const member of joined) {
    const index = joined.indexOf(member);
    sync(world, {
      memberId: member.memberId,
      generationId,
      groupInstanceId: members[index]?.groupInstanceId ?? null,
      assignments: followers.includes(member) ? {} : assignments,
      ...(members[index]?.groupId === undefined ? {} : { groupId: members[index]?.groupId ?? GROUP }),
    });
  }
  return { generationId, leader, memberIds: joined.map(({ memberId }) => memberId) };
}

export interface CommitFields {
  readonly groupId?: string;
  readonly generationId?: number;
  readonly memberId?: string;
  readonly groupInstanceId?: string | null;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly metadata?: string | null;
  readonly version?: number;
}

/** Commits one offset and returns its error code, or null while the append is on its way. */
export function commit(world: World, fields: CommitFields = {}): number | null {
  const call = commitCall(world, fields);
  return call.response?.topics[0]?.partitions[0]?.errorCode ?? null;
}

export function commitCall(world: World, fields: CommitFields = {}): Call<ResponseOf<typeof OffsetCommit>> {
  const version = fields.version ?? 9;
  return world.send(OffsetCommit, version, {
    groupId: fields.groupId ?? GROUP,
    generationIdOrMemberEpoch: fields.generationId ?? -1,
    memberId: fields.memberId ?? '',
    ...(version >= 7 ? { groupInstanceId: fields.groupInstanceId ?? null } : {}),
    topics: [
      {
        name: fields.topic ?? 'orders',
        partitions: [
          {
            partitionIndex: fields.partition ?? 0,
            committedOffset: fields.offset ?? 42,
            committedMetadata: fields.metadata === undefined ? '' : fields.metadata,
          },
        ],
      },
    ],
  });
}

/** The committed offset of a partition, as OffsetFetch tells it. */
export function fetched(world: World, partition = 0, groupId = GROUP, topic = 'orders'): number | undefined {
  const response = world.ask(OffsetFetch, 9, {
    groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [partition] }] }],
  });
  return response.groups[0]?.topics[0]?.partitions[0]?.committedOffset;
}

/** Everything that a group committed: `topic-partition` → offset. */
export function fetchedAll(world: World, groupId = GROUP): Record<string, number> {
  const response = world.ask(OffsetFetch, 9, { groups: [{ groupId, topics: null }] });
  const topics = response.groups[0]?.topics ?? [];
  return Object.fromEntries(
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }) => [`${name}-${partitionIndex}`, committedOffset]),
    ),
  );
}
