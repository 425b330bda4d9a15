import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterClient } from '../../src/client/cluster-client.ts';
import { observe } from '../../src/cluster/observe.ts';
import type { Committed } from '../../src/offsets/plan.ts';
import { readRecords } from '../../src/offsets/read-records.ts';
import { DeleteRecords } from '../../src/protocol/api/index.ts';
import { type CliResult, runOffsets } from '../cli/offsets-cli.ts';
import { createTopics } from '../create-topics.ts';
import { clientFor, commit, commitsNow } from '../offsets/world.ts';
import { until } from '../until.ts';
import { type RealKafka, spawnTool, startKafka, TOOLS, type ToolResult } from './harness.ts';
import { type KafkaVersion, kafkaJars } from './jars.ts';
import { EVERYWHERE, lines, RECORDS, SHIFTS, SPACING_MS, T0 } from './offset-strategies.ts';

const VERSIONS: readonly KafkaVersion[] = ['4.3.1', '3.9.2'];
/** What every group has committed before each comparison. */
const STORED: Record<string, number> = {
  'compacted-0': 3,
  'empty-0': 0,
  'normal-0': 40,
  'normal-1': RECORDS,
  'shrunk-0': 10,
  'truncated-0': 1_000,
};
const TOPICS = ['normal', 'compacted', 'empty', 'shrunk', 'truncated'];
const GROUPS = ['classic-empty', 'modern-empty'];

