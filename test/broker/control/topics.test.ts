import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { Scene } from './scene.ts';

const CREATE = 19;
const DELETE = 20;
const GROW = 37;
const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA';

const ordinary = { name: 'orders', numPartitions: 2, replicationFactor: 2 };
const create = (scene: Scene, ...topics: object[]) => scene.admin(CREATE, 7, { topics });
const assignment = (...lists: number[][]) => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: lists.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
});

describe('CreateTopics', () => {
  it('makes partitions with an ISR of all replicas and the first as leader', () => {
    const scene = new Scene();
    expect(create(scene, ordinary)).toMatchObject({
      topics: [{ name: 'orders', errorCode: 0, numPartitions: 2, replicationFactor: 2 }],
    });
    for (const partition of scene.image.topics.get('orders')?.partitions ?? []) {
      expect(partition.isr).toEqual(partition.replicas);
      expect(partition.leader).toBe(partition.replicas[0]);
      expect(partition.leaderEpoch).toBe(0);
    }
  });

  it('-1 stands for num.partitions and default.replication.factor', () => {
    const scene = new Scene(3, { 'num.partitions': '5', 'default.replication.factor': '3' });
    expect(create(scene, { name: 'a', numPartitions: -1, replicationFactor: -1 })).toMatchObject({
      topics: [{ numPartitions: 5, replicationFactor: 3 }],
    });
  });

  it('validate only changes nothing, and gives no id', () => {
    const scene = new Scene();
    expect(scene.admin(CREATE, 7, { topics: [ordinary], validateOnly: true })).toMatchObject({
      topics: [{ errorCode: 0, topicId: ZERO, numPartitions: 2 }],
    });
    expect(scene.image.topics.size).toBe(0);
  });

  it.each([
    ['a name that exists', ordinary, 'TOPIC_ALREADY_EXISTS', "Topic 'orders' already exists."],
    ['an empty name', { ...ordinary, name: '' }, 'INVALID_TOPIC_EXCEPTION', 'empty string'],
    ['a dot', { ...ordinary, name: '.' }, 'INVALID_TOPIC_EXCEPTION', "'.' or '..'"],
    ['a character that is no topic name', { ...ordinary, name: 'ord/ers' }, 'INVALID_TOPIC_EXCEPTION', 'alphanumerics'],
    ['a name of 250 characters', { ...ordinary, name: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION', '249'],
    ['the metadata log', { ...ordinary, name: '__cluster_metadata' }, 'INVALID_TOPIC_EXCEPTION', 'prohibited'],
    [
      'a name that collides',
      { ...ordinary, name: 'a_b.c' },
      'INVALID_TOPIC_EXCEPTION',
      'collides with existing topic: a.b.c',
    ],
    ['no partitions', { ...ordinary, name: 'n', numPartitions: 0 }, 'INVALID_PARTITIONS', 'non-positive'],
    ['no replicas', { ...ordinary, name: 'n', replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR', 'larger than 0'],
    [
      'more replicas than brokers',
      { ...ordinary, name: 'n', replicationFactor: 4 },
      'INVALID_REPLICATION_FACTOR',
      'only 3 broker(s)',
    ],
    [
      'an unknown setting',
      { ...ordinary, name: 'n', configs: [{ name: 'retention', value: '1' }] },
      'INVALID_CONFIG',
      'Unknown topic config name: retention',
    ],
    [
      'a typo',
      { ...ordinary, name: 'n', configs: [{ name: 'retention.msec', value: '1' }] },
      'INVALID_CONFIG',
      'Did you mean retention.ms?',
    ],
    [
      'a wrong value',
      { ...ordinary, name: 'n', configs: [{ name: 'retention.ms', value: 'x' }] },
      'INVALID_CONFIG',
      'Invalid value x for configuration retention.ms: Not a number of type LONG',
    ],
    [
      'a null value',
      { ...ordinary, name: 'n', configs: [{ name: 'retention.ms', value: null }] },
      'INVALID_CONFIG',
      'Null value',
    ],
    [
      'recompression',
      { ...ordinary, name: 'n', configs: [{ name: 'compression.type', value: 'gzip' }] },
      'INVALID_CONFIG',
      'not supported by this broker',
    ],
    [
      'tiered storage',
      { ...ordinary, name: 'n', configs: [{ name: 'remote.storage.enable', value: 'true' }] },
      'INVALID_CONFIG',
      'not supported by this broker',
    ],
    ['an unknown broker', { name: 'n', ...assignment([1, 9]) }, 'INVALID_REPLICA_ASSIGNMENT', 'broker 9'],
    ['a broker twice', { name: 'n', ...assignment([1, 1]) }, 'INVALID_REPLICA_ASSIGNMENT', 'twice'],
    ['uneven assignments', { name: 'n', ...assignment([1, 2], [1]) }, 'INVALID_REPLICA_ASSIGNMENT', 'not consistent'],
    ['an empty replica list', { name: 'n', ...assignment([]) }, 'INVALID_REPLICA_ASSIGNMENT', 'empty'],
    [
      'a hole in the assignment',
      { name: 'n', numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
      'INVALID_REPLICA_ASSIGNMENT',
      'consecutive',
    ],
    [
      'an assignment with a count',
      { name: 'n', ...assignment([1]), numPartitions: 1 },
      'INVALID_REQUEST',
      'numPartitions',
    ],
  ] as const)('refuses %s', (_name, topic, error, message) => {
    const scene = new Scene();
    create(scene, ordinary, { ...ordinary, name: 'a.b.c' });
    const answer = create(scene, topic);
    expect(answer).toMatchObject({
      topics: [{ errorCode: ErrorCode[error], errorMessage: expect.stringContaining(message) }],
    });
    expect(scene.image.topics.size).toBe(2);
  });

  it('one wrong topic does not hinder the others, but a name twice is refused once', () => {
    const scene = new Scene();
    const answer = create(
      scene,
      ordinary,
      { ...ordinary, name: '?' },
      { ...ordinary, name: 'x' },
      { ...ordinary, name: 'x' },
    );
    expect(answer).toMatchObject({
      topics: [
        { name: 'orders', errorCode: 0 },
        { name: '?', errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION },
        { name: 'x', errorCode: ErrorCode.INVALID_REQUEST },
      ],
    });
    expect([...scene.image.topics.keys()]).toEqual(['orders']);
  });
});

describe('DeleteTopics', () => {
  it('by name and by id, with the settings of the topic', () => {
    const scene = new Scene();
    create(scene, { ...ordinary, configs: [{ name: 'retention.ms', value: '1' }] }, { ...ordinary, name: 'b' });
    const id = scene.image.topics.get('b')?.id;
    const answer = scene.admin(DELETE, 6, { topics: [{ name: 'orders' }, { topicId: id }] });
    expect(answer).toMatchObject({
      responses: [
        { name: 'orders', errorCode: 0 },
        { name: 'b', topicId: id, errorCode: 0 },
      ],
    });
    expect(scene.image.topics.size + scene.image.topicsById.size + scene.image.topicConfigs.size).toBe(0);
  });

  it('what is not there is told by how it was asked for', () => {
    const scene = new Scene();
    const answer = scene.admin(DELETE, 6, { topics: [{ name: 'x' }, { topicId: 'AAAAAAAAAAEAAAAAAAAAAg' }, {}] });
    expect(answer).toMatchObject({
      responses: [
        { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
        { name: null, errorCode: ErrorCode.UNKNOWN_TOPIC_ID },
        { errorCode: ErrorCode.INVALID_REQUEST },
      ],
    });
    expect(scene.admin(DELETE, 1, { topicNames: ['x'] })).toMatchObject({
      responses: [{ name: 'x', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }],
    });
  });

  it('obeys delete.topic.enable', () => {
    const scene = new Scene(3, { 'delete.topic.enable': 'false' });
    create(scene, ordinary);
    expect(scene.admin(DELETE, 6, { topics: [{ name: 'orders' }] })).toMatchObject({
      responses: [{ errorCode: ErrorCode.TOPIC_DELETION_DISABLED }],
    });
    expect(scene.image.topics.size).toBe(1);
  });
});

describe('CreatePartitions', () => {
  it('adds partitions of the same replication factor, placed or assigned', () => {
    const scene = new Scene();
    create(scene, ordinary);
    expect(scene.admin(GROW, 3, { topics: [{ name: 'orders', count: 3, assignments: null }] })).toMatchObject({
      results: [{ name: 'orders', errorCode: 0, errorMessage: null }],
    });
    scene.admin(GROW, 3, { topics: [{ name: 'orders', count: 4, assignments: [{ brokerIds: [3, 1] }] }] });
    const partitions = scene.image.topics.get('orders')?.partitions ?? [];
    expect(partitions.map(({ replicas }) => replicas.length)).toEqual([2, 2, 2, 2]);
    expect(partitions[3]).toMatchObject({ partition: 3, replicas: [3, 1], leader: 3 });
  });

  it.each([
    ['an unknown topic', { name: 'x', count: 3, assignments: null }, 'UNKNOWN_TOPIC_OR_PARTITION', 'does not host'],
    [
      'as many as there are',
      { name: 'orders', count: 2, assignments: null },
      'INVALID_PARTITIONS',
      'Topic already has 2 partition(s).',
    ],
    [
      'fewer',
      { name: 'orders', count: 1, assignments: null },
      'INVALID_PARTITIONS',
      'currently has 2 partition(s); 1 would not be an increase.',
    ],
    [
      'an assignment for another number',
      { name: 'orders', count: 4, assignments: [{ brokerIds: [1, 2] }] },
      'INVALID_REPLICA_ASSIGNMENT',
      '2 additional',
    ],
    [
      'another replication factor',
      { name: 'orders', count: 3, assignments: [{ brokerIds: [1] }] },
      'INVALID_REPLICA_ASSIGNMENT',
      'not consistent',
    ],
  ] as const)('refuses %s', (_name, topic, error, message) => {
    const scene = new Scene();
    create(scene, ordinary);
    expect(scene.admin(GROW, 3, { topics: [topic] })).toMatchObject({
      results: [{ errorCode: ErrorCode[error], errorMessage: expect.stringContaining(message) }],
    });
    expect(scene.image.topics.get('orders')?.partitions).toHaveLength(2);
  });
});
