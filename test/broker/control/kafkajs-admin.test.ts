import { type Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../../src/broker/shell/index.ts';

/* Somebody else's client against three real nodes. */

let cluster: EmbeddedCluster;
let admin: Admin;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3 });
  const brokers = cluster.brokers.map(({ host, port }) => `${host}:${port}`);
  admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await cluster.close();
});

const resource = (name: string) => ({ type: ConfigResourceTypes.TOPIC, name });

describe('kafkajs admin', () => {
  it('describes the cluster', async () => {
    const described = await admin.describeCluster();
    expect(described.clusterId).toBe(cluster.clusterId);
    expect(described.brokers.map(({ nodeId }) => nodeId)).toEqual([1, 2, 3]);
    expect(described.controller).toBe(1);
  });

  it('creates, grows, lists and deletes topics', async () => {
    const topic = 'orders';
    expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 3 }] })).toBe(true);
    expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 3 }] })).toBe(false);
    await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    expect(topics[0]?.partitions).toHaveLength(4);
    for (const partition of topics[0]?.partitions ?? []) {
      expect(partition.leader).toBe(partition.replicas[0]);
      expect([...partition.isr].sort()).toEqual([1, 2, 3]);
    }
    await admin.deleteTopics({ topics: [topic] });
    expect(await admin.listTopics()).toEqual([]);
  });

  it('alters and describes settings', async () => {
    await admin.createTopics({ topics: [{ topic: 'settings' }] });
    const configEntries = [{ name: 'retention.ms', value: '1234' }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource('settings'), configEntries }] });
    const described = await admin.describeConfigs({
      includeSynonyms: true,
      resources: [{ ...resource('settings'), configNames: ['retention.ms'] }],
    });
    expect(described.resources[0]?.configEntries).toMatchObject([
      { configName: 'retention.ms', configValue: '1234', configSource: 1, readOnly: false },
    ]);
    const wrong = [{ name: 'retention.msec', value: '1' }];
    const altered = admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource('settings'), configEntries: wrong }],
    });
    await expect(altered).rejects.toMatchObject({ type: 'INVALID_CONFIG' });
  });

  it('is refused invalid names and replication factors', async () => {
    const create = (topic: object) => admin.createTopics({ topics: [{ topic: 'x', ...topic }] });
    const typed = (type: string) => ({ errors: [expect.objectContaining({ type })] });
    await expect(create({ topic: 'no/good' })).rejects.toMatchObject(typed('INVALID_TOPIC_EXCEPTION'));
    await expect(create({ replicationFactor: 4 })).rejects.toMatchObject(typed('INVALID_REPLICATION_FACTOR'));
    await expect(create({ configEntries: [{ name: 'foo', value: '1' }] })).rejects.toMatchObject(
      typed('INVALID_CONFIG'),
    );
  });

  it('a topic that any node creates is there on all of them, with a leader', async () => {
    const [, , third] = cluster.brokers;
    const own = new Kafka({ brokers: [`${third?.host}:${third?.port}`], logLevel: logLevel.NOTHING }).admin();
    await own.connect();
    await own.createTopics({
      waitForLeaders: false,
      topics: [{ topic: 'anywhere', numPartitions: 6, replicationFactor: 2 }],
    });
    const { topics } = await own.fetchTopicMetadata({ topics: ['anywhere'] });
    await own.disconnect();
    expect(topics[0]?.partitions.every(({ leader }) => leader > 0)).toBe(true);
  });
});
