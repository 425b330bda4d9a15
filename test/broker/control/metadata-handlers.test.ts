import { describe, expect, it } from 'vitest';
import { fence } from '../../../src/broker/controller/brokers.ts';
import type { Handler, RequestContext } from '../../../src/broker/handler.ts';
import { adminHandlers } from '../../../src/broker/handlers/admin.ts';
import type { Node } from '../../../src/broker/node.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { decodeMessage, encodeMessage } from '../../../src/protocol/schema/index.ts';
import { Scene } from './scene.ts';

/** What the answers that are looked into have. */
interface Answer {
  readonly topics: {
    readonly name: string;
    readonly partitions: {
      readonly partitionIndex: number;
      readonly eligibleLeaderReplicas: number[] | null;
      readonly lastKnownElr: number[] | null;
    }[];
    readonly configs: { readonly name: string; readonly value: string; readonly configSource: number }[];
  }[];
  readonly brokers: object[];
  readonly nextCursor: object | null;
}

/** Asks a handler over the wire encoding of a version; what is forwarded is decided at once by the scene. */
function ask(scene: Scene, key: number, version: number, body: object): Answer {
  const found = adminHandlers.find((entry) => entry.api.key === key) as Handler;
  const node = {
    id: 1,
    config: scene.config,
    image: () => scene.image,
    callController: (_name: string, forwarded: { apiKey: number; body: unknown }, done: (answer: unknown) => void) =>
      done({ body: scene.admin(forwarded.apiKey, 7, forwarded.body) }),
  } as unknown as Node;
  const context: RequestContext = {
    node,
    apiVersion: version,
    clientId: null,
    clientHost: '/127.0.0.1',
    connectionId: 1,
  };
  const request = decodeMessage(found.api.request, version, encodeMessage(found.api.request, version, body as never));
  let answer: Answer | undefined;
  found.handle(request as never, context, (response) => {
    const wire = encodeMessage(found.api.response, version, response as never);
    answer = decodeMessage(found.api.response, version, wire) as unknown as Answer;
  });
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

const METADATA = 3;
const DESCRIBE_CLUSTER = 60;
const DESCRIBE_PARTITIONS = 75;

function scene(statics: Record<string, string> = {}): Scene {
  const made = new Scene(3, statics);
  const assignments = [
    { partitionIndex: 0, brokerIds: [1, 2] },
    { partitionIndex: 1, brokerIds: [3, 2] },
  ];
  made.admin(19, 7, { topics: [{ name: 'orders', numPartitions: -1, replicationFactor: -1, assignments }] });
  made.admin(19, 7, {
    topics: [
      { name: 'lone', numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [3] }] },
    ],
  });
  return made;
}

const names = (answer: Answer) => answer.topics.map(({ name }) => name);

describe('Metadata', () => {
  it.each(Array.from({ length: 14 }, (_, version) => version))('v%i tells brokers and topics', (version) => {
    const on = scene();
    const all = version === 0 ? [] : null;
    expect(ask(on, METADATA, version, { topics: all })).toMatchObject({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9092 }, { nodeId: 2 }, { nodeId: 3 }],
      topics: [
        { name: 'lone', errorCode: 0, partitions: [{ leaderId: 3, replicaNodes: [3], isrNodes: [3] }] },
        { name: 'orders', errorCode: 0, partitions: [{ leaderId: 1 }, { leaderId: 3 }] },
      ],
    });
  });

  it('null is all topics, none is none; v0 knows only none, which is all', () => {
    const on = scene();
    expect(names(ask(on, METADATA, 0, { topics: [] }))).toEqual(['lone', 'orders']);
    expect(names(ask(on, METADATA, 1, { topics: [] }))).toEqual([]);
    expect(names(ask(on, METADATA, 9, { topics: null }))).toEqual(['lone', 'orders']);
  });

  it('creates what was asked for by name, where client and broker allow it', () => {
    const on = scene({ 'num.partitions': '2' });
    expect(ask(on, METADATA, 4, { topics: [{ name: 'new' }], allowAutoTopicCreation: true })).toMatchObject({
      topics: [{ name: 'new', errorCode: 0, partitions: [{ errorCode: 0 }, { errorCode: 0 }] }],
    });
    const refused = { topics: [{ name: 'other', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] }] };
    expect(ask(on, METADATA, 4, { topics: [{ name: 'other' }], allowAutoTopicCreation: false })).toMatchObject(refused);
    const strict = scene({ 'auto.create.topics.enable': 'false' });
    expect(ask(strict, METADATA, 4, { topics: [{ name: 'other' }], allowAutoTopicCreation: true })).toMatchObject(
      refused,
    );
  });

  it('never creates an invalid name', () => {
    const on = scene();
    expect(ask(on, METADATA, 4, { topics: [{ name: 'no/good' }], allowAutoTopicCreation: true })).toMatchObject({
      topics: [{ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION }],
    });
    expect(on.image.topics.size).toBe(2);
  });

  it('creates __consumer_offsets as the broker would', () => {
    const on = scene();
    const answer = ask(on, METADATA, 4, { topics: [{ name: '__consumer_offsets' }], allowAutoTopicCreation: true });
    expect(answer).toMatchObject({ topics: [{ errorCode: 0, isInternal: true }] });
    expect(on.image.topics.get('__consumer_offsets')?.partitions).toHaveLength(4);
    expect(on.image.topicConfigs.get('__consumer_offsets')?.get('cleanup.policy')).toBe('compact');
  });

  it('by id, with an error for an unknown one', () => {
    const on = scene();
    const topicId = on.image.topics.get('orders')?.id;
    const unknown = 'AAAAAAAAAAEAAAAAAAAAAg';
    const topics = [
      { topicId, name: null },
      { topicId: unknown, name: null },
    ];
    expect(ask(on, METADATA, 12, { topics })).toMatchObject({
      topics: [
        { name: 'orders', topicId, errorCode: 0 },
        { name: null, topicId: unknown, errorCode: ErrorCode.UNKNOWN_TOPIC_ID },
      ],
    });
  });

  it('a partition without a leader is an error of the partition, not of the topic', () => {
    const on = scene();
    on.apply(fence(on.view, 3));
    const answer = ask(on, METADATA, 9, { topics: null });
    expect(answer).toMatchObject({
      brokers: [{ nodeId: 1 }, { nodeId: 2 }],
      topics: [
        {
          errorCode: 0,
          partitions: [{ errorCode: ErrorCode.LEADER_NOT_AVAILABLE, leaderId: -1, isrNodes: [], offlineReplicas: [3] }],
        },
        {
          errorCode: 0,
          partitions: [
            { leaderId: 1, offlineReplicas: [] },
            { errorCode: 0, leaderId: 2, replicaNodes: [3, 2], isrNodes: [2], offlineReplicas: [3] },
          ],
        },
      ],
    });
    expect(ask(on, METADATA, 0, { topics: [{ name: 'orders' }] })).toMatchObject({
      topics: [{ partitions: [{ errorCode: 0 }, { errorCode: ErrorCode.REPLICA_NOT_AVAILABLE, replicaNodes: [2] }] }],
    });
  });

  it('tells operations only to those who ask', () => {
    const on = scene();
    expect(ask(on, METADATA, 8, { topics: null })).toMatchObject({
      clusterAuthorizedOperations: -2147483648,
      topics: [{ topicAuthorizedOperations: -2147483648 }, {}],
    });
    const asked = { topics: null, includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true };
    expect(ask(on, METADATA, 8, asked)).toMatchObject({
      clusterAuthorizedOperations: 8096,
      topics: [{ topicAuthorizedOperations: 3576 }, {}],
    });
  });
});

