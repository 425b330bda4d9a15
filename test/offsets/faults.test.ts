import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Channel, OpenChannel } from '../../src/client/channel.ts';
import { ClientError } from '../../src/client/error.ts';
import { openKafkajsChannel } from '../../src/client/kafkajs-channel.ts';
import { locate } from '../../src/cluster/groups.ts';
import { type ApplyDocument, applyExit } from '../../src/offsets/apply-document.ts';
import { entriesOf, Journal } from '../../src/offsets/journal.ts';
import { makeUndo } from '../../src/offsets/make-undo.ts';
import type { Committed, Plan } from '../../src/offsets/plan.ts';
import { DeleteTopics, JoinGroup, OffsetCommit } from '../../src/protocol/api/index.ts';
import { applyNow, BY, clientFor, commit, commitsNow, planTo, produce, startWorld, type World } from './world.ts';

/** What happens at one request: nothing, the connection is cut before it is sent, or its answer is lost. */
type Fault = (count: number, apiKey: number) => Promise<'send' | 'cut' | 'lose' | 'hang'>;

/** Opens real connections whose requests a fault decides about. */
function faulty(
  fault: Fault,
  beforeLosing: () => Promise<void> = async () => undefined,
): { readonly open: OpenChannel; readonly sent: number[] } {
  const sent: number[] = [];
  const open: OpenChannel = async (address, settings) => {
    const real = await openKafkajsChannel(address, settings);
    const channel: Channel = {
      versions: real.versions,
      get open() {
        return real.open;
      },
      close: () => real.close(),
      async request(apiKey, apiVersion, body, timeoutMs) {
        sent.push(apiKey);
        const fate = await fault(sent.length, apiKey);
        if (fate === 'hang') return new Promise<Buffer>(() => undefined);
        if (fate === 'cut') {
          real.close();
          throw new ClientError('UNREACHABLE', 'cut before it was sent');
        }
        const answer = await real.request(apiKey, apiVersion, body, timeoutMs);
        if (fate === 'send') return answer;
        await beforeLosing();
        real.close();
        throw new ClientError('UNREACHABLE', 'the answer was lost');
      },
    };
    return channel;
  };
  return { open, sent };
}

const PLACES = [0, 1, 2].map((partition) => ({ topic: 'orders', partition }));
const BEFORE: Record<string, Committed> = {
  'orders-0': { offset: 30, leaderEpoch: 0, metadata: 'mine' },
  'orders-1': { offset: 40, leaderEpoch: null, metadata: '' },
};

async function prepare(world: World, group: string): Promise<void> {
  await commit(
    world.client,
    group,
    Object.entries(BEFORE).map(([key, value]) => ({ topic: 'orders', partition: Number(key.slice(-1)), ...value })),
  );
}

/** What is told has to be what is there: in the result, and in the journal. */
async function checkTruth(world: World, group: string, document: ApplyDocument | null): Promise<void> {
  const now = await commitsNow(world.client, group);
  const [entry] = world.journal.read().entries.filter((each) => each.group === group && each.intent.undoes === null);
  for (const { topic, partition, result } of document?.groups[0]?.partitions ?? []) {
    const key = `${topic}-${partition}`;
    if (result === 'applied') expect(now[key]).toEqual({ offset: 5, leaderEpoch: null, metadata: '' });
    else if (result === 'failed') expect(now[key]).toEqual(BEFORE[key]);
    else expect(result).toBe('unconfirmed');
  }
  if (document?.groups[0]?.result === 'refused') expect(now).toEqual(BEFORE);
  // Nothing is changed that the journal does not know.
  if (entry === undefined) {
    expect(now).toEqual(BEFORE);
    return;
  }
  expect(
    Object.fromEntries(entry.intent.changes.flatMap((c) => (c.prior ? [[`${c.topic}-${c.partition}`, c.prior]] : []))),
  ).toEqual(BEFORE);
  if (document !== null) expect(entry.outcome?.status).toBe(document.groups[0]?.result);
}

/** Whatever happened, undo brings back exactly what was there. */
async function checkUndo(world: World, group: string): Promise<void> {
  const entries = world.journal.read().entries.filter((each) => each.group === group);
  if (entries.length > 0) {
    const [entry] = entries;
    const undo = await makeUndo(world.client, entriesOf(world.journal.read(), entry?.id ?? '', group), BY);
    const undone = await applyNow(world, undo);
    expect(['applied', 'nothing']).toContain(undone.groups[0]?.result);
  }
  expect(await commitsNow(world.client, group)).toEqual(BEFORE);
}

async function newWorld(nodes: number): Promise<World> {
  // A dead node is noticed at once.
  const config = { 'broker.session.timeout.ms': '1500', 'broker.heartbeat.interval.ms': '200' };
  const world = await startWorld(
    [
      { name: 'orders', partitions: 3 },
      { name: 'doomed', partitions: 1 },
    ],
    nodes,
    config,
  );
  for (const { partition } of PLACES) {
    await produce(
      world.client,
      'orders',
      partition,
      Array.from({ length: 50 }, (_, i) => 1_700_000_000_000 + i),
    );
  }
  return world;
}

