import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import * as apis from '../../src/protocol/api/index.ts';
import { encodeRequest, encodeResponse, readRequestBody, readRequestHeader } from '../../src/protocol/frame.ts';
import { type Api, encodeMessage, Reader } from '../../src/protocol/schema/index.ts';

// kafkajs' own encoders and decoders, which know the versions before flexible ones.

interface Encoded {
  readonly buffer: Buffer;
}
interface Definition {
  readonly request: { readonly apiKey: number; readonly apiVersion: number };
  readonly response: { decode(body: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
}
type Definitions = Readonly<
  Record<string, { protocol(options: { version: number }): (args?: unknown) => Definition } | undefined>
>;

const require = createRequire(import.meta.url);
const { requests } = require('kafkajs/src/protocol/requests') as { requests: Definitions };
const frameOf = require('kafkajs/src/protocol/request') as (options: {
  correlationId: number;
  clientId: string;
  request: unknown;
}) => Promise<Encoded>;

function define(name: string, version: number, args?: unknown): Definition {
  const definitions = requests[name];
  if (definitions === undefined) throw new Error(`kafkajs has no ${name}`);
  return definitions.protocol({ version })(args);
}

const topics = ['orders', 'payments'];

const REQUESTS: readonly (readonly [string, number, Api, args: unknown, means: object])[] = [
  ['ApiVersions', 2, apis.ApiVersions, undefined, {}],
  [
    'Metadata',
    6,
    apis.Metadata,
    { topics, allowAutoTopicCreation: false },
    { topics: topics.map((name) => ({ name })), allowAutoTopicCreation: false },
  ],
  ['GroupCoordinator', 2, apis.FindCoordinator, { groupId: 'g', coordinatorType: 0 }, { key: 'g', keyType: 0 }],
  [
    'JoinGroup',
    5,
    apis.JoinGroup,
    {
      groupId: 'g',
      sessionTimeout: 30_000,
      rebalanceTimeout: 60_000,
      memberId: 'm',
      groupInstanceId: 'i',
      protocolType: 'consumer',
      groupProtocols: [{ name: 'RoundRobin', metadata: Buffer.from([0, 1, 2]) }],
    },
    {
      groupId: 'g',
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 60_000,
      memberId: 'm',
      groupInstanceId: 'i',
      protocolType: 'consumer',
      protocols: [{ name: 'RoundRobin', metadata: Buffer.from([0, 1, 2]) }],
    },
  ],
  [
    'SyncGroup',
    3,
    apis.SyncGroup,
    {
      groupId: 'g',
      generationId: 3,
      memberId: 'm',
      groupInstanceId: null,
      groupAssignment: [{ memberId: 'm', memberAssignment: Buffer.from([7]) }],
    },
    { groupId: 'g', generationId: 3, memberId: 'm', assignments: [{ memberId: 'm', assignment: Buffer.from([7]) }] },
  ],
  [
    'Heartbeat',
    3,
    apis.Heartbeat,
    { groupId: 'g', groupGenerationId: 3, memberId: 'm', groupInstanceId: 'i' },
    { groupId: 'g', generationId: 3, memberId: 'm', groupInstanceId: 'i' },
  ],
  ['LeaveGroup', 1, apis.LeaveGroup, { groupId: 'g', memberId: 'm' }, { groupId: 'g', memberId: 'm' }],
  [
    'LeaveGroup',
    3,
    apis.LeaveGroup,
    { groupId: 'g', memberId: 'm', groupInstanceId: 'i' },
    { groupId: 'g', members: [{ memberId: 'm', groupInstanceId: 'i' }] },
  ],
  [
    'OffsetCommit',
    5,
    apis.OffsetCommit,
    {
      groupId: 'g',
      groupGenerationId: 3,
      memberId: 'm',
      topics: [{ topic: 't', partitions: [{ partition: 1, offset: '42', metadata: 'x' }] }],
    },
    {
      groupId: 'g',
      generationIdOrMemberEpoch: 3,
      memberId: 'm',
      topics: [{ name: 't', partitions: [{ partitionIndex: 1, committedOffset: 42, committedMetadata: 'x' }] }],
    },
  ],
  [
    'OffsetFetch',
    4,
    apis.OffsetFetch,
    { groupId: 'g', topics: [{ topic: 't', partitions: [{ partition: 1 }, { partition: 4 }] }] },
    { groupId: 'g', topics: [{ name: 't', partitionIndexes: [1, 4] }] },
  ],
  [
    'ListOffsets',
    3,
    apis.ListOffsets,
    { replicaId: -1, isolationLevel: 1, topics: [{ topic: 't', partitions: [{ partition: 1, timestamp: '-2' }] }] },
    { replicaId: -1, isolationLevel: 1, topics: [{ name: 't', partitions: [{ partitionIndex: 1, timestamp: -2 }] }] },
  ],
  [
    'Fetch',
    11,
    apis.Fetch,
    {
      replicaId: -1,
      maxWaitTime: 100,
      minBytes: 1,
      maxBytes: 1000,
      rackId: 'r',
      isolationLevel: 1,
      topics: [
        {
          topic: 't',
          partitions: [
            { partition: 2, currentLeaderEpoch: 5, fetchOffset: '1099511627776', logStartOffset: '-1', maxBytes: 77 },
          ],
        },
      ],
    },
    {
      replicaId: -1,
      maxWaitMs: 100,
      minBytes: 1,
      maxBytes: 1000,
      rackId: 'r',
      isolationLevel: 1,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic: 't',
          partitions: [
            { partition: 2, currentLeaderEpoch: 5, fetchOffset: 2 ** 40, logStartOffset: -1, partitionMaxBytes: 77 },
          ],
        },
      ],
    },
  ],
  [
    'CreateTopics',
    3,
    apis.CreateTopics,
    {
      topics: [{ topic: 't', numPartitions: 3, replicationFactor: 2, configEntries: [{ name: 'a', value: 'b' }] }],
      validateOnly: true,
      timeout: 500,
    },
    {
      topics: [{ name: 't', numPartitions: 3, replicationFactor: 2, configs: [{ name: 'a', value: 'b' }] }],
      validateOnly: true,
      timeoutMs: 500,
    },
  ],
  ['DeleteTopics', 1, apis.DeleteTopics, { topics: ['t'], timeout: 500 }, { topicNames: ['t'], timeoutMs: 500 }],
  ['DescribeGroups', 2, apis.DescribeGroups, { groupIds: ['g', 'h'] }, { groups: ['g', 'h'] }],
  ['DeleteGroups', 1, apis.DeleteGroups, ['g'], { groupsNames: ['g'] }],
  [
    'EndTxn',
    1,
    apis.EndTxn,
    { transactionalId: 'x', producerId: '9', producerEpoch: 1, transactionResult: true },
    { transactionalId: 'x', producerId: 9, producerEpoch: 1, committed: true },
  ],
];

