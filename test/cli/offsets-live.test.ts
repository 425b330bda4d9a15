import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { write } from '../../src/offsets/commit.ts';
import { removal } from '../../src/offsets/resolve.ts';
import { OffsetCommit, OffsetDelete } from '../../src/protocol/api/index.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import { RawClient } from '../kafka/raw-client.ts';
import { commit, commitsNow, produce, startWorld, type World } from '../offsets/world.ts';
import { runOffsets } from './offsets-cli.ts';

const PLAIN = { leaderEpoch: null, metadata: '' };

describe('groups that somebody uses', () => {
  let world: World;
  let consumer: Consumer;
  const run = (...argv: string[]) => runOffsets(world, ['offsets', ...argv]);

  beforeAll(async () => {
    world = await startWorld([
      { name: 'orders', partitions: 1 },
      { name: 'left-behind', partitions: 1 },
    ]);
    for (const topic of ['orders', 'left-behind']) {
      await produce(
        world.client,
        topic,
        0,
        Array.from({ length: 50 }, (_, i) => i),
      );
    }
    // What the group read before it was changed to read something else.
    await commit(
      world.client,
      'live',
      ['orders', 'left-behind'].map((topic) => ({ topic, partition: 0, offset: 20, ...PLAIN })),
    );
    consumer = new Kafka({ brokers: [world.bootstrap], logLevel: logLevel.NOTHING, clientId: 'pay-1' }).consumer({
      groupId: 'live',
    });
    await consumer.connect();
    await consumer.subscribe({ topic: 'orders' });
    await consumer.run({ autoCommitThreshold: 1, eachMessage: async () => undefined });
    await vi.waitFor(async () => expect((await commitsNow(world.client, 'live'))['orders-0']?.offset).toBe(50), {
      timeout: 30_000,
    });
  });
  afterAll(async () => {
    await consumer.disconnect();
    await world.close();
  });

  // The one has moved on when the plan is looked at again, the other is seen while the commits are watched.
  it.each([10, 700])(
    'who commits every %i ms without being a member is found, and nothing is changed',
    async (pause) => {
      await commit(world.client, 'assigned', [{ topic: 'orders', partition: 0, offset: 1, ...PLAIN }]);
      const hidden = await RawClient.open(world.bootstrap);
      const stop = new AbortController();
      let offset = 1;
      const committing = (async () => {
        while (!stop.signal.aborted) {
          offset += 1;
          const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: 'hidden' }];
          const { topics } = await hidden.ask(OffsetCommit, 8, {
            groupId: 'assigned',
            generationIdOrMemberEpoch: -1,
            memberId: '',
            topics: [{ name: 'orders', partitions }],
          });
          expect(topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.NONE);
          await new Promise((resolve) => setTimeout(resolve, pause));
        }
      })();
      try {
        const { code, err } = await run('reset', 'assigned', '--to', 'start', '--execute');
        expect(code).toBe(4);
        expect(err).toMatch(/assigned: refused, nothing changed: .*orders-0/);
        expect(err).toContain('consumer that uses assign()');
      } finally {
        stop.abort();
        await committing;
        hidden.close();
      }
      expect((await commitsNow(world.client, 'assigned'))['orders-0']).toMatchObject({ offset, metadata: 'hidden' });
      expect(world.journal.read().entries.filter(({ group }) => group === 'assigned')).toEqual([]);
    },
  );

  it('the commit of a topic that nobody reads any more is removed while the group is live', async () => {
    const before = await commitsNow(world.client, 'live');
    expect(Object.keys(before)).toEqual(['left-behind-0', 'orders-0']);
    const refused = await run('delete', 'live', '--topic', 'orders', '--execute');
    expect(refused.code).toBe(4);
    expect(refused.err).toMatch(/its members read orders: 1 member is in it \(Stable\): pay-1/);
    const mixed = await run('delete', 'live', '--topic', 'orders', '--topic', 'left-behind', '--execute');
    expect(mixed.code).toBe(4);
    expect(await commitsNow(world.client, 'live')).toEqual(before);
    const done = await run('delete', 'live', '--topic', 'left-behind', '--execute');
    expect([done.code, done.out]).toEqual([0, expect.stringMatching(/left-behind\s+0\s+20\s.*applied/)]);
    expect(Object.keys(await commitsNow(world.client, 'live'))).toEqual(['orders-0']);
  });

  it('the coordinator refuses what a member subscribed to just then, and that is told', async () => {
    const raw = await RawClient.open(world.bootstrap);
    const topics = ['orders', 'left-behind'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }));
    const answer = await raw.ask(OffsetDelete, 0, { groupId: 'live', topics });
    raw.close();
    expect(answer.errorCode).toBe(ErrorCode.NONE);
    expect(answer.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([
      ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC,
      ErrorCode.NONE,
    ]);
    const prior = { offset: 50, ...PLAIN };
    const gone = removal({ topic: 'orders', partition: 0, topicId: null, prior, start: 0, end: 50, problem: null });
    const { written } = await write(world.client, 'live', null, [gone], 0);
    expect([...written.values()]).toMatchObject([{ answered: true, error: { name: 'GROUP_SUBSCRIBED_TO_TOPIC' } }]);
    expect((await commitsNow(world.client, 'live'))['orders-0']?.offset).toBe(50);
  });
});