describe.each(VERSIONS.filter((version) => kafkaJars(version) !== null))('offsets on Apache Kafka %s', (version) => {
  let real: RealKafka;
  let client: ClusterClient;
  let state: string;
  let live: Consumer;

  const restore = (group: string) =>
    commit(
      client,
      group,
      Object.entries(STORED).map(([key, offset]) => {
        const dash = key.lastIndexOf('-');
        const none = { leaderEpoch: null, metadata: '' };
        return { topic: key.slice(0, dash), partition: Number(key.slice(dash + 1)), offset, ...none };
      }),
    );
  const tool = (...args: string[]): Promise<ToolResult> =>
    real.tool(TOOLS.consumerGroups, '--bootstrap-server', real.bootstrap, '--reset-offsets', ...args);
  const kmedic = (...args: string[]): Promise<CliResult> =>
    runOffsets({ bootstrap: real.bootstrap, state }, ['offsets', 'reset', ...args]);
  const stateOf = async (group: string) =>
    (await observe(client, { groups: { names: [group] }, want: { members: true } })).groups[0];

  beforeAll(async () => {
    state = mkdtempSync(join(tmpdir(), 'kmedic-offsets-'));
    real = await startKafka(version, {
      config: ['log.cleaner.backoff.ms=200', 'log.retention.check.interval.ms=3600000'],
    });
    client = clientFor(real.bootstrap);
    const kafka = new Kafka({ brokers: [...real.addresses], logLevel: logLevel.NOTHING, clientId: 'live-1' });
    const admin = kafka.admin();
    await admin.connect();
    const compaction = [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'min.cleanable.dirty.ratio', value: '0.001' },
      { name: 'segment.ms', value: '100' },
      { name: 'min.compaction.lag.ms', value: '0' },
    ];
    await createTopics(admin, [
      { topic: 'normal', numPartitions: 2 },
      { topic: 'compacted', numPartitions: 1, configEntries: compaction },
      { topic: 'empty', numPartitions: 1 },
      { topic: 'shrunk', numPartitions: 1 },
      { topic: 'truncated', numPartitions: 1 },
      { topic: 'doomed', numPartitions: 1 },
    ]);
    const producer = kafka.producer();
    await producer.connect();
    const messages = Array.from({ length: RECORDS }, (_, i) => ({
      key: `k${i % 7}`,
      value: `v${i}`,
      timestamp: String(T0 + i * SPACING_MS),
    }));
    for (const topic of ['normal', 'shrunk', 'truncated', 'doomed']) {
      await producer.send({ topic, messages: messages.map((message) => ({ ...message, partition: 0 })) });
    }
    await producer.send({ topic: 'normal', messages: messages.map((message) => ({ ...message, partition: 1 })) });
    await producer.send({ topic: 'compacted', messages });
    // Compaction leaves the active segment alone: another one makes the first ready for it.
    await sleep(300);
    await producer.send({
      topic: 'compacted',
      messages: [{ key: 'last', value: 'l', timestamp: String(T0 + RECORDS * SPACING_MS) }],
    });
    await producer.disconnect();
    const shrink = { topics: [{ name: 'shrunk', partitions: [{ partitionIndex: 0, offset: 30 }] }], timeoutMs: 10_000 };
    await client.metadata([]);
    const deleted = await client.call(1, DeleteRecords, shrink);
    expect(deleted.body.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, lowWatermark: 30 });

    // An empty classic group that had members, and an empty KIP-848 group that had one.
    const consumer = kafka.consumer({ groupId: 'classic-empty' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'normal', fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.run({ eachMessage: async () => resolve() }).catch(reject);
    });
    await consumer.disconnect();
    const modern = spawnTool(version, TOOLS.consoleConsumer, [
      ...['--bootstrap-server', real.bootstrap, '--topic', 'normal', '--group', 'modern-empty', '--from-beginning'],
      ...['--consumer-property', 'group.protocol=consumer'],
    ]);
    modern.stdout?.resume();
    modern.stderr?.resume();
    await until('the KIP-848 group is stable', async () =>
      (await stateOf('modern-empty'))?.state === 'Stable' ? true : undefined,
    );
    modern.kill('SIGTERM');
    live = kafka.consumer({ groupId: 'active' });
    await live.connect();
    await live.subscribe({ topic: 'normal', fromBeginning: true });
    await live.run({ eachMessage: async () => undefined, autoCommitInterval: 200 });
    for (const group of GROUPS) {
      await until(`${group} is empty`, async () => ((await stateOf(group))?.state === 'Empty' ? true : undefined));
      await restore(group);
    }
    await until('the active group is stable', async () => {
      const group = await stateOf('active');
      return group?.state === 'Stable' && group.members.length === 1 ? true : undefined;
    });
    await until('compaction has made holes', async () => {
      const [first] = await readRecords(client, {
        topic: 'compacted',
        partition: 0,
        leader: 1,
        from: 0,
        to: RECORDS,
        atMost: 1,
      });
      return first !== undefined && first.offset > 3 ? true : undefined;
    });
    await admin.disconnect();
  }, 300_000);

  afterAll(async () => {
    await live?.disconnect();
    client?.close();
    await real?.close();
    rmSync(state, { recursive: true, force: true });
  });

  const onTopics = (topics: readonly string[]): string[] => topics.flatMap((topic) => ['--topic', topic]);

  it.each(EVERYWHERE)('%s: every target is what kafka-consumer-groups computes', async (_name, flags) => {
    const groups = [...GROUPS, 'never-seen'].flatMap((group) => ['--group', group]);
    const args = [...groups, ...onTopics(TOPICS), ...flags(), '--export'];
    const [theirs, ours] = [await tool(...args, '--dry-run'), await kmedic(...args)];
    expect([ours.code, lines(ours.out).length]).toEqual([0, 3 * 6]);
    expect(lines(ours.out)).toEqual(lines(theirs.stdout));
  });

  it.each(SHIFTS)('%s: every target is what kafka-consumer-groups computes', async (_name, flags) => {
    const args = [...GROUPS.flatMap((group) => ['--group', group]), '--all-topics', ...flags, '--export'];
    const [theirs, ours] = [await tool(...args, '--dry-run'), await kmedic(...args)];
    expect([ours.code, lines(ours.out).length]).toEqual([0, 2 * 6]);
    expect(lines(ours.out)).toEqual(lines(theirs.stdout));
  });

  it('shift-by without a commit is refused by both; here the other partitions are still shown', async () => {
    const args = ['--group', 'never-seen', '--topic', 'normal', '--shift-by', '1', '--export'];
    const [theirs, ours] = [await tool(...args, '--dry-run'), await kmedic(...args, '-o', 'json')];
    expect([theirs.code, lines(theirs.stdout)]).toEqual([1, []]);
    expect([ours.code, lines(ours.out)]).toEqual([1, []]);
    expect(ours.err).toContain('NO_COMMITTED_OFFSET');
  });

  it('to-current is the same, but never out of the log (there the tool commits what it found)', async () => {
    const args = ['--group', 'modern-empty', '--all-topics', '--to-current', '--export'];
    const [theirs, ours] = [await tool(...args, '--dry-run'), await kmedic(...args)];
    const wrong = new Map([
      ['shrunk,0,10', 'shrunk,0,30'],
      ['truncated,0,1000', 'truncated,0,100'],
    ]);
    expect(lines(theirs.stdout)).toEqual(expect.arrayContaining([...wrong.keys()]));
    expect(lines(ours.out)).toEqual(
      lines(theirs.stdout)
        .map((line) => wrong.get(line) ?? line)
        .sort(),
    );
  });

  it('a stored negative is an error of to-current for both, exit 0 there and 1 here; every other target repairs it', async () => {
    await commit(client, 'negative', [{ topic: 'normal', partition: 0, offset: -5, leaderEpoch: null, metadata: '' }]);
    const args = ['--group', 'negative', '--all-topics', '--export'];
    const theirs = await tool(...args, '--to-current', '--dry-run');
    expect([theirs.code, lines(theirs.stdout)]).toEqual([0, []]);
    const ours = await kmedic(...args, '--to-current');
    expect([ours.code, lines(ours.out)]).toEqual([1, []]);
    const repaired = await kmedic(...args, '--to-earliest', '--execute', '--sample', '1ms');
    expect([repaired.code, lines(repaired.out)]).toEqual([0, ['normal,0,0']]);
  });

  it('from-file: their export is our import, and our export is theirs', async () => {
    const file = join(state, `${version}.csv`);
    const exported = await tool(
      '--group',
      'classic-empty',
      '--all-topics',
      '--to-offset',
      '42',
      '--export',
      '--dry-run',
    );
    writeFileSync(file, exported.stdout);
    const args = ['--group', 'classic-empty', '--from-file', file, '--export'];
    const [theirs, ours] = [await tool(...args, '--dry-run'), await kmedic(...args)];
    expect(lines(ours.out)).toHaveLength(6);
    expect(lines(ours.out)).toEqual(lines(theirs.stdout));
    const four = join(state, `${version}-4.csv`);
    writeFileSync(
      four,
      (await kmedic(...GROUPS.flatMap((g) => ['--group', g]), '--all-topics', '--to-offset', '60', '--export')).out,
    );
    const many = [...GROUPS.flatMap((g) => ['--group', g]), '--from-file', four, '--export'];
    const [theirs4, ours4] = [await tool(...many, '--dry-run'), await kmedic(...many)];
    expect(lines(ours4.out)).toHaveLength(12);
    expect(lines(ours4.out)).toEqual(lines(theirs4.stdout));
  });

  it('an active group is refused by both; here it is previewed first, with its exit code, and not disturbed', async () => {
    const before = await stateOf('active');
    const args = ['--group', 'active', '--topic', 'normal', '--to-earliest', '--export'];
    const theirs = await tool(...args, '--execute');
    expect([theirs.code, lines(theirs.stdout)]).toEqual([0, []]);
    const preview = await kmedic(...args);
    expect([preview.code, lines(preview.out)]).toEqual([0, ['normal,0,0', 'normal,1,0']]);
    const ours = await kmedic('active', '--topic', 'normal', '--to-earliest', '--execute', '--sample', '1ms');
    expect(ours.code).toBe(4);
    expect(ours.err).toContain('1 member is in it (Stable): live-1 127.0.0.1');
    const after = await stateOf('active');
    expect(after?.members.map(({ memberId }) => memberId)).toEqual(before?.members.map(({ memberId }) => memberId));
    expect(after?.state).toBe('Stable');
  });

  it('deleted topics, unknown partitions: theirs fails as a whole with exit 0, here the rest is shown and applying is refused', async () => {
    await commit(client, 'classic-empty', [
      { topic: 'doomed', partition: 0, offset: 5, leaderEpoch: null, metadata: '' },
    ]);
    const admin = new Kafka({ brokers: [...real.addresses], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: ['doomed'] });
    await admin.disconnect();
    await until('the commit is gone with its topic', async () =>
      'doomed-0' in (await commitsNow(client, 'classic-empty')) ? undefined : true,
    );
    const args = ['--group', 'classic-empty', '--topic', 'normal:0,7', '--to-earliest', '--export'];
    const theirs = await tool(...args, '--dry-run');
    expect([theirs.code, lines(theirs.stdout)]).toEqual([0, []]);
    const ours = await kmedic(...args, '--topic', 'doomed');
    expect([ours.code, lines(ours.out)]).toEqual([5, ['normal,0,0']]);
    expect(ours.err).toContain('UNKNOWN_TOPIC_OR_PARTITION');
    expect((await kmedic(...args, '--execute', '--sample', '1ms')).code).toBe(4);
    expect((await commitsNow(client, 'classic-empty'))['normal-0']?.offset).toBe(STORED['normal-0']);
  });

  it('applies to all three kinds of groups as the tool then shows, and undoes to the last byte', async () => {
    for (const group of [...GROUPS, 'brand-new']) {
      if (group !== 'brand-new') {
        const place = { topic: 'normal', partition: 0, offset: 40, leaderEpoch: 0, metadata: 'état' };
        await commit(client, group, [place]);
      }
      const before: Record<string, Committed> = await commitsNow(client, group);
      const done = await kmedic(group, ...onTopics(TOPICS), '--to', 'start+35', '--execute', '--sample', '1ms');
      expect([group, done.code]).toEqual([group, 0]);
      const theirs = await tool('--group', group, '--all-topics', '--to-current', '--export', '--dry-run');
      expect(lines(theirs.stdout)).toEqual(
        ['compacted,0,35', 'empty,0,0', 'normal,0,35', 'normal,1,35', 'shrunk,0,65', 'truncated,0,35'].sort(),
      );
      const undone = await runOffsets({ bootstrap: real.bootstrap, state }, [
        'offsets',
        'undo',
        '--execute',
        '--sample',
        '1ms',
      ]);
      expect([group, undone.code]).toEqual([group, 0]);
      expect(await commitsNow(client, group)).toEqual(before);
      const gone = (await stateOf(group))?.problem?.name === 'GROUP_ID_NOT_FOUND';
      expect([group, gone]).toEqual([group, group === 'brand-new']);
    }
  });

  it('a hole that compaction made is said, and is where reading goes on', async () => {
    const { out } = await kmedic('classic-empty', '--topic', 'compacted', '--to', '3', '-o', 'json');
    const [change] =
      (JSON.parse(out) as { groups: { changes: { reason: string; targetAt: string }[] }[] }).groups[0]?.changes ?? [];
    expect(change?.reason).toMatch(/no record at 3 any more .* reading goes on at \d+/);
    expect(change?.targetAt).toMatch(/^20/);
  });
});
