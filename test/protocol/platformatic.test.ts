import * as platformatic from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import * as apis from '../../src/protocol/api/index.ts';
import { type Api, decodeMessage, encodeMessage } from '../../src/protocol/schema/index.ts';

// Somebody else's encoders and decoders of the flexible versions, one hand-written module per version.

interface Module {
  readonly api: { readonly key: number; readonly version: number };
  createRequest(...args: unknown[]): { readonly buffer: Buffer };
  parseResponse(correlationId: number, apiKey: number, apiVersion: number, reader: unknown): unknown;
}

function moduleOf(name: string): Module {
  const found = (platformatic as unknown as Record<string, Module | undefined>)[name];
  if (found === undefined) throw new Error(`no module ${name}`);
  return found;
}

const ID = 'AAECAwQFBgcICQoLDA0ODw';
const ID_TEXT = '00010203-0405-0607-0809-0a0b0c0d0e0f';

/** Its values in our words: bigint as number, a hyphenated uuid as base64url. */
function inOurWords(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === ID_TEXT) return ID;
  if (Buffer.isBuffer(value) || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(inOurWords);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inOurWords(part)]));
}

const coordinates = { groupId: 'g', memberId: 'm', groupInstanceId: 'i' };

const REQUESTS: readonly (readonly [module: string, api: Api, args: readonly unknown[], means: object])[] = [
  [
    'apiVersionsV3',
    apis.ApiVersions,
    ['kmedic', '1.0'],
    { clientSoftwareName: 'kmedic', clientSoftwareVersion: '1.0' },
  ],
  [
    'metadataV9',
    apis.Metadata,
    [['orders'], true, true, false],
    { topics: [{ name: 'orders' }], allowAutoTopicCreation: true, includeTopicAuthorizedOperations: true },
  ],
  [
    'metadataV12',
    apis.Metadata,
    [['orders'], false, true],
    { topics: [{ name: 'orders' }], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true },
  ],
  ['findCoordinatorV6', apis.FindCoordinator, [0, ['g', 'h']], { keyType: 0, coordinatorKeys: ['g', 'h'] }],
  [
    'offsetFetchV9',
    apis.OffsetFetch,
    [[{ groupId: 'g', memberId: 'm', memberEpoch: 3, topics: [{ name: 't', partitionIndexes: [0, 5] }] }], true],
    {
      groups: [{ groupId: 'g', memberId: 'm', memberEpoch: 3, topics: [{ name: 't', partitionIndexes: [0, 5] }] }],
      requireStable: true,
    },
  ],
  [
    'offsetCommitV9',
    apis.OffsetCommit,
    [
      'g',
      7,
      'm',
      'i',
      [
        {
          name: 't',
          partitions: [{ partitionIndex: 1, committedOffset: 42n, committedLeaderEpoch: 3, committedMetadata: 'x' }],
        },
      ],
    ],
    {
      ...coordinates,
      generationIdOrMemberEpoch: 7,
      topics: [
        {
          name: 't',
          partitions: [{ partitionIndex: 1, committedOffset: 42, committedLeaderEpoch: 3, committedMetadata: 'x' }],
        },
      ],
    },
  ],
  [
    'joinGroupV9',
    apis.JoinGroup,
    ['g', 45_000, 300_000, 'm', 'i', 'consumer', [{ name: 'range', metadata: Buffer.from([1, 2]) }], 'why'],
    {
      ...coordinates,
      sessionTimeoutMs: 45_000,
      rebalanceTimeoutMs: 300_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from([1, 2]) }],
      reason: 'why',
    },
  ],
  [
    'syncGroupV5',
    apis.SyncGroup,
    ['g', 7, 'm', 'i', 'consumer', 'range', [{ memberId: 'm', assignment: Buffer.from([9]) }]],
    {
      ...coordinates,
      generationId: 7,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [{ memberId: 'm', assignment: Buffer.from([9]) }],
    },
  ],
  ['heartbeatV4', apis.Heartbeat, ['g', 7, 'm', 'i'], { ...coordinates, generationId: 7 }],
  [
    'leaveGroupV5',
    apis.LeaveGroup,
    ['g', [{ memberId: 'm', groupInstanceId: 'i', reason: 'bye' }]],
    { groupId: 'g', members: [{ memberId: 'm', groupInstanceId: 'i', reason: 'bye' }] },
  ],
  [
    'listOffsetsV9',
    apis.ListOffsets,
    [-1, 1, [{ name: 't', partitions: [{ partitionIndex: 2, currentLeaderEpoch: 4, timestamp: -2n }] }]],
    {
      replicaId: -1,
      isolationLevel: 1,
      topics: [{ name: 't', partitions: [{ partitionIndex: 2, currentLeaderEpoch: 4, timestamp: -2 }] }],
    },
  ],
  [
    'fetchV17',
    apis.Fetch,
    [
      500,
      1,
      1000,
      1,
      9,
      2,
      [
        {
          topicId: ID_TEXT,
          partitions: [
            { partition: 1, currentLeaderEpoch: 4, fetchOffset: 2n ** 40n, lastFetchedEpoch: 3, partitionMaxBytes: 77 },
          ],
        },
      ],
      [],
      'r1',
    ],
    {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 1000,
      isolationLevel: 1,
      sessionId: 9,
      sessionEpoch: 2,
      topics: [
        {
          topicId: ID,
          partitions: [
            {
              partition: 1,
              currentLeaderEpoch: 4,
              fetchOffset: 2 ** 40,
              lastFetchedEpoch: 3,
              logStartOffset: -1,
              partitionMaxBytes: 77,
            },
          ],
        },
      ],
      rackId: 'r1',
    },
  ],
  [
    'createTopicsV7',
    apis.CreateTopics,
    [
      [
        {
          name: 't',
          numPartitions: 3,
          replicationFactor: 2,
          assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }],
          configs: [{ name: 'a', value: 'b' }],
        },
      ],
      5000,
      true,
    ],
    {
      topics: [
        {
          name: 't',
          numPartitions: 3,
          replicationFactor: 2,
          assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }],
          configs: [{ name: 'a', value: 'b' }],
        },
      ],
      timeoutMs: 5000,
      validateOnly: true,
    },
  ],
  [
    'deleteTopicsV6',
    apis.DeleteTopics,
    [[{ name: 't', topicId: ID_TEXT }], 5000],
    { topics: [{ name: 't', topicId: ID }], timeoutMs: 5000 },
  ],
  [
    'listGroupsV5',
    apis.ListGroups,
    [['Stable'], ['consumer']],
    { statesFilter: ['Stable'], typesFilter: ['consumer'] },
  ],
  ['describeGroupsV5', apis.DescribeGroups, [['g'], true], { groups: ['g'], includeAuthorizedOperations: true }],
  [
    'consumerGroupHeartbeatV1',
    apis.ConsumerGroupHeartbeat,
    ['g', 'm', 0, 'i', 'r', 300_000, ['t'], 't.*', 'uniform', [{ topicId: ID_TEXT, partitions: [1, 2] }]],
    {
      groupId: 'g',
      memberId: 'm',
      memberEpoch: 0,
      instanceId: 'i',
      rackId: 'r',
      rebalanceTimeoutMs: 300_000,
      subscribedTopicNames: ['t'],
      subscribedTopicRegex: 't.*',
      serverAssignor: 'uniform',
      topicPartitions: [{ topicId: ID, partitions: [1, 2] }],
    },
  ],
  [
    'incrementalAlterConfigsV1',
    apis.IncrementalAlterConfigs,
    [
      [{ resourceType: 2, resourceName: 't', configs: [{ name: 'retention.ms', configOperation: 0, value: '1' }] }],
      false,
    ],
    {
      resources: [
        { resourceType: 2, resourceName: 't', configs: [{ name: 'retention.ms', configOperation: 0, value: '1' }] },
      ],
      validateOnly: false,
    },
  ],
];

