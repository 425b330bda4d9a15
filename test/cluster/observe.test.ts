import { afterEach, describe, expect, it } from 'vitest';
import { observe } from '../../src/cluster/observe.ts';
import type { ObserveRequest, Want } from '../../src/cluster/selection.ts';
import { type Snapshot, snapshotSchema } from '../../src/cluster/snapshot.ts';
import {
  DescribeShareGroupOffsets,
  Fetch,
  ListGroups,
  ListOffsets,
  Metadata,
  ShareGroupDescribe,
  StreamsGroupDescribe,
} from '../../src/protocol/api/index.ts';
import { encodeBatch } from '../../src/records/index.ts';
import { HANG_UP, rule, SILENCE } from '../client/fake-broker.ts';
import { classicMember, FakeCluster, KAFKA_1_0, KAFKA_3_0, KAFKA_4, type Release } from './fake-cluster.ts';

const WANT: Want = { members: true, commits: true, offsets: true, logEnd: true };

let cluster: FakeCluster;
afterEach(() => cluster.close());

async function start(nodes: number, release?: Release): Promise<FakeCluster> {
  cluster = await FakeCluster.start(nodes, release);
  return cluster;
}

async function look(request: Partial<ObserveRequest> = {}, timeoutMs?: number): Promise<Snapshot> {
  const snapshot = await observe(cluster.client(timeoutMs), { groups: 'all', want: WANT, ...request });
  expect(snapshotSchema.safeParse(JSON.parse(JSON.stringify(snapshot))).error).toBeUndefined();
  return snapshot;
}

const group = (snapshot: Snapshot, name: string) => snapshot.groups.find((each) => each.group === name);
const partition = (snapshot: Snapshot, topic: string, id: number) =>
  snapshot.topics.find((each) => each.topic === topic)?.partitions.find((each) => each.partition === id);

/** Three brokers, a topic with a leader on each, a classic, a KIP-848, a Connect and a simple group. */
async function healthy(release: Release = KAFKA_4): Promise<FakeCluster> {
  await start(3, release);
  cluster.topics['orders'] = [1, 2, 3].map((leader) => ({ leader, start: 10, highWatermark: 100, logEnd: 105 }));
  cluster.topics['unrelated'] = [{ leader: 1, highWatermark: 7 }];
  cluster.groups['classic'] = {
    coordinator: 1,
    members: [classicMember('b', { orders: [2] }), classicMember('a', { orders: [1, 0] })],
    commits: { 'orders:1': 60, 'orders:0': 50 },
  };
  cluster.groups['workers'] = {
    coordinator: 2,
    protocolType: 'connect',
    members: [
      {
        memberId: 'w',
        clientHost: '/10.0.0.9',
        memberMetadata: Buffer.from('opaque'),
        memberAssignment: Buffer.from([1]),
      },
    ],
  };
  cluster.groups['tool'] = { coordinator: 3, protocolType: '', state: 'Empty', commits: { 'orders:2': -5 } };
  if (release === KAFKA_4) {
    cluster.groups['modern'] = {
      coordinator: 2,
      type: 'consumer',
      consumerMembers: [
        {
          memberId: 'm',
          instanceId: 'static-1',
          clientHost: '/10.0.0.6',
          memberEpoch: 3,
          subscribedTopicNames: ['orders'],
          assignment: { topicPartitions: [{ topicName: 'orders', partitions: [0] }] },
          targetAssignment: { topicPartitions: [{ topicName: 'orders', partitions: [0, 1] }] },
        },
      ],
      commits: { 'orders:0': 100 },
    };
  }
  return cluster;
}

/** Four records, a millisecond apart. */
const batchAt = (baseOffset: number) =>
  encodeBatch({
    baseOffset,
    records: [0, 1, 2, 3].map((i) => ({ timestamp: 1_700_000_000_000 + i, key: null, value: Buffer.from('v') })),
  });

