import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { historySchema } from '../../src/cli/commands/offsets/history-document.ts';
import { readOffsetsCsv } from '../../src/offsets/csv.ts';
import { DEAD_LETTER_HEADERS } from '../../src/offsets/keep-records.ts';
import { type Plan, planSchema } from '../../src/offsets/plan.ts';
import { readRecords } from '../../src/offsets/read-records.ts';
import { commit, commitsNow, produce, startWorld, type World } from '../offsets/world.ts';
import { runOffsets } from './offsets-cli.ts';
import { runCli } from './run-cli.ts';
import { sent } from './sent-requests.ts';

vi.mock('../../src/client/kafkajs-channel.ts', async (original) =>
  (await import('./sent-requests.ts')).notingRequests(original),
);

/** Metadata, ListOffsets, Fetch, OffsetFetch, FindCoordinator, Describe*, List*: nothing that a broker keeps. */
const READ_ONLY = new Set([1, 2, 3, 9, 10, 15, 16, 35, 69, 77, 89, 90]);
const T0 = Date.UTC(2026, 10, 20, 14);
const QUICK = ['--execute', '--sample', '1ms'];

describe('kmedic offsets', () => {
  let world: World;
  let consumer: Consumer;
  const run = (...argv: string[]) => runOffsets(world, ['offsets', ...argv]);

  beforeAll(async () => {
    world = await startWorld([
      { name: 'orders', partitions: 3 },
      { name: 'dead-letters', partitions: 1 },
    ]);
    for (const partition of [0, 1, 2]) {
      await produce(
        world.client,
        'orders',
        partition,
        Array.from({ length: 100 }, (_, i) => T0 + i * 60_000),
      );
    }
    consumer = new Kafka({ brokers: [world.bootstrap], logLevel: logLevel.NOTHING, clientId: 'pay-1' }).consumer({
      groupId: 'live',
    });
    await consumer.connect();
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    const read = new Set<number>();
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          autoCommitThreshold: 1,
          eachMessage: async ({ partition }) => {
            read.add(partition);
            if (read.size === 3) resolve();
          },
        })
        .catch(reject);
    });
    const three = async (): Promise<void> => {
      expect(Object.keys(await commitsNow(world.client, 'live'))).toHaveLength(3);
    };
    await vi.waitFor(three, { timeout: 30_000 });
  });
  afterAll(async () => {
    await consumer.disconnect();
    await world.close();
  });
  beforeEach(async () => {
    await commit(world.client, 'payments', [
      { topic: 'orders', partition: 0, offset: 80, leaderEpoch: 0, metadata: 'mine' },
      { topic: 'orders', partition: 1, offset: 10, leaderEpoch: null, metadata: '' },
    ]);
    sent.length = 0;
  });

  it('previews everything with read-only requests, on live groups too, and never joins', async () => {
    const csv = join(world.state, 'in.csv');
    writeFileSync(csv, 'orders,0,5\n');
    const previews = [
      ['reset', 'live', '--to', '-15m'],
      ['reset', 'live', 'payments', '--to-datetime', '2026-11-20T14:30:00.000', '--window', '10ms'],
      ['reset', '/pay/', '--to', 'end-10', '--export'],
      ['plan', '--all-groups', '--to', 'start'],
      ['seek', 'live', 'orders:0=start+1'],
      ['show', 'live'],
      ['export', 'live'],
      ['import', csv, '--group', 'live'],
      ['clone', 'live', 'payments'],
      ['delete', 'live', '--topic', 'orders'],
      ['history', '--check'],
      ['peek', 'live', 'orders:0'],
      ['skip', 'payments', 'orders:1'],
      ['translate', 'live', '--to-cluster', world.bootstrap],
    ];
    const before = await commitsNow(world.client, 'payments');
    sent.length = 0;
    for (const argv of previews) {
      const { code, err } = await run(...argv);
      expect([argv, code, code === 0 ? '' : err]).toEqual([argv, 0, '']);
    }
    expect(sent.length).toBeGreaterThan(previews.length);
    expect([...new Set(sent)].filter((key) => !READ_ONLY.has(key))).toEqual([]);
    expect(await commitsNow(world.client, 'payments')).toEqual(before);
  });

  it('says what a reset would mean', async () => {
    const { code, out, err } = await runOffsets(world, ['offsets', 'reset', 'payments', '--to', '@2026-11-20 14:30'], {
      columns: 120,
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const text = out
      .replaceAll(world.bootstrap, 'HOST')
      .replace(/cluster [\w-]{22}/, 'cluster ID')
      .replace(/\(about .* ago\)/, '(AGE)')
      .replaceAll(/2026-11-20 (1\d:\d\d:00Z)/g, '$1')
      .replace(/≈ [^)]*/, 'SIZE');
    expect(text).toMatchInlineSnapshot(`
      "PLAN  payments @ HOST (cluster ID)  state Empty
            target: the first record at or after 14:30:00Z (AGE)
            note: 2026-11-20 14:30 has no time zone: read as UTC

      TOPIC   PART  COMMITTED  AT                    → TARGET  AT                    DELTA  START  END  NOTE
      orders     0         80  15:20:00Z        30  14:30:00Z    -50      0  100  -
      orders     1         10  14:10:00Z        30  14:30:00Z     20      0  100  skips unread
        orders-1: skips records that nobody has read
      read again 50 records (SIZE) · skipped unread 20 records

      apply:  kmedic offsets reset payments --to '@2026-11-20 14:30' --execute -b HOST
      undo:   kmedic offsets undo -b HOST       (every apply is journalled first)
      "
    `);
  });

  it('refuses a live group, names its members, and changes nothing', async () => {
    const { code, out } = await run('reset', 'live', '--to', 'start', ...QUICK, '-o', 'json');
    expect(code).toBe(4);
    const [group] = (JSON.parse(out) as { groups: { result: string; reason: string; advice: string }[] }).groups;
    expect(group?.result).toBe('refused');
    expect(group?.reason).toMatch(/^1 member is in it \(Stable\): pay-1 127\.0\.0\.1/);
    expect(group?.advice).toContain('--wait-empty 60s');
    expect(sent.filter((key) => !READ_ONLY.has(key))).toEqual([]);
    const waited = await run('reset', 'live', '--to', 'start', ...QUICK, '--wait-empty', '1ms');
    expect(waited.code).toBe(4);
  });

  it('resets, shows history, and undoes', async () => {
    const before = await commitsNow(world.client, 'payments');
    const done = await run('reset', 'payments', '--to-offset', '5', '--topic', 'orders:0', ...QUICK);
    expect(done.code).toBe(0);
    expect(done.out).toMatch(/payments\s+orders\s+0\s+80\s+5\s+5\s+applied/);
    const id = /kmedic offsets undo (\S+)/.exec(done.err)?.[1] ?? '';
    const history = await run('history', id, '--check', '-o', 'json');
    expect(historySchema.strict().parse(JSON.parse(history.out))).toMatchObject({
      kind: 'history',
      entries: [{ id, group: 'payments', status: 'applied', partitions: [{ result: 'applied', standing: 'after' }] }],
    });
    const undone = await run('undo', ...QUICK);
    expect(undone.code).toBe(0);
    expect(await commitsNow(world.client, 'payments')).toEqual(before);
    expect((await run('history')).out).toMatch(new RegExp(`undo ${id}.*applied`));
    const schema = JSON.parse((await runCli(['schema', 'history'])).out) as { required: string[] };
    expect(Object.keys(JSON.parse(history.out) as object)).toEqual(schema.required);
  });

  it('writes a plan that another call applies, once, and refuses when the world has moved', async () => {
    const { out, code } = await run('plan', 'payments', '--to', 'end-1');
    expect(code).toBe(0);
    const plan: Plan = planSchema.parse(JSON.parse(out));
    expect(plan.groups[0]?.changes[0]).toMatchObject({
      prior: { offset: 80, leaderEpoch: 0, metadata: 'mine' },
      target: 99,
    });
    const file = join(world.state, 'plan.json');
    writeFileSync(file, out);
    const look = await run('apply', file);
    expect([look.code, look.err]).toEqual([0, expect.stringContaining('✓ nothing has moved since')]);
    await commit(world.client, 'payments', [
      { topic: 'orders', partition: 1, offset: 11, leaderEpoch: null, metadata: '' },
    ]);
    const drifted = await run('apply', file, ...QUICK);
    expect(drifted.code).toBe(4);
    expect(drifted.err).toContain('orders-1: committed was 10, it is 11 now');
    expect(drifted.err).toContain('--accept-drift commit');
    expect((await run('apply', file, ...QUICK, '--accept-drift', 'commit')).code).toBe(0);
    expect((await run('apply', file, ...QUICK)).code).toBe(4);
    expect((await run('apply', file, ...QUICK, '--accept-drift', 'nonsense')).code).toBe(2);
    writeFileSync(file, out.replace('"target": 99', '"target": -1'));
    expect((await run('apply', file)).code).toBe(2);
    expect((await run('undo', plan.id, ...QUICK)).code).toBe(0);
    expect((await commitsNow(world.client, 'payments'))['orders-0']).toEqual({
      offset: 80,
      leaderEpoch: 0,
      metadata: 'mine',
    });
  });

  it("exports Kafka's CSV, and imports it and JSON again", async () => {
    const { out: csv } = await run('export', 'payments');
    expect(csv).toBe('orders,0,80\norders,1,10\n');
    expect(readOffsetsCsv((await run('export', 'payments', 'live')).out, 'f').map(({ group }) => group)).toContain(
      'live',
    );
    const { out: exported } = await run('reset', 'payments', '--to', 'start', '--export');
    expect(exported).toBe('orders,0,0\norders,1,0\n');
    const json = join(world.state, 'all.json');
    writeFileSync(json, (await run('export', 'payments', '-o', 'json')).out);
    const before = await commitsNow(world.client, 'payments');
    expect((await run('reset', 'payments', '--to', 'start', ...QUICK)).code).toBe(0);
    expect((await run('import', json, ...QUICK)).code).toBe(0);
    expect(await commitsNow(world.client, 'payments')).toEqual(before);
    expect((await run('import', json, '--group', 'copy', ...QUICK)).code).toBe(0);
    expect(await commitsNow(world.client, 'copy')).toEqual(before);
    const file = join(world.state, 'p.csv');
    writeFileSync(file, csv);
    expect((await run('reset', 'payments', '--from-file', file, ...QUICK)).code).toBe(0);
    expect((await commitsNow(world.client, 'payments'))['orders-0']).toEqual({
      offset: 80,
      leaderEpoch: 0,
      metadata: 'mine',
    });
  });

  it('clones, deletes, and seeks', async () => {
    expect((await run('clone', 'payments', 'twin', ...QUICK)).code).toBe(0);
    expect(await commitsNow(world.client, 'twin')).toEqual(await commitsNow(world.client, 'payments'));
    expect((await run('delete', 'twin', '--topic', 'orders:0', ...QUICK)).code).toBe(0);
    expect(Object.keys(await commitsNow(world.client, 'twin'))).toEqual(['orders-1']);
    expect((await run('undo', ...QUICK)).code).toBe(0);
    expect(await commitsNow(world.client, 'twin')).toEqual(await commitsNow(world.client, 'payments'));
    expect((await run('seek', 'twin', 'orders:0=-10', 'orders:2=end', ...QUICK)).code).toBe(0);
    expect(Object.values(await commitsNow(world.client, 'twin')).map(({ offset }) => offset)).toEqual([70, 10, 100]);
  });

  it('keeps a poison pill before it steps over it', async () => {
    const peek = await run('peek', 'payments', 'orders:1', '-B', '1', '-A', '2', '-o', 'json');
    expect((JSON.parse(peek.out) as { records: { offset: number; value: unknown }[] }).records).toMatchObject([
      { offset: 9, value: { as: 'text', value: 'v9' } },
      { offset: 10, key: { as: 'text', value: 'k10' }, value: { as: 'text', value: 'v10' } },
      { offset: 11 },
    ]);
    expect((await run('skip', 'payments', 'orders:1', ...QUICK)).code).toBe(2);
    const file = join(world.state, 'pill.ndjson');
    const skipped = await run(
      'skip',
      'payments',
      'orders:1',
      '--count',
      '2',
      '--to-file',
      file,
      '--note',
      'why',
      ...QUICK,
    );
    expect(skipped.code).toBe(0);
    const kept = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(kept).toMatchObject([
      { topic: 'orders', partition: 1, offset: 10, timestampMs: T0 + 600_000, note: 'why', group: 'payments' },
      { offset: 11, key: Buffer.from('k11').toString('base64') },
    ]);
    expect((await commitsNow(world.client, 'payments'))['orders-1']?.offset).toBe(12);

    expect(
      (await run('skip', 'payments', 'orders:1', '--to-topic', 'dead-letters', '--note', 'bad', ...QUICK)).code,
    ).toBe(0);
    const leader = 1;
    const [record] = await readRecords(world.client, {
      topic: 'dead-letters',
      partition: 0,
      leader,
      from: 0,
      to: 1,
      atMost: 1,
    });
    expect([record?.key?.toString(), record?.value?.toString(), record?.timestamp]).toEqual([
      'k12',
      'v12',
      T0 + 720_000,
    ]);
    const headers = Object.fromEntries(record?.headers.map(({ key, value }) => [key, value?.toString()]) ?? []);
    expect(headers).toMatchObject({
      [DEAD_LETTER_HEADERS.topic]: 'orders',
      [DEAD_LETTER_HEADERS.offset]: '12',
      [DEAD_LETTER_HEADERS.note]: 'bad',
    });
  });

  it('does not keep records when the group is not empty, or the dead-letter topic is not there', async () => {
    const file = join(world.state, 'never.ndjson');
    const live = await run('skip', 'live', 'orders:1', '--to-file', file, ...QUICK);
    expect([1, 4]).toContain(live.code);
    expect(() => readFileSync(file)).toThrow('ENOENT');
    const nowhere = await run('skip', 'payments', 'orders:0', '--to-topic', 'no-such-topic', ...QUICK);
    expect(nowhere.code).toBe(4);
    expect((await commitsNow(world.client, 'payments'))['orders-0']?.offset).toBe(80);
  });

  it('asks before it changes a protected cluster, or groups that a pattern chose', async () => {
    const protectedRun = (...argv: string[]) =>
      runOffsets(world, ['offsets', ...argv], { env: { KMEDIC_PROTECTED: '1' } });
    const refused = await protectedRun('reset', 'payments', '--to', 'start', ...QUICK);
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('give --yes')]);
    expect((await commitsNow(world.client, 'payments'))['orders-0']?.offset).toBe(80);
    expect((await run('reset', '/^payments$/', '--to', 'start', ...QUICK)).code).toBe(4);
    expect((await protectedRun('reset', 'payments', '--to', 'start', ...QUICK, '--yes')).code).toBe(0);
    const bulk = await run('reset', '/^(payments|live)$/', '--to', 'end', ...QUICK, '--yes', '-o', 'json');
    expect(bulk.code).toBe(5);
    expect(
      (JSON.parse(bulk.out) as { groups: { group: string; result: string }[] }).groups.map(({ group, result }) => [
        group,
        result,
      ]),
    ).toEqual([
      ['live', 'refused'],
      ['payments', 'applied'],
    ]);
  });

  it.each([
    [['reset', 'payments'], 2, 'where to? give --to TARGET'],
    [['reset', 'payments', '--to', 'start', '--to-latest'], 2, '--to, --to-latest: only one'],
    [['reset', '--to', 'start'], 2, 'name a group'],
    [['reset', 'payments', '--to', 'soon'], 2, 'soon: not a target'],
    [['reset', 'payments', '--to', 'start', '--dry-run', '--execute'], 2, '--dry-run and --execute'],
    [['reset', 'payments', '--to', 'group:nobody'], 1, 'group nobody is not there'],
    [['seek', 'payments', 'orders=5'], 2, 'which partition?'],
    [['seek', 'payments', 'orders:0=1', 'orders:0=2'], 2, 'named twice'],
    [['delete', 'payments'], 2, '--topic'],
    [['undo', 'no-such-id'], 1, 'no such entry'],
    [['import', '/does/not/exist.csv', '--group', 'g'], 2, 'no such file'],
    [['peek', 'payments', 'orders:7'], 1, 'no such partition'],
    [['show', 'nobody'], 1, 'there is no group nobody'],
  ])('%j ends with %i', async (argv, code, message) => {
    const result = await run(...argv);
    expect(result.err).toContain(message);
    expect(result.code).toBe(code);
  });
});
