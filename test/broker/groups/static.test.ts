import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { answered, commit, heartbeat, join, leave, protocol, stableGroup, sync } from './member.ts';
import { World } from './world.ts';

const A = { groupInstanceId: 'a' };
const B = { groupInstanceId: 'b' };

describe('static members (KIP-345)', () => {
  test('are taken at once, with an id made of the instance', () => {
    const answer = answered(join(new World(), A));
    expect(answer).toMatchObject({ errorCode: 0, generationId: 1 });
    expect(answer.memberId).toMatch(/^a-[0-9a-f-]{36}$/);
  });

  test('v9: come back under a new id, without a rebalance; a leader is told to skip the assignment', () => {
    const world = new World();
    const { generationId, leader, memberIds } = stableGroup(world, [A, B]);
    const [oldA = '', idB = ''] = memberIds;
    expect(leader).toBe(oldA);
    const back = answered(join(world, A));
    expect(back).toMatchObject({ errorCode: 0, generationId, skipAssignment: true, leader: back.memberId });
    expect(back.memberId).not.toBe(oldA);
    expect(back.members.map(({ groupInstanceId }) => groupInstanceId).sort()).toEqual(['a', 'b']);
    expect(heartbeat(world, idB, generationId, 'b')).toBe(ErrorCode.NONE);
    expect(heartbeat(world, oldA, generationId, 'a')).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect(commit(world, { memberId: oldA, generationId, groupInstanceId: 'a' })).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect(heartbeat(world, oldA, generationId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    const again = answered(sync(world, { memberId: back.memberId, generationId, groupInstanceId: 'a' }));
    expect(again.errorCode).toBe(ErrorCode.NONE);
    expect(again.assignment.length).toBeGreaterThan(0);
  });

  test('v8: the leader is told its old id, so that it does not assign', () => {
    const world = new World();
    const { generationId, leader } = stableGroup(world, [A, B]);
    const back = answered(join(world, { ...A, version: 8 }));
    expect(back).toMatchObject({ errorCode: 0, generationId, leader, members: [], skipAssignment: false });
    expect(back.memberId).not.toBe(leader);
  });

  test('a follower that comes back is not told to skip anything', () => {
    const world = new World();
    const { generationId, leader } = stableGroup(world, [A, B]);
    expect(answered(join(world, B))).toMatchObject({ generationId, skipAssignment: false, leader, members: [] });
  });

  test('the new id is in the log before it is told', () => {
    const world = new World();
    stableGroup(world, [A]);
    world.fate = 'held';
    const call = join(world, A);
    expect(call.response).toBeNull();
    world.release();
    expect(world.records().at(-1)).toMatchObject({ value: { members: [{ memberId: answered(call).memberId }] } });
  });

  test('when that fails, the old id is the member again', () => {
    const world = new World();
    const { memberIds, generationId, leader } = stableGroup(world, [A]);
    const [old = ''] = memberIds;
    world.fate = { error: ErrorCode.NOT_ENOUGH_REPLICAS };
    expect(answered(join(world, A))).toMatchObject({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, memberId: '' });
    expect(heartbeat(world, old, generationId, 'a')).toBe(ErrorCode.NONE);
    expect(leader).toBe(old);
    // Its session still ends when it is silent.
    world.fate = 'acked';
    world.after(10_000);
    expect(heartbeat(world, old, generationId, 'a')).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('a change of the chosen protocol makes it a rebalance', () => {
    const world = new World();
    const both = [protocol('range'), protocol('sticky')];
    const { generationId } = stableGroup(world, [{ ...A, protocols: both }]);
    const back = answered(join(world, { ...A, protocols: [protocol('sticky'), protocol('range')] }));
    expect(back).toMatchObject({ generationId: generationId + 1, protocolName: 'sticky' });
  });

  test('between Join and Sync it is a rebalance, and parked requests of the old id are fenced', () => {
    const world = new World();
    const first = answered(join(world, A));
    const second = join(world, B);
    const { generationId } = answered(join(world, { ...A, memberId: first.memberId }));
    const parked = sync(world, { memberId: answered(second).memberId, generationId, groupInstanceId: 'b' });
    expect(parked.response).toBeNull();
    const back = join(world, B);
    expect(answered(parked).errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect(back.response).toBeNull();
    expect(heartbeat(world, first.memberId, generationId, 'a')).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('a parked JoinGroup of the old id is fenced', () => {
    const world = new World({ config: { 'group.initial.rebalance.delay.ms': '3000' } });
    const old = join(world, A);
    const back = join(world, A);
    expect(answered(old).errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
    world.after(6_000);
    expect(answered(back)).toMatchObject({ errorCode: 0, generationId: 1 });
    expect(answered(back).members).toHaveLength(1);
  });

  test('an unknown instance is an unknown member', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world, [A]);
    expect(heartbeat(world, memberIds[0] ?? '', generationId, 'z')).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(leave(world, [{ memberId: '', groupInstanceId: 'z' }]).members[0]?.errorCode).toBe(
      ErrorCode.UNKNOWN_MEMBER_ID,
    );
  });

  test('an administrator takes a static member out by its instance alone', () => {
    const world = new World();
    const { memberIds, generationId } = stableGroup(world, [A]);
    expect(leave(world, [{ memberId: '', groupInstanceId: 'a' }]).members[0]?.errorCode).toBe(ErrorCode.NONE);
    expect(heartbeat(world, memberIds[0] ?? '', generationId, 'a')).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('leaving under the old id is fenced', () => {
    const world = new World();
    const { memberIds } = stableGroup(world, [A]);
    join(world, A);
    const result = leave(world, [{ memberId: memberIds[0] ?? '', groupInstanceId: 'a' }]);
    expect(result.members[0]?.errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
  });

  test('who comes back before it ever synced still has to', () => {
    const world = new World();
    const times = { rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 60_000 };
    const a = answered(join(world, { ...A, ...times }));
    join(world, { ...B, ...times });
    const { generationId } = answered(join(world, { ...A, ...times, memberId: a.memberId }));
    sync(world, { memberId: a.memberId, generationId, groupInstanceId: 'a' });
    const back = answered(join(world, { ...B, ...times }));
    expect(back).toMatchObject({ errorCode: 0, generationId });
    world.after(20_000);
    expect(heartbeat(world, back.memberId, generationId, 'b')).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(heartbeat(world, a.memberId, generationId, 'a')).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('a rebalance keeps static members that did not rejoin, until their session ends', () => {
    const world = new World();
    const slow = { rebalanceTimeoutMs: 10_000, sessionTimeoutMs: 60_000 };
    const { memberIds } = stableGroup(world, [
      { ...A, ...slow },
      { ...B, ...slow },
    ]);
    const call = join(world, { ...A, ...slow, memberId: memberIds[0] ?? '' });
    world.after(10_000);
    const answer = answered(call);
    expect(answer.members.map(({ groupInstanceId }) => groupInstanceId).sort()).toEqual(['a', 'b']);
  });

  test('a rebalance to which only static members belong, and none rejoined, waits for another round', () => {
    const world = new World();
    const slow = { rebalanceTimeoutMs: 10_000, sessionTimeoutMs: 60_000 };
    const { memberIds, generationId } = stableGroup(world, [
      { ...A, ...slow },
      { rebalanceTimeoutMs: 10_000, sessionTimeoutMs: 60_000 },
    ]);
    leave(world, [{ memberId: memberIds[1] ?? '' }]);
    world.after(10_000);
    expect(heartbeat(world, memberIds[0] ?? '', generationId, 'a')).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    const call = join(world, { ...A, ...slow, memberId: memberIds[0] ?? '' });
    expect(answered(call).generationId).toBe(generationId + 1);
  });
});
