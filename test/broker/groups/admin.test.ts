import { describe, expect, test } from 'vitest';
import {
  DeleteGroups,
  DescribeGroups,
  FindCoordinator,
  ListGroups,
  OffsetDelete,
} from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import {
  answered,
  commit,
  fetched,
  fetchedAll,
  GROUP,
  heartbeat,
  join,
  joinNew,
  leave,
  protocol,
  stableGroup,
} from './member.ts';
import { World } from './world.ts';

function deleteGroup(world: World, groupId = GROUP): number | undefined {
  return world.ask(DeleteGroups, 2, { groupsNames: [groupId] }).results[0]?.errorCode;
}

function deleteOffset(world: World, topic = 'orders', groupId = GROUP, partition = 0): number | undefined {
  const answer = world.ask(OffsetDelete, 0, {
    groupId,
    topics: [{ name: topic, partitions: [{ partitionIndex: partition }] }],
  });
  return answer.errorCode || answer.topics[0]?.partitions[0]?.errorCode;
}

describe('DeleteGroups', () => {
  test('a group that is not there', () => {
    expect(deleteGroup(new World())).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
    expect(deleteGroup(new World(), '')).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
  });

  test('a group with members, in each of its states', () => {
    const world = new World();
    const { call } = joinNew(world);
    expect(deleteGroup(world), 'CompletingRebalance').toBe(ErrorCode.NON_EMPTY_GROUP);
    answered(call);
    const other = new World();
    const { leader } = stableGroup(other, [{}, {}]);
    expect(deleteGroup(other), 'Stable').toBe(ErrorCode.NON_EMPTY_GROUP);
    join(other, { memberId: leader });
    expect(deleteGroup(other), 'PreparingRebalance').toBe(ErrorCode.NON_EMPTY_GROUP);
  });

  test('an empty group goes with all its offsets, for good', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world);
    const [memberId = ''] = memberIds;
    commit(world, { memberId, generationId, partition: 0 });
    commit(world, { memberId, generationId, partition: 3 });
    leave(world, [{ memberId }]);
    expect(deleteGroup(world)).toBe(ErrorCode.NONE);
    expect(fetchedAll(world)).toEqual({});
    expect(world.ask(ListGroups, 5, {}).groups).toEqual([]);
    world.restart();
    world.settle();
    expect(world.ask(ListGroups, 5, {}).groups).toEqual([]);
    expect(fetchedAll(world)).toEqual({});
    expect(deleteGroup(world)).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
  });

  test('covers a commit that is still on its way', () => {
    const world = new World();
    commit(world, { partition: 0 });
    world.fate = 'held';
    commit(world, { partition: 1 });
    world.send(DeleteGroups, 2, { groupsNames: [GROUP] });
    world.release();
    expect(fetchedAll(world)).toEqual({});
    world.restart();
    world.settle();
    expect(fetchedAll(world)).toEqual({});
  });

  test('while it is on its way nobody joins or commits, and when it fails the group is as it was', () => {
    const world = new World();
    commit(world);
    world.fate = 'held';
    const call = world.send(DeleteGroups, 2, { groupsNames: [GROUP] });
    expect(call.response).toBeNull();
    expect(answered(join(world)).errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(commit(world)).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(heartbeat(world, 'x', 1)).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    world.release();
    expect(call.response?.results[0]?.errorCode).toBe(ErrorCode.NONE);

    const failing = new World();
    commit(failing);
    failing.fate = { error: ErrorCode.NOT_ENOUGH_REPLICAS };
    expect(deleteGroup(failing)).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    failing.fate = 'acked';
    expect(fetched(failing)).toBe(42);
    expect(commit(failing, { offset: 43 })).toBe(ErrorCode.NONE);
  });

  test('several groups, each with its own answer', () => {
    const world = new World({ offsetsPartitions: 4 });
    for (const groupId of ['a', 'b', 'c']) commit(world, { groupId });
    const { results } = world.ask(DeleteGroups, 1, { groupsNames: ['a', 'nope', 'c'] });
    expect(results).toMatchObject([
      { groupId: 'a', errorCode: 0 },
      { groupId: 'nope', errorCode: ErrorCode.GROUP_ID_NOT_FOUND },
      { groupId: 'c', errorCode: 0 },
    ]);
    expect(world.ask(ListGroups, 5, {}).groups.map(({ groupId }) => groupId)).toEqual(['b']);
    expect(world.ask(DeleteGroups, 0, { groupsNames: [] }).results).toEqual([]);
  });
});

