import { describe, expect, test } from 'vitest';
import { DescribeGroups, OffsetCommit, OffsetFetch } from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import {
  answered,
  commit,
  commitCall,
  fetched,
  fetchedAll,
  GROUP,
  join,
  joinNew,
  leave,
  stableGroup,
} from './member.ts';
import { topicImage, World } from './world.ts';

function state(world: World, groupId = GROUP) {
  const [group] = world.ask(DescribeGroups, 5, { groups: [groupId] }).groups;
  return { state: group?.groupState, type: group?.protocolType };
}

describe('OffsetCommit: who may', () => {
  test('without a group and generation: a simple group is made, Empty and without a protocol type', () => {
    const world = new World();
    expect(commit(world)).toBe(ErrorCode.NONE);
    expect(state(world)).toEqual({ state: 'Empty', type: '' });
    expect(fetched(world)).toBe(42);
    expect(world.records().map((record) => record.kind)).toEqual(['OffsetCommit']);
  });

  test('a generation of a group that is not there', () => {
    const world = new World();
    expect(commit(world, { generationId: 5, version: 9 })).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
    expect(commit(world, { generationId: 5, version: 8 })).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(world.records()).toEqual([]);
  });

  test('the group "" may commit without a generation', () => {
    const world = new World();
    expect(commit(world, { groupId: '' })).toBe(ErrorCode.NONE);
    expect(fetched(world, 0, '')).toBe(42);
  });

  test('a Stable group: its members in their generation, nobody else', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world);
    const [memberId = ''] = memberIds;
    expect(commit(world, { memberId, generationId })).toBe(ErrorCode.NONE);
    expect(commit(world)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(commit(world, { memberId })).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(commit(world, { memberId, generationId: generationId - 1 })).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(commit(world, { memberId: 'x', generationId })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('PreparingRebalance: still the members of the last generation', () => {
    const world = new World();
    const { memberIds, generationId, leader } = stableGroup(world, [{}, {}]);
    join(world, { memberId: leader });
    const [memberId = ''] = memberIds;
    expect(state(world).state).toBe('PreparingRebalance');
    expect(commit(world, { memberId, generationId })).toBe(ErrorCode.NONE);
    expect(commit(world)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('CompletingRebalance: nobody', () => {
    const world = new World();
    const { memberId, call } = joinNew(world);
    const { generationId } = answered(call);
    expect(commit(world, { memberId, generationId })).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(commit(world)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(commit(world, { memberId })).toBe(ErrorCode.ILLEGAL_GENERATION);
  });

  test('Empty: everybody without a generation, no member of old', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world);
    const [memberId = ''] = memberIds;
    leave(world, [{ memberId }]);
    expect(commit(world)).toBe(ErrorCode.NONE);
    expect(commit(world, { memberId: 'anybody' })).toBe(ErrorCode.NONE);
    expect(commit(world, { memberId, generationId })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('OffsetCommit: what', () => {
  test.each([-1, -2, -5, 1_000_000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'offset %i is stored as it is',
    (offset) => {
      const world = new World();
      expect(commit(world, { offset })).toBe(ErrorCode.NONE);
      expect(fetched(world)).toBe(offset);
    },
  );

  test.each([
    ['4096 characters', 'a'.repeat(4096), ErrorCode.NONE],
    ['4097 characters', 'a'.repeat(4097), ErrorCode.OFFSET_METADATA_TOO_LARGE],
    ['4096 characters of three bytes', '€'.repeat(4096), ErrorCode.NONE],
    ['2049 surrogate pairs', '😀'.repeat(2049), ErrorCode.OFFSET_METADATA_TOO_LARGE],
    ['null', null, ErrorCode.NONE],
  ])('metadata of %s', (_, metadata, code) => {
    expect(commit(new World(), { metadata })).toBe(code);
  });

  test('one partition that cannot be committed does not hold the others back', () => {
    const world = new World();
    const partition = (partitionIndex: number, committedMetadata = '') => ({
      partitionIndex,
      committedOffset: 7,
      committedMetadata,
    });
    const answer = world.ask(OffsetCommit, 9, {
      groupId: GROUP,
      topics: [
        { name: 'orders', partitions: [partition(0), partition(1, 'a'.repeat(5000)), partition(99)] },
        { name: 'gone', partitions: [partition(0)] },
      ],
    });
    expect(answer.topics.map(({ partitions }) => partitions.map(({ errorCode }) => errorCode))).toEqual([
      [ErrorCode.NONE, ErrorCode.OFFSET_METADATA_TOO_LARGE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ]);
    expect(fetchedAll(world)).toEqual({ 'orders-0': 7 });
  });

  test('nothing but unknown partitions makes no group', () => {
    const world = new World();
    expect(commit(world, { topic: 'gone' })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(state(world).state).toBe('Dead');
  });

  test('is written as Kafka 4 does: version 4 with the topic id, version 1 with an expiry of its own', () => {
    const world = new World();
    const topicId = topicImage('orders', 4).id;
    const partitions = [{ partitionIndex: 1, committedOffset: 9, committedLeaderEpoch: 3, committedMetadata: 'm' }];
    world.ask(OffsetCommit, 9, { groupId: GROUP, topics: [{ name: 'orders', partitions }] });
    const retention = [{ partitionIndex: 2, committedOffset: 9, committedMetadata: null }];
    const now = world.scheduler.now();
    world.ask(OffsetCommit, 4, {
      groupId: GROUP,
      retentionTimeMs: 500,
      topics: [{ name: 'orders', partitions: retention }],
    });
    expect(world.records()).toMatchObject([
      { version: 4, value: { offset: 9, leaderEpoch: 3, metadata: 'm', commitTimestamp: now, topicId } },
      { version: 1, value: { offset: 9, metadata: '', commitTimestamp: now, expireTimestamp: now + 500 } },
    ]);
  });

  test('v10 says topics by id', () => {
    const world = new World();
    const topicId = topicImage('orders', 4).id;
    const unknown = Buffer.from('no such topic id').toString('base64url');
    const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }];
    const answer = world.ask(OffsetCommit, 10, {
      groupId: GROUP,
      topics: [
        { topicId, partitions },
        { topicId: unknown, partitions },
      ],
    });
    expect(answer.topics.map((topic) => [topic.topicId, topic.partitions[0]?.errorCode])).toEqual([
      [topicId, ErrorCode.NONE],
      [unknown, ErrorCode.UNKNOWN_TOPIC_ID],
    ]);
    const topics = [
      { topicId, partitionIndexes: [0, 1] },
      { topicId: unknown, partitionIndexes: [0] },
    ];
    const fetchedById = world.ask(OffsetFetch, 10, { groups: [{ groupId: GROUP, topics }] }).groups[0]?.topics;
    expect(fetchedById?.map((topic) => topic.partitions.map((each) => [each.committedOffset, each.errorCode]))).toEqual(
      [
        [
          [5, 0],
          [-1, 0],
        ],
        [[-1, ErrorCode.UNKNOWN_TOPIC_ID]],
      ],
    );
    const all = world.ask(OffsetFetch, 10, { groups: [{ groupId: GROUP, topics: null }] }).groups[0]?.topics;
    expect(all).toMatchObject([{ topicId, partitions: [{ partitionIndex: 0, committedOffset: 5 }] }]);
  });

  test.each([2, 3, 4, 5, 6, 7, 8, 9])('v%i', (version) => {
    expect(commit(new World(), { version })).toBe(ErrorCode.NONE);
  });
});

describe('OffsetFetch', () => {
  test('a group that is not there has nothing, and that is no error', () => {
    const world = new World();
    expect(fetched(world)).toBe(-1);
    expect(fetchedAll(world)).toEqual({});
    const answer = world.ask(OffsetFetch, 7, {
      groupId: GROUP,
      requireStable: true,
      topics: [{ name: 'orders', partitionIndexes: [0] }],
    });
    expect(answer).toMatchObject({ errorCode: 0, topics: [{ partitions: [{ committedOffset: -1, errorCode: 0 }] }] });
    expect(world.ask(OffsetFetch, 2, { groupId: '', topics: null })).toMatchObject({ errorCode: 0, topics: [] });
  });

  test('several groups in one request, each as it is', () => {
    const world = new World();
    commit(world, { groupId: 'one', offset: 1 });
    commit(world, { groupId: 'two', offset: 2, partition: 3 });
    const groups = ['one', 'two', 'three'].map((groupId) => ({ groupId, topics: null }));
    const answer = world.ask(OffsetFetch, 8, { groups });
    expect(answer.groups.map(({ groupId, topics }) => [groupId, topics[0]?.partitions[0]?.committedOffset])).toEqual([
      ['one', 1],
      ['two', 2],
      ['three', undefined],
    ]);
  });

  test('tells offset, leader epoch and metadata', () => {
    const world = new World();
    const partitions = [{ partitionIndex: 0, committedOffset: 9, committedLeaderEpoch: 3, committedMetadata: 'm' }];
    world.ask(OffsetCommit, 6, { groupId: GROUP, topics: [{ name: 'orders', partitions }] });
    const topics = [{ name: 'orders', partitionIndexes: [0] }];
    for (let version = 1; version <= 7; version++) {
      const [partition] = world.ask(OffsetFetch, version, { groupId: GROUP, topics }).topics[0]?.partitions ?? [];
      expect(partition).toMatchObject({
        committedOffset: 9,
        metadata: 'm',
        committedLeaderEpoch: version >= 5 ? 3 : -1,
      });
    }
  });

  test('does not show a commit to an earlier topic of the same name to who asks by id', () => {
    const world = new World();
    commit(world);
    const recreated = topicImage('orders', 4, 1, 0, 'AAAAAAAAAAAAAAAAAAAABQ');
    world.putTopic(recreated);
    const topics = [{ topicId: recreated.id, partitionIndexes: [0] }];
    const answer = world.ask(OffsetFetch, 10, { groups: [{ groupId: GROUP, topics }] });
    expect(answer.groups[0]?.topics[0]?.partitions[0]).toMatchObject({ committedOffset: -1, errorCode: 0 });
  });
});

describe('a commit and the log', () => {
  test('is answered, and visible, only when it is acknowledged', () => {
    const world = new World();
    commit(world, { offset: 1 });
    world.fate = 'held';
    const call = commitCall(world, { offset: 2 });
    expect([call.response, fetched(world)]).toEqual([null, 1]);
    world.release();
    expect(call.response?.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.NONE);
    expect(fetched(world)).toBe(2);
  });

  test.each([
    [ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.COORDINATOR_NOT_AVAILABLE],
    [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.COORDINATOR_NOT_AVAILABLE],
    [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_COORDINATOR],
    [ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_COORDINATOR],
    [ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR],
  ])('append error %i is told as %i, and nothing changes', (error, told) => {
    const world = new World();
    commit(world, { offset: 1 });
    world.fate = { error };
    expect(commit(world, { offset: 2 })).toBe(told);
    expect(commit(world, { groupId: 'new' })).toBe(told);
    expect(fetched(world)).toBe(1);
    expect(state(world, 'new').state).toBe('Dead');
  });

  test('a commit that timed out counts once it is replicated after all, and not before', () => {
    const world = new World();
    commit(world, { offset: 1 });
    world.fate = 'timed-out';
    expect(commit(world, { offset: 2 })).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(fetched(world)).toBe(1);
    world.catchUp();
    expect(fetched(world)).toBe(2);
  });

  test('commits that are on their way together take effect in the order of the log', () => {
    const world = new World();
    world.fate = 'timed-out';
    commit(world, { offset: 1 });
    world.fate = 'acked';
    commit(world, { offset: 2 });
    expect(fetched(world)).toBe(2);
    world.restart();
    world.settle();
    expect(fetched(world)).toBe(2);
  });
});
