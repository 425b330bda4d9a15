import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observe } from '../../src/cluster/observe.ts';
import { runOffsets } from '../cli/offsets-cli.ts';
import { commitsNow, produce, startWorld, type World } from '../offsets/world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld([{ name: 'orders', partitions: 1 }]);
  await produce(
    world.client,
    'orders',
    0,
    Array.from({ length: 500 }, (_, i) => i),
  );
});
afterAll(() => world.close());

it('a consumer of librdkafka that uses assign() and commits is found, and nothing is changed', async () => {
  const settings = { 'bootstrap.servers': world.bootstrap, 'group.id': 'loner', 'enable.auto.commit': false };
  const script = join(import.meta.dirname, 'assigned.py');
  const python = spawn('/usr/bin/python3', [script, JSON.stringify({ ...settings, topic: 'orders' })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const committed: number[] = [];
  const lines = createInterface({ input: python.stdout });
  lines.on('line', (line) => committed.push((JSON.parse(line) as { committed: number }).committed));
  try {
    await once(lines, 'line');
    const { groups } = await observe(world.client, { groups: { names: ['loner'] }, want: { members: true } });
    expect(groups[0]).toMatchObject({ state: 'Empty', members: [] });
    const { code, out, err } = await runOffsets(world, ['offsets', 'reset', 'loner', '--to', 'start', '--execute']);
    expect([code, out]).toEqual([4, '']);
    expect(err).toMatch(/loner: refused, nothing changed: .*orders-0/);
    expect(err).toContain('consumer that uses assign()');
    const before = committed.length;
    while (committed.length < before + 2) await once(lines, 'line');
  } finally {
    python.kill();
    await once(python, 'exit');
  }
  // It went on from where it was, one by one: nobody moved it.
  expect(committed).toEqual(committed.map((_, i) => i + 1));
  expect((await commitsNow(world.client, 'loner'))['orders-0']?.offset).toBeGreaterThanOrEqual(committed.length);
  expect(world.journal.read().entries).toEqual([]);
});