describe('observing everything', () => {
  it('types groups, joins nothing that was not told, sorts', async () => {
    await healthy();
    const snapshot = await look();
    expect(snapshot.groups.map(({ group: name, type, coordinator }) => [name, type, coordinator])).toEqual([
      ['classic', 'classic', 1],
      ['modern', 'consumer', 2],
      ['tool', 'simple', 3],
      ['workers', 'connect', 2],
    ]);
    expect(group(snapshot, 'classic')).toMatchObject({
      state: 'Stable',
      protocolType: 'consumer',
      protocol: 'range',
      groupEpoch: null,
    });
    expect(group(snapshot, 'classic')?.commits.map((commit) => [commit.partition, commit.offset])).toEqual([
      [0, 50],
      [1, 60],
    ]);
    expect(group(snapshot, 'classic')?.members.map(({ memberId }) => memberId)).toEqual(['a', 'b']);
    expect(group(snapshot, 'classic')?.members[0]).toMatchObject({
      host: '10.0.0.5',
      subscribedTopics: ['orders'],
      assignment: [{ topic: 'orders', partitions: [0, 1] }],
      targetAssignment: null,
      problem: null,
    });
    expect(group(snapshot, 'modern')).toMatchObject({ groupEpoch: 3, assignmentEpoch: 3, protocol: 'uniform' });
    expect(group(snapshot, 'modern')?.members[0]).toMatchObject({
      instanceId: 'static-1',
      memberEpoch: 3,
      assignment: [{ topic: 'orders', partitions: [0] }],
      targetAssignment: [{ topic: 'orders', partitions: [0, 1] }],
    });
    expect(group(snapshot, 'workers')?.members[0]).toMatchObject({
      host: '10.0.0.9',
      subscribedTopics: null,
      assignment: [],
      problem: null,
    });
    expect(group(snapshot, 'tool')?.commits[0]?.offset).toBe(-5);
    expect(snapshot.topics.map(({ topic }) => topic)).toEqual(['orders']);
    expect(partition(snapshot, 'orders', 2)).toMatchObject({
      leader: 3,
      start: 10,
      highWatermark: 100,
      logEnd: 105,
      problem: null,
    });
    expect(snapshot.problems).toEqual([]);
    expect(snapshot.cluster).toEqual({ id: 'fake', controller: 1 });
  });

  it('never sends what joins, commits, or looks for coordinators', async () => {
    await healthy();
    await look({ want: { ...WANT, lastStable: true, maxTimestamp: true, commitTimestamps: true } });
    expect(cluster.apis).toEqual([
      'ConsumerGroupDescribe',
      'DescribeGroups',
      'Fetch',
      'ListGroups',
      'ListOffsets',
      'Metadata',
      'OffsetFetch',
    ]);
  });

  it.each([
    ['Kafka 4', KAFKA_4],
    ['Kafka 3.0', KAFKA_3_0],
  ])('waits for four answers, and one more for times, whatever the number of groups: %s', async (_, release) => {
    await healthy(release);
    for (const each of cluster.topics['orders'] ?? []) each.records = batchAt(48);
    for (let i = 0; i < 400; i++) cluster.groups[`g${i}`] = { coordinator: 1 + (i % 3), commits: { 'orders:0': 50 } };
    const snapshot = await look();
    expect(snapshot.groups.length).toBeGreaterThan(400);
    expect(snapshot.groups.every(({ problem }) => problem === null)).toBe(true);
    expect(snapshot.roundTrips).toBe(4);
    expect((await look({ want: { ...WANT, commitTimestamps: true } })).roundTrips).toBe(5);
  });

  it('pipelines single-group requests on a broker that knows no others', async () => {
    await healthy(KAFKA_1_0);
    const snapshot = await look();
    expect(snapshot.roundTrips).toBe(4);
    expect(snapshot.requests['OffsetFetch']).toBe(3);
    expect(snapshot.groups.map(({ group: name, type }) => [name, type])).toEqual([
      ['classic', 'classic'],
      ['tool', 'simple'],
      ['workers', 'connect'],
    ]);
    expect(group(snapshot, 'classic')?.commits[0]?.offset).toBe(50);
    expect(cluster.apis).not.toContain('unexpected 69');
  });

  it('reads the ends after the commits', async () => {
    await healthy();
    await look();
    for (const { seen } of cluster.brokers) {
      const order = seen.map(({ api }) => api);
      expect(order.lastIndexOf('OffsetFetch')).toBeLessThan(order.indexOf('ListOffsets'));
    }
  });

  it('asks for what is wanted, and no more', async () => {
    await healthy();
    const snapshot = await look({ want: {} });
    expect(cluster.apis).toEqual(['ListGroups', 'Metadata']);
    expect(group(snapshot, 'modern')).toMatchObject({ type: 'consumer', state: 'Stable', members: [] });
    expect(
      (await look({ groups: 'none', topics: 'all', want: { offsets: true } })).topics.map(({ topic }) => topic),
    ).toEqual(['orders', 'unrelated']);
  });

  it('narrows groups and topics', async () => {
    await healthy();
    const snapshot = await look({
      groups: { match: (name: string) => name.startsWith('c') },
      filter: (topic, id) => topic === 'orders' && id === 1,
    });
    expect(snapshot.groups.map(({ group: name }) => name)).toEqual(['classic']);
    expect(group(snapshot, 'classic')?.commits.map((commit) => commit.partition)).toEqual([1]);
    expect(partition(snapshot, 'orders', 1)?.highWatermark).toBe(100);
    expect(partition(snapshot, 'orders', 0)?.highWatermark).toBeNull();
  });

  it('notes the time of the record at a commit that is behind', async () => {
    await healthy();
    const [first] = cluster.topics['orders'] ?? [];
    if (first) first.records = batchAt(48);
    const snapshot = await look({ want: { ...WANT, commitTimestamps: true } });
    expect(group(snapshot, 'classic')?.commits.map(({ timestampMs }) => timestampMs)).toEqual([
      1_700_000_000_002,
      null,
    ]);
    expect(group(snapshot, 'modern')?.commits[0]?.timestampMs).toBeNull();
    expect(group(snapshot, 'tool')?.commits[0]?.timestampMs).toBeNull();
    const few = await look({ want: { ...WANT, commitTimestamps: 2 } });
    expect(few.groups).toEqual(snapshot.groups);
    const none = await look({ want: { ...WANT, commitTimestamps: 1 } });
    expect(none.groups.flatMap(({ commits }) => commits).every(({ timestampMs }) => timestampMs === null)).toBe(true);
    expect(none.roundTrips).toBe(4);
  });

  it('says why the record at a commit was not read', async () => {
    await healthy();
    const refusal = { topic: 'orders', partitions: [{ partitionIndex: 0, errorCode: 29, records: null }] };
    for (const broker of cluster.brokers) broker.set(rule(Fetch, 12, () => ({ responses: [refusal] })));
    const snapshot = await look({ want: { ...WANT, commitTimestamps: true } });
    expect(group(snapshot, 'classic')?.commits[0]).toMatchObject({
      timestampMs: null,
      timestampProblem: { scope: 'orders-0', name: 'TOPIC_AUTHORIZATION_FAILED' },
      problem: null,
    });
  });
});

