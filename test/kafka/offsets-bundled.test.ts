import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeleteRecords } from '../../src/protocol/api/index.ts';
import { runOffsets } from '../cli/offsets-cli.ts';
import { commit, commitsNow, produce, startWorld, type World } from '../offsets/world.ts';
import { runTool, TOOLS } from './harness.ts';
import { type KafkaVersion, kafkaJars } from './jars.ts';
import { EVERYWHERE, lines, RECORDS, SHIFTS, SPACING_MS, T0 } from './offset-strategies.ts';

const TOPICS = ['normal', 'empty', 'shrunk', 'truncated'];
const VERSION: KafkaVersion = '4.3.1';

describe.runIf(kafkaJars(VERSION) !== null)('offsets on the bundled broker, beside kafka-consumer-groups', () => {
  let world: World;
  const tool = async (...args: string[]) =>
    (await runTool(VERSION, TOOLS.consumerGroups, ['--bootstrap-server', world.bootstrap, '--reset-offsets', ...args]))
      .stdout;
  const kmedic = (...args: string[]) => runOffsets(world, ['offsets', 'reset', ...args]);

  beforeAll(async () => {
    world = await startWorld(TOPICS.map((name) => ({ name, partitions: name === 'normal' ? 2 : 1 })));
    const times = Array.from({ length: RECORDS }, (_, i) => T0 + i * SPACING_MS);
    for (const topic of ['normal', 'shrunk', 'truncated']) await produce(world.client, topic, 0, times);
    await produce(world.client, 'normal', 1, times);
    const partitions = [{ partitionIndex: 0, offset: 30 }];
    const { body } = await world.client.call(1, DeleteRecords, {
      topics: [{ name: 'shrunk', partitions }],
      timeoutMs: 10_000,
    });
    expect(body.topics[0]?.partitions[0]?.errorCode).toBe(0);
    const consumer = new Kafka({ brokers: [world.bootstrap], logLevel: logLevel.NOTHING }).consumer({
      groupId: 'classic-empty',
    });
    await consumer.connect();
    await consumer.subscribe({ topic: 'normal', fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.run({ eachMessage: async () => resolve() }).catch(reject);
    });
    await consumer.disconnect();
    for (const group of ['classic-empty', 'simple']) {
      await commit(
        world.client,
        group,
        [
          { topic: 'normal', partition: 0, offset: 40 },
          { topic: 'normal', partition: 1, offset: RECORDS },
          { topic: 'empty', partition: 0, offset: 0 },
          { topic: 'shrunk', partition: 0, offset: 10 },
          { topic: 'truncated', partition: 0, offset: 1_000 },
        ].map((place) => ({ ...place, leaderEpoch: null, metadata: '' })),
      );
    }
  });
  afterAll(() => world?.close());

  it.each(EVERYWHERE)('%s', async (_name, flags) => {
    const groups = ['classic-empty', 'simple', 'never-seen'].flatMap((group) => ['--group', group]);
    const args = [...groups, ...TOPICS.flatMap((topic) => ['--topic', topic]), ...flags(), '--export'];
    const [theirs, ours] = [await tool(...args, '--dry-run'), await kmedic(...args)];
    expect([ours.code, lines(ours.out).length]).toEqual([0, 3 * 5]);
    expect(lines(ours.out)).toEqual(lines(theirs));
  });

  it.each(SHIFTS)('%s', async (_name, flags) => {
    const args = ['--group', 'classic-empty', '--group', 'simple', '--all-topics', ...flags, '--export'];
    const [theirs, ours] = [await tool(...args, '--dry-run'), await kmedic(...args)];
    expect([ours.code, lines(ours.out).length]).toEqual([0, 2 * 5]);
    expect(lines(ours.out)).toEqual(lines(theirs));
  });

  it('what kmedic applies the tool reads, and what the tool applies kmedic reads', async () => {
    expect((await kmedic('simple', '--to', 'end-7', '--execute', '--sample', '1ms')).code).toBe(0);
    const theirs = await tool('--group', 'simple', '--all-topics', '--to-current', '--export', '--dry-run');
    expect(lines(theirs)).toEqual(['empty,0,0', 'normal,0,93', 'normal,1,93', 'shrunk,0,93', 'truncated,0,93']);
    await tool('--group', 'simple', '--topic', 'normal', '--to-offset', '12', '--execute');
    const now = await commitsNow(world.client, 'simple');
    expect([now['normal-0']?.offset, now['normal-1']?.offset]).toEqual([12, 12]);
  });
});
