import { type Consumer, Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../../src/broker/shell/index.ts';
import { partitionOf } from '../../../src/protocol/coordinator-partition.ts';
import { until } from '../../until.ts';

/** Somebody else's client over TCP: three members that come and go on three nodes. */

const PARTITIONS = 6;
let cluster: EmbeddedCluster;
let kafka: Kafka;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 3,
    // A node that died is found out quickly.
    config: { 'broker.session.timeout.ms': '1000', 'broker.heartbeat.interval.ms': '100' },
    topics: [{ name: 'orders', partitions: PARTITIONS, replicationFactor: 3 }],
  });
  const brokers = cluster.brokers.map(({ host, port }) => `${host}:${port}`);
  kafka = new Kafka({ clientId: 'app', brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50 } });
});

afterAll(async () => {
  await cluster.close();
});

/** A consumer of `orders`, with what it owns and what it has read. */
class Watched {
  readonly consumer: Consumer;
  readonly seen: string[] = [];
  owned: number[] = [];
  #joined: (() => void)[] = [];

  constructor(groupId: string) {
    this.consumer = kafka.consumer({
      groupId,
      sessionTimeout: 10_000,
      heartbeatInterval: 100,
      rebalanceTimeout: 10_000,
      maxWaitTimeInMs: 50,
    });
    this.consumer.on(this.consumer.events.GROUP_JOIN, ({ payload }) => {
      this.owned = payload.memberAssignment['orders'] ?? [];
      for (const told of this.#joined.splice(0)) told();
    });
  }

  async start(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: ['orders'], fromBeginning: true });
    const joined = this.joined();
    await this.consumer.run({
      autoCommitInterval: 50,
      eachMessage: async ({ message }) => {
        this.seen.push(message.value?.toString() ?? '');
      },
    });
    await joined;
  }

  joined(): Promise<void> {
    return new Promise((resolve) => this.#joined.push(resolve));
  }
}

const PATIENCE = { withinMs: 50_000, everyMs: 20 };

const everything = (members: readonly Watched[]) =>
  members
    .flatMap(({ owned }) => owned)
    .toSorted()
    .join();
const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition).join();

test('members come, go, crash into nothing, and every partition always finds one owner', async () => {
  const members = [new Watched('crew'), new Watched('crew'), new Watched('crew')];
  const [first, second, third] = members;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three members');
  await first.start();
  expect(everything([first])).toBe(ALL);
  await second.start();
  await until('two own everything', () => everything([first, second]) === ALL, PATIENCE);
  await third.start();
  await until('three own everything', () => everything(members) === ALL, PATIENCE);
  expect(members.map(({ owned }) => owned.length)).toEqual([2, 2, 2]);

  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = Array.from({ length: 60 }, (_, i) => ({ value: `m${i}`, partition: i % PARTITIONS }));
  await producer.send({ topic: 'orders', messages });
  await producer.disconnect();
  const read = () => new Set(members.flatMap(({ seen }) => seen)).size;
  await until(
    () => `all ${messages.length} are read: ${read()}`,
    () => read() === messages.length,
    PATIENCE,
  );

  const admin = kafka.admin();
  await admin.connect();
  const committed = async () => {
    const [orders] = await admin.fetchOffsets({ groupId: 'crew', topics: ['orders'] });
    return orders?.partitions.map(({ offset }) => offset);
  };
  const isCommitted = async () => (await committed())?.every((offset) => offset === '10');
  await until('what was read is committed', isCommitted, PATIENCE);

  const { groups } = await admin.describeGroups(['crew']);
  expect(groups[0]).toMatchObject({ state: 'Stable', protocolType: 'consumer', protocol: 'RoundRobinAssigner' });
  expect(groups[0]?.members.map(({ clientHost }) => clientHost)).toEqual(['/127.0.0.1', '/127.0.0.1', '/127.0.0.1']);
  await expect(admin.deleteGroups(['crew'])).rejects.toThrow();

  await second.consumer.disconnect();
  await until('the two that are left own everything', () => everything([first, third]) === ALL, PATIENCE);
  await first.consumer.disconnect();
  await until('the last one owns everything', () => everything([third]) === ALL, PATIENCE);
  await third.consumer.disconnect();
  expect((await admin.listGroups()).groups).toMatchObject([{ groupId: 'crew', protocolType: 'consumer' }]);

  await admin.setOffsets({ groupId: 'crew', topic: 'orders', partitions: [{ partition: 0, offset: '3' }] });
  expect((await committed())?.at(0)).toBe('3');
  await admin.deleteGroups(['crew']);
  expect((await admin.listGroups()).groups).toEqual([]);
  await admin.disconnect();
}, 60_000);

test('a group outlives its coordinator: another node goes on with its members and offsets', async () => {
  const member = new Watched('survivors');
  const admin = kafka.admin();
  await admin.connect();
  await admin.setOffsets({ groupId: 'survivors', topic: 'orders', partitions: [{ partition: 1, offset: '7' }] });
  await member.start();
  const { brokers } = await admin.describeCluster();
  const before = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] });
  const partition = before.topics[0]?.partitions.find(
    ({ partitionId }) => partitionId === partitionOf('survivors', before.topics[0]?.partitions.length ?? 1),
  );
  const leader = partition?.leader ?? -1;
  expect(brokers.map(({ nodeId }) => nodeId)).toContain(leader);
  await cluster.stopNode(leader, { abrupt: true });
  // Until another node has taken over, its requests fail.
  const offset = async () => {
    const [orders] = await admin.fetchOffsets({ groupId: 'survivors', topics: ['orders'] });
    return Number(orders?.partitions.find(({ partition: index }) => index === 1)?.offset);
  };
  await until('its offsets are there', async () => (await offset().catch(() => -1)) >= 7, PATIENCE);
  const state = async () => (await admin.describeGroups(['survivors'])).groups[0]?.state;
  await until('its member is in it', async () => (await state().catch(() => null)) === 'Stable', PATIENCE);
  await cluster.startNode(leader);
  await member.consumer.disconnect();
  await admin.disconnect();
}, 60_000);
