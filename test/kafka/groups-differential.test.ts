import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import {
  DeleteGroups,
  DescribeGroups,
  FindCoordinator,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  SyncGroup,
} from '../../src/protocol/api/index.ts';
import { encodeSubscription } from '../../src/protocol/consumer-protocol.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts';
import { type RealKafka, startKafka, TOOLS } from './harness.ts';
import { kafkaMissing } from './jars.ts';
import { RawClient } from './raw-client.ts';

/*
 * The same requests, byte by byte, to a real Apache Kafka and to the bundled broker: the answers have to be the same
 * but for what is chance (the UUIDs in member ids).
 */

const SESSION_MS = 30_000;
const UUID = /^(.+)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Ask = <A extends Api>(api: A, version: number, body: RequestInput<A>) => Promise<ResponseOf<A>>;

/** A conversation with one broker; `said` is what it answered, with member ids as `app#1`, `app#2` in order. */
class Conversation {
  readonly said: unknown[] = [];
  readonly #address: string;
  readonly #clients: RawClient[] = [];
  readonly #names = new Map<string, string>();

  constructor(address: string) {
    this.#address = address;
  }

  /** A connection of its own, for requests that are parked. */
  async connection(): Promise<Ask> {
    const client = await RawClient.open(this.#address);
    this.#clients.push(client);
    return async (api, version, body) => {
      const answer = await client.ask(api, version, body);
      this.said.push([`${api.name} v${version}`, this.#plain(answer)]);
      return answer;
    };
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #plain(value: unknown): unknown {
    if (Buffer.isBuffer(value)) return value.toString('hex');
    if (Array.isArray(value)) return value.map((each) => this.#plain(each)).toSorted(byName);
    if (typeof value === 'string') return this.#name(value);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([name]) => name !== 'topicId' && name !== 'port');
    return Object.fromEntries(entries.map(([name, each]) => [name, this.#plain(each)]));
  }

  #name(text: string): string {
    const prefix = UUID.exec(text)?.[1];
    if (prefix === undefined) return text;
    const name = this.#names.get(text) ?? `${prefix}#${this.#names.size + 1}`;
    this.#names.set(text, name);
    return name;
  }
}

const RANGE = { protocolType: 'consumer', protocolName: 'range' };

/** Kafka answers for what it refuses first; the order of topics, partitions, groups and members means nothing. */
function byName(a: unknown, b: unknown): number {
  const [left, right] = [a, b].map((each) => {
    const { name, groupId, key, memberId, partitionIndex } = Object(each);
    return String(name ?? groupId ?? key ?? memberId ?? partitionIndex ?? '');
  });
  return (left ?? '') < (right ?? '') ? -1 : left === right ? 0 : 1;
}

const subscription = (topics: readonly string[]) => encodeSubscription(0, { topics: [...topics] });

function joinBody(groupId: string, memberId = '', more: Partial<RequestInput<typeof JoinGroup>> = {}) {
  return {
    groupId,
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: SESSION_MS,
    memberId,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription(['orders']) }],
    ...more,
  } satisfies RequestInput<typeof JoinGroup>;
}

function commitBody(groupId: string, generation: number, memberId: string, topic = 'orders', metadata = '') {
  return {
    groupId,
    generationIdOrMemberEpoch: generation,
    memberId,
    topics: [
      { name: topic, partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: metadata }] },
      { name: 'gone', partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: metadata }] },
    ],
  } satisfies RequestInput<typeof OffsetCommit>;
}

const deleteBody = (groupId: string, topic: string) => ({
  groupId,
  topics: [{ name: topic, partitions: [{ partitionIndex: 0 }, { partitionIndex: 99 }] }],
});

/** Joins and syncs one dynamic member. */
async function stable(ask: Ask, groupId: string, more: Partial<RequestInput<typeof JoinGroup>> = {}) {
  const first = await ask(JoinGroup, 9, joinBody(groupId, '', more));
  const required = first.errorCode === ErrorCode.MEMBER_ID_REQUIRED;
  const joined = required ? await ask(JoinGroup, 9, joinBody(groupId, first.memberId, more)) : first;
  const { memberId, generationId } = joined;
  await ask(SyncGroup, 5, {
    groupId,
    memberId,
    generationId,
    ...RANGE,
    protocolType: more.protocolType ?? RANGE.protocolType,
    groupInstanceId: more.groupInstanceId ?? null,
    assignments: [{ memberId, assignment: Buffer.from('mine') }],
  });
  return { memberId, generationId };
}

