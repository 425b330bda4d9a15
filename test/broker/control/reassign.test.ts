import { describe, expect, it } from 'vitest';
import { changePartition, type ElectionRules } from '../../../src/broker/controller/election.ts';
import { type Assignment, reverted, towards } from '../../../src/broker/controller/reassignment.ts';
import type { PartitionImage } from '../../../src/broker/image.ts';
import { mergePartition } from '../../../src/broker/metadata/replay.ts';
import { AlterPartitionReassignments, ListPartitionReassignments } from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { VirtualCluster } from '../virtual-cluster.ts';
import { partition as threeReplicas } from './scene.ts';

const partition = (fields: Partial<PartitionImage> = {}) => threeReplicas({ replicas: [1, 2], isr: [1, 2], ...fields });
const rules = (alive: readonly number[] = [1, 2, 3, 4]): ElectionRules => ({
  isActive: (broker) => alive.includes(broker),
  elrEnabled: true,
  minInsyncReplicas: 1,
  unclean: false,
});
const next = (before: PartitionImage, isr: readonly number[], assignment?: Assignment, given = rules()) =>
  mergePartition(before, changePartition(before, isr, given, assignment) ?? {});

describe('the steps of a reassignment', () => {
  const moving = next(partition(), [1, 2], towards(partition(), [3, 4]));

  it('adds first: everybody keeps a copy, the leader and its epoch stay', () => {
    expect(moving).toMatchObject({ replicas: [3, 4, 1, 2], addingReplicas: [3, 4], removingReplicas: [1, 2] });
    expect(moving).toMatchObject({ leader: 1, leaderEpoch: 5, isr: [1, 2] });
  });

  it('does not end before every new replica is in sync', () => {
    expect(next(moving, [1, 2, 3])).toMatchObject({ isr: [1, 2, 3], addingReplicas: [3, 4], replicas: [3, 4, 1, 2] });
  });

  it('ends with the change of the ISR that completes it, and a leader that stays', () => {
    expect(next(moving, [1, 2, 3, 4])).toMatchObject({
      replicas: [3, 4],
      isr: [3, 4],
      addingReplicas: [],
      removingReplicas: [],
      leader: 3,
      leaderEpoch: 6,
    });
  });

  it('begins a new epoch when replicas leave, also where the leader stays', () => {
    expect(next(partition(), [1, 2], towards(partition(), [1]))).toMatchObject({
      replicas: [1],
      isr: [1],
      leader: 1,
      leaderEpoch: 6,
    });
  });

  it('orders replicas anew at once, in the same epoch', () => {
    expect(next(partition(), [1, 2], towards(partition(), [2, 1]))).toMatchObject({
      replicas: [2, 1],
      leader: 1,
      leaderEpoch: 5,
      addingReplicas: [],
      removingReplicas: [],
    });
  });

  it('does not take away the only replica in sync', () => {
    const alone = partition({ isr: [1] });
    expect(next(alone, [1], towards(alone, [2]))).toMatchObject({
      replicas: [2, 1],
      removingReplicas: [1],
      leader: 1,
    });
  });

  it('takes another target on the way; who was new and is not wanted leaves with the others', () => {
    expect(next(moving, [1, 2, 3], towards(moving, [4]))).toMatchObject({
      replicas: [4, 1, 2, 3],
      addingReplicas: [4],
      removingReplicas: [1, 2, 3],
    });
    expect(towards(moving, [3, 4])).toEqual({ replicas: [3, 4, 1, 2], adding: [3, 4], removing: [1, 2] });
  });

  it('goes back when it is cancelled, and leads on where a new replica led', () => {
    const led = { ...moving, isr: [1, 3], leader: 3 };
    const back = reverted(led);
    expect(back.isr).toEqual([1]);
    expect(next(led, back.isr, back.assignment)).toMatchObject({ replicas: [1, 2], isr: [1], leader: 1 });
  });

  it('elects uncleanly, and says so, where only new replicas are in sync and that is allowed', () => {
    const lost = { ...moving, isr: [3], leader: 3 };
    const { assignment, isr } = reverted(lost);
    for (const elrEnabled of [true, false]) {
      expect(next(lost, isr, assignment, { ...rules(), elrEnabled, unclean: true })).toMatchObject({
        ...{ replicas: [1, 2], isr: [1], leader: 1, leaderRecoveryState: 1 },
      });
    }
  });

  it('keeps no replica eligible that has left', () => {
    const short = partition({ replicas: [1, 2, 3], isr: [1], elr: [2] });
    const strict = { ...rules(), minInsyncReplicas: 2 };
    expect(next(short, [1], towards(short, [1, 3]), strict).elr).toEqual([]);
  });
});

