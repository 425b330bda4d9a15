import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { dumpLogSegments, runTool, spawnTool, TOOLS } from './harness.ts';
import { KAFKA_VERSIONS, kafkaMissing } from './jars.ts';

const OFFSETS_PARTITIONS = 4;

/** Apache Kafka's own consumer and admin tools against the bundled broker. */
describe.skipIf(kafkaMissing() !== null).each(KAFKA_VERSIONS)('Apache Kafka %s', (version) => {
  let cluster: EmbeddedCluster;
  let bootstrap: string;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'kmedic-groups-'));
    cluster = await startCluster({
      nodes: 1,
      dataDir,
      config: { 'offsets.topic.num.partitions': String(OFFSETS_PARTITIONS) },
      topics: [
        { name: 'orders', partitions: 2, replicationFactor: 1 },
        { name: 'payments', partitions: 1, replicationFactor: 1 },
      ],
    });
    bootstrap = cluster.brokers.map(({ host, port }) => `${host}:${port}`).join();
    const producer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const messages = Array.from({ length: 10 }, (_, i) => ({ value: `m${i}`, partition: i % 2 }));
    await producer.send({ topic: 'orders', messages });
    await producer.disconnect();
  });

  afterAll(async () => {
    await cluster.close();
    rmSync(dataDir, { recursive: true });
  });

  const groups = (...args: string[]) =>
    runTool(version, TOOLS.consumerGroups, ['--bootstrap-server', bootstrap, ...args]);

  /** Rows of a describe as column → text. */
  function rows(stdout: string): Record<string, string>[] {
    const lines = stdout.split('\n').filter((line) => line.trim() !== '');
    const header = lines.findIndex((line) => line.startsWith('GROUP'));
    const names = lines[header]?.trim().split(/\s+/) ?? [];
    return lines.slice(header + 1).map((line) => {
      const cells = line.trim().split(/\s+/);
      return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
    });
  }

  test('the console consumer reads as a group, and the tool sees it live and then empty', async () => {
    const consumer = spawnTool(version, TOOLS.consoleConsumer, [
      ...['--bootstrap-server', bootstrap, '--topic', 'orders', '--group', 'console', '--from-beginning'],
    ]);
    const read: string[] = [];
    const ended = new Promise((resolve) => consumer.once('exit', resolve));
    await new Promise<void>((resolve, reject) => {
      consumer.once('exit', () => reject(new Error(`ended after ${read.length} records`)));
      consumer.stdout?.on('data', (chunk: Buffer) => {
        read.push(...chunk.toString().split('\n').filter(Boolean));
        if (read.length >= 10) resolve();
      });
    });
    expect(read.toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `m${i}`));

    const state = rows((await groups('--describe', '--group', 'console', '--state')).stdout)[0];
    expect(state).toMatchObject({ GROUP: 'console', STATE: 'Stable' });
    const [member] = rows((await groups('--describe', '--group', 'console', '--members', '--verbose')).stdout);
    expect(member).toMatchObject({ 'CLIENT-ID': 'console-consumer', HOST: '/127.0.0.1' });
    expect((await groups('--delete', '--group', 'console')).stdout).toContain('GroupNotEmptyException');
    expect((await groups('--delete-offsets', '--group', 'console', '--topic', 'orders')).stdout).toMatch(
      /GroupSubscribedToTopic|actively subscribed/,
    );

    consumer.kill('SIGTERM');
    await ended;
    const left = rows((await groups('--describe', '--group', 'console')).stdout);
    expect(left.map((row) => [row['TOPIC'], row['CURRENT-OFFSET'], row['LOG-END-OFFSET'], row['LAG']])).toEqual([
      ['orders', '5', '5', '0'],
      ['orders', '5', '5', '0'],
    ]);
    expect((await groups('--list', '--state')).stdout).toMatch(/console\s+(Classic\s+)?Empty/i);
  });

  test('reset, delete-offsets and delete', async () => {
    const reset = await groups(
      ...['--reset-offsets', '--group', 'admin', '--topic', 'orders', '--to-offset', '2', '--execute'],
    );
    // 3.9.2 prints this table without line ends.
    expect(reset.stdout).toMatch(/admin\s+orders\s+0\s+2\s+admin\s+orders\s+1\s+2/);
    const described = rows((await groups('--describe', '--group', 'admin')).stdout);
    expect(described.map((row) => [row['PARTITION'], row['CURRENT-OFFSET'], row['LAG']]).toSorted()).toEqual([
      ['0', '2', '3'],
      ['1', '2', '3'],
    ]);
    expect((await groups('--delete-offsets', '--group', 'admin', '--topic', 'orders:1')).code).toBe(0);
    expect(rows((await groups('--describe', '--group', 'admin', '--offsets')).stdout)).toHaveLength(1);
    expect((await groups('--delete', '--group', 'admin')).stdout).toContain('was successful');
    expect((await groups('--list')).stdout).not.toContain('admin');
    const gone = await groups('--describe', '--group', 'admin');
    expect(`${gone.stdout}${gone.stderr}`).toMatch(/not found|does not exist/);
  });

  test('a static Java consumer stays a member when it is killed, and comes back under a new id', async () => {
    const settings = ['--bootstrap-server', bootstrap, '--topic', 'payments', '--group', 'statics'];
    const instance = [version === '3.9.2' ? '--consumer-property' : '--command-property', 'group.instance.id=a'];
    const memberId = async () => {
      const [member] = rows((await groups('--describe', '--group', 'statics', '--members')).stdout);
      return member?.['CONSUMER-ID'];
    };
    const start = async (before: string | undefined) => {
      const consumer = spawnTool(version, TOOLS.consoleConsumer, [...settings, ...instance]);
      for (;;) {
        const id = await memberId();
        if (id !== before) return { consumer, id };
      }
    };
    const kill = async (consumer: ChildProcess) => {
      const ended = new Promise((resolve) => consumer.once('exit', resolve));
      consumer.kill('SIGKILL');
      await ended;
    };
    const first = await start(undefined);
    expect(first.id).toMatch(/^a-/);
    await kill(first.consumer);
    expect(await memberId()).toBe(first.id);
    const second = await start(first.id);
    expect(second.id).toMatch(/^a-/);
    const [state] = rows((await groups('--describe', '--group', 'statics', '--state')).stdout);
    expect(state).toMatchObject({ STATE: 'Stable', '#MEMBERS': '1' });
    await kill(second.consumer);
  });

  test('the dump tool decodes every record of the files', async () => {
    const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.includes('__consumer_offsets-') && path.endsWith('.log'))
      .map((path) => join(dataDir, path));
    expect(files).toHaveLength(OFFSETS_PARTITIONS);
    const dump = await runTool(version, dumpLogSegments(version), [
      ...['--offsets-decoder', '--deep-iteration', '--files', files.join()],
    ]);
    const text = dump.stdout;
    expect(text).toMatch(/"group":"console"/);
    expect(text).toMatch(/"protocolType":"consumer"/);
    expect(text).not.toMatch(/isvalid: false|could not be decoded|Found/i);
  });
});