describe('requests, with their headers, as kafkajs frames them', () => {
  it.each(REQUESTS)('%s v%i', async (name, version, api, args, means) => {
    const { buffer } = await frameOf({
      correlationId: 77,
      clientId: 'kafkajs',
      request: define(name, version, args).request,
    });
    expect(buffer.readInt32BE(0)).toBe(buffer.length - 4);
    const frame = buffer.subarray(4);
    const reader = new Reader(frame);
    expect(readRequestHeader(reader)).toEqual({
      apiKey: api.key,
      apiVersion: version,
      correlationId: 77,
      clientId: 'kafkajs',
    });
    expect(readRequestBody(api, version, reader)).toMatchObject(means);
    const ours = Buffer.concat(encodeRequest(api, version, { correlationId: 77, clientId: 'kafkajs' }, means as never));
    expect(ours.toString('hex')).toBe(frame.toString('hex'));
  });
});

const RESPONSES: readonly (readonly [string, number, Api, value: object, means: object])[] = [
  [
    'ApiVersions',
    2,
    apis.ApiVersions,
    { apiKeys: [{ apiKey: 3, minVersion: 0, maxVersion: 13 }], throttleTimeMs: 4 },
    { errorCode: 0, apiVersions: [{ apiKey: 3, minVersion: 0, maxVersion: 13 }] },
  ],
  [
    'Metadata',
    6,
    apis.Metadata,
    {
      brokers: [{ nodeId: 1, host: 'h', port: 9092, rack: null }],
      clusterId: 'c',
      controllerId: 1,
      topics: [
        {
          name: 't',
          isInternal: false,
          partitions: [{ partitionIndex: 3, leaderId: 1, replicaNodes: [1, 2], isrNodes: [1], offlineReplicas: [2] }],
        },
      ],
    },
    {
      brokers: [{ nodeId: 1, host: 'h', port: 9092 }],
      clusterId: 'c',
      controllerId: 1,
      topicMetadata: [
        {
          topic: 't',
          partitionMetadata: [{ partitionId: 3, leader: 1, replicas: [1, 2], isr: [1], offlineReplicas: [2] }],
        },
      ],
    },
  ],
  [
    'GroupCoordinator',
    2,
    apis.FindCoordinator,
    { nodeId: 2, host: 'h', port: 9093 },
    { errorCode: 0, coordinator: { nodeId: 2, host: 'h', port: 9093 } },
  ],
  [
    'JoinGroup',
    5,
    apis.JoinGroup,
    {
      generationId: 4,
      protocolName: 'RoundRobin',
      leader: 'm',
      memberId: 'm',
      members: [{ memberId: 'm', groupInstanceId: null, metadata: Buffer.from([5]) }],
    },
    {
      generationId: 4,
      groupProtocol: 'RoundRobin',
      leaderId: 'm',
      memberId: 'm',
      members: [{ memberId: 'm', groupInstanceId: null, memberMetadata: Buffer.from([5]) }],
    },
  ],
  [
    'SyncGroup',
    3,
    apis.SyncGroup,
    { assignment: Buffer.from([5, 6]) },
    { errorCode: 0, memberAssignment: Buffer.from([5, 6]) },
  ],
  ['Heartbeat', 3, apis.Heartbeat, { throttleTimeMs: 9, errorCode: 0 }, { errorCode: 0, clientSideThrottleTime: 9 }],
  [
    'OffsetFetch',
    4,
    apis.OffsetFetch,
    { topics: [{ name: 't', partitions: [{ partitionIndex: 1, committedOffset: 2 ** 40, metadata: null }] }] },
    {
      responses: [
        { topic: 't', partitions: [{ partition: 1, offset: '1099511627776', metadata: null, errorCode: 0 }] },
      ],
      errorCode: 0,
    },
  ],
  [
    'OffsetCommit',
    5,
    apis.OffsetCommit,
    { topics: [{ name: 't', partitions: [{ partitionIndex: 1 }] }] },
    { responses: [{ topic: 't', partitions: [{ partition: 1, errorCode: 0 }] }] },
  ],
  [
    'ListOffsets',
    3,
    apis.ListOffsets,
    { topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1, offset: 12 }] }] },
    { responses: [{ topic: 't', partitions: [{ partition: 0, timestamp: '-1', offset: '12' }] }] },
  ],
  [
    'DescribeGroups',
    2,
    apis.DescribeGroups,
    {
      groups: [
        {
          groupId: 'g',
          groupState: 'Stable',
          protocolType: 'consumer',
          protocolData: 'range',
          members: [
            {
              memberId: 'm',
              clientId: 'c',
              clientHost: '/h',
              memberMetadata: Buffer.from([1]),
              memberAssignment: Buffer.from([2]),
            },
          ],
        },
      ],
    },
    {
      groups: [
        {
          groupId: 'g',
          state: 'Stable',
          protocolType: 'consumer',
          protocol: 'range',
          members: [
            {
              memberId: 'm',
              clientId: 'c',
              clientHost: '/h',
              memberMetadata: Buffer.from([1]),
              memberAssignment: Buffer.from([2]),
            },
          ],
        },
      ],
    },
  ],
  [
    'ListGroups',
    2,
    apis.ListGroups,
    { groups: [{ groupId: 'g', protocolType: 'consumer' }] },
    { groups: [{ groupId: 'g', protocolType: 'consumer' }] },
  ],
  [
    'DeleteGroups',
    1,
    apis.DeleteGroups,
    { results: [{ groupId: 'g', errorCode: 0 }] },
    { results: [{ groupId: 'g', errorCode: 0 }] },
  ],
  [
    'CreateTopics',
    3,
    apis.CreateTopics,
    { topics: [{ name: 't', errorMessage: null }] },
    { topicErrors: [{ topic: 't', errorCode: 0, errorMessage: null }] },
  ],
];

describe('what we encode, kafkajs decodes', () => {
  it.each(RESPONSES)('%s v%i', async (name, version, api, value, means) => {
    const { response } = define(name, version, {});
    expect(await response.decode(encodeMessage(api.response, version, value))).toMatchObject(means);
  });

  it('an answer to ApiVersions has the short header in every version, so that any client can read it', () => {
    for (const version of [0, 3, 4]) {
      const frame = Buffer.concat(encodeResponse(apis.ApiVersions, version, 5, { errorCode: 35 }));
      expect(frame.readInt32BE(0)).toBe(5);
      expect(frame.readInt16BE(4)).toBe(35);
    }
  });
});