/** Applies a plan, and does something just before the commit is sent. */
async function disturbed(world: World, plan: Plan, disturb: () => Promise<void>): Promise<ApplyDocument> {
  let done = false;
  const { open } = faulty(async (_count, apiKey) => {
    if (apiKey === OffsetCommit.key && !done) {
      done = true;
      await disturb();
    }
    return 'send';
  });
  const client = clientFor(world.bootstrap, open);
  try {
    return await applyNow({ client, journal: world.journal }, plan);
  } finally {
    client.close();
  }
}

const SCOPE = [{ topic: 'orders', partitions: null }];

/** Requests of an apply that nothing disturbs: the boundaries to break at. */
async function boundaries(world: World): Promise<number[]> {
  await prepare(world, 'count');
  const plan = await planTo(world.client, ['count'], '5', { scope: SCOPE });
  const { open, sent } = faulty(async () => 'send');
  const client = clientFor(world.bootstrap, open);
  await applyNow({ client, journal: world.journal }, plan);
  client.close();
  return sent;
}

describe('connections that break while a plan is applied', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld(1);
  });
  afterAll(() => world.close());

  it.each(['cut', 'lose'] as const)(
    '%s at every request boundary: nothing is lost, nothing is half-told',
    async (fate) => {
      const sent = await boundaries(world);
      expect(sent).toContain(8);
      let disturbed = 0;
      for (let at = 1; at <= sent.length; at++) {
        const group = `${fate}-${at}`;
        await prepare(world, group);
        const plan = await planTo(world.client, [group], '5', { scope: SCOPE });
        const { open } = faulty(async (count) => (count === at ? fate : 'send'));
        const client = clientFor(world.bootstrap, open);
        let document: ApplyDocument | null = null;
        try {
          document = await applyNow({ client, journal: world.journal }, plan);
        } catch (error) {
          // Before anything was changed an apply may end with what went wrong.
          expect(error).toBeInstanceOf(ClientError);
          disturbed += 1;
        } finally {
          client.close();
        }
        await checkTruth(world, group, document);
        await checkUndo(world, group);
      }
      expect(disturbed).toBeLessThan(sent.length);
    },
    60_000,
  );

  it('gone for good from every request boundary on: what nobody can know is called unknown', async () => {
    const sent = await boundaries(world);
    const results = new Set<string>();
    for (const fate of ['cut', 'lose'] as const) {
      for (let at = sent.indexOf(8); at <= sent.length; at++) {
        const group = `gone-${fate}-${at}`;
        await prepare(world, group);
        const plan = await planTo(world.client, [group], '5', { scope: SCOPE });
        const { open } = faulty(async (count) => (count < at ? 'send' : count === at ? fate : 'cut'));
        const client = clientFor(world.bootstrap, open);
        let document: ApplyDocument | null = null;
        try {
          document = await applyNow({ client, journal: world.journal }, plan, { patienceMs: 100 });
          results.add(document.groups[0]?.result ?? '');
        } catch (error) {
          expect(error).toBeInstanceOf(ClientError);
        } finally {
          client.close();
        }
        await checkTruth(world, group, document);
        await checkUndo(world, group);
      }
    }
    expect(results).toContain('unknown');
  }, 60_000);

  it('a member that joins between the last look and the commit is left alone', async () => {
    await prepare(world, 'joined');
    const plan = await planTo(world.client, ['joined'], '5', { scope: SCOPE });
    const document = await disturbed(world, plan, async () => {
      await world.client.metadata([]);
      const [node = -1] = [...(await locate(world.client, ['joined'], 0)).keys()];
      const body = {
        groupId: 'joined',
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      };
      const { body: joined } = await world.client.call(node, JoinGroup, body, { maxVersion: 3 });
      expect(joined.errorCode).toBe(0);
    });
    expect(document.groups[0]).toMatchObject({ result: 'refused' });
    expect(document.groups[0]?.partitions.map(({ result, error }) => [result, error?.name])).toEqual([
      ['failed', 'UNKNOWN_MEMBER_ID'],
      ['failed', 'UNKNOWN_MEMBER_ID'],
      ['failed', 'UNKNOWN_MEMBER_ID'],
    ]);
    expect(applyExit(document)).toBe(4);
    await checkTruth(world, 'joined', document);
  });

  it('a topic that is deleted between the last look and the commit fails alone', async () => {
    await prepare(world, 'deleted');
    const scope = [...SCOPE, { topic: 'doomed', partitions: null }];
    const plan = await planTo(world.client, ['deleted'], 'start', { scope });
    const document = await disturbed(world, plan, async () => {
      const { body } = await world.client.call(
        'any',
        DeleteTopics,
        { topicNames: ['doomed'], timeoutMs: 5_000 },
        { maxVersion: 5 },
      );
      expect(body.responses[0]?.errorCode).toBe(0);
      await expect
        .poll(async () => (await world.client.metadata(['doomed'])).body.topics[0]?.errorCode, { timeout: 30_000 })
        .toBe(3);
    });
    expect(document.groups[0]?.result).toBe('partial');
    expect(
      document.groups[0]?.partitions.map(({ topic, result, error }) => [topic, result, error?.name ?? null]),
    ).toEqual([
      ['doomed', 'failed', 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['orders', 'applied', null],
      ['orders', 'applied', null],
      ['orders', 'applied', null],
    ]);
    expect(applyExit(document)).toBe(5);
  });

  it('killed at every request boundary: history knows, and undo works', async () => {
    const sent = await boundaries(world);
    let interrupted = 0;
    for (let at = 1; at <= sent.length; at++) {
      for (const answered of [false, true]) {
        const group = `kill-${at}-${answered}`;
        await prepare(world, group);
        const plan = await planTo(world.client, [group], '5', { scope: SCOPE });
        let died: () => void = () => undefined;
        const death = new Promise<null>((resolve) => {
          died = () => resolve(null);
        });
        const { open } = faulty(async (count) => {
          // The process dies before this request is sent, or (`answered`) before the one behind it is.
          if (count < at + (answered ? 1 : 0)) return 'send';
          died();
          return 'hang';
        });
        const client = clientFor(world.bootstrap, open);
        const ended = await Promise.race([death, applyNow({ client, journal: world.journal }, plan)]);
        client.close();
        await checkTruth(world, group, ended);
        const [entry] = world.journal.read().entries.filter((each) => each.group === group);
        if (ended === null && entry !== undefined) {
          expect(entry.outcome).toBeNull();
          interrupted += 1;
        }
        await checkUndo(world, group);
      }
    }
    expect(interrupted).toBeGreaterThan(0);
  }, 60_000);

  it('a journal that was cut anywhere still undoes what it knows', async () => {
    await prepare(world, 'torn');
    const plan = await planTo(world.client, ['torn'], '5', { scope: SCOPE });
    await applyNow(world, plan);
    const text = readFileSync(world.journal.path, 'utf8');
    // The outcome of the last apply is cut in half, as by a full disk or a lost machine.
    const path = `${world.journal.path}.torn`;
    writeFileSync(path, text.slice(0, -20));
    const journal = new Journal(path);
    expect(journal.read()).toMatchObject({ torn: true, damaged: [] });
    const [entry] = entriesOf(journal.read(), plan.id, 'torn');
    expect(entry?.outcome).toBeNull();
    const undo = await makeUndo(world.client, entriesOf(journal.read(), plan.id, 'torn'), BY);
    expect((await applyNow({ client: world.client, journal }, undo)).groups[0]?.result).toBe('applied');
    expect(await commitsNow(world.client, 'torn')).toEqual(BEFORE);
  });
});

