import { ClusterClient } from '../../src/client/cluster-client.ts';
import { openKafkajsChannel } from '../../src/client/kafkajs-channel.ts';
import {
  ConsumerGroupDescribe,
  DescribeGroups,
  Fetch,
  FindCoordinator,
  ListGroups,
  ListOffsets,
  Metadata,
  OffsetFetch,
} from '../../src/protocol/api/index.ts';
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../../src/protocol/data/index.ts';
import { encodeMessage, type RequestInput, type ResponseInput } from '../../src/protocol/schema/index.ts';
import { FakeBroker, type Rule, rule } from '../client/fake-broker.ts';

export interface FakePartition {
  readonly leader: number;
  readonly start?: number;
  readonly highWatermark?: number;
  readonly logEnd?: number;
  /** What the leader answers ListOffsets with; for the first `errorTimes` times. */
  readonly error?: number;
  records?: Buffer;
}

export interface FakeGroup {
  readonly coordinator: number;
  readonly type?: 'classic' | 'consumer';
  readonly protocolType?: string;
  readonly state?: string;
  readonly members?: ResponseInput<typeof DescribeGroups> extends { groups?: readonly (infer G)[] | undefined }
    ? G extends { members?: infer M }
      ? M
      : never
    : never;
  readonly consumerMembers?: readonly ConsumerMember[];
  /** `topic:partition` to the committed offset. */
  readonly commits?: Readonly<Record<string, number>>;
  readonly error?: number;
}

type ConsumerGroups = NonNullable<ResponseInput<typeof ConsumerGroupDescribe>['groups']>;
type ConsumerMember = NonNullable<ConsumerGroups[number]['members']>[number];

/** The versions that a broker of a release serves. */
export interface Release {
  readonly metadata: number;
  readonly listGroups: number;
  readonly describeGroups: number;
  readonly consumerGroupDescribe: number | null;
  readonly findCoordinator: number;
  readonly offsetFetch: number;
  readonly listOffsets: number;
}
export const KAFKA_4: Release = {
  metadata: 13,
  listGroups: 5,
  describeGroups: 6,
  consumerGroupDescribe: 1,
  findCoordinator: 6,
  offsetFetch: 10,
  listOffsets: 11,
};
export const KAFKA_3_0: Release = {
  metadata: 11,
  listGroups: 4,
  describeGroups: 5,
  consumerGroupDescribe: null,
  findCoordinator: 4,
  offsetFetch: 8,
  listOffsets: 7,
};
export const KAFKA_1_0: Release = {
  metadata: 5,
  listGroups: 1,
  describeGroups: 1,
  consumerGroupDescribe: null,
  findCoordinator: 1,
  offsetFetch: 3,
  listOffsets: 2,
};

const UNKNOWN_TOPIC = 3;
const NO_LEADER = 5;
const GROUP_ID_NOT_FOUND = 69;

/** Several scripted brokers that tell one story. The state may be changed between observations. */
export class FakeCluster {
  readonly brokers: FakeBroker[] = [];
  readonly ports: number[] = [];
  readonly topics: Record<string, FakePartition[]> = {};
  readonly groups: Record<string, FakeGroup> = {};
  readonly release: Release;
  #client: ClusterClient | undefined;

  constructor(release: Release = KAFKA_4) {
    this.release = release;
  }

  static async start(nodes: number, release: Release = KAFKA_4): Promise<FakeCluster> {
    const cluster = new FakeCluster(release);
    for (let node = 1; node <= nodes; node++) {
      const broker = new FakeBroker(cluster.#rules(node));
      cluster.brokers.push(broker);
      cluster.ports.push(await broker.listen());
    }
    return cluster;
  }

  /** Connecting has its own, generous bound: a busy machine may take a while over it, and only requests are left unanswered. */
  client(requestTimeoutMs = 5_000): ClusterClient {
    this.#client ??= new ClusterClient(
      {
        bootstrap: [{ host: '127.0.0.1', port: this.ports[0] ?? 0 }],
        clientId: 'test',
        connectTimeoutMs: 5_000,
        requestTimeoutMs,
        tls: null,
        sasl: null,
      },
      openKafkajsChannel,
    );
    return this.#client;
  }

  async close(): Promise<void> {
    this.#client?.close();
    await Promise.all(this.brokers.map((broker) => broker.close()));
  }

  /** Names of the APIs that were called on any broker, each once. */
  get apis(): string[] {
    return [...new Set(this.brokers.flatMap(({ seen }) => seen.map(({ api }) => api)))].sort();
  }

