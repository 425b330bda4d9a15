import { describe, expect, test } from 'vitest';
import { Heartbeat, LeaveGroup, SyncGroup } from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { answered, commit, GROUP, heartbeat, join, joinNew, leave, stableGroup, sync } from './member.ts';
import { World } from './world.ts';

/** Two members of generation 1 that have not synced. */
function completing(world: World) {
  const first = joinNew(world, { sessionTimeoutMs: 60_000 });
  const second = joinNew(world, { sessionTimeoutMs: 60_000 });
  const rejoined = join(world, { memberId: first.memberId, sessionTimeoutMs: 60_000 });
  const { generationId, leader } = answered(rejoined);
  answered(second.call);
  const follower = leader === first.memberId ? second.memberId : first.memberId;
  return { generationId, leader, follower };
}

describe('SyncGroup', () => {
  test('a follower is parked until the leader has said who gets what', () => {
    const world = new World();
    const { generationId, leader, follower } = completing(world);
    const parked = sync(world, { memberId: follower, generationId });
    expect(parked.response).toBeNull();
    const assignments = { [leader]: Buffer.from('a'), [follower]: Buffer.from('b') };
    const own = sync(world, { memberId: leader, generationId, assignments });
    expect(answered(own)).toMatchObject({ errorCode: 0, protocolType: 'consumer', protocolName: 'range' });
    expect([answered(own), answered(parked)].map(({ assignment }) => assignment.toString())).toEqual(['a', 'b']);
  });

  test('nothing is released before the assignment is in the log', () => {
    const world = new World();
    const { generationId, leader, follower } = completing(world);
    world.fate = 'held';
    const parked = sync(world, { memberId: follower, generationId });
    const own = sync(world, { memberId: leader, generationId, assignments: { [follower]: Buffer.from('b') } });
    expect([parked.response, own.response]).toEqual([null, null]);
    world.release();
    expect(answered(parked).assignment.toString()).toBe('b');
    expect(world.records().at(-1)).toMatchObject({
      kind: 'GroupMetadata',
      version: 3,
      value: { generation: generationId },
    });
  });

  test('a member without an entry gets an empty assignment', () => {
    const world = new World();
    const { generationId, leader, follower } = completing(world);
    sync(world, { memberId: leader, generationId, assignments: { [leader]: Buffer.from('a') } });
    const late = answered(sync(world, { memberId: follower, generationId }));
    expect(late).toMatchObject({ errorCode: 0 });
    expect(late.assignment).toHaveLength(0);
  });

  test('unknown group, unknown member, empty group id, wrong generation, wrong protocol', () => {
    const world = new World();
    const code = (fields: Parameters<typeof sync>[1]) => answered(sync(world, fields)).errorCode;
    expect(code({ memberId: 'x', generationId: 1 })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(code({ groupId: '', memberId: 'x', generationId: 1 })).toBe(ErrorCode.INVALID_GROUP_ID);
    const { memberIds, generationId } = stableGroup(world);
    const [memberId = ''] = memberIds;
    expect(code({ memberId: 'x', generationId })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(code({ memberId, generationId: generationId + 1 })).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(code({ memberId, generationId, protocolType: 'connect' })).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(code({ memberId, generationId, protocolName: 'sticky' })).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(code({ memberId, generationId, protocolType: 'consumer', protocolName: 'range' })).toBe(ErrorCode.NONE);
  });

  test('REBALANCE_IN_PROGRESS while the group waits for members, also for who is parked in SyncGroup', () => {
    const world = new World();
    const { generationId, leader, follower } = completing(world);
    const parked = sync(world, { memberId: follower, generationId });
    join(world, { memberId: leader, topics: ['payments'] });
    expect(answered(parked).errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(answered(sync(world, { memberId: follower, generationId })).errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('who never syncs is out after the rebalance timeout, whatever it heartbeats', () => {
    const world = new World();
    const { memberId, call } = joinNew(world, { rebalanceTimeoutMs: 8_000, sessionTimeoutMs: 6_000 });
    const { generationId } = answered(call);
    world.after(5_000);
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.NONE);
    world.after(3_000);
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(world.records().at(-1)).toMatchObject({ value: { generation: generationId + 1, members: [] } });
  });

  test('a group that is Stable loses those who never asked for their assignment', () => {
    const world = new World();
    const { generationId, leader, follower } = completing(world);
    sync(world, { memberId: leader, generationId });
    world.after(30_000);
    expect(heartbeat(world, leader, generationId)).toBe(ErrorCode.NONE);
    expect(heartbeat(world, follower, generationId)).toBe(ErrorCode.NONE);
    world.after(30_000);
    expect(heartbeat(world, leader, generationId)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(heartbeat(world, follower, generationId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('Heartbeat', () => {
  test('unknown group, empty group id, unknown member, wrong generation', () => {
    const world = new World();
    expect(heartbeat(world, 'x', 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(heartbeat(world, 'x', 1, null, '')).toBe(ErrorCode.INVALID_GROUP_ID);
    const { memberIds, generationId } = stableGroup(world);
    expect(heartbeat(world, 'x', generationId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(heartbeat(world, memberIds[0] ?? '', generationId - 1)).toBe(ErrorCode.ILLEGAL_GENERATION);
  });

  test('NONE between Join and Sync for leader and follower, 27 while a rebalance waits, 25 in an empty group', () => {
    const world = new World();
    const { generationId, leader, follower } = completing(world);
    expect(heartbeat(world, leader, generationId)).toBe(ErrorCode.NONE);
    expect(heartbeat(world, follower, generationId)).toBe(ErrorCode.NONE);
    join(world, { memberId: leader, topics: ['payments'] });
    expect(heartbeat(world, follower, generationId)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    leave(world, [{ memberId: leader }, { memberId: follower }]);
    expect(heartbeat(world, leader, generationId + 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('silence for the session timeout ends a membership; a heartbeat or a commit begins it anew', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world, [{ sessionTimeoutMs: 10_000 }]);
    const [memberId = ''] = memberIds;
    world.after(9_999);
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.NONE);
    world.after(9_999);
    expect(commit(world, { memberId, generationId })).toBe(ErrorCode.NONE);
    world.after(9_999);
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.NONE);
    world.after(10_000);
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('who is parked needs no heartbeat', () => {
    const world = new World();
    const { memberIds, leader } = stableGroup(world, [
      { sessionTimeoutMs: 6_000 },
      { sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 60_000 },
    ]);
    const other = memberIds.find((memberId) => memberId !== leader) ?? '';
    const short = memberIds[0] ?? '';
    const call = join(world, { memberId: short, topics: ['payments'], sessionTimeoutMs: 6_000 });
    world.after(20_000);
    expect(call.response).toBeNull();
    join(world, { memberId: short === leader ? other : leader, sessionTimeoutMs: 100_000 });
    expect(answered(call).members.length + 1).toBeGreaterThan(1);
    expect(answered(call).errorCode).toBe(ErrorCode.NONE);
  });

  test('an expired session starts a rebalance for the others', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world, [{ sessionTimeoutMs: 6_000 }, { sessionTimeoutMs: 60_000 }]);
    world.after(6_000);
    expect(heartbeat(world, memberIds[1] ?? '', generationId)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test.each([0, 1, 2, 3, 4])('v%i', (version) => {
    const body = { groupId: GROUP, generationId: 1, memberId: 'x' };
    expect(new World().ask(Heartbeat, version, body).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('LeaveGroup', () => {
  test('an unknown group is no error at the top, and one for each member', () => {
    expect(leave(new World(), [{ memberId: 'x' }])).toMatchObject({
      errorCode: 0,
      members: [{ memberId: 'x', errorCode: ErrorCode.UNKNOWN_MEMBER_ID }],
    });
  });

  test('before v3 the one error is at the top', () => {
    const body = { groupId: GROUP, memberId: 'x' };
    for (const version of [0, 1, 2]) {
      expect(new World().ask(LeaveGroup, version, body).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    }
    const world = new World();
    const { memberIds, generationId } = stableGroup(world);
    const [memberId = ''] = memberIds;
    expect(world.ask(LeaveGroup, 1, { groupId: GROUP, memberId }).errorCode).toBe(ErrorCode.NONE);
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('an empty group id is refused', () => {
    expect(leave(new World(), [{ memberId: 'x' }], '').errorCode).toBe(ErrorCode.INVALID_GROUP_ID);
  });

  test('several members at once: a result each, one rebalance for those who stay', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world, [{}, {}, {}]);
    const [first = '', second = '', third = ''] = memberIds;
    const result = leave(world, [{ memberId: first }, { memberId: 'x' }, { memberId: second }]);
    expect(result.members.map(({ errorCode }) => errorCode)).toEqual([0, ErrorCode.UNKNOWN_MEMBER_ID, 0]);
    expect(heartbeat(world, third, generationId)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(answered(join(world, { memberId: third }))).toMatchObject({ generationId: generationId + 1, leader: third });
  });

  test('a pending member can be taken back', () => {
    const world = new World();
    const { memberId } = answered(join(world));
    expect(leave(world, [{ memberId }]).members[0]?.errorCode).toBe(ErrorCode.NONE);
    expect(answered(join(world, { memberId })).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('the last missing member of a rebalance completes it by leaving', () => {
    const world = new World();
    const { memberIds, leader } = stableGroup(world, [{}, {}]);
    const other = memberIds.find((memberId) => memberId !== leader) ?? '';
    const call = join(world, { memberId: leader });
    expect(call.response).toBeNull();
    leave(world, [{ memberId: other }]);
    expect(answered(call).members).toHaveLength(1);
  });

  test('whoever left has its parked request answered', () => {
    const world = new World();
    const { generationId, follower } = completing(world);
    const parked = sync(world, { memberId: follower, generationId });
    leave(world, [{ memberId: follower }]);
    expect(answered(parked).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

test('every version of SyncGroup is answered in its own layout; v5 must say its protocol', () => {
  const body = { groupId: GROUP, generationId: 1, memberId: 'x' };
  for (let version = 0; version <= 4; version++) {
    expect(new World().ask(SyncGroup, version, body).errorCode, `v${version}`).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  }
  const protocol = { protocolType: 'consumer', protocolName: 'range' };
  const answers = [body, { ...body, ...protocol }].map((each) => new World().ask(SyncGroup, 5, each).errorCode);
  expect(answers).toEqual([ErrorCode.INCONSISTENT_GROUP_PROTOCOL, ErrorCode.UNKNOWN_MEMBER_ID]);
});