describe('groups of Kafka 4', () => {
  it('share groups have start offsets instead of commits, and their own lag', async () => {
    await healthy();
    cluster.brokers[1]?.set(
      rule(ListGroups, 5, () => ({
        groups: [{ groupId: 's', protocolType: 'share', groupState: 'Stable', groupType: 'share' }],
      })),
      rule(ShareGroupDescribe, 1, () => ({
        groups: [
          {
            groupId: 's',
            groupState: 'Stable',
            groupEpoch: 7,
            assignmentEpoch: 7,
            assignorName: 'simple',
            members: [
              {
                memberId: 'm',
                clientHost: '/h',
                subscribedTopicNames: ['orders'],
                assignment: { topicPartitions: [{ topicName: 'orders', partitions: [2] }] },
              },
            ],
          },
        ],
      })),
      rule(DescribeShareGroupOffsets, 1, () => ({
        groups: [
          {
            groupId: 's',
            topics: [
              {
                topicName: 'orders',
                partitions: [
                  { partitionIndex: 2, startOffset: 40, leaderEpoch: 0, lag: 12 },
                  { partitionIndex: 0, startOffset: -1, leaderEpoch: 0 },
                  { partitionIndex: 1, startOffset: -1, errorCode: 3 },
                ],
              },
            ],
          },
        ],
      })),
    );
    const snapshot = await look();
    expect(group(snapshot, 's')).toMatchObject({ type: 'share', protocol: 'simple', groupEpoch: 7, problem: null });
    expect(group(snapshot, 's')?.members[0]?.assignment).toEqual([{ topic: 'orders', partitions: [2] }]);
    expect(
      group(snapshot, 's')?.commits.map(({ partition: id, offset, lag, problem }) => [id, offset, lag, problem?.name]),
    ).toEqual([
      [0, null, undefined, undefined],
      [1, null, undefined, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [2, 40, 12, undefined],
    ]);
    expect(snapshot.roundTrips).toBe(4);
  });

  it('streams groups own the source partitions of their tasks', async () => {
    await healthy();
    cluster.topics['small'] = [{ leader: 1, highWatermark: 5 }];
    const tasks = (partitions: number[]) => ({ activeTasks: [{ subtopologyId: '0', partitions }] });
    cluster.brokers[1]?.set(
      rule(ListGroups, 5, () => ({
        groups: [{ groupId: 'app', protocolType: 'streams', groupState: 'Stable', groupType: 'streams' }],
      })),
      rule(StreamsGroupDescribe, 0, () => ({
        groups: [
          {
            groupId: 'app',
            groupState: 'Stable',
            groupEpoch: 2,
            assignmentEpoch: 2,
            topology: {
              epoch: 1,
              subtopologies: [
                {
                  subtopologyId: '0',
                  sourceTopics: ['orders'],
                  repartitionSourceTopics: [{ name: 'small', partitions: 1 }],
                },
              ],
            },
            members: [
              {
                memberId: 'm',
                clientHost: '/h',
                memberEpoch: 2,
                assignment: tasks([0, 1]),
                targetAssignment: tasks([0]),
              },
            ],
          },
        ],
      })),
    );
    const snapshot = await look();
    expect(group(snapshot, 'app')).toMatchObject({ type: 'streams', groupEpoch: 2, problem: null });
    expect(group(snapshot, 'app')?.members[0]).toMatchObject({
      memberEpoch: 2,
      assignment: [
        { topic: 'orders', partitions: [0, 1] },
        { topic: 'small', partitions: [0] },
      ],
      targetAssignment: [
        { topic: 'orders', partitions: [0] },
        { topic: 'small', partitions: [0] },
      ],
    });
    expect(partition(snapshot, 'small', 1)).toBeUndefined();
    expect(partition(snapshot, 'small', 0)?.highWatermark).toBe(5);
  });
});

describe('observing named groups', () => {
  it('tells the same as observing everything', async () => {
    await healthy();
    const listed = await look();
    const named = await look({ groups: { names: ['classic', 'modern', 'tool', 'workers', 'classic'] } });
    expect(named.groups).toEqual(listed.groups);
    expect(named.topics).toEqual(listed.topics);
    expect(named.roundTrips).toBe(4);
  });

  it.each([
    ['Kafka 4', KAFKA_4],
    ['Kafka 3.0', KAFKA_3_0],
    ['Kafka 1.0', KAFKA_1_0],
  ])('says which is not known, beside the others: %s', async (_, release) => {
    await healthy(release);
    const snapshot = await look({ groups: { names: ['clasic', 'classic'] } });
    expect(group(snapshot, 'clasic')).toMatchObject({
      type: 'unknown',
      state: 'Dead',
      problem: { name: 'GROUP_ID_NOT_FOUND', scope: 'group clasic' },
    });
    expect(group(snapshot, 'classic')).toMatchObject({ type: 'classic', problem: null });
    expect(snapshot.roundTrips).toBeLessThanOrEqual(5);
  });

  it('asks for metadata of their topics only', async () => {
    await healthy();
    const asked: (string[] | null)[] = [];
    cluster.brokers[0]?.set(
      rule(Metadata, 13, ({ topics }) => {
        const names = topics?.map(({ name }) => name ?? '') ?? null;
        asked.push(names);
        return cluster.metadata(names);
      }),
    );
    await look({ groups: { names: ['classic'] } });
    expect(asked).toEqual([[], ['orders']]);
  });
});

describe('what is broken is a value', () => {
  it('a deleted topic that is still assigned and committed', async () => {
    await healthy();
    cluster.groups['left'] = {
      coordinator: 1,
      members: [classicMember('m', { gone: [0, 3], orders: [0] })],
      commits: { 'gone:1': 5 },
    };
    const snapshot = await look();
    const gone = snapshot.topics.find(({ topic }) => topic === 'gone');
    expect(gone?.problem).toMatchObject({ scope: 'topic gone', name: 'UNKNOWN_TOPIC_OR_PARTITION' });
    expect(gone?.partitions.map((each) => [each.partition, each.leader, each.problem?.scope])).toEqual([
      [0, null, 'gone-0'],
      [1, null, 'gone-1'],
      [3, null, 'gone-3'],
    ]);
    expect(partition(snapshot, 'orders', 0)?.problem).toBeNull();
    expect(snapshot.roundTrips).toBe(4);
  });

  it('a partition beyond the topic', async () => {
    await healthy();
    cluster.groups['odd'] = { coordinator: 1, commits: { 'orders:17': 5 } };
    const snapshot = await look();
    expect(partition(snapshot, 'orders', 17)?.problem?.name).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(partition(snapshot, 'orders', 0)?.highWatermark).toBe(100);
  });

  it('a partition without a leader, which nobody is asked about', async () => {
    await healthy();
    cluster.topics['orders'] = [{ leader: -1 }, { leader: 2, start: 0, highWatermark: 9 }, { leader: 3 }];
    const snapshot = await look();
    expect(partition(snapshot, 'orders', 0)).toMatchObject({
      leader: null,
      highWatermark: null,
      problem: { name: 'LEADER_NOT_AVAILABLE' },
    });
    expect(partition(snapshot, 'orders', 1)?.highWatermark).toBe(9);
    expect(snapshot.requests['Metadata']).toBe(1);
  });

  it('the groups of an offsets partition without a leader, which no broker lists', async () => {
    await healthy();
    cluster.topics['__consumer_offsets'] = [{ leader: 1 }, { leader: -1 }];
    const { problems } = await look();
    expect(problems).toMatchObject([{ scope: 'cluster', name: 'COORDINATOR_NOT_AVAILABLE' }]);
    expect(problems[0]?.message).toContain('1 of 2 partitions of __consumer_offsets have no leader (1)');
  });

  it('a leader that has moved is looked up once more, and only once', async () => {
    await healthy();
    let told = 0;
    const stale = () => {
      told += 1;
      const answer = cluster.metadata(null);
      const wrong =
        answer.topics?.map((topic) => ({
          ...topic,
          partitions: (topic.partitions ?? []).map((each) => ({ ...each, leaderId: 1 })),
        })) ?? [];
      return { ...answer, topics: wrong };
    };
    cluster.brokers[0]?.set(
      rule(Metadata, 13, ({ topics }) =>
        topics === null ? stale() : cluster.metadata(topics.map(({ name }) => name ?? '')),
      ),
    );
    expect(partition(await look(), 'orders', 2)).toMatchObject({ highWatermark: 100, problem: null });
    cluster.brokers[0]?.set(rule(Metadata, 13, stale));
    told = 0;
    expect(partition(await look(), 'orders', 2)).toMatchObject({
      highWatermark: null,
      problem: { name: 'NOT_LEADER_OR_FOLLOWER' },
    });
    expect(told).toBe(2);
  });

  it('a group that one may not see', async () => {
    await healthy();
    cluster.groups['classic'] = { coordinator: 1, error: 30 };
    const snapshot = await look();
    expect(group(snapshot, 'classic')?.problem).toMatchObject({
      name: 'GROUP_AUTHORIZATION_FAILED',
      scope: 'group classic',
    });
    expect(group(snapshot, 'modern')?.problem).toBeNull();
  });

  it('a partition that one may not see', async () => {
    await healthy();
    cluster.topics['orders'] = [
      { leader: 1, error: 29 },
      { leader: 2, highWatermark: 9 },
    ];
    const snapshot = await look();
    expect(partition(snapshot, 'orders', 0)?.problem?.name).toBe('TOPIC_AUTHORIZATION_FAILED');
    expect(partition(snapshot, 'orders', 1)?.highWatermark).toBe(9);
  });

  it('a member whose metadata nobody can read', async () => {
    await healthy();
    const broken = {
      memberId: 'x',
      clientHost: '/h',
      memberMetadata: Buffer.from([0, 1, 0x7f, 0xff, 0xff, 0xff]),
      memberAssignment: Buffer.from([0]),
    };
    cluster.groups['classic'] = { coordinator: 1, members: [broken, classicMember('y', { orders: [0] })] };
    const members = group(await look(), 'classic')?.members;
    expect(members?.[0]).toMatchObject({
      memberId: 'x',
      assignment: [],
      problem: { name: 'UNDECODABLE', scope: 'member x' },
    });
    expect(members?.[1]).toMatchObject({
      memberId: 'y',
      problem: null,
      assignment: [{ topic: 'orders', partitions: [0] }],
    });
  });

  it('a broker that refuses connections', async () => {
    await healthy();
    await cluster.brokers[2]?.close();
    const snapshot = await look();
    expect(snapshot.brokers.map(({ problem }) => problem?.name ?? null)).toEqual([null, null, 'UNREACHABLE']);
    expect(snapshot.problems).toEqual([expect.objectContaining({ scope: 'broker 3', name: 'UNREACHABLE' })]);
    expect(partition(snapshot, 'orders', 2)?.problem?.name).toBe('UNREACHABLE');
    expect(partition(snapshot, 'orders', 0)?.highWatermark).toBe(100);
    expect(snapshot.groups.map(({ group: name }) => name)).toEqual(['classic', 'modern', 'workers']);
  });

  it('a broker that is silent costs one time-out, not one per request', async () => {
    await healthy();
    cluster.brokers[2]?.set(rule(ListGroups, 5, () => SILENCE));
    const snapshot = await look({}, 300);
    expect(snapshot.brokers[2]?.problem?.name).toBe('TIMED_OUT');
    expect(partition(snapshot, 'orders', 0)?.highWatermark).toBe(100);
    expect(cluster.brokers[2]?.count('ListGroups')).toBe(1);
    // The one that fell silent, and one for everything that was asked afterwards.
    expect(cluster.brokers[2]?.connections).toBe(2);
  });

  it('a coordinator that is loading is asked again, and told of when it goes on', async () => {
    await healthy();
    let loading = 1;
    cluster.brokers[1]?.set(rule(ListGroups, 5, () => ({ errorCode: loading-- > 0 ? 14 : 0 })));
    expect((await look()).problems).toEqual([]);
    loading = 99;
    expect((await look()).problems).toEqual([
      expect.objectContaining({ scope: 'broker 2', name: 'COORDINATOR_LOAD_IN_PROGRESS' }),
    ]);
  });

  it('an answer that cannot be read', async () => {
    await healthy();
    cluster.brokers[0]?.set(rule(ListOffsets, 11, () => HANG_UP));
    const snapshot = await look();
    expect(partition(snapshot, 'orders', 0)?.problem?.name).toBe('UNREACHABLE');
    expect(partition(snapshot, 'orders', 1)?.highWatermark).toBe(100);
  });

  it('nothing that can be reached at all is an error that names every address', async () => {
    await healthy();
    const client = cluster.client();
    for (const broker of cluster.brokers) await broker.close();
    await expect(observe(client, { groups: 'all', want: WANT })).rejects.toMatchObject({
      name: 'UNREACHABLE',
      message: expect.stringContaining(`127.0.0.1:${cluster.ports[0]}`),
    });
  });
});

describe('observing again, as --watch does', () => {
  it('reuses connections, and opens new ones when a broker has closed them', async () => {
    await healthy();
    await look();
    await look();
    expect(cluster.brokers.map(({ connections }) => connections)).toEqual([1, 1, 1]);
    for (const broker of cluster.brokers) broker.drop();
    const snapshot = await look();
    expect(snapshot.problems).toEqual([]);
    expect(snapshot.groups).toHaveLength(4);
  });

  it('tries a broker again that was dead before', async () => {
    await healthy();
    cluster.brokers[2]?.set(rule(ListGroups, 5, () => HANG_UP));
    expect((await look()).brokers[2]?.problem?.name).toBe('UNREACHABLE');
    cluster.brokers[2]?.set(rule(ListGroups, 5, () => ({})));
    expect((await look()).brokers[2]?.problem).toBeNull();
  });
});
