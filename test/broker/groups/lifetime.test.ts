import { describe, expect, test } from 'vitest';
import { DescribeGroups, Heartbeat, ListGroups, OffsetCommit, OffsetFetch } from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import {
  answered,
  commit,
  commitCall,
  fetched,
  fetchedAll,
  GROUP,
  heartbeat,
  join,
  joinNew,
  leave,
  stableGroup,
  sync,
} from './member.ts';
import { topicImage, World } from './world.ts';

const MINUTE = 60_000;
const SHORT = { 'offsets.retention.minutes': '1', 'offsets.retention.check.interval.ms': '1000' };

function groups(world: World): string[] {
  return world.ask(ListGroups, 5, {}).groups.map(({ groupId }) => groupId);
}

describe('expiry of offsets', () => {
  test('a simple group: one retention after the commit; then the group is gone, too', () => {
    const world = new World({ config: SHORT });
    commit(world);
    world.after(MINUTE - 1000);
    expect(fetched(world)).toBe(42);
    world.after(2000);
    expect(fetchedAll(world)).toEqual({});
    expect(groups(world)).toEqual([]);
    expect(world.records().slice(-2)).toMatchObject([
      { kind: 'OffsetCommit', value: null },
      { kind: 'GroupMetadata', value: null },
    ]);
  });

  test('a group that was left: one retention after it became empty, all at once', () => {
    const world = new World({ config: SHORT });
    const { memberIds, generationId } = stableGroup(world, [{ sessionTimeoutMs: 600_000 }]);
    const [memberId = ''] = memberIds;
    commit(world, { memberId, generationId, partition: 0 });
    world.after(MINUTE * 2);
    commit(world, { memberId, generationId, partition: 1 });
    leave(world, [{ memberId }]);
    world.after(MINUTE - 1000);
    expect(fetchedAll(world)).toEqual({ 'orders-0': 42, 'orders-1': 42 });
    world.after(2000);
    expect(fetchedAll(world)).toEqual({});
  });

  test('that also holds after a restart: the time of becoming empty is in the log', () => {
    const world = new World({ config: SHORT });
    const { memberIds, generationId } = stableGroup(world);
    const [memberId = ''] = memberIds;
    commit(world, { memberId, generationId });
    world.after(5_000);
    leave(world, [{ memberId }]);
    world.restart();
    world.after(MINUTE - 2000);
    expect(fetched(world)).toBe(42);
    world.after(4000);
    expect(fetched(world)).toBe(-1);
  });

  test('a live group loses only what it no longer subscribes to', () => {
    const world = new World({ config: SHORT });
    const { memberIds, generationId } = stableGroup(world, [{ sessionTimeoutMs: 600_000 }]);
    const [memberId = ''] = memberIds;
    commit(world, { memberId, generationId });
    commit(world, { memberId, generationId, topic: 'payments' });
    world.after(MINUTE + 2000);
    expect(fetchedAll(world)).toEqual({ 'orders-0': 42 });
    expect(groups(world)).toEqual([GROUP]);
  });

  test('a commit with an expiry of its own has that one', () => {
    const world = new World({ config: SHORT });
    const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }];
    world.ask(OffsetCommit, 4, { groupId: GROUP, retentionTimeMs: 5000, topics: [{ name: 'orders', partitions }] });
    commit(world, { partition: 1 });
    world.after(6000);
    expect(fetchedAll(world)).toEqual({ 'orders-1': 42 });
  });

  test('a commit that is on its way keeps its group', () => {
    const world = new World({ config: SHORT });
    commit(world, { offset: 1 });
    world.after(MINUTE - 500);
    world.fate = 'held';
    commit(world, { offset: 2 });
    world.after(1_000);
    world.release();
    expect(fetched(world)).toBe(2);
  });

  test('a group that nobody ever finished joining is forgotten, but not under a pending member', () => {
    const world = new World({ config: SHORT });
    join(world, { sessionTimeoutMs: 30_000 });
    world.after(29_000);
    expect(groups(world)).toEqual([GROUP]);
    world.after(3_000);
    expect(groups(world)).toEqual([]);
  });
});

describe('a topic that is deleted', () => {
  test('takes its offsets along, of live groups as well, for good', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world);
    commit(world, { memberId: memberIds[0] ?? '', generationId });
    commit(world, { memberId: memberIds[0] ?? '', generationId, topic: 'payments' });
    world.removeTopic('orders');
    expect(fetchedAll(world)).toEqual({ 'payments-0': 42 });
    expect(commit(world, { memberId: memberIds[0] ?? '', generationId })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    world.putTopic(topicImage('orders', 4));
    world.restart();
    world.settle();
    expect(fetchedAll(world)).toEqual({ 'payments-0': 42 });
  });

  test('also when the shard is still loading', () => {
    const world = new World();
    commit(world);
    world.restart();
    world.removeTopic('orders');
    expect(fetchedAll(world)).toEqual({});
  });

  test('a commit to a new topic of that name stays', () => {
    const world = new World();
    commit(world);
    const recreated = topicImage('orders', 4, 1, 0, 'AAAAAAAAAAAAAAAAAAAABQ');
    world.putTopic(recreated);
    commit(world, { offset: 5 });
    world.putTopic({ ...topicImage('other', 1), name: 'other' });
    expect(fetched(world)).toBe(5);
  });
});

