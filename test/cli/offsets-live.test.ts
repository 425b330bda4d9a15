import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OffsetCommit } from '../../src/protocol/api/index.ts';
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
      timeout: 10_000,
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
});