describe('a reassignment on running nodes', () => {
  const reassign = (cluster: VirtualCluster, replicas: number[] | null, name = 'moved', partitionIndex = 0) => {
    const { responses } = cluster.ask(2, AlterPartitionReassignments, 1, {
      topics: [{ name, partitions: [{ partitionIndex, replicas }] }],
    });
    return responses[0]?.partitions[0]?.errorCode;
  };
  const image = (cluster: VirtualCluster, id = 1) =>
    cluster.node(id).node.image().topics.get('moved')?.partitions[0] ?? partition({ replicas: [] });
  const moved = (cluster: VirtualCluster, replicas: readonly number[]) =>
    cluster.env.scheduler.runUntil(() => `${image(cluster).replicas}` === `${replicas}`);
  const filled = () => {
    const cluster = new VirtualCluster(4, { 'replica.lag.time.max.ms': '3000' }).start();
    cluster.createTopic('moved', [[1, 2]], { 'min.insync.replicas': '1' });
    for (let count = 0; count < 10; count++) cluster.produce(1, 'moved', [`value-${count}`]);
    cluster.env.scheduler.runFor(100);
    return cluster;
  };

  it('moves a partition with its records to brokers that had none of it, and the leader with it', () => {
    const cluster = filled();
    expect(reassign(cluster, [3, 4])).toBe(ErrorCode.NONE);
    const { topics } = cluster.ask(1, ListPartitionReassignments, 0, {});
    expect(topics).toMatchObject([
      { name: 'moved', partitions: [{ replicas: [3, 4, 1, 2], addingReplicas: [3, 4], removingReplicas: [1, 2] }] },
    ]);
    moved(cluster, [3, 4]);
    cluster.env.scheduler.runFor(500);
    expect(cluster.ask(1, ListPartitionReassignments, 0, {}).topics).toEqual([]);
    expect(image(cluster)).toMatchObject({ leader: 3, isr: [3, 4] });
    for (const id of [3, 4]) {
      expect(cluster.node(id).replicas.get('moved', 0)).toMatchObject({ highWatermark: 10, log: { logEndOffset: 10 } });
    }
    for (const id of [1, 2]) expect(cluster.node(id).replicas.get('moved', 0)).toBeUndefined();
    const produced = cluster.produce(3, 'moved', ['after']);
    cluster.env.scheduler.runFor(1000);
    expect(produced.answer).toMatchObject({ responses: [{ partitionResponses: [{ errorCode: 0, baseOffset: 10 }] }] });
  });

  it('renames the directory of a replica that left, and deletes it after file.delete.delay.ms', () => {
    const cluster = filled();
    reassign(cluster, [2]);
    moved(cluster, [2]);
    const names = () =>
      cluster
        .disk(1)
        .list('')
        .filter((name) => name.startsWith('moved'));
    expect(names()).toEqual([expect.stringMatching(/^moved-0\.[0-9a-f]{32}-delete$/)]);
    cluster.env.scheduler.runFor(59_000);
    expect(names()).toHaveLength(1);
    cluster.env.scheduler.runFor(2000);
    expect(names()).toEqual([]);
  });

  it('starts with an empty log where a replica comes back, whatever the node knew of it', () => {
    const cluster = filled();
    cluster.node(2).kill();
    cluster.startNode(2);
    cluster.env.scheduler.runUntil(() => image(cluster).isr.includes(2));
    reassign(cluster, [1]);
    moved(cluster, [1]);
    reassign(cluster, [1, 2]);
    moved(cluster, [1, 2]);
    cluster.env.scheduler.runUntil(() => image(cluster).isr.includes(2));
    cluster.env.scheduler.runFor(1000);
    expect(cluster.node(2).replicas.get('moved', 0)).toMatchObject({ highWatermark: 10, log: { logEndOffset: 10 } });
  });

  it('waits for a new replica that cannot be reached, and is cancelled with null replicas', () => {
    const cluster = filled();
    cluster.env.network.cut(1, 4);
    expect(reassign(cluster, [1, 4])).toBe(ErrorCode.NONE);
    cluster.env.scheduler.runFor(20_000);
    expect(image(cluster)).toMatchObject({ addingReplicas: [4], removingReplicas: [2] });
    expect(reassign(cluster, null)).toBe(ErrorCode.NONE);
    expect(image(cluster, 2)).toMatchObject({
      replicas: [1, 2],
      addingReplicas: [],
      removingReplicas: [],
      isr: [1, 2],
    });
    cluster.env.network.cut(1, 4, false);
    cluster.env.scheduler.runFor(5000);
    expect(cluster.node(4).replicas.get('moved', 0)).toBeUndefined();
  });

  it('does not acknowledge with the old ISR while the leader has not heard of the end', () => {
    const cluster = new VirtualCluster(5, {
      'replica.socket.timeout.ms': '200',
      'replica.fetch.wait.max.ms': '100',
      'replica.lag.time.max.ms': '1000',
    }).start();
    const { network, scheduler } = cluster.env;
    cluster.createTopic('moved', [[2, 4]]);
    network.link(3, 2).lost.add('replicaFetch');
    reassign(cluster, [2, 3]);
    scheduler.runFor(500);
    // Leader and former follower hear nothing more of the controller's log; the new replica does.
    for (const id of [2, 4]) network.link(1, id).lost.add('metadataFetch');
    network.link(3, 2).lost.clear();
    moved(cluster, [2, 3]);
    expect(image(cluster)).toMatchObject({ leader: 2, isr: [2, 3] });
    const produced = cluster.produce(2, 'moved', ['during'], -1, 3000);
    scheduler.runUntil(() => produced.answer !== undefined);
    expect(produced.answer).toMatchObject({
      responses: [{ partitionResponses: [{ errorCode: ErrorCode.REQUEST_TIMED_OUT }] }],
    });
    expect(cluster.node(4).replicas.get('moved', 0)?.log.logEndOffset).toBe(1);
    for (const id of [2, 4]) network.link(1, id).lost.clear();
    scheduler.runUntil(() => cluster.node(3).replicas.get('moved', 0)?.highWatermark === 1);
  });

  it.each([
    ['replicas that are none', [], 'moved', 0, ErrorCode.INVALID_REPLICA_ASSIGNMENT],
    ['a replica twice', [1, 1], 'moved', 0, ErrorCode.INVALID_REPLICA_ASSIGNMENT],
    ['a broker that does not exist', [1, 9], 'moved', 0, ErrorCode.INVALID_REPLICA_ASSIGNMENT],
    ['an unknown topic', [1], 'nope', 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['an unknown partition', [1], 'moved', 7, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['a cancel of nothing', null, 'moved', 0, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS],
  ])('refuses %s', (_what, replicas, topic, index, errorCode) => {
    const cluster = filled();
    expect(reassign(cluster, replicas, topic, index)).toBe(errorCode);
  });

  it('keeps the replication factor where the request asks for that', () => {
    const cluster = filled();
    const { responses } = cluster.ask(1, AlterPartitionReassignments, 1, {
      allowReplicationFactorChange: false,
      topics: [{ name: 'moved', partitions: [{ partitionIndex: 0, replicas: [1, 2, 3] }] }],
    });
    expect(responses[0]?.partitions[0]).toMatchObject({
      errorCode: ErrorCode.INVALID_REPLICATION_FACTOR,
      errorMessage: 'The replication factor is changed from 2 to 3',
    });
  });
});
