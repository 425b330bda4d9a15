import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnTerminal, Running } from '../e2e/run-bin.ts';
import { commit, commitsNow, produce, startWorld, type World } from '../offsets/world.ts';
import { runOffsets } from './offsets-cli.ts';

const BEFORE = { 'orders-0': { offset: 30, leaderEpoch: 0, metadata: 'mine' } };

/** The built bin as a process of its own, so that it can really be stopped, killed and typed to. */
describe('kmedic offsets as a process', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld([{ name: 'orders', partitions: 1 }]);
    const times = Array.from({ length: 50 }, (_, i) => 1_700_000_000_000 + i);
    await produce(world.client, 'orders', 0, times);
  });
  afterAll(() => world.close());

  const reset = async (group: string, ...options: string[]): Promise<string[]> => {
    await commit(world.client, group, [{ topic: 'orders', partition: 0, ...BEFORE['orders-0'] }]);
    return ['offsets', 'reset', group, '--to', 'start', '--execute', ...options, '-b', world.bootstrap];
  };
  const env = () => ({ KMEDIC_STATE_DIR: world.state });

  it('Ctrl-C before the commit changes nothing', async () => {
    const running = new Running(await reset('interrupted', '--sample', '30s'), env());
    await running.said('applying plan');
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(await commitsNow(world.client, 'interrupted')).toEqual(BEFORE);
    expect(world.journal.read().entries).toEqual([]);
  });

  it('kill -9 after the commit: history knows that and where it stands, and undo works', async () => {
    const running = new Running(await reset('killed', '--sample', '1ms', '--hold', '60s'), env());
    const moved = async () => (await commitsNow(world.client, 'killed'))['orders-0']?.offset;
    await expect.poll(moved, { timeout: 30_000 }).toBe(0);
    running.child.kill('SIGKILL');
    await running.ended;
    const history = await runOffsets(world, ['offsets', 'history', '--check', '-o', 'json']);
    expect(JSON.parse(history.out)).toMatchObject({
      entries: [{ group: 'killed', status: 'interrupted', partitions: [{ standing: 'after' }] }],
    });
    const undone = await runOffsets(world, ['offsets', 'undo', '--execute', '--sample', '1ms']);
    expect(undone.code).toBe(0);
    expect(await commitsNow(world.client, 'killed')).toEqual(BEFORE);
  });

  it('on a protected cluster the name has to be typed', async () => {
    const argv = await reset('guarded', '--sample', '1ms');
    const wrong = new OnTerminal(argv, { ...env(), KMEDIC_PROTECTED: '1' });
    await wrong.said('type guarded to go on:');
    wrong.type('yes\r');
    expect((await wrong.ended).code).toBe(4);
    expect(await commitsNow(world.client, 'guarded')).toEqual(BEFORE);
    const right = new OnTerminal(argv, { ...env(), KMEDIC_PROTECTED: '1' });
    await right.said('type guarded to go on:');
    right.type('guarded\r');
    expect((await right.ended).code).toBe(0);
    expect((await commitsNow(world.client, 'guarded'))['orders-0']?.offset).toBe(0);
  });
});
