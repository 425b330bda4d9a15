import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterClient } from '../../src/client/cluster-client.ts';
import { observe } from '../../src/cluster/observe.ts';
import { findCoordinator } from '../../src/offsets/commit.ts';
import type { Plan } from '../../src/offsets/plan.ts';
import { JoinGroup, LeaveGroup, SyncGroup } from '../../src/protocol/api/index.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import { runOffsets } from '../cli/offsets-cli.ts';
import { createTopics } from '../create-topics.ts';
import { clientFor, commit, commitsNow } from '../offsets/world.ts';
import { until } from '../until.ts';
import { type RealKafka, spawnTool, startKafka, TOOLS } from './harness.ts';
import { kafkaMissing } from './jars.ts';
import { EVERYWHERE, lines, RECORDS, SHIFTS, SPACING_MS, T0 } from './offset-strategies.ts';
import { RawClient } from './raw-client.ts';

const PLAIN = { leaderEpoch: null, metadata: '' };
const QUICK = ['--execute', '--sample', '1ms'];
/** What `torn` holds on both replicas, before one of them goes on alone. */
const SHARED = 50;

/** The tests build on each other: nodes that were killed stay away. */
describe.skipIf(kafkaMissing() !== null)('hazards on three nodes of Apache Kafka 4.3.1', () => {
  let real: RealKafka;
  let client: ClusterClient;
  let state: string;
  let admin: Admin;
  let producer: Producer;

  const reset = (...args: string[]) => runOffsets({ bootstrap: real.bootstrap, state }, ['offsets', 'reset', ...args]);
  const planOf = async (...args: string[]) => {
    const { code, out } = await reset(...args, '-o', 'json');
    return { code, plan: JSON.parse(out) as Plan };
  };
  const stateOf = async (group: string) =>
    (await observe(client, { groups: { names: [group] }, want: { members: true } })).groups[0];
  const partitionOf = async (topic: string) => {
    const { body } = await client.metadata([topic]);
    return body.topics[0]?.partitions[0];
  };
  const messages = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({
      key: `k${from + i}`,
      value: `v${from + i}`,
      timestamp: String(T0 + (from + i) * SPACING_MS),
      partition: 0,
    }));

  beforeAll(async () => {
    state = mkdtempSync(join(tmpdir(), 'kmedic-offsets-'));
    real = await startKafka('4.3.1', { nodes: 3 });
    client = clientFor(real.bootstrap);
    const kafka = new Kafka({ brokers: [...real.addresses], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
    admin = kafka.admin();
    producer = kafka.producer();
    await Promise.all([admin.connect(), producer.connect()]);
    const on = (...replicas: number[]) => ({ numPartitions: -1, replicaAssignment: [{ partition: 0, replicas }] });
    await createTopics(admin, [
      { topic: 'normal', ...on(1, 2, 3) },
      { topic: 'lonely', ...on(3) },
      {
        topic: 'torn',
        ...on(3, 2),
        configEntries: [{ name: 'unclean.leader.election.enable', value: 'true' }],
      },
    ]);
    await producer.send({ topic: 'normal', messages: messages(0, RECORDS) });
    await producer.send({ topic: 'lonely', messages: messages(0, SHARED) });
    await producer.send({ topic: 'torn', messages: messages(0, SHARED) });
  }, 300_000);

  afterAll(async () => {
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
    client?.close();
    await real?.close();
    if (state !== undefined) rmSync(state, { recursive: true, force: true });
  });

  it('an active KIP-848 group is previewed with every strategy, refused, and not disturbed', async () => {
    const consumer = spawnTool('4.3.1', TOOLS.consoleConsumer, [
      ...['--bootstrap-server', real.bootstrap, '--topic', 'normal', '--group', 'modern', '--from-beginning'],
      ...['--consumer-property', 'group.protocol=consumer', '--consumer-property', 'auto.commit.interval.ms=100'],
    ]);
    consumer.stdout?.resume();
    consumer.stderr?.resume();
    try {
      await until('it has read and committed everything', async () =>
        (await commitsNow(client, 'modern'))['normal-0']?.offset === RECORDS ? true : undefined,
      );
      const before = await stateOf('modern');
      expect(before).toMatchObject({ type: 'consumer', state: 'Stable', members: [{}] });
      for (const [name, flags] of EVERYWHERE) {
        // For a group that nobody has seen, the other suite has held each of these against kafka-consumer-groups.
        const args = ['--topic', 'normal', ...flags(), '--export'];
        const [ours, empty] = [await reset('modern', ...args), await reset('never-seen', ...args)];
        expect([name, ours.code, lines(ours.out).length]).toEqual([name, 0, 1]);
        expect([name, ...lines(ours.out)]).toEqual([name, ...lines(empty.out)]);
      }
      const shifted = { 'shift-by back': 75, 'shift-by on': 100, 'shift-by out of every log': 0 };
      for (const [name, flags] of [...SHIFTS, ['to-current', ['--to-current']] as const]) {
        const expected = new Map(Object.entries(shifted)).get(name) ?? RECORDS;
        expect([name, (await reset('modern', ...flags, '--export')).out]).toEqual([name, `normal,0,${expected}\n`]);
      }
      const refused = await reset('modern', '--to', 'start', ...QUICK);
      expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('1 member is in it (Stable)')]);
      const after = await stateOf('modern');
      expect(after?.members.map(({ memberId }) => memberId)).toEqual(before?.members.map(({ memberId }) => memberId));
      expect((await commitsNow(client, 'modern'))['normal-0']?.offset).toBe(RECORDS);
    } finally {
      consumer.kill('SIGTERM');
    }
  }, 180_000);

  it("a group of Connect's protocol type is recognised by it, with members and without", async () => {
    const group = 'sink-of-somebody';
    const node = await findCoordinator(client, group, 0);
    const worker = await RawClient.open(real.addresses[(typeof node === 'number' ? node : 0) - 1] ?? '');
    const joined = await worker.ask(JoinGroup, 3, {
      groupId: group,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      memberId: '',
      protocolType: 'connect',
      // Connect's own metadata, which is no consumer's subscription: version, URL of the worker, config offset.
      protocols: [
        { name: 'sessioned', metadata: Buffer.from('0002000b687474703a2f2f773a383000000000000000ff', 'hex') },
      ],
    });
    expect(joined.errorCode).toBe(ErrorCode.NONE);
    const { generationId, memberId } = joined;
    const assignments = [{ memberId, assignment: Buffer.from('0002', 'hex') }];
    const synced = await worker.ask(SyncGroup, 2, { groupId: group, generationId, memberId, assignments });
    expect(synced.errorCode).toBe(ErrorCode.NONE);
    const owner = { system: 'Kafka Connect', certainty: 'certain', why: 'its protocol type is "connect"' };

    const live = await planOf(group, '--topic', 'normal', '--to', 'start');
    expect(live.plan.groups[0]).toMatchObject({ state: 'Stable', owner, members: [{ memberId }] });
    expect(live.plan.groups[0]?.owner?.tool).toContain('/connectors/NAME/offsets');
    const refused = await reset(group, '--topic', 'normal', '--to', 'start', ...QUICK);
    expect(refused.code).toBe(4);
    expect(refused.err).toContain('may belong to Kafka Connect');

    expect((await worker.ask(LeaveGroup, 2, { groupId: group, memberId })).errorCode).toBe(ErrorCode.NONE);
    worker.close();
    const empty = await planOf(group, '--topic', 'normal', '--to', 'start');
    expect(empty.plan.groups[0]).toMatchObject({ state: 'Empty', owner, members: [] });
  }, 60_000);

  it('after an unclean election commits beyond the end are said, and moved into the log by whatever resets', async () => {
    const far = RECORDS;
    await until('group "torn" has a coordinator', async () =>
      typeof (await findCoordinator(client, 'torn', 0)) === 'number' ? true : undefined,
    );
    await real.stopNode(2);
    await until('node 3 is alone in the ISR', async () =>
      (await partitionOf('torn'))?.isrNodes.join() === '3' ? true : undefined,
    );
    await producer.send({ topic: 'torn', messages: messages(SHARED, RECORDS) });
    await commit(
      client,
      'torn',
      ['torn', 'lonely', 'normal'].map((topic) => ({ topic, partition: 0, offset: 20, ...PLAIN })),
    );
    await commit(client, 'torn', [{ topic: 'torn', partition: 0, offset: far, leaderEpoch: 0, metadata: 'far' }]);
    real.signal(3, 'SIGKILL');
    await real.startNode(2);
    await until('node 2 leads what it had not', async () =>
      (await partitionOf('torn'))?.leaderId === 2 ? true : undefined,
    );
    await until('the coordinator is back', async () => {
      const { code } = await reset('torn', '--topic', 'torn', '--to', 'end', '-o', 'json');
      return code === 0 ? true : undefined;
    });
    const said = `committed ${far - SHARED} beyond the end: the log was truncated or recreated`;
    for (const [to, target] of [
      ['committed', SHARED],
      ['+5', SHARED],
      ['end', SHARED],
      ['-80', far - 80],
      ['start+10', 10],
    ] as const) {
      const { code, plan } = await planOf('torn', '--topic', 'torn', '--to', to);
      const [change] = plan.groups[0]?.changes ?? [];
      expect([to, code, change]).toMatchObject([to, 0, { committed: far, target, start: 0, end: SHARED, error: null }]);
      expect([to, change?.reason]).toEqual([to, expect.stringContaining(said)]);
    }
    const before = (await commitsNow(client, 'torn'))['torn-0'];
    expect(before).toMatchObject({ offset: far, metadata: 'far' });
    const done = await reset('torn', '--topic', 'torn', '--to', 'committed', ...QUICK);
    expect([done.code, (await commitsNow(client, 'torn'))['torn-0']?.offset]).toEqual([0, SHARED]);
    // What was out of range before the reset was so already: undo puts it back to the last byte.
    const undone = await runOffsets({ bootstrap: real.bootstrap, state }, ['offsets', 'undo', ...QUICK]);
    expect([undone.code, (await commitsNow(client, 'torn'))['torn-0']]).toEqual([0, before]);
  }, 300_000);

  it('a partition whose only replica is away is an error; the others are planned, and applied with --partial', async () => {
    expect((await partitionOf('lonely'))?.leaderId).toBe(-1);
    const { code, plan } = await planOf('torn', '--topic', 'lonely', '--topic', 'normal', '--to', 'start+3');
    expect(code).toBe(5);
    expect(plan.groups[0]?.changes).toMatchObject([
      { topic: 'lonely', target: null, error: { name: 'LEADER_NOT_AVAILABLE' } },
      { topic: 'normal', target: 3, error: null },
    ]);
    const args = ['torn', '--topic', 'lonely', '--topic', 'normal', '--to', 'start+3', ...QUICK];
    const refused = await reset(...args);
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('--partial')]);
    const before = await commitsNow(client, 'torn');
    expect(before['normal-0']?.offset).toBe(20);
    expect((await reset(...args, '--partial')).code).toBe(5);
    const after = await commitsNow(client, 'torn');
    expect([after['normal-0']?.offset, after['lonely-0']?.offset]).toEqual([3, 20]);
  }, 120_000);
});
