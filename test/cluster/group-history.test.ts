import { describe, expect, it } from 'vitest';
import { GroupHistoryBuilder } from '../../src/cluster/group-history.ts';
import { encodeAssignment } from '../../src/protocol/consumer-protocol.ts';
import { encodeCoordinatorKey, encodeCoordinatorValue } from '../../src/protocol/coordinator-record.ts';
import { encodeBatch, encodeEndTxnMarker, type RecordInput } from '../../src/records/index.ts';

const EMPTY = Buffer.alloc(0);

interface MemberInput {
  readonly id: string;
  readonly instance?: string;
  readonly partitions?: readonly number[];
}

function generation(at: number, number: number, members: readonly MemberInput[], group = 'g'): RecordInput {
  return {
    timestamp: at,
    key: encodeCoordinatorKey('GroupMetadata', { group }),
    value: encodeCoordinatorValue('GroupMetadata', 3, {
      protocolType: 'consumer',
      generation: number,
      protocol: members.length > 0 ? 'range' : null,
      leader: members[0]?.id ?? null,
      currentStateTimestamp: at,
      members: members.map(({ id, instance, partitions }) => ({
        memberId: id,
        groupInstanceId: instance ?? null,
        clientId: 'app',
        clientHost: '/10.0.0.5',
        rebalanceTimeout: 300_000,
        sessionTimeout: 45_000,
        subscription: EMPTY,
        assignment:
          partitions === undefined
            ? EMPTY
            : encodeAssignment(0, { assignedPartitions: [{ topic: 't', partitions: [...partitions] }] }),
      })),
    }),
  };
}

function commit(at: number, offset: number | null, partition = 0, group = 'g'): RecordInput {
  return {
    timestamp: at,
    key: encodeCoordinatorKey('OffsetCommit', { group, topic: 't', partition }),
    value:
      offset === null
        ? null
        : encodeCoordinatorValue('OffsetCommit', 3, { offset, leaderEpoch: 0, metadata: '', commitTimestamp: at }),
  };
}

function read(records: readonly RecordInput[]) {
  const builder = new GroupHistoryBuilder(['g', 'other']);
  const end = builder.take(encodeBatch({ records: [...records], baseOffset: 7 }), 7);
  return { builder, end, history: builder.history('g') };
}

