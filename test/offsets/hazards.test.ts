import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from '../../src/cluster/observe.ts';
import { applyExit } from '../../src/offsets/apply-document.ts';
import { Journal } from '../../src/offsets/journal.ts';
import { readPlan } from '../../src/offsets/plan.ts';
import { CreateTopics } from '../../src/protocol/api/index.ts';
import { applyNow, commit, commitsNow, planTo, produce, startWorld, type World } from './world.ts';

const stand = (topic: string, partition: number, offset: number) => ({
  topic,
  partition,
  offset,
  leaderEpoch: null,
  metadata: '',
});

describe('what can be wrong', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld([{ name: 'orders', partitions: 2 }], 3);
    const times = Array.from({ length: 50 }, (_, i) => 1_700_000_000_000 + i);
    for (const partition of [0, 1]) await produce(world.client, 'orders', partition, times);
  });
  afterAll(() => world.close());

  it('a partition without a leader is said, held against a plan, and left out with --partial', async () => {
    const assignments = [1, 2, 3].map((id, partitionIndex) => ({ partitionIndex, brokerIds: [id] }));
    const topics = [{ name: 'fragile', numPartitions: -1, replicationFactor: -1, assignments }];
    await world.client.metadata([]);
    for (const node of [1, 2, 3]) {
      const { body } = await world.client.call(node, CreateTopics, { topics, timeoutMs: 5_000 });
      if (body.topics[0]?.errorCode === 0) break;
    }
    const led = async () => (await world.client.metadata(['fragile'])).body.topics[0]?.partitions.length;
    await expect.poll(led, { timeout: 30_000 }).toBe(3);
    await commit(
      world.client,
      'hurt',
      [0, 1, 2].map((partition) => stand('fragile', partition, 0)),
    );
    const { groups } = await observe(world.client, { groups: { names: ['hurt'] }, want: {} });
    const victim = [1, 2, 3].find((id) => id !== groups[0]?.coordinator) ?? 3;
    await world.cluster.stopNode(victim);
    const leaderless = async () =>
      (await world.client.metadata(['fragile'])).body.topics[0]?.partitions.filter(({ leaderId }) => leaderId < 0)
        .length;
    await expect.poll(leaderless, { timeout: 30_000 }).toBe(1);
    const plan = await planTo(world.client, ['hurt'], 'end');
    expect(plan.groups[0]?.changes.map(({ error }) => error?.name ?? null)[victim - 1]).toBe('LEADER_NOT_AVAILABLE');
    expect(plan.groups[0]?.totals.unresolved).toBe(1);
    expect(applyExit(await applyNow(world, plan))).toBe(4);
    const partly = await applyNow(world, plan, { partial: true });
    expect(partly.groups[0]?.partitions.filter(({ result }) => result === 'applied')).toHaveLength(2);
    await world.cluster.startNode(victim);
  });

  it('waits for the members to leave, and works on what they committed last', async () => {
    const kafka = new Kafka({ brokers: world.bootstrap.split(','), logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: 'leaving' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.run({ eachMessage: async () => resolve() }).catch(reject);
    });
    const plan = await planTo(world.client, ['leaving'], 'start', { scope: [{ topic: 'orders', partitions: null }] });
    expect(plan.groups[0]?.members).toHaveLength(1);
    const refused = (await applyNow(world, plan)).groups[0];
    expect(refused?.result).toBe('refused');
    expect(refused?.drift[0]).toMatchObject({
      kind: 'members',
      message: '1 member is in it (Stable): kafkajs 127.0.0.1',
    });
    const left: Promise<void>[] = [];
    const document = await applyNow(world, plan, {
      waitEmptyMs: 20_000,
      acceptDrift: new Set(['commit']),
      sleep: async (ms) => {
        if (left.length === 0) left.push(consumer.disconnect());
        await new Promise((resolve) => setTimeout(resolve, ms));
      },
    });
    await Promise.all(left);
    expect(left).toHaveLength(1);
    expect(document.groups[0]?.result).toBe('applied');
    expect((await commitsNow(world.client, 'leaving'))['orders-0']?.offset).toBe(0);
  });

  it('interrupted before the commit, nothing is changed', async () => {
    await commit(world.client, 'stop', [stand('orders', 0, 20)]);
    const plan = await planTo(world.client, ['stop'], 'start');
    const signal = AbortSignal.abort();
    const document = await applyNow(world, plan, { signal });
    expect(document).toMatchObject({ roundTrips: null, groups: [{ result: 'refused' }] });
    expect((await commitsNow(world.client, 'stop'))['orders-0']?.offset).toBe(20);
    expect(world.journal.read().entries.filter(({ group }) => group === 'stop')).toEqual([]);
  });

  it('without a journal nothing is sent; a journal that fails afterwards is told', async () => {
    await commit(world.client, 'disk', [stand('orders', 0, 20)]);
    const plan = await planTo(world.client, ['disk'], 'start');
    const nowhere = new Journal('/dev/null/journal.ndjson');
    await expect(applyNow({ client: world.client, journal: nowhere }, plan)).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect((await commitsNow(world.client, 'disk'))['orders-0']?.offset).toBe(20);
    const full = new (class extends Journal {
      override append(events: Parameters<Journal['append']>[0]): void {
        if (events.some(({ kind }) => kind === 'outcome'))
          throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        super.append(events);
      }
    })(world.journal.path);
    const document = await applyNow({ client: world.client, journal: full }, plan);
    expect(document.groups[0]?.result).toBe('applied');
    expect(document.errors).toMatchObject([{ name: 'JOURNAL_INCOMPLETE' }]);
    expect(applyExit(document)).toBe(5);
  });

  it('a topic that is deleted and made again is another topic', async () => {
    await commit(world.client, 'again', [stand('orders', 0, 20)]);
    const plan = await planTo(world.client, ['again'], 'start');
    const [group] = plan.groups;
    const changes = group?.changes.map((change) => ({ ...change, topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' })) ?? [];
    const other = { ...plan, groups: group === undefined ? [] : [{ ...group, changes }] };
    expect((await applyNow(world, other)).groups[0]?.drift.map(({ kind }) => kind)).toEqual(['topic']);
  });

  it('a plan of another cluster is refused whatever is accepted', async () => {
    const plan = { ...(await planTo(world.client, ['again'], 'start')), cluster: { id: 'somewhere-else' } };
    const acceptDrift = new Set(['commit', 'range', 'topic', 'applied', 'type'] as const);
    const document = await applyNow(world, plan, { acceptDrift });
    expect(document.groups[0]).toMatchObject({ result: 'refused', drift: [{ kind: 'cluster' }] });
  });

  it('a plan file with an impossible target is no plan', async () => {
    const text = JSON.stringify(await planTo(world.client, ['again'], 'start'));
    expect(readPlan(text, 'f').groups).toHaveLength(1);
    expect(() => readPlan(text.replace('"next":{"offset":0', '"next":{"offset":-1'), 'f')).toThrow('impossible target');
    expect(() => readPlan(text.replace('"kind":"plan"', '"kind":"lag"'), 'f')).toThrow('f: not a plan: kind');
    expect(() => readPlan('{', 'f')).toThrow('f: not JSON');
  });
});