describe('a coordinator that dies while a plan is applied', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld(3);
  });
  afterAll(() => world.close());

  it('at every request boundary: nothing is lost, nothing is half-told', async () => {
    const sent = await boundaries(world);
    const committing = sent.indexOf(OffsetCommit.key) + 1;
    expect(committing).toBeGreaterThan(0);
    // Before each request; from the commit on also when it was carried out and its answer is lost.
    const faults = sent.flatMap((_key, index) => {
      const at = index + 1;
      return [{ at, lose: false }, ...(at >= committing ? [{ at, lose: true }] : [])];
    });
    const results = new Set<string>();
    let kills = 0;
    for (const { at, lose } of faults) {
      const group = `die-${at}-${lose}`;
      await prepare(world, group);
      const plan = await planTo(world.client, [group], '5', { scope: SCOPE });
      let killed: number | null = null;
      const kill = async (): Promise<void> => {
        killed = await killCoordinator(world, group);
      };
      const { open } = faulty(async (count) => {
        if (count !== at) return 'send';
        if (!lose) await kill();
        return lose ? 'lose' : 'send';
      }, kill);
      const client = clientFor(world.bootstrap, open);
      let document: ApplyDocument | null = null;
      try {
        document = await applyNow({ client, journal: world.journal }, plan);
        results.add(document.groups[0]?.result ?? '');
      } catch (error) {
        expect(error).toBeInstanceOf(ClientError);
      } finally {
        client.close();
      }
      // How many requests there are depends on which broker is whose; behind the last one nothing happens.
      const node = killed as number | null;
      if (node !== null) kills += 1;
      if (node !== null) await world.cluster.startNode(node);
      await checkTruth(world, group, document);
      await checkUndo(world, group);
    }
    expect(results).toContain('applied');
    expect(kills).toBeGreaterThan(sent.length / 2);
  }, 120_000);
});

async function killCoordinator(world: World, group: string): Promise<number> {
  await world.client.metadata([]);
  const [node = -1] = [...(await locate(world.client, [group], 0)).keys()];
  await world.cluster.stopNode(node, { abrupt: true });
  return node;
}