  #rules(node: number): Rule[] {
    const { release } = this;
    const rules = [
      rule(Metadata, release.metadata, ({ topics }) => this.metadata(topics?.map(({ name }) => name ?? '') ?? null)),
      rule(FindCoordinator, release.findCoordinator, (request, version) => this.#find(request, version)),
      rule(ListGroups, release.listGroups, () => ({
        groups: this.#groupsOf(node).map(([groupId, group]) => ({
          groupId,
          protocolType: group.protocolType ?? 'consumer',
          groupState: group.state ?? 'Stable',
          groupType: group.type ?? 'classic',
        })),
      })),
      rule(DescribeGroups, release.describeGroups, ({ groups }, version) => ({
        groups: groups.map((groupId) => this.#classic(groupId, version)),
      })),
      rule(OffsetFetch, release.offsetFetch, ({ groupId, groups }, version) =>
        version < 8
          ? { topics: this.#commits(groupId) }
          : { groups: groups.map((group) => ({ groupId: group.groupId, topics: this.#commits(group.groupId) })) },
      ),
      rule(ListOffsets, release.listOffsets, ({ topics, replicaId }) => ({
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, timestamp }) => {
            const found = this.topics[name]?.[partitionIndex];
            if (found === undefined) return { partitionIndex, errorCode: UNKNOWN_TOPIC };
            if (found.leader !== node) return { partitionIndex, errorCode: 6 };
            if (found.error) return { partitionIndex, errorCode: found.error };
            const end = replicaId === -2 ? (found.logEnd ?? found.highWatermark) : found.highWatermark;
            return { partitionIndex, offset: (timestamp === -2 ? found.start : end) ?? 0, timestamp: -1 };
          }),
        })),
      })),
      rule(
        Fetch,
        12,
        ({ topics }) => ({
          responses: topics.map(({ topic, partitions }) => ({
            topic,
            partitions: partitions.map(({ partition }) => ({
              partitionIndex: partition,
              highWatermark: 0,
              records: this.topics[topic]?.[partition]?.records ?? Buffer.alloc(0),
            })),
          })),
        }),
        4,
      ),
    ];
    if (release.consumerGroupDescribe !== null) {
      rules.push(
        rule(ConsumerGroupDescribe, release.consumerGroupDescribe, ({ groupIds }) => ({
          groups: groupIds.map((groupId) => this.#consumer(groupId)),
        })),
      );
    }
    return rules;
  }

  metadata(names: readonly string[] | null): ResponseInput<typeof Metadata> {
    return {
      clusterId: 'fake',
      controllerId: 1,
      brokers: this.ports.map((port, i) => ({ nodeId: i + 1, host: '127.0.0.1', port })),
      topics: (names ?? Object.keys(this.topics)).map((name) => {
        const partitions = this.topics[name];
        if (partitions === undefined) return { name, errorCode: UNKNOWN_TOPIC };
        return {
          name,
          partitions: partitions.map(({ leader }, partitionIndex) => ({
            partitionIndex,
            leaderId: leader,
            errorCode: leader < 0 ? NO_LEADER : 0,
            replicaNodes: [1],
            isrNodes: leader < 0 ? [] : [1],
          })),
        };
      }),
    };
  }

  #groupsOf(node: number): [string, FakeGroup][] {
    return Object.entries(this.groups).filter(([, { coordinator }]) => coordinator === node);
  }

  #find({ key, coordinatorKeys }: RequestInput<typeof FindCoordinator>, version: number) {
    const of = (group: string) => {
      const nodeId = this.groups[group]?.coordinator ?? 1;
      return { key: group, nodeId, host: '127.0.0.1', port: this.ports[nodeId - 1] ?? 0 };
    };
    if (version >= 4) return { coordinators: (coordinatorKeys ?? []).map(of) };
    const { key: _, ...found } = of(key ?? '');
    return found;
  }

  #classic(groupId: string, version: number) {
    const group = this.groups[groupId];
    if (group === undefined || group.type === 'consumer') {
      return { groupId, groupState: 'Dead', errorCode: version >= 6 ? GROUP_ID_NOT_FOUND : 0 };
    }
    if (group.error) return { groupId, errorCode: group.error };
    const { protocolType = 'consumer', state = 'Stable', members = [] } = group;
    return { groupId, groupState: state, protocolType, protocolData: state === 'Stable' ? 'range' : '', members };
  }

  #consumer(groupId: string): ConsumerGroups[number] {
    const group = this.groups[groupId];
    if (group?.type !== 'consumer') return { groupId, errorCode: GROUP_ID_NOT_FOUND };
    if (group.error) return { groupId, errorCode: group.error };
    return {
      groupId,
      groupState: group.state ?? 'Stable',
      groupEpoch: 3,
      assignmentEpoch: 3,
      assignorName: 'uniform',
      members: group.consumerMembers ?? [],
    };
  }

  #commits(groupId: string) {
    const topics = new Map<string, { partitionIndex: number; committedOffset: number; metadata: string }[]>();
    for (const [place, committedOffset] of Object.entries(this.groups[groupId]?.commits ?? {})) {
      const [name = '', partition] = place.split(':');
      const known = topics.get(name) ?? [];
      known.push({ partitionIndex: Number(partition), committedOffset, metadata: '' });
      topics.set(name, known);
    }
    return [...topics].map(([name, partitions]) => ({ name, partitions }));
  }
}

/** A member of a classic consumer group, as its coordinator stores it. */
export function classicMember(memberId: string, assignment: Readonly<Record<string, readonly number[]>>) {
  const versioned = (body: Buffer) => Buffer.concat([Buffer.from([0, 0]), body]);
  const topics = Object.keys(assignment);
  return {
    memberId,
    clientId: 'app',
    clientHost: '/10.0.0.5',
    memberMetadata: versioned(encodeMessage(ConsumerProtocolSubscription, 0, { topics })),
    memberAssignment: versioned(
      encodeMessage(ConsumerProtocolAssignment, 0, {
        assignedPartitions: topics.map((topic) => ({ topic, partitions: assignment[topic] ?? [] })),
      }),
    ),
  };
}
