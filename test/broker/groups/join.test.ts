import { describe, expect, test } from 'vitest';
import { JoinGroup } from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { answered, GROUP, heartbeat, join, joinNew, leave, protocol, stableGroup, sync } from './member.ts';
import { World } from './world.ts';

describe('JoinGroup: who is let in', () => {
  test('an unknown member id is refused when there is no group', () => {
    const world = new World();
    expect(answered(join(world, { memberId: 'x' })).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(world.records()).toEqual([]);
  });

  test('an empty group id is refused', () => {
    expect(answered(join(new World(), { groupId: '' })).errorCode).toBe(ErrorCode.INVALID_GROUP_ID);
  });

  test.each([5_999, 1_800_001])('a session timeout of %i ms is out of bounds', (sessionTimeoutMs) => {
    const world = new World();
    expect(answered(join(world, { sessionTimeoutMs })).errorCode).toBe(ErrorCode.INVALID_SESSION_TIMEOUT);
  });

  test.each([6_000, 1_800_000])('a session timeout of %i ms is on the bound', (sessionTimeoutMs) => {
    const world = new World();
    expect(answered(join(world, { sessionTimeoutMs })).errorCode).toBe(ErrorCode.MEMBER_ID_REQUIRED);
  });

  test('v4 gives a new member its id first, made of the client id and a UUID', () => {
    const world = new World();
    const first = answered(join(world, { version: 4, clientId: 'shop' }));
    expect(first.errorCode).toBe(ErrorCode.MEMBER_ID_REQUIRED);
    expect(first.memberId).toMatch(/^shop-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    const second = answered(join(world, { version: 4, memberId: first.memberId }));
    expect(second).toMatchObject({ errorCode: 0, generationId: 1, memberId: first.memberId, leader: first.memberId });
  });

  test.each([0, 1, 2, 3])('v%i takes a new member at once', (version) => {
    expect(answered(join(new World(), { version }))).toMatchObject({ errorCode: 0, generationId: 1 });
  });

  test('v0 has no rebalance timeout: its session timeout stands in', () => {
    const world = new World();
    const { memberId, generationId } = answered(join(world, { version: 0, sessionTimeoutMs: 12_345 }));
    sync(world, { version: 0, memberId, generationId });
    expect(world.records().at(-1)).toMatchObject({
      value: { members: [{ memberId, rebalanceTimeout: 12_345, sessionTimeout: 12_345 }] },
    });
  });

  test('a member id that was handed out and not used is forgotten after the session timeout', () => {
    const world = new World();
    const { memberId } = answered(join(world, { sessionTimeoutMs: 6_000 }));
    world.after(6_001);
    expect(answered(join(world, { memberId })).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('an unused member id holds a rebalance up, until it is forgotten', () => {
    const world = new World();
    const { generationId, memberIds } = stableGroup(world, [{}]);
    const [memberId = ''] = memberIds;
    join(world, { sessionTimeoutMs: 6_000 });
    // The leader asks for a rebalance by joining again.
    const call = join(world, { memberId });
    expect(call.response).toBeNull();
    world.after(6_000);
    expect(answered(call).generationId).toBe(generationId + 1);
  });

  test('another protocol type, no common protocol, no protocol at all', () => {
    const world = new World();
    stableGroup(world);
    const refused = ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
    expect(answered(join(world, { protocolType: 'connect' })).errorCode).toBe(refused);
    expect(answered(join(world, { protocols: [protocol('sticky')] })).errorCode).toBe(refused);
    expect(answered(join(world, { protocols: [] })).errorCode).toBe(refused);
    expect(answered(join(new World(), { protocols: [] })).errorCode).toBe(refused);
    expect(answered(join(new World(), { protocolType: '' })).errorCode).toBe(refused);
  });

  test('a known member that offers nothing in common is refused and stays what it was', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world, [{}, {}]);
    const [memberId = ''] = memberIds;
    const answer = answered(join(world, { memberId, protocols: [protocol('sticky')] }));
    expect(answer.errorCode).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(heartbeat(world, memberId, generationId)).toBe(ErrorCode.NONE);
  });

  test('texts that no record can hold are refused, and leave nothing behind', () => {
    const world = new World();
    const long = 'a'.repeat(40_000);
    expect(answered(join(world, { groupId: long })).errorCode).toBe(ErrorCode.INVALID_GROUP_ID);
    const refused = ErrorCode.INVALID_REQUEST;
    expect(answered(join(world, { groupInstanceId: long })).errorCode).toBe(refused);
    expect(answered(join(world, { protocolType: long })).errorCode).toBe(refused);
    expect(answered(join(world, { protocols: [protocol(long)] })).errorCode).toBe(refused);
    expect(answered(join(world, { clientId: 'a'.repeat(32_767) })).errorCode).toBe(refused);
    expect(world.records()).toEqual([]);
    expect(answered(join(world)).errorCode).toBe(ErrorCode.MEMBER_ID_REQUIRED);
  });

  test('group.max.size counts members while the group is Stable', () => {
    const world = new World({ config: { 'group.max.size': '1' } });
    const { memberIds, generationId } = stableGroup(world);
    expect(answered(join(world))).toMatchObject({ errorCode: ErrorCode.GROUP_MAX_SIZE_REACHED, memberId: '' });
    expect(heartbeat(world, memberIds[0] ?? '', generationId)).toBe(ErrorCode.NONE);
  });

  test('group.max.size counts who waits during a rebalance: late rejoiners lose their place', () => {
    const world = new World();
    const { memberIds } = stableGroup(world, [{}, {}, {}]);
    world.config['group.max.size'] = '2';
    world.putTopic({ name: 'new', id: 'AAAAAAAAAAAAAAAAAAAAAg', internal: false, partitions: [] });
    const calls = memberIds.map((memberId) => join(world, { memberId, topics: ['orders', 'new'] }));
    expect(calls.map((call) => call.response?.errorCode)).toEqual([0, 0, ErrorCode.GROUP_MAX_SIZE_REACHED]);
  });
});

describe('JoinGroup: generations', () => {
  test('only the leader, the first to join, hears of the members', () => {
    const world = new World({ config: { 'group.initial.rebalance.delay.ms': '3000' } });
    const first = joinNew(world, { topics: ['orders'] });
    const second = joinNew(world, { topics: ['payments'] });
    expect([first.call.response, second.call.response]).toEqual([null, null]);
    world.after(6_000);
    const [leader, follower] = [answered(first.call), answered(second.call)];
    expect(leader).toMatchObject({
      generationId: 1,
      leader: first.memberId,
      protocolName: 'range',
      protocolType: 'consumer',
    });
    expect(leader.members.map(({ memberId }) => memberId)).toEqual([first.memberId, second.memberId]);
    expect(leader.members[1]?.metadata).toEqual(protocol('range', ['payments']).metadata);
    expect(follower).toMatchObject({ generationId: 1, leader: first.memberId, members: [] });
  });

  test('the first rebalance waits, and longer for each new member, up to the rebalance timeout', () => {
    const world = new World({ config: { 'group.initial.rebalance.delay.ms': '3000' } });
    const { call } = joinNew(world, { rebalanceTimeoutMs: 7_000 });
    world.after(2_999);
    joinNew(world, { rebalanceTimeoutMs: 7_000 });
    world.after(2_000);
    expect(call.response).toBeNull();
    joinNew(world, { rebalanceTimeoutMs: 7_000 });
    world.after(2_000);
    expect(call.response).toBeNull();
    // 3 s + 3 s + the one that is left of 7 s.
    world.after(1);
    expect(answered(call).members).toHaveLength(3);
  });

  test('the first rebalance does not wait longer when nobody came', () => {
    const world = new World({ config: { 'group.initial.rebalance.delay.ms': '3000' } });
    const { call } = joinNew(world);
    world.after(2_999);
    expect(call.response).toBeNull();
    world.after(1);
    expect(answered(call).generationId).toBe(1);
  });

  test('each member votes for its first protocol that everybody has; most votes win', () => {
    const world = new World({ config: { 'group.initial.rebalance.delay.ms': '3000' } });
    const offers = [
      ['range', 'sticky', 'roundrobin'],
      ['sticky', 'roundrobin'],
      ['own', 'roundrobin', 'sticky'],
    ];
    const calls = offers.map((names) => joinNew(world, { protocols: names.map((name) => protocol(name)) }).call);
    world.after(10_000);
    expect(calls.map((call) => answered(call).protocolName)).toEqual(['sticky', 'sticky', 'sticky']);
  });

  test('a follower that joins again unchanged while Stable gets its generation back, a leader starts a rebalance', () => {
    const world = new World();
    const { memberIds, generationId, leader } = stableGroup(world, [{}, {}]);
    const follower = memberIds.find((memberId) => memberId !== leader) ?? '';
    expect(answered(join(world, { memberId: follower }))).toMatchObject({ errorCode: 0, generationId, members: [] });
    expect(join(world, { memberId: leader }).response).toBeNull();
    expect(heartbeat(world, follower, generationId)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('a follower with another subscription starts a rebalance', () => {
    const world = new World();
    const { memberIds, leader } = stableGroup(world, [{}, {}]);
    const follower = memberIds.find((memberId) => memberId !== leader) ?? '';
    expect(join(world, { memberId: follower, topics: ['payments'] }).response).toBeNull();
  });

  test('in CompletingRebalance an unchanged member gets its answer again, a changed one starts over', () => {
    const world = new World();
    const { memberId, call } = joinNew(world);
    const first = answered(call);
    expect(answered(join(world, { memberId }))).toEqual(first);
    expect(answered(join(world, { memberId, topics: ['payments'] })).generationId).toBe(first.generationId + 1);
  });

  test('who does not rejoin within the rebalance timeout is out, and somebody who did becomes leader', () => {
    const world = new World();
    const fields = { rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 60_000 };
    const { memberIds, generationId, leader } = stableGroup(world, [fields, fields]);
    const follower = memberIds.find((memberId) => memberId !== leader) ?? '';
    const call = join(world, { ...fields, memberId: follower, topics: ['payments'] });
    world.after(19_999);
    expect(call.response).toBeNull();
    world.after(1);
    expect(answered(call)).toMatchObject({ generationId: generationId + 1, leader: follower });
    expect(answered(call).members).toHaveLength(1);
    expect(heartbeat(world, leader, generationId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('the rebalance waits for the longest of the rebalance timeouts', () => {
    const world = new World();
    const { memberIds, leader } = stableGroup(world, [
      { rebalanceTimeoutMs: 10_000, sessionTimeoutMs: 60_000 },
      { rebalanceTimeoutMs: 30_000, sessionTimeoutMs: 60_000 },
    ]);
    const follower = memberIds.find((memberId) => memberId !== leader) ?? '';
    const call = join(world, { memberId: follower, topics: ['payments'], rebalanceTimeoutMs: 30_000 });
    world.after(29_999);
    expect(call.response).toBeNull();
    world.after(1);
    expect(answered(call).members).toHaveLength(1);
  });

  test('a second JoinGroup of a parked member takes the place of the first', () => {
    const world = new World();
    const { memberIds, leader } = stableGroup(world, [{}, {}]);
    const follower = memberIds.find((memberId) => memberId !== leader) ?? '';
    const lost = join(world, { memberId: leader });
    const again = join(world, { memberId: leader });
    expect(answered(lost).errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    join(world, { memberId: follower });
    expect(answered(again).members).toHaveLength(2);
  });

  test('a new member whose client went away while its JoinGroup was parked is dropped after five minutes', () => {
    const world = new World({ config: { 'group.initial.rebalance.delay.ms': '3600000' } });
    const { call } = joinNew(world, { rebalanceTimeoutMs: 7_200_000, sessionTimeoutMs: 6_000 });
    world.after(5 * 60_000 - 1);
    expect(call.response).toBeNull();
    world.after(1);
    expect(answered(call).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('when everybody has left, the group is Empty in a new generation, which is written down', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world);
    leave(world, [{ memberId: memberIds[0] ?? '' }]);
    expect(world.records().at(-1)).toMatchObject({
      kind: 'GroupMetadata',
      value: { generation: generationId + 1, protocol: null, leader: null, protocolType: 'consumer', members: [] },
    });
  });

  test('a thousand members join one group in one generation', () => {
    const world = new World({ config: { 'group.initial.rebalance.delay.ms': '3000' } });
    const members = Array.from({ length: 1000 }, () => joinNew(world));
    world.after(6_000);
    const answers = members.map(({ call }) => answered(call));
    expect(new Set(answers.map(({ generationId }) => generationId))).toEqual(new Set([1]));
    const leader = answers.find(({ memberId, leader: elected }) => memberId === elected);
    expect(leader?.members).toHaveLength(1000);
    const assignments = Object.fromEntries(answers.map(({ memberId }) => [memberId, Buffer.from(memberId)]));
    const syncs = answers.map(({ memberId }) => ({
      memberId,
      call: sync(world, { memberId, generationId: 1, assignments: memberId === leader?.memberId ? assignments : {} }),
    }));
    for (const { memberId, call } of syncs) expect(answered(call).assignment.toString()).toBe(memberId);
  });
});

test('every version of JoinGroup is answered in its own layout', () => {
  for (let version = 0; version <= 9; version++) {
    const world = new World();
    const answer = world.ask(JoinGroup, version, { groupId: GROUP, sessionTimeoutMs: 10, protocolType: 'consumer' });
    expect(answer.errorCode, `v${version}`).toBe(ErrorCode.INVALID_SESSION_TIMEOUT);
    expect(answer.protocolName, `v${version}`).toBe(version < 7 ? '' : null);
  }
});
