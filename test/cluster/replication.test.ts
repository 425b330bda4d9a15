import { afterEach, describe, expect, it } from 'vitest';
import { observe } from '../../src/cluster/observe.ts';
import type { ObserveRequest } from '../../src/cluster/selection.ts';
import {
  DescribeCluster,
  DescribeConfigs,
  DescribeLogDirs,
  DescribeQuorum,
  DescribeTopicPartitions,
  ListPartitionReassignments,
} from '../../src/protocol/api/index.ts';
import { type Rule, rule, SILENCE } from '../client/fake-broker.ts';
import { FakeCluster, KAFKA_1_0 } from './fake-cluster.ts';

const EVERYTHING: ObserveRequest = {
  groups: 'none',
  topics: 'all',
  want: { offsets: true, replication: true, logDirs: true },
};
const DENIED = 29;
const CLUSTER_DENIED = 31;

/** Answers of a quiet cluster; a test replaces what it is about. */
function quiet(cluster: FakeCluster, pageOf = 2_000): Rule[] {
  return [
    rule(DescribeCluster, 2, () => ({
      clusterId: 'fake',
      brokers: [
        ...cluster.ports.map((port, at) => ({ brokerId: at + 1, host: 'h', port })),
        { brokerId: 9, host: 'h9', port: 1, rack: 'r9', isFenced: true },
      ],
    })),
    rule(DescribeConfigs, 4, ({ resources }) => ({
      results: resources.map(({ resourceName, resourceType }) => ({
        resourceName,
        resourceType,
        configs: [
          { name: 'min.insync.replicas', value: '2' },
          { name: 'unclean.leader.election.enable', value: 'false' },
        ],
      })),
    })),
    rule(ListPartitionReassignments, 0, () => ({
      topics: [
        {
          name: 'orders',
          partitions: [{ partitionIndex: 1, replicas: [1, 2], addingReplicas: [2], removingReplicas: [] }],
        },
      ],
    })),
    rule(DescribeQuorum, 2, () => ({
      topics: [
        {
          topicName: '__cluster_metadata',
          partitions: [
            {
              partitionIndex: 0,
              leaderId: 1,
              leaderEpoch: 4,
              highWatermark: 90,
              currentVoters: [
                { replicaId: 2, logEndOffset: 80, lastFetchTimestamp: 9_000, lastCaughtUpTimestamp: -1 },
                { replicaId: 1, logEndOffset: 100, lastFetchTimestamp: 10_000, lastCaughtUpTimestamp: 10_000 },
              ],
            },
          ],
        },
      ],
    })),
    rule(DescribeLogDirs, 4, () => ({
      results: [
        {
          logDir: '/d',
          topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, partitionSize: 70, offsetLag: 0 }] }],
          totalBytes: 100,
          usableBytes: 30,
        },
      ],
    })),
    rule(DescribeTopicPartitions, 0, ({ cursor }) => {
      const from = cursor?.partitionIndex ?? 0;
      const all = cluster.topics['orders'] ?? [];
      const partitions = all.slice(from, from + pageOf).map(({ leader }, at) => ({
        partitionIndex: from + at,
        leaderId: leader,
        leaderEpoch: 5,
        replicaNodes: [1, 2],
        isrNodes: [1],
        eligibleLeaderReplicas: [2],
        lastKnownElr: [],
      }));
      const next = from + pageOf;
      return {
        topics: [{ name: 'orders', partitions }],
        nextCursor: next < all.length ? { topicName: 'orders', partitionIndex: next } : null,
      };
    }),
  ];
}