const SCENARIOS: Readonly<Record<string, (talk: Conversation) => Promise<void>>> = {
  async 'a group that is not there'(talk) {
    const ask = await talk.connection();
    const member = { groupId: 'nope', memberId: 'x', generationId: 1 };
    for (let version = 0; version <= 6; version++) await ask(DescribeGroups, version, { groups: ['nope'] });
    for (let version = 0; version <= 4; version++) await ask(Heartbeat, version, member);
    for (let version = 0; version <= 5; version++) await ask(SyncGroup, version, member);
    await ask(SyncGroup, 5, { ...member, ...RANGE });
    for (let version = 0; version <= 9; version++) {
      const { rebalanceTimeoutMs: _, ...v0 } = joinBody('nope', 'x');
      await ask(JoinGroup, version, version === 0 ? v0 : joinBody('nope', 'x'));
    }
    for (let version = 0; version <= 2; version++) await ask(LeaveGroup, version, { groupId: 'nope', memberId: 'x' });
    for (let version = 3; version <= 5; version++) {
      await ask(LeaveGroup, version, { groupId: 'nope', members: [{ memberId: 'x', groupInstanceId: null }] });
    }
    const topics = [{ name: 'orders', partitionIndexes: [0, 1] }];
    for (let version = 1; version <= 7; version++) await ask(OffsetFetch, version, { groupId: 'nope', topics });
    for (let version = 2; version <= 7; version++) await ask(OffsetFetch, version, { groupId: 'nope', topics: null });
    for (const version of [8, 9]) {
      await ask(OffsetFetch, version, {
        groups: [
          { groupId: 'nope', topics },
          { groupId: 'nope', topics: null },
        ],
      });
    }
    await ask(DeleteGroups, 2, { groupsNames: ['nope', ''] });
    await ask(OffsetDelete, 0, deleteBody('nope', 'orders'));
    for (const version of [2, 5, 8, 9]) await ask(OffsetCommit, version, commitBody('nope', 5, 'x'));
  },

  async 'the group without a name'(talk) {
    const ask = await talk.connection();
    const member = { groupId: '', memberId: 'x', generationId: 1 };
    await ask(JoinGroup, 9, joinBody(''));
    await ask(SyncGroup, 5, { ...member, ...RANGE });
    await ask(Heartbeat, 4, member);
    await ask(LeaveGroup, 5, { groupId: '', members: [{ memberId: 'x', groupInstanceId: null }] });
    await ask(LeaveGroup, 1, { groupId: '', memberId: 'x' });
    await ask(DescribeGroups, 5, { groups: [''] });
    await ask(DescribeGroups, 6, { groups: [''] });
    await ask(OffsetFetch, 5, { groupId: '', topics: null });
    await ask(OffsetDelete, 0, deleteBody('', 'orders'));
    await ask(OffsetCommit, 9, commitBody('', -1, ''));
    await ask(OffsetFetch, 9, { groups: [{ groupId: '', topics: null }] });
    await ask(DeleteGroups, 2, { groupsNames: [''] });
  },

  async 'a simple group'(talk) {
    const ask = await talk.connection();
    for (let version = 2; version <= 9; version++) await ask(OffsetCommit, version, commitBody('simple', -1, ''));
    await ask(OffsetCommit, 9, commitBody('simple', -1, 'anybody', 'orders', 'a'.repeat(4097)));
    await ask(OffsetCommit, 9, commitBody('simple', -1, 'anybody', 'orders', '€'.repeat(4096)));
    await ask(OffsetCommit, 9, commitBody('simple', 3, 'anybody'));
    await ask(OffsetFetch, 9, { groups: [{ groupId: 'simple', topics: null }] });
    await ask(OffsetFetch, 1, { groupId: 'simple', topics: [{ name: 'orders', partitionIndexes: [0, 77] }] });
    for (const version of [0, 3, 4, 5, 6]) await ask(DescribeGroups, version, { groups: ['simple'] });
    await ask(OffsetDelete, 0, deleteBody('simple', 'orders'));
    await ask(OffsetDelete, 0, deleteBody('simple', 'gone'));
    await ask(OffsetFetch, 9, { groups: [{ groupId: 'simple', topics: null }] });
    await ask(DeleteGroups, 2, { groupsNames: ['simple', 'simple'] });
  },

  async 'who may join'(talk) {
    const ask = await talk.connection();
    for (const sessionTimeoutMs of [5_999, 1_800_001])
      await ask(JoinGroup, 9, joinBody('doors', '', { sessionTimeoutMs }));
    await ask(JoinGroup, 9, joinBody('doors', '', { protocols: [] }));
    await ask(JoinGroup, 9, joinBody('doors', '', { protocolType: '' }));
    await ask(JoinGroup, 9, joinBody('doors'));
    await ask(DescribeGroups, 5, { groups: ['doors'] });
    const { memberId, generationId } = await stable(ask, 'doors2');
    for (const version of [3, 5, 7, 9]) {
      await ask(JoinGroup, version, joinBody('doors2', '', { protocolType: 'connect' }));
      await ask(
        JoinGroup,
        version,
        joinBody('doors2', memberId, { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] }),
      );
    }
    await ask(Heartbeat, 4, { groupId: 'doors2', memberId, generationId });
  },

  async 'one member, from Join to Delete'(talk) {
    const ask = await talk.connection();
    const groupId = 'one';
    const first = await ask(JoinGroup, 9, joinBody(groupId));
    const { memberId } = first;
    const { generationId } = await ask(JoinGroup, 9, joinBody(groupId, memberId));
    await ask(DescribeGroups, 5, { groups: [groupId] });
    await ask(Heartbeat, 4, { groupId, memberId, generationId });
    await ask(JoinGroup, 9, joinBody(groupId, memberId));
    await ask(OffsetCommit, 9, commitBody(groupId, generationId, memberId));
    await ask(OffsetCommit, 9, commitBody(groupId, -1, ''));
    await ask(OffsetDelete, 0, deleteBody(groupId, 'orders'));
    await ask(DeleteGroups, 2, { groupsNames: [groupId] });
    const v0 = { groupId, memberId, generationId, assignments: [{ memberId, assignment: Buffer.from('mine') }] };
    const sync = { ...v0, ...RANGE };
    await ask(SyncGroup, 5, { ...sync, protocolType: 'connect' });
    await ask(SyncGroup, 5, { ...sync, protocolName: 'other' });
    await ask(SyncGroup, 5, { ...sync, generationId: 99 });
    await ask(SyncGroup, 5, { ...sync, memberId: 'x' });
    for (const version of [5, 4, 3, 0]) await ask(SyncGroup, version, version === 5 ? sync : v0);
    for (let version = 0; version <= 6; version++) await ask(DescribeGroups, version, { groups: [groupId] });
    await ask(Heartbeat, 4, { groupId, memberId, generationId: 99 });
    await ask(Heartbeat, 4, { groupId, memberId: 'x', generationId });
    await ask(Heartbeat, 4, { groupId, memberId, generationId, groupInstanceId: 'z' });
    for (const version of [9, 7, 6, 5, 2]) {
      await ask(OffsetCommit, version, commitBody(groupId, generationId, memberId));
      await ask(OffsetCommit, version, commitBody(groupId, generationId + 1, memberId));
      await ask(OffsetCommit, version, commitBody(groupId, -1, memberId));
      await ask(OffsetCommit, version, commitBody(groupId, -1, ''));
      await ask(OffsetCommit, version, commitBody(groupId, generationId, 'x'));
    }
    await ask(OffsetCommit, 9, commitBody(groupId, generationId, memberId, 'payments'));
    await ask(OffsetDelete, 0, deleteBody(groupId, 'orders'));
    await ask(OffsetDelete, 0, deleteBody(groupId, 'payments'));
    await ask(DeleteGroups, 2, { groupsNames: [groupId] });
    await ask(LeaveGroup, 5, {
      groupId,
      members: [
        { memberId: 'x', groupInstanceId: null },
        { memberId: '', groupInstanceId: 'z' },
        { memberId, groupInstanceId: null },
      ],
    });
    await ask(DescribeGroups, 6, { groups: [groupId] });
    await ask(OffsetCommit, 9, commitBody(groupId, generationId, memberId));
    await ask(OffsetCommit, 9, commitBody(groupId, -1, memberId));
    await ask(Heartbeat, 4, { groupId, memberId, generationId });
    await ask(DeleteGroups, 1, { groupsNames: [groupId] });
    await ask(DescribeGroups, 6, { groups: [groupId] });
    await ask(OffsetFetch, 9, { groups: [{ groupId, topics: null }] });
  },

  async 'a rebalance of two'(talk) {
    const [ask, other] = [await talk.connection(), await talk.connection()];
    const groupId = 'two';
    const { memberId, generationId } = await stable(ask, groupId);
    const second = await other(JoinGroup, 9, joinBody(groupId));
    const parked = other(JoinGroup, 9, joinBody(groupId, second.memberId));
    // The answer to a heartbeat tells when the second one has been heard.
    for (let code = 0; code !== ErrorCode.REBALANCE_IN_PROGRESS; ) {
      const before = talk.said.length;
      code = (await ask(Heartbeat, 4, { groupId, memberId, generationId })).errorCode;
      if (code === ErrorCode.NONE) talk.said.splice(before);
    }
    await ask(DescribeGroups, 5, { groups: [groupId] });
    await ask(SyncGroup, 5, { groupId, memberId, generationId, ...RANGE });
    await ask(OffsetCommit, 9, commitBody(groupId, generationId, memberId));
    await ask(OffsetCommit, 9, commitBody(groupId, -1, ''));
    await ask(OffsetDelete, 0, deleteBody(groupId, 'orders'));
    await ask(DeleteGroups, 2, { groupsNames: [groupId] });
    const before = talk.said.length;
    const [mine, theirs] = await Promise.all([ask(JoinGroup, 9, joinBody(groupId, memberId)), parked]);
    // Whichever answer comes first.
    talk.said.splice(before);
    expect(mine.members.map((member) => member.memberId).toSorted()).toEqual([memberId, second.memberId].toSorted());
    talk.said.push([
      mine.generationId,
      theirs.generationId,
      theirs.members,
      mine.leader === memberId,
      theirs.leader === memberId,
    ]);
    await ask(DescribeGroups, 2, { groups: [groupId] }).then(() => talk.said.pop());
    const leader = { groupId, memberId, generationId: mine.generationId, ...RANGE };
    await ask(SyncGroup, 5, { ...leader, assignments: [{ memberId, assignment: Buffer.from('all') }] });
    await other(SyncGroup, 5, { ...leader, memberId: second.memberId });
    await other(JoinGroup, 9, joinBody(groupId, second.memberId));
    await other(JoinGroup, 4, joinBody(groupId, second.memberId));
    await ask(LeaveGroup, 3, {
      groupId,
      members: [
        { memberId, groupInstanceId: null },
        { memberId: second.memberId, groupInstanceId: null },
      ],
    });
    await ask(DescribeGroups, 5, { groups: [groupId] });
  },

  async 'static members'(talk) {
    const ask = await talk.connection();
    const groupId = 'statics';
    const a = { groupInstanceId: 'a' };
    const { memberId, generationId } = await stable(ask, groupId, a);
    const back = await ask(JoinGroup, 9, joinBody(groupId, '', a));
    await ask(Heartbeat, 4, { groupId, memberId, generationId, ...a });
    await ask(Heartbeat, 4, { groupId, memberId, generationId });
    await ask(Heartbeat, 4, { groupId, memberId: back.memberId, generationId, groupInstanceId: 'z' });
    await ask(OffsetCommit, 9, { ...commitBody(groupId, generationId, memberId), ...a });
    await ask(OffsetCommit, 9, { ...commitBody(groupId, generationId, back.memberId), ...a });
    await ask(JoinGroup, 9, joinBody(groupId, memberId, a));
    await ask(SyncGroup, 5, { groupId, memberId, generationId, ...RANGE, ...a });
    await ask(SyncGroup, 5, { groupId, memberId: back.memberId, generationId, ...RANGE, ...a });
    await ask(JoinGroup, 8, joinBody(groupId, '', a));
    await ask(JoinGroup, 5, joinBody(groupId, '', a));
    for (const version of [3, 4, 5, 6]) await ask(DescribeGroups, version, { groups: [groupId] });
    await ask(LeaveGroup, 5, { groupId, members: [{ memberId: back.memberId, ...a }] });
    await ask(LeaveGroup, 5, { groupId, members: [{ memberId: '', ...a }] });
    await ask(DescribeGroups, 5, { groups: [groupId] });
  },

  async 'a group of another kind, and one whose subscription cannot be read'(talk) {
    const ask = await talk.connection();
    await stable(ask, 'connectors', { protocolType: 'connect' });
    await ask(OffsetDelete, 0, deleteBody('connectors', 'orders'));
    await stable(ask, 'garbled', { protocols: [{ name: 'range', metadata: Buffer.from([0, 0, 9]) }] });
    await ask(OffsetDelete, 0, deleteBody('garbled', 'payments'));
    await ask(DescribeGroups, 5, { groups: ['connectors', 'garbled'] });
  },

  async 'ListGroups and FindCoordinator'(talk) {
    const ask = await talk.connection();
    await ask(OffsetCommit, 9, commitBody('listed', -1, ''));
    await stable(ask, 'listed2');
    const only = async (version: number, body: RequestInput<typeof ListGroups>) => {
      const before = talk.said.length;
      const { errorCode, groups } = await ask(ListGroups, version, body);
      talk.said.splice(before);
      const mine = groups.filter(({ groupId }) => groupId.startsWith('listed'));
      talk.said.push([version, errorCode, mine.toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1))]);
    };
    for (let version = 0; version <= 5; version++) await only(version, {});
    for (const statesFilter of [['Empty'], ['stable'], ['Nonsense']]) await only(5, { statesFilter });
    for (const typesFilter of [['classic'], ['Classic'], ['consumer']]) await only(5, { typesFilter });
    for (let version = 0; version <= 3; version++) await ask(FindCoordinator, version, { key: 'g' });
    for (let version = 4; version <= 6; version++) await ask(FindCoordinator, version, { coordinatorKeys: ['g', ''] });
  },
};