describe('what @platformatic/kafka encodes, we decode, and encode alike', () => {
  it.each(REQUESTS)('%s', (name, api, args, means) => {
    const module = moduleOf(name);
    const request = Buffer.from(module.createRequest(...args).buffer);
    expect(module.api.key).toBe(api.key);
    expect(decodeMessage(api.request, module.api.version, request)).toMatchObject(means);
    expect(encodeMessage(api.request, module.api.version, means).toString('hex')).toBe(request.toString('hex'));
  });
});

const RESPONSES: readonly (readonly [module: string, api: Api, value: object])[] = [
  [
    'apiVersionsV4',
    apis.ApiVersions,
    { errorCode: 0, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }], throttleTimeMs: 5 },
  ],
  [
    'metadataV12',
    apis.Metadata,
    {
      brokers: [{ nodeId: 1, host: 'h', port: 9092, rack: 'r' }],
      clusterId: 'c',
      controllerId: 1,
      topics: [
        {
          errorCode: 0,
          name: 't',
          topicId: ID,
          isInternal: true,
          partitions: [
            {
              errorCode: 0,
              partitionIndex: 3,
              leaderId: 1,
              leaderEpoch: 9,
              replicaNodes: [1, 2],
              isrNodes: [1],
              offlineReplicas: [2],
            },
          ],
        },
      ],
    },
  ],
  [
    'findCoordinatorV6',
    apis.FindCoordinator,
    {
      throttleTimeMs: 0,
      coordinators: [{ key: 'g', nodeId: 2, host: 'h', port: 9093, errorCode: 0, errorMessage: null }],
    },
  ],
  [
    'offsetFetchV9',
    apis.OffsetFetch,
    {
      groups: [
        {
          groupId: 'g',
          topics: [
            {
              name: 't',
              partitions: [
                { partitionIndex: 1, committedOffset: 2 ** 40, committedLeaderEpoch: 3, metadata: null, errorCode: 0 },
              ],
            },
          ],
          errorCode: 0,
        },
      ],
    },
  ],
  ['offsetCommitV9', apis.OffsetCommit, { topics: [{ name: 't', partitions: [{ partitionIndex: 1, errorCode: 0 }] }] }],
  [
    'joinGroupV9',
    apis.JoinGroup,
    {
      errorCode: 0,
      generationId: 4,
      protocolType: 'consumer',
      protocolName: 'range',
      leader: 'm',
      skipAssignment: true,
      memberId: 'm',
      members: [{ memberId: 'm', groupInstanceId: 'i', metadata: Buffer.from([1]) }],
    },
  ],
  [
    'syncGroupV5',
    apis.SyncGroup,
    { errorCode: 0, protocolType: 'consumer', protocolName: 'range', assignment: Buffer.from([1, 2, 3]) },
  ],
  [
    'listOffsetsV9',
    apis.ListOffsets,
    {
      topics: [
        {
          name: 't',
          partitions: [
            { partitionIndex: 0, errorCode: 0, timestamp: 1_700_000_000_000, offset: 2 ** 50, leaderEpoch: 7 },
          ],
        },
      ],
    },
  ],
  [
    'listGroupsV5',
    apis.ListGroups,
    { errorCode: 0, groups: [{ groupId: 'g', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' }] },
  ],
  [
    'describeGroupsV5',
    apis.DescribeGroups,
    {
      groups: [
        {
          errorCode: 0,
          groupId: 'g',
          groupState: 'Empty',
          protocolType: 'consumer',
          protocolData: '',
          members: [],
          authorizedOperations: -2147483648,
        },
      ],
    },
  ],
  [
    'createTopicsV7',
    apis.CreateTopics,
    {
      topics: [
        {
          name: 't',
          topicId: ID,
          errorCode: 0,
          errorMessage: null,
          numPartitions: 3,
          replicationFactor: 2,
          configs: [{ name: 'a', value: 'b', readOnly: true, configSource: 5, isSensitive: false }],
        },
      ],
    },
  ],
  [
    'describeClusterV1',
    apis.DescribeCluster,
    {
      errorCode: 0,
      endpointType: 1,
      clusterId: 'c',
      controllerId: 2,
      brokers: [{ brokerId: 1, host: 'h', port: 9092, rack: null }],
    },
  ],
  [
    'consumerGroupHeartbeatV1',
    apis.ConsumerGroupHeartbeat,
    {
      errorCode: 0,
      memberId: 'm',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      assignment: { topicPartitions: [{ topicId: ID, partitions: [0, 1] }] },
    },
  ],
  ['consumerGroupHeartbeatV0', apis.ConsumerGroupHeartbeat, { memberId: 'm', memberEpoch: 2, assignment: null }],
];

describe('what we encode, @platformatic/kafka decodes', () => {
  it.each(RESPONSES)('%s', (name, api, value) => {
    const module = moduleOf(name);
    const reader = platformatic.Reader.from(encodeMessage(api.response, module.api.version, value));
    expect(inOurWords(module.parseResponse(1, api.key, module.api.version, reader))).toMatchObject(value);
  });
});
