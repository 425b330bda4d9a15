import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commit, produce, startWorld, type World } from '../offsets/world.ts';
import { runOffsets } from './offsets-cli.ts';

describe('what is not there, or may not be looked at', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld([{ name: 'orders', partitions: 2 }]);
    await produce(world.client, 'orders', 0, [1, 2, 3]);
    await commit(world.client, 'payments', [
      { topic: 'orders', partition: 0, offset: 1, leaderEpoch: null, metadata: null },
    ]);
  });
  afterAll(() => world.close());

  it.each([
    ['lag paymnts', 1, 'group paymnts: GROUP_ID_NOT_FOUND: there is no group paymnts; did you mean payments?'],
    [
      'lag payments nobody',
      5,
      'there is no group nobody; kmedic groups list shows all that this principal may DESCRIBE',
    ],
    ['lag payments --topic ordrs', 1, 'no topic or partition is called ordrs; did you mean orders?'],
    ['lag payments --topic orders:9', 1, 'no topic or partition is called orders:9'],
    ['lag payments --topic orders:0', 0, ''],
    ['groups list paymnts', 1, 'did you mean payments?'],
    ['groups describe paymnts', 1, 'did you mean payments?'],
    ['groups delete paymnts', 1, 'there is no such group; did you mean payments?'],
    ['offsets show paymnts', 1, 'did you mean payments?'],
    ['offsets export paymnts', 1, 'did you mean payments?'],
    ['offsets show payments --topic ordrs', 5, 'did you mean orders?'],
    ['offsets reset paymnts --to start', 1, 'there is no group paymnts; did you mean payments?'],
    ['offsets reset paymnts --to start --execute', 1, 'did you mean payments?'],
    ['offsets reset paymnts --to start -o csv', 1, 'topic,partition,'],
    ['offsets show paymnts -o csv', 1, 'group,topic,partition,'],
    ['offsets reset paymnts --to start --topic orders', 0, 'the first commit creates it'],
    ['isr ordrs', 1, 'did you mean orders?'],
    ['isr elect ordrs --preferred', 1, 'did you mean orders?'],
    ['wait isr ordrs', 1, 'no topic or partition is called ordrs'],
    ['wait isr orders', 0, '2 partitions, every replica in sync'],
    ['wait group nobody --for empty', 0, 'no members; there is no group nobody'],
  ])('%s: exit %i', async (line, code, says) => {
    const { out, err, ...ended } = await runOffsets(world, line.split(' '));
    expect({ code: ended.code, said: out + err }).toEqual({ code, said: expect.stringContaining(says) });
  });

  it.each([
    ['offsets peek payments orders:0', 3, 'not authorised'],
    ['offsets reset payments --to start', 3, 'not authorised'],
    ['offsets reset payments --to start --execute', 4, 'not authorised'],
    ['offsets show payments', 3, 'not authorised'],
    ['lag payments', 3, 'not authorised'],
  ])('%s, which may not be looked at: exit %i', async (line, code, says) => {
    const fault = {
      fault: 'error',
      api: ['OffsetFetch', 'DescribeGroups'],
      error: 'GROUP_AUTHORIZATION_FAILED',
    } as const;
    await world.cluster.inject(fault);
    const { out, err, ...ended } = await runOffsets(world, line.split(' '));
    await world.cluster.clear();
    expect({ code: ended.code, said: out + err }).toEqual({ code, said: expect.stringContaining(says) });
  });
});