describe('leadership', () => {
  test('while the log is replayed the coordinator says so', () => {
    const world = new World();
    commit(world);
    world.restart();
    const loading = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    // Nothing is settled yet: `send` would let the replay run.
    const call = commitCallNow(world);
    expect(call).toBe(loading);
    // A member is not to start over for that: its heartbeat is taken as good.
    const body = { groupId: GROUP, generationId: 1, memberId: 'x' };
    expect(world.sendNow(Heartbeat, 4, body).response?.errorCode).toBe(ErrorCode.NONE);
    world.settle();
    expect(fetched(world)).toBe(42);
  });

  test('a log that cannot be read has no coordinator, and takes no other down', () => {
    const world = new World();
    commit(world);
    world.readError = new Error('Input/output error');
    world.restart();
    world.settle();
    expect(commit(world)).toBe(ErrorCode.NOT_COORDINATOR);
    expect(world.ask(ListGroups, 5, {})).toMatchObject({ errorCode: 0, groups: [] });
    world.readError = null;
    world.restart();
    world.settle();
    expect(fetched(world)).toBe(42);
  });

  test('a node that no longer leads sends everybody away, those who wait included', () => {
    const world = new World();
    const { memberIds, generationId, leader } = stableGroup(world, [{}, {}]);
    const parked = join(world, { memberId: leader });
    world.fate = 'held';
    const committing = commitCall(world, { memberId: memberIds[0] ?? '', generationId });
    world.moveLeadership(2);
    const gone = ErrorCode.NOT_COORDINATOR;
    expect(answered(parked).errorCode).toBe(gone);
    expect(committing.response?.topics[0]?.partitions[0]?.errorCode).toBe(gone);
    expect(heartbeat(world, leader, generationId)).toBe(gone);
    expect(answered(join(world)).errorCode).toBe(gone);
    expect(answered(sync(world, { memberId: leader, generationId })).errorCode).toBe(gone);
    expect(leave(world, [{ memberId: leader }]).errorCode).toBe(gone);
    expect(world.ask(OffsetFetch, 9, { groups: [{ groupId: GROUP, topics: null }] }).groups[0]?.errorCode).toBe(gone);
    expect(world.ask(OffsetFetch, 2, { groupId: GROUP, topics: null }).errorCode).toBe(gone);
    const topics = [{ name: 'orders', partitionIndexes: [0] }];
    const v1 = world.ask(OffsetFetch, 1, { groupId: GROUP, topics });
    expect(v1.topics[0]?.partitions[0]?.errorCode).toBe(gone);
    expect(world.ask(DescribeGroups, 5, { groups: [GROUP] }).groups[0]?.errorCode).toBe(gone);
    expect(groups(world)).toEqual([]);
    world.release();
  });

  test('when it comes back, the group goes on where the log ends', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world, [{}, {}]);
    const [memberId = ''] = memberIds;
    commit(world, { memberId, generationId });
    world.moveLeadership(2);
    world.moveLeadership(1);
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.NONE);
    expect(fetched(world)).toBe(42);
    world.after(10_000);
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('restart', () => {
  const picture = (world: World) => ({
    groups: world.ask(DescribeGroups, 5, { groups: ['live', 'left', 'simple', 'static'] }).groups,
    listed: world.ask(ListGroups, 5, {}).groups.toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1)),
    offsets: ['live', 'left', 'simple', 'static'].map((groupId) => fetchedAll(world, groupId)),
  });

  test('the state after the replay is the state before', () => {
    const world = new World({ offsetsPartitions: 4 });
    const live = stableGroup(world, [{ groupId: 'live' }, { groupId: 'live', clientId: 'other' }]);
    commit(world, { groupId: 'live', memberId: live.memberIds[1] ?? '', generationId: live.generationId, offset: 7 });
    const left = stableGroup(world, [{ groupId: 'left' }]);
    commit(world, { groupId: 'left', memberId: left.memberIds[0] ?? '', generationId: left.generationId });
    leave(world, [{ memberId: left.memberIds[0] ?? '' }], 'left');
    for (const partition of [0, 1, 2]) commit(world, { groupId: 'simple', partition, offset: partition });
    stableGroup(world, [{ groupId: 'static', groupInstanceId: 'a' }]);
    join(world, { groupId: 'static', groupInstanceId: 'a' });
    const before = picture(world);
    expect(before.groups.map(({ groupState }) => groupState)).toEqual(['Stable', 'Empty', 'Empty', 'Stable']);
    world.restart();
    world.settle();
    expect(picture(world)).toEqual(before);
    const [memberId = ''] = live.memberIds;
    expect(heartbeat(world, memberId, live.generationId, null, 'live')).toBe(ErrorCode.NONE);
  });

  test('an assignment that could not be stored is nobody’s: the members start over', () => {
    const world = new World();
    const { memberId, call } = joinNew(world);
    const { generationId } = answered(call);
    world.fate = { error: ErrorCode.NOT_ENOUGH_REPLICAS };
    const failed = sync(world, { memberId, generationId, assignments: { [memberId]: Buffer.from('a') } });
    expect(answered(failed).errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    world.fate = 'acked';
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    const again = answered(join(world, { memberId }));
    expect(again.generationId).toBe(generationId + 1);
  });

  test('a group whose first record could not be stored does not exist', () => {
    const world = new World();
    world.fate = { error: ErrorCode.NOT_ENOUGH_REPLICAS };
    expect(answered(join(world))).toMatchObject({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, memberId: '' });
    expect(groups(world)).toEqual([]);
  });

  test('a group that is larger than it may be now is rebalanced', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world, [{}, {}]);
    world.config['group.max.size'] = '1';
    world.restart();
    world.settle();
    expect(heartbeat(world, memberIds[0] ?? '', generationId)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });
});

/** The answer to a commit that is sent before the clock moves. */
function commitCallNow(world: World): number | undefined {
  return world.sendNow(OffsetCommit, 9, {
    groupId: GROUP,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }],
  }).response?.topics[0]?.partitions[0]?.errorCode;
}
