import type { ClusterClient } from '../client/cluster-client.ts';
import {
  ConsumerGroupDescribe,
  DescribeGroups,
  ShareGroupDescribe,
  StreamsGroupDescribe,
} from '../protocol/api/index.ts';
import type { Api, ResponseOf } from '../protocol/schema/index.ts';
import { assignmentOf, blankMember, decodeConsumerMember } from './member.ts';
import type { Group, Member, TopicPartitions } from './snapshot.ts';

/** What a describe API answered about one group. */
export interface Description
  extends Pick<
    Group,
    'group' | 'type' | 'protocolType' | 'state' | 'protocol' | 'groupEpoch' | 'assignmentEpoch' | 'members'
  > {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** One of the APIs that describe groups. Each knows its own type of group and answers GROUP_ID_NOT_FOUND, or Dead, to others. */
export interface Describer {
  readonly type: 'consumer' | 'share' | 'streams' | 'classic';
  readonly api: Api;
  read(client: ClusterClient, node: number, groups: readonly string[], after: number): Promise<Description[]>;
}

/** In the order in which they are believed where several answer for one group. */
export const DESCRIBERS: readonly Describer[] = [
  {
    type: 'consumer',
    api: ConsumerGroupDescribe,
    async read(client, node, groups, after) {
      const { body } = await client.call(node, ConsumerGroupDescribe, { groupIds: groups }, { after });
      return body.groups.map((group) =>
        describedByEpochs('consumer', group, 'consumer', group.assignorName, group.members.map(consumerMember)),
      );
    },
  },
  {
    type: 'share',
    api: ShareGroupDescribe,
    async read(client, node, groups, after) {
      const { body } = await client.call(node, ShareGroupDescribe, { groupIds: groups }, { after });
      return body.groups.map((group) =>
        describedByEpochs('share', group, 'share', group.assignorName, group.members.map(shareMember)),
      );
    },
  },
  {
    type: 'streams',
    api: StreamsGroupDescribe,
    async read(client, node, groups, after) {
      const { body } = await client.call(node, StreamsGroupDescribe, { groupIds: groups }, { after });
      return body.groups.map((group) => describedByEpochs('streams', group, 'streams', null, streamsMembers(group)));
    },
  },
  {
    type: 'classic',
    api: DescribeGroups,
    async read(client, node, groups, after) {
      const { body } = await client.call(node, DescribeGroups, { groups }, { after });
      return body.groups.map(classicGroup);
    },
  },
];

interface EpochGroup {
  readonly groupId: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly groupState: string;
  readonly groupEpoch: number;
  readonly assignmentEpoch: number;
}

function describedByEpochs(
  type: Group['type'],
  group: EpochGroup,
  protocolType: string,
  protocol: string | null,
  members: Member[],
): Description {
  return {
    group: group.groupId,
    type,
    protocolType,
    state: group.groupState || null,
    protocol: protocol || null,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    members,
    errorCode: group.errorCode,
    errorMessage: group.errorMessage,
  };
}

type ConsumerMember = ResponseOf<typeof ConsumerGroupDescribe>['groups'][number]['members'][number];
type ShareMember = ResponseOf<typeof ShareGroupDescribe>['groups'][number]['members'][number];
type StreamsGroup = ResponseOf<typeof StreamsGroupDescribe>['groups'][number];
type StreamsTasks = StreamsGroup['members'][number]['assignment']['activeTasks'];
type ClassicGroup = ResponseOf<typeof DescribeGroups>['groups'][number];

function namedPartitions(assignment: ShareMember['assignment']): TopicPartitions[] {
  return assignmentOf(
    assignment.topicPartitions.map(({ topicName, partitions }) => ({ topic: topicName, partitions })),
  );
}

function consumerMember(facts: ConsumerMember): Member {
  const member = blankMember(facts);
  member.memberEpoch = facts.memberEpoch;
  member.subscribedTopics = [...facts.subscribedTopicNames].sort();
  member.assignment = namedPartitions(facts.assignment);
  member.targetAssignment = namedPartitions(facts.targetAssignment);
  return member;
}

function shareMember(facts: ShareMember): Member {
  const member = blankMember({ ...facts, instanceId: null });
  member.memberEpoch = facts.memberEpoch;
  member.subscribedTopics = [...facts.subscribedTopicNames].sort();
  member.assignment = namedPartitions(facts.assignment);
  return member;
}

/** Streams groups assign tasks: a subtopology and a partition number, which stands for that partition of each of its source topics. */
function streamsMembers({ topology, members }: StreamsGroup): Member[] {
  const sources = new Map(
    (topology?.subtopologies ?? []).map((part) => [
      part.subtopologyId,
      [...part.sourceTopics, ...part.repartitionSourceTopics.map(({ name }) => name)],
    ]),
  );
  const partitionsOf = (tasks: StreamsTasks) =>
    assignmentOf(
      tasks.flatMap(({ subtopologyId, partitions }) =>
        (sources.get(subtopologyId) ?? []).map((topic) => ({ topic, partitions })),
      ),
    );
  return members.map((facts) => {
    const member = blankMember(facts);
    member.memberEpoch = facts.memberEpoch;
    member.assignment = partitionsOf(facts.assignment.activeTasks);
    member.targetAssignment = partitionsOf(facts.targetAssignment.activeTasks);
    return member;
  });
}

function classicGroup(group: ClassicGroup): Description {
  // Only consumers keep subscriptions and assignments in a format that is known; Connect and others have their own.
  const isConsumer = group.protocolType === 'consumer';
  const members = group.members.map((facts) => {
    const member = blankMember({ ...facts, instanceId: facts.groupInstanceId });
    if (isConsumer) decodeConsumerMember(member, facts.memberMetadata, facts.memberAssignment);
    return member;
  });
  return {
    group: group.groupId,
    type: classicType(group.protocolType),
    protocolType: group.protocolType,
    state: group.groupState || null,
    protocol: group.protocolData || null,
    groupEpoch: null,
    assignmentEpoch: null,
    members,
    errorCode: group.errorCode,
    errorMessage: group.errorMessage,
  };
}

/** A classic group by its protocol type: Connect's workers are one, and a group that nobody ever joined has none. */
export function classicType(protocolType: string): Group['type'] {
  if (protocolType === 'connect') return 'connect';
  return protocolType === '' ? 'simple' : 'classic';
}