describe.skipIf(kafkaMissing() !== null)('the same as Apache Kafka 4.3.1', () => {
  let kafka: RealKafka;
  let cluster: EmbeddedCluster;

  beforeAll(async () => {
    kafka = await startKafka('4.3.1');
    const topics = [
      { name: 'orders', partitions: 2, replicationFactor: 1 },
      { name: 'payments', partitions: 1, replicationFactor: 1 },
    ];
    cluster = await startCluster({ nodes: 1, topics });
    for (const { name, partitions } of topics) {
      const args = ['--create', '--topic', name, '--partitions', String(partitions), '--bootstrap-server'];
      await kafka.tool(TOOLS.topics, ...args, kafka.bootstrap);
    }
    for (const address of [kafka.bootstrap, ours()]) await untilReady(address);
  });

  afterAll(async () => {
    await kafka.close();
    await cluster.close();
  });

  const ours = () => `${cluster.brokers[0]?.host}:${cluster.brokers[0]?.port}`;

  test.each(Object.keys(SCENARIOS))('%s', async (name) => {
    const said = [];
    for (const address of [kafka.bootstrap, ours()]) {
      const talk = new Conversation(address);
      await SCENARIOS[name]?.(talk);
      talk.close();
      said.push(talk.said);
    }
    expect(said[0]?.length).toBeGreaterThan(0);
    expect(said[1]).toEqual(said[0]);
  });
});

/** Until there is a coordinator for every group: the topic is made when it is first asked for. */
async function untilReady(address: string): Promise<void> {
  const client = await RawClient.open(address);
  for (;;) {
    const coordinatorKeys = Array.from({ length: 50 }, (_, i) => `group-${i}`);
    const { coordinators } = await client.ask(FindCoordinator, 4, { coordinatorKeys });
    const { groups } = await client.ask(DescribeGroups, 4, { groups: coordinatorKeys });
    if ([...coordinators, ...groups].every(({ errorCode }) => errorCode === ErrorCode.NONE)) break;
  }
  client.close();
}