describe('OffsetDelete', () => {
  test('a group that is not there, or has no name', () => {
    expect(deleteOffset(new World())).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
    expect(deleteOffset(new World(), 'orders', '')).toBe(ErrorCode.INVALID_GROUP_ID);
  });

  test('an empty group: what is stored goes, what is not is no error, what is no partition is unknown', () => {
    const world = new World();
    commit(world);
    expect(deleteOffset(world)).toBe(ErrorCode.NONE);
    expect(fetched(world)).toBe(-1);
    expect(deleteOffset(world, 'payments')).toBe(ErrorCode.NONE);
    expect(deleteOffset(world, 'gone')).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(deleteOffset(world, 'orders', GROUP, 99)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    world.restart();
    world.settle();
    expect(fetched(world)).toBe(-1);
  });

  test('a live consumer group keeps what it subscribes to, in each of its states', () => {
    const world = new World();
    const { call } = joinNew(world);
    answered(call);
    expect(deleteOffset(world), 'CompletingRebalance').toBe(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
    const other = new World();
    const { leader, memberIds, generationId } = stableGroup(other, [{}, {}]);
    commit(other, { memberId: memberIds[0] ?? '', generationId, topic: 'payments' });
    expect(deleteOffset(other), 'Stable').toBe(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
    join(other, { memberId: leader });
    expect(deleteOffset(other), 'PreparingRebalance').toBe(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
    expect(deleteOffset(other, 'payments')).toBe(ErrorCode.NONE);
    expect(fetched(other, 0, GROUP, 'payments')).toBe(-1);
  });

  test('a subscription that cannot be read counts as one to everything', () => {
    const world = new World();
    stableGroup(world, [{ protocols: [{ name: 'range', metadata: Buffer.from([0, 0, 9]) }] }]);
    expect(deleteOffset(world, 'payments')).toBe(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
  });

  test('a live group of another kind keeps everything', () => {
    const world = new World();
    stableGroup(world, [{ protocolType: 'connect', protocols: [protocol('sessioned')] }]);
    expect(deleteOffset(world)).toBe(ErrorCode.NON_EMPTY_GROUP);
  });
});

describe('DescribeGroups', () => {
  test('a group that is not there is Dead; v6 says that it is not found', () => {
    for (let version = 0; version <= 6; version++) {
      const [group] = new World().ask(DescribeGroups, version, { groups: ['nope'] }).groups;
      const errorCode = version < 6 ? ErrorCode.NONE : ErrorCode.GROUP_ID_NOT_FOUND;
      expect(group).toMatchObject({ groupId: 'nope', groupState: 'Dead', errorCode, members: [] });
      expect(group?.errorMessage).toBe(version < 6 ? null : 'Group nope not found.');
    }
  });

  test('Stable: the protocol, and for each member what it said and what it has', () => {
    const world = new World();
    const { memberIds } = stableGroup(world, [{ groupInstanceId: 'a', clientId: 'shop' }]);
    const [group] = world.ask(DescribeGroups, 4, { groups: [GROUP] }).groups;
    expect(group).toMatchObject({ groupState: 'Stable', protocolType: 'consumer', protocolData: 'range' });
    expect(group?.members).toMatchObject([
      { memberId: memberIds[0], groupInstanceId: 'a', clientId: 'shop', clientHost: '/127.0.0.1' },
    ]);
    expect(group?.members[0]?.memberMetadata).toEqual(protocol('range').metadata);
    expect(group?.members[0]?.memberAssignment.length).toBeGreaterThan(0);
  });

  test('a rebalance shows no protocol, and still the last assignment', () => {
    const world = new World();
    const { memberIds, leader } = stableGroup(world, [{}, {}]);
    const before = world.ask(DescribeGroups, 5, { groups: [GROUP] }).groups[0];
    join(world, { memberId: leader });
    const preparing = world.ask(DescribeGroups, 5, { groups: [GROUP] }).groups[0];
    expect(preparing).toMatchObject({ groupState: 'PreparingRebalance', protocolType: 'consumer', protocolData: '' });
    const bytes = (group: typeof before) => group?.members.map((member) => member.memberAssignment.toString('hex'));
    expect(bytes(preparing)).toEqual(bytes(before));
    expect(preparing?.members.map(({ memberMetadata }) => memberMetadata.length)).toEqual([0, 0]);
    join(world, { memberId: memberIds.find((memberId) => memberId !== leader) ?? '', topics: ['orders', 'payments'] });
    const completing = world.ask(DescribeGroups, 5, { groups: [GROUP] }).groups[0];
    expect(completing).toMatchObject({ groupState: 'CompletingRebalance', protocolData: '' });
    expect(bytes(completing)).toEqual(bytes(before));
  });

  test('a group that only has a pending member is Empty', () => {
    const world = new World();
    join(world);
    expect(world.ask(DescribeGroups, 5, { groups: [GROUP] }).groups[0]).toMatchObject({
      groupState: 'Empty',
      members: [],
    });
  });

  test('what may be done is said when it is asked for', () => {
    const world = new World();
    commit(world);
    const authorized = (includeAuthorizedOperations: boolean) =>
      world.ask(DescribeGroups, 5, { groups: [GROUP], includeAuthorizedOperations }).groups[0]?.authorizedOperations;
    expect([authorized(false), authorized(true)]).toEqual([-2147483648, 3400]);
  });
});

describe('ListGroups', () => {
  function world() {
    const made = new World({ offsetsPartitions: 4 });
    commit(made, { groupId: 'simple' });
    stableGroup(made, [{ groupId: 'live' }]);
    const { memberIds } = stableGroup(made, [{ groupId: 'left' }]);
    leave(made, [{ memberId: memberIds[0] ?? '' }], 'left');
    return made;
  }
  const names = (answer: { groups: { groupId: string }[] }) => answer.groups.map(({ groupId }) => groupId).sort();

  test('all of them, with protocol type, state and type', () => {
    const { errorCode, groups } = world().ask(ListGroups, 5, {});
    expect(errorCode).toBe(0);
    expect(groups.toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1))).toMatchObject([
      { groupId: 'left', protocolType: 'consumer', groupState: 'Empty', groupType: 'classic' },
      { groupId: 'live', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
      { groupId: 'simple', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ]);
  });

  test('filters by state and by type, whatever their case', () => {
    const made = world();
    expect(names(made.ask(ListGroups, 4, { statesFilter: ['Stable'] }))).toEqual(['live']);
    expect(names(made.ask(ListGroups, 4, { statesFilter: ['empty'] }))).toEqual(['left', 'simple']);
    expect(names(made.ask(ListGroups, 5, { typesFilter: ['Classic'] }))).toHaveLength(3);
    expect(names(made.ask(ListGroups, 5, { typesFilter: ['consumer'] }))).toEqual([]);
    expect(names(made.ask(ListGroups, 5, { statesFilter: ['nonsense'] }))).toEqual([]);
  });

  test.each([0, 1, 2, 3, 4, 5])('v%i', (version) => {
    expect(names(world().ask(ListGroups, version, {}))).toEqual(['left', 'live', 'simple']);
  });
});

describe('FindCoordinator', () => {
  test('names the leader of the partition that the group hashes to', () => {
    const world = new World({ offsetsPartitions: 4 });
    for (let version = 0; version <= 3; version++) {
      expect(world.ask(FindCoordinator, version, { key: 'g' })).toMatchObject({ errorCode: 0, nodeId: 1, port: 21900 });
    }
    const batch = world.ask(FindCoordinator, 4, { coordinatorKeys: ['g', 'my-group'] });
    expect(batch.coordinators).toMatchObject([
      { key: 'g', nodeId: 1, errorCode: 0 },
      { key: 'my-group', nodeId: 1, errorCode: 0 },
    ]);
  });

  test('has __consumer_offsets made once, and is not available until it is there', () => {
    const world = new World({ offsetsPartitions: 0, config: { 'offsets.topic.num.partitions': '7' } });
    expect(world.ask(FindCoordinator, 3, { key: 'g' }).errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    world.ask(FindCoordinator, 4, { coordinatorKeys: ['g', 'h'] });
    expect(world.forwarded).toHaveLength(1);
    expect(world.forwarded[0]).toMatchObject({
      apiKey: 19,
      body: {
        topics: [
          {
            name: '__consumer_offsets',
            numPartitions: 7,
            replicationFactor: 1,
            configs: expect.arrayContaining([{ name: 'cleanup.policy', value: 'compact' }]),
          },
        ],
      },
    });
    expect(answered(join(world)).errorCode).toBe(ErrorCode.NOT_COORDINATOR);
    expect(world.ask(ListGroups, 5, {})).toMatchObject({ errorCode: 0, groups: [] });
  });

  test('a partition without a leader has no coordinator', () => {
    const world = new World();
    world.moveLeadership(-1);
    expect(world.ask(FindCoordinator, 3, { key: 'g' }).errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  });

  test.each([
    [1, /transaction/],
    [2, /share/],
    [9, /type 9/],
  ])('type %i is not served, and the answer says so', (keyType, message) => {
    const [coordinator] = new World().ask(FindCoordinator, 6, { keyType, coordinatorKeys: ['x'] }).coordinators;
    expect(coordinator).toMatchObject({ key: 'x', nodeId: -1, errorCode: ErrorCode.INVALID_REQUEST });
    expect(coordinator?.errorMessage).toMatch(message);
  });
});