describe('DescribeCluster', () => {
  it('hides fenced brokers until they are asked for', () => {
    const on = scene();
    on.apply(fence(on.view, 3));
    expect(ask(on, DESCRIBE_CLUSTER, 0, {}).brokers.length).toBe(2);
    expect(ask(on, DESCRIBE_CLUSTER, 2, { includeFencedBrokers: true })).toMatchObject({
      errorCode: 0,
      brokers: [{ brokerId: 1, isFenced: false }, { brokerId: 2 }, { brokerId: 3, isFenced: true }],
    });
  });

  it('does not pass for a controller', () => {
    expect(ask(scene(), DESCRIBE_CLUSTER, 1, { endpointType: 2 })).toMatchObject({
      errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE,
    });
  });
});

describe('DescribeTopicPartitions', () => {
  it('pages by partitions over topics in order, and never says null', () => {
    const on = scene();
    const seen: unknown[] = [];
    let cursor: object | null = null;
    do {
      const answer: Answer = ask(on, DESCRIBE_PARTITIONS, 0, { topics: [], responsePartitionLimit: 1, cursor });
      for (const topic of answer.topics) {
        for (const partition of topic.partitions) {
          seen.push([topic.name, partition.partitionIndex]);
          expect([partition.eligibleLeaderReplicas, partition.lastKnownElr]).toEqual([[], []]);
        }
      }
      cursor = answer.nextCursor;
    } while (cursor !== null && seen.length < 10);
    expect(seen).toEqual([
      ['lone', 0],
      ['orders', 0],
      ['orders', 1],
    ]);
  });

  it('tells who is eligible', () => {
    const on = scene();
    on.apply(fence(on.view, 3));
    expect(ask(on, DESCRIBE_PARTITIONS, 0, { topics: [{ name: 'lone' }, { name: 'x' }] })).toMatchObject({
      topics: [
        { name: 'lone', partitions: [{ leaderId: -1, isrNodes: [], eligibleLeaderReplicas: [3], lastKnownElr: [3] }] },
        { name: 'x', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
      ],
    });
  });
});

describe('CreateTopics through a handler', () => {
  it('v5 and later tell the settings of the new topic', () => {
    const topics = [
      { name: 'n', numPartitions: 1, replicationFactor: 1, configs: [{ name: 'retention.ms', value: '7' }] },
    ];
    const answer = ask(scene(), 19, 7, { topics });
    const [topic] = answer.topics;
    expect(topic?.configs.find((config) => config.name === 'retention.ms')).toMatchObject({
      value: '7',
      configSource: 1,
    });
    expect(topic?.configs).toHaveLength(33);
    expect(ask(scene(), 19, 2, { topics })).toMatchObject({ topics: [{ name: 'n', errorCode: 0 }] });
  });
});

describe('DescribeConfigs', () => {
  it('answers for topics and its own broker, with the keys that were asked for', () => {
    const resources = [
      { resourceType: 2, resourceName: 'orders', configurationKeys: ['retention.ms'] },
      { resourceType: 4, resourceName: '1', configurationKeys: ['num.partitions'] },
      { resourceType: 4, resourceName: '2', configurationKeys: null },
      { resourceType: 2, resourceName: 'x', configurationKeys: null },
    ];
    const answer = ask(scene(), 32, 4, { resources, includeSynonyms: true, includeDocumentation: true });
    expect(answer).toMatchObject({
      results: [
        {
          errorCode: 0,
          configs: [{ name: 'retention.ms', configType: 5, documentation: expect.stringMatching(/segments/) }],
        },
        { errorCode: 0, configs: [{ name: 'num.partitions', readOnly: true, configType: 3 }] },
        { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: expect.stringContaining('expected 1') },
        { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
      ],
    });
  });
});