describe('replication in a snapshot', () => {
  let cluster: FakeCluster;
  afterEach(() => cluster.close());

  async function start(nodes: number, pageOf?: number): Promise<void> {
    cluster = await FakeCluster.start(nodes);
    for (const broker of cluster.brokers) broker.set(...quiet(cluster, pageOf));
    cluster.topics['orders'] = [{ leader: 1 }, { leader: 1 }, { leader: 1 }];
  }

  it('is one answer deep behind the metadata', async () => {
    await start(2);
    const snapshot = await observe(cluster.client(), EVERYTHING);
    expect(snapshot.roundTrips).toBe(2);
    expect(snapshot.problems).toEqual([]);
    expect(snapshot.fenced).toEqual([{ id: 9, host: 'h9', port: 1, rack: 'r9' }]);
    expect(snapshot.quorum).toEqual({
      leader: 1,
      leaderEpoch: 4,
      highWatermark: 90,
      replicas: [
        { id: 1, voter: true, logEnd: 100, lag: 0, silentMs: 0, behindMs: 0 },
        { id: 2, voter: true, logEnd: 80, lag: 20, silentMs: 1_000, behindMs: null },
      ],
    });
    const [orders] = snapshot.topics;
    expect(orders).toMatchObject({ minIsr: 2, uncleanElection: false });
    expect(orders?.partitions[1]).toMatchObject({
      leaderEpoch: 5,
      replicas: [1, 2],
      isr: [1],
      elr: [2],
      reassignment: { adding: [2] },
    });
    expect(orders?.partitions[0]).toMatchObject({
      reassignment: null,
      replicaLogs: [
        { broker: 1, bytes: 70 },
        { broker: 2, bytes: 70 },
      ],
    });
    expect(snapshot.brokers[0]?.logDirs).toEqual([
      { path: '/d', error: null, replicaBytes: 70, totalBytes: 100, usableBytes: 30 },
    ]);
  });

  it('follows the cursor of a broker that sends small pages', async () => {
    await start(1, 1);
    const snapshot = await observe(cluster.client(), EVERYTHING);
    expect(snapshot.topics[0]?.partitions.map(({ elr }) => elr)).toEqual([[2], [2], [2]]);
    expect(cluster.brokers[0]?.count('DescribeTopicPartitions')).toBe(3);
  });

  it('leaves a broker that turns in circles', async () => {
    await start(1, 1);
    cluster.brokers[0]?.set(
      rule(DescribeTopicPartitions, 0, () => ({ topics: [], nextCursor: { topicName: 'orders', partitionIndex: 0 } })),
    );
    const snapshot = await observe(cluster.client(), EVERYTHING);
    expect(snapshot.topics[0]?.partitions.map(({ isr }) => isr)).toEqual([[1], [1], [1]]);
    expect(cluster.brokers[0]?.count('DescribeTopicPartitions')).toBeLessThanOrEqual(4);
  });

  it('degrades to the metadata on a cluster that knows nothing else', async () => {
    cluster = await FakeCluster.start(1, KAFKA_1_0);
    cluster.topics['orders'] = [{ leader: 1, highWatermark: 7 }];
    const snapshot = await observe(cluster.client(), { ...EVERYTHING, want: { offsets: true, replication: true } });
    // Configs are asked for wherever there is replication to judge: a broker without them is told of, once.
    expect(snapshot.problems.map(({ name }) => name)).toEqual(['UNSUPPORTED']);
    expect(snapshot).toMatchObject({ fenced: null, quorum: null });
    expect(snapshot.topics[0]).toMatchObject({ minIsr: null, partitions: [{ elr: null, isr: [1], highWatermark: 7 }] });
  });

  it('says what is refused, and has the rest', async () => {
    await start(1);
    cluster.brokers[0]?.set(
      rule(DescribeConfigs, 4, ({ resources }) => ({
        results: resources.map(({ resourceName, resourceType }) => ({ resourceName, resourceType, errorCode: DENIED })),
      })),
      rule(DescribeQuorum, 2, () => ({ errorCode: CLUSTER_DENIED })),
      rule(ListPartitionReassignments, 0, () => ({ errorCode: CLUSTER_DENIED })),
    );
    const snapshot = await observe(cluster.client(), EVERYTHING);
    expect(snapshot.problems.map(({ name }) => name).sort()).toEqual([
      'CLUSTER_AUTHORIZATION_FAILED',
      'CLUSTER_AUTHORIZATION_FAILED',
      'TOPIC_AUTHORIZATION_FAILED',
    ]);
    expect(snapshot.topics[0]).toMatchObject({ minIsr: null, partitions: [{ elr: [2] }, {}, {}] });
    expect(snapshot.topics[0]?.partitions[0]?.reassignment).toBeUndefined();
  });

  it('loses no more than its own time-out to a broker that is silent', async () => {
    await start(2);
    cluster.brokers[1]?.set(
      rule(DescribeCluster, 2, () => SILENCE),
      rule(DescribeLogDirs, 4, () => SILENCE),
    );
    const snapshot = await observe(cluster.client(300), EVERYTHING);
    // On one connection, and each once: they wait beside each other, and fail together.
    expect(cluster.brokers[1]?.connections).toBe(1);
    expect(snapshot.brokers.map(({ problem }) => problem?.name ?? null)).toEqual([null, 'TIMED_OUT']);
    expect(snapshot.problems.map(({ scope, name }) => [scope, name])).toEqual([['broker 2', 'TIMED_OUT']]);
    expect(snapshot.topics[0]?.partitions[0]).toMatchObject({ elr: [2], replicaLogs: [{ broker: 1 }] });
  });

  it('costs nothing where it was not asked for', async () => {
    await start(1);
    await observe(cluster.client(), { groups: 'none', topics: 'all', want: { offsets: true } });
    expect(cluster.apis).toEqual(['ListOffsets', 'Metadata']);
  });
});