describe('the history of a group', () => {
  it('tells generations with who came and who went', () => {
    const { history, builder, end } = read([
      generation(1_000, 1, [{ id: 'a', partitions: [0, 1] }]),
      generation(2_000, 2, [
        { id: 'a', partitions: [0] },
        { id: 'b', partitions: [1] },
      ]),
      generation(3_000, 3, [{ id: 'b', partitions: [0, 1] }]),
      generation(4_000, 4, []),
    ]);
    expect(
      history.generations.map(({ generation: number, atMs, joined, left }) => [number, atMs, joined, left]),
    ).toEqual([
      [1, 1_000, 1, 0],
      [2, 2_000, 1, 0],
      [3, 3_000, 0, 1],
      [4, 4_000, 0, 1],
    ]);
    expect(history.generations[1]?.members).toEqual([
      {
        memberId: 'a',
        instanceId: null,
        clientId: 'app',
        host: '10.0.0.5',
        rebalanceTimeoutMs: 300_000,
        sessionTimeoutMs: 45_000,
        partitions: 1,
      },
      expect.objectContaining({ memberId: 'b', partitions: 1 }),
    ]);
    expect([builder.fromMs, builder.toMs, end]).toEqual([1_000, 4_000, 11]);
  });

  it('does not take a static member that came back under a new id for a new one', () => {
    const { history } = read([
      generation(1_000, 5, [{ id: 'i1-aaa', instance: 'i1' }]),
      generation(2_000, 5, [{ id: 'i1-bbb', instance: 'i1' }]),
    ]);
    expect(history.generationsSeen).toBe(1);
    expect(history.generations[0]).toMatchObject({ atMs: 1_000, members: [{ memberId: 'i1-bbb' }] });
  });

  it('tells cadence, repetitions and steps back of commits', () => {
    const { history } = read([
      commit(1_000, 10),
      commit(1_100, 20),
      commit(1_400, 20),
      commit(1_500, 5),
      commit(1_900, 6),
      commit(1_950, 99, 0, 'somebody else'),
    ]);
    expect(history.commits).toEqual([
      {
        topic: 't',
        partition: 0,
        commits: 5,
        firstAtMs: 1_000,
        lastAtMs: 1_900,
        firstOffset: 10,
        lastOffset: 6,
        newest: [
          { atMs: 1_000, offset: 10 },
          { atMs: 1_100, offset: 20 },
          { atMs: 1_400, offset: 20 },
          { atMs: 1_500, offset: 5 },
          { atMs: 1_900, offset: 6 },
        ],
        intervalMs: { min: 100, median: 300, max: 400 },
        rewinds: 1,
        largestRewind: 15,
        unchanged: 1,
        removedAtMs: null,
      },
    ]);
    expect(history.records).toBe(5);
  });

  it('tells what was removed, and forgets a removal of the group that came back', () => {
    const gone = { timestamp: 3_000, key: encodeCoordinatorKey('GroupMetadata', { group: 'g' }), value: null };
    const { history } = read([commit(1_000, 3), commit(2_000, null), gone]);
    expect(history.commits[0]).toMatchObject({ commits: 1, removedAtMs: 2_000, intervalMs: null });
    expect(history.removedAtMs).toBe(3_000);
    expect(read([gone, generation(4_000, 1, [{ id: 'a' }])]).history.removedAtMs).toBeNull();
    expect(read([commit(2_000, null)]).history.commits[0]).toMatchObject({
      commits: 0,
      firstAtMs: null,
      lastOffset: null,
    });
  });

  it('counts what a transaction committed only when it is decided so', () => {
    const builder = new GroupHistoryBuilder(['g']);
    const transactional = (offset: number, producer: number, baseOffset: number) =>
      encodeBatch({
        records: [commit(offset, offset)],
        baseOffset,
        producerId: producer,
        producerEpoch: 0,
        baseSequence: 0,
        isTransactional: true,
      });
    const marker = (type: 'COMMIT' | 'ABORT', producer: number, baseOffset: number) =>
      encodeEndTxnMarker({
        type,
        producerId: producer,
        producerEpoch: 0,
        coordinatorEpoch: 0,
        timestamp: 9,
        baseOffset,
      });
    builder.take(
      Buffer.concat([
        transactional(100, 1, 0),
        transactional(200, 2, 1),
        transactional(300, 3, 2),
        marker('COMMIT', 1, 3),
        marker('ABORT', 2, 4),
      ]),
      0,
    );
    // 200 was taken back, 300 is open.
    expect(builder.history('g').commits.map(({ newest }) => newest.map(({ offset }) => offset))).toEqual([[100]]);
  });

  it('follows the epochs and members of a KIP-848 group', () => {
    const member = (memberId: string): RecordInput => ({
      timestamp: 1,
      key: encodeCoordinatorKey('ConsumerGroupMemberMetadata', { groupId: 'g', memberId }),
      value: encodeCoordinatorValue('ConsumerGroupMemberMetadata', 0, {
        instanceId: null,
        rackId: null,
        clientId: 'app',
        clientHost: '/10.0.0.6',
        subscribedTopicNames: ['t'],
        subscribedTopicRegex: null,
        rebalanceTimeoutMs: 60_000,
        serverAssignor: null,
      }),
    });
    const epoch = (at: number, number: number): RecordInput => ({
      timestamp: at,
      key: encodeCoordinatorKey('ConsumerGroupMetadata', { groupId: 'g' }),
      value: encodeCoordinatorValue('ConsumerGroupMetadata', 0, { epoch: number }),
    });
    const left: RecordInput = { ...member('m1'), value: null };
    const { history } = read([member('m1'), epoch(10, 1), member('m2'), epoch(20, 2), left, epoch(30, 3)]);
    expect(
      history.generations.map(({ generation: number, members }) => [number, members.map((m) => m.memberId)]),
    ).toEqual([
      [1, ['m1']],
      [2, ['m1', 'm2']],
      [3, ['m2']],
    ]);
    expect(history.generations[0]?.members[0]).toMatchObject({ rebalanceTimeoutMs: 60_000, sessionTimeoutMs: null });
  });

  it('steps over what a newer Kafka wrote, and counts it', () => {
    const strange = { timestamp: 1, key: Buffer.from([0, 99]), value: Buffer.from([1, 2, 3]) };
    const { builder, history } = read([strange, commit(5, 1)]);
    expect(builder.undecoded).toBe(1);
    expect(history.records).toBe(1);
  });
});
