import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { type IsrDocument, isrDocumentSchema } from '../../src/health/isr-document.ts';
import { runOffsets } from '../cli/offsets-cli.ts';
import { createTopics } from '../create-topics.ts';
import { dumpLogSegments, runTool, TOOLS } from './harness.ts';
import { kafkaMissing } from './jars.ts';

/* Replicas are moved by Apache's own tool, on the bundled broker; `kmedic isr` shows it. */

const missing = kafkaMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const REASSIGN = 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand';
const RECORDS = 50;
/** More than replica.fetch.max.bytes together: what one fetch brings is never held back. */
const LARGE = Array.from({ length: 3 }, () => ({ value: 'x'.repeat(700_000) }));
const DELETE_DELAY_MS = 3000;

describe.skipIf(missing !== null).each(['4.3.1', '3.9.2'] as const)('kafka-reassign-partitions %s', (version) => {
  const base = version === '4.3.1' ? 22_000 : 22_010;
  const directory = mkdtempSync(join(tmpdir(), 'kmedic-reassign-'));
  let cluster: EmbeddedCluster;
  let bootstrap: string;

  const plan = (replicas: readonly number[]): string => {
    const file = join(directory, 'plan.json');
    writeFileSync(file, JSON.stringify({ version: 1, partitions: [{ topic: 'orders', partition: 0, replicas }] }));
    return file;
  };
  const tool = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await runTool(version, REASSIGN, ['--bootstrap-server', bootstrap, ...args]);
    return stdout + stderr;
  };
  const topics = async (...flags: string[]): Promise<string> =>
    (await runTool(version, TOOLS.topics, ['--bootstrap-server', bootstrap, '--describe', ...flags])).stdout;
  const isr = async (...argv: string[]): Promise<IsrDocument> => {
    const { out } = await runOffsets({ bootstrap, state: directory }, ['isr', ...argv, '-o', 'json']);
    return isrDocumentSchema.parse(JSON.parse(out));
  };
  const partition = (node: number): string[] =>
    readdirSync(join(directory, 'data', `node-${node}`)).filter((name) => name.startsWith('orders-0'));

  beforeAll(async () => {
    cluster = await startCluster({
      nodes: 4,
      port: base,
      dataDir: join(directory, 'data'),
      // A node that is killed stays in the metadata for as long as the tests need it there.
      config: {
        'broker.session.timeout.ms': '600000',
        'log.segment.delete.delay.ms': String(DELETE_DELAY_MS),
        // A throttle forgets what was let through before its windows: here it holds for longer than anybody looks.
        'replication.quota.window.num': '1000',
      },
    });
    bootstrap = cluster.brokers
      .slice(0, 3)
      .map(({ host, port }) => `${host}:${port}`)
      .join(',');
    const client = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    await createTopics(admin, [
      {
        topic: 'orders',
        numPartitions: -1,
        replicationFactor: -1,
        replicaAssignment: [{ partition: 0, replicas: [1, 2] }],
      },
    ]);
    const producer = client.producer();
    await producer.connect();
    for (let count = 0; count < RECORDS; count++) {
      await producer.send({ topic: 'orders', messages: [{ value: `record-${count}` }] });
    }
    for (const message of LARGE) await producer.send({ topic: 'orders', messages: [message] });
    await producer.disconnect();
    await admin.disconnect();
  });
  afterAll(async () => {
    await cluster.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('moves a partition as slowly as the throttle says, and isr tells', async () => {
    const started = await tool('--execute', '--throttle', '1000', '--reassignment-json-file', plan([3, 2]));
    expect(started).toContain('Successfully started partition reassignment for orders-0');
    expect(started).toContain('The inter-broker throttle limit was set to 1000 B/s');
    await expect
      .poll(async () => (await isr('--reassigning')).partitions[0]?.joining[0]?.behind, { timeout: 60_000 })
      .toSatisfy((behind) => behind > 0 && behind < RECORDS + LARGE.length);
    expect((await isr()).partitions).toMatchObject([{ topic: 'orders', adding: [3], throttled: [3] }]);
  });

  it('goes on with a higher throttle, and --verify takes the throttles away again', async () => {
    const faster = ['--execute', '--additional', '--throttle', '50000000'];
    expect(await tool(...faster, '--reassignment-json-file', plan([3, 2]))).toContain(
      'The inter-broker throttle limit was set to 50000000 B/s',
    );
    await expect
      .poll(() => tool('--verify', '--reassignment-json-file', plan([3, 2])), { timeout: 60_000 })
      .toContain('Reassignment of partition orders-0 is completed.');
    expect(await topics('--topic', 'orders')).toMatch(/Leader: [23]\tReplicas: 3,2\tIsr: (3,2|2,3)/);
    const configs = await runTool(version, TOOLS.configs, [
      ...['--bootstrap-server', bootstrap, '--describe', '--entity-type', 'topics', '--entity-name', 'orders'],
    ]);
    expect(configs.stdout).not.toContain('throttled');
  });

  it('the new replica has every record, and Apache reads its files', async () => {
    const dump = dumpLogSegments(version);
    const file = join(directory, 'data', 'node-3', 'orders-0', '00000000000000000000.log');
    const { stdout } = await runTool(version, dump, ['--deep-iteration', '--print-data-log', '--files', file]);
    for (let count = 0; count < RECORDS; count++) expect(stdout).toContain(`payload: record-${count}`);
  });

  it('the directory of the replica that left is called -delete, and goes after file.delete.delay.ms', async () => {
    expect(partition(1).filter((name) => !/^orders-0\.[0-9a-f]{32}-delete$/.test(name))).toEqual([]);
    await expect.poll(() => partition(1), { timeout: 60_000 }).toEqual([]);
  });

  it('waits for a replica that is not there: --list, --verify and kmedic isr --reassigning say so', async () => {
    await cluster.stopNode(4, { abrupt: true });
    expect(await tool('--execute', '--reassignment-json-file', plan([2, 4]))).toContain('Successfully started');
    expect(await tool('--list')).toContain('orders-0: replicas: 2,4,3. adding: 4. removing: 3.');
    expect(await tool('--verify', '--reassignment-json-file', plan([2, 4]))).toContain(
      'Reassignment of partition orders-0 is still in progress.',
    );
    const { partitions } = await isr('--reassigning');
    expect(partitions).toMatchObject([
      {
        topic: 'orders',
        partition: 0,
        replicas: [2, 4, 3],
        adding: [4],
        removing: [3],
        reassigning: true,
        verdict: 'REASSIGNING',
      },
    ]);
    expect((await topics('--under-replicated-partitions')).trim()).toBe('');
  });

  it('refuses another reassignment of the same partition until --additional says so', async () => {
    const refused = await tool('--execute', '--reassignment-json-file', plan([1, 2]));
    expect(refused).toContain('existing partition assignment');
  });

  it('is cancelled', async () => {
    // Without --preserve-throttles the tool wants every broker of the plan to answer, the dead one included.
    const cancelled = await tool('--cancel', '--preserve-throttles', '--reassignment-json-file', plan([2, 4]));
    expect(cancelled).toContain('Successfully cancelled partition reassignment for: orders-0');
    expect(await tool('--list')).toContain('No partition reassignments found.');
    expect((await isr('--reassigning')).partitions).toEqual([]);
    expect(await topics('--topic', 'orders')).toMatch(/Replicas: 2,3\tIsr: (3,2|2,3)/);
  });

  it('adds replicas, and the node that comes back ends the reassignment', async () => {
    await tool('--execute', '--reassignment-json-file', plan([4, 3, 2]));
    await cluster.startNode(4);
    await expect
      .poll(() => tool('--verify', '--reassignment-json-file', plan([4, 3, 2])), { timeout: 60_000 })
      .toContain('is completed.');
    expect((await isr('orders')).partitions).toMatchObject([{ replicas: [4, 3, 2], missing: [] }]);
    expect(await topics('--topic', 'orders')).toContain('ReplicationFactor: 3');
  });
});
