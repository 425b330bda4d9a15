import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { dumpLogSegments, runTool, TOOLS } from './harness.ts';
import { kafkaMissing } from './jars.ts';

/* Apache's own admin tools, unmodified, against the bundled broker. */

const missing = kafkaMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const LEADER_ELECTION = 'org.apache.kafka.tools.LeaderElectionCommand';
const QUORUM = 'org.apache.kafka.tools.MetadataQuorumCommand';

describe.skipIf(missing !== null).each(['4.3.1', '3.9.2'] as const)('admin tools of Kafka %s', (version) => {
  let cluster: EmbeddedCluster;
  let bootstrap: string;
  const dataDir = mkdtempSync(join(tmpdir(), 'kmedic-admin-'));
  // The second broker is asked: what changes the cluster has to be forwarded.
  const tool = (name: string, ...args: string[]) => runTool(version, name, ['--bootstrap-server', bootstrap, ...args]);

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3, dataDir });
    const [, second] = cluster.brokers;
    bootstrap = `${second?.host}:${second?.port}`;
  });
  afterAll(async () => {
    await cluster.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('kafka-topics creates, describes, grows and deletes', async () => {
    const created = await tool(
      TOOLS.topics,
      ...['--create', '--topic', 'orders', '--partitions', '3', '--replication-factor', '3'],
      ...['--config', 'min.insync.replicas=2'],
    );
    expect(created.stdout).toContain('Created topic orders.');
    const described = (await tool(TOOLS.topics, '--describe', '--topic', 'orders')).stdout;
    expect(described).toMatch(/Topic: orders\tTopicId: \S{22}\tPartitionCount: 3\tReplicationFactor: 3/);
    expect(described).toContain('min.insync.replicas=2');
    expect(described.match(/Isr: \d,\d,\d\tElr: \tLastKnownElr: /g)).toHaveLength(3);
    expect((await tool(TOOLS.topics, '--alter', '--topic', 'orders', '--partitions', '5')).code).toBe(0);
    expect((await tool(TOOLS.topics, '--describe', '--topic', 'orders')).stdout).toContain('PartitionCount: 5');
    await tool(TOOLS.topics, '--create', '--topic', 'short-lived');
    expect((await tool(TOOLS.topics, '--delete', '--topic', 'short-lived')).code).toBe(0);
    expect((await tool(TOOLS.topics, '--list')).stdout.trim()).toBe('orders');
  });

  it.each([
    ['--create --topic orders', "Topic 'orders' already exists."],
    ['--create --topic x --replication-factor 4', 'only 3 broker(s) are registered'],
    ['--create --topic x --config retention.ms=abc', 'Invalid value abc for configuration retention.ms'],
    ['--alter --topic orders --partitions 2', 'currently has 5 partition(s); 2 would not be an increase.'],
  ])('kafka-topics %s is refused in Kafka’s words', async (args, message) => {
    const refused = await tool(TOOLS.topics, ...args.split(' '));
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain(message);
  });

  it('kafka-configs alters and describes topics and brokers', async () => {
    const topic = ['--entity-type', 'topics', '--entity-name', 'orders'];
    await tool(TOOLS.configs, '--alter', ...topic, '--add-config', 'retention.ms=1234,cleanup.policy=[compact,delete]');
    const all = (await tool(TOOLS.configs, '--describe', ...topic, '--all')).stdout;
    expect(all).toContain('retention.ms=1234 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1234}');
    expect(all).toContain('cleanup.policy=compact,delete sensitive=false');
    expect(all).toContain(
      'min.insync.replicas=2 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:min.insync.replicas=2, DYNAMIC_DEFAULT_BROKER_CONFIG:min.insync.replicas=1, DEFAULT_CONFIG:min.insync.replicas=1}',
    );
    await tool(TOOLS.configs, '--alter', ...topic, '--delete-config', 'retention.ms,cleanup.policy');
    expect((await tool(TOOLS.configs, '--describe', ...topic)).stdout).not.toContain('retention.ms');

    const broker = ['--entity-type', 'brokers', '--entity-name', '3'];
    await tool(TOOLS.configs, '--alter', ...broker, '--add-config', 'message.max.bytes=2000000');
    expect((await tool(TOOLS.configs, '--describe', ...broker)).stdout).toContain(
      'message.max.bytes=2000000 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:message.max.bytes=2000000, DEFAULT_CONFIG:message.max.bytes=1048588}',
    );
    expect((await tool(TOOLS.configs, '--describe', ...broker, '--all')).stdout).toContain('node.id=3');
    const refused = await tool(TOOLS.configs, '--alter', ...broker, '--add-config', 'num.partitions=3');
    expect(refused.stderr + refused.stdout).toContain('Cannot update these configs dynamically');
    const unknown = await tool(TOOLS.configs, '--alter', ...topic, '--add-config', 'retention.msec=3');
    expect(unknown.stderr + unknown.stdout).toContain('Did you mean retention.ms?');
  });

  it('kafka-log-dirs lists every replica of every broker', async () => {
    const { stdout } = await tool(TOOLS.logDirs, '--describe', '--topic-list', 'orders');
    const line = stdout.split('\n').find((text) => text.startsWith('{'));
    const described = JSON.parse(line ?? '{}') as {
      brokers: { broker: number; logDirs: { error: null; partitions: { partition: string; offsetLag: number }[] }[] }[];
    };
    expect(described.brokers.map(({ broker }) => broker).sort()).toEqual([1, 2, 3]);
    for (const { logDirs } of described.brokers) {
      const [directory] = logDirs;
      expect(directory?.error).toBeNull();
      expect(directory?.partitions.map(({ partition }) => partition).sort()).toEqual(
        [0, 1, 2, 3, 4].map((partition) => `orders-${partition}`),
      );
      expect(directory?.partitions.every(({ offsetLag }) => offsetLag === 0)).toBe(true);
    }
  });

  it('kafka-metadata-quorum names the controller and its followers', async () => {
    const { stdout } = await tool(QUORUM, 'describe', '--status');
    expect(stdout).toMatch(/LeaderId:\s+1\n/);
    expect(stdout).toMatch(/MaxFollowerLag:\s+0\n/);
  });

  it('a stopped node is seen by kafka-topics, and the data directory reads with the dump tool', async () => {
    await cluster.stopNode(3);
    const under = (await tool(TOOLS.topics, '--describe', '--under-replicated-partitions')).stdout;
    expect(under.match(/Topic: orders\tPartition: \d\tLeader: [12]\t/g)).toHaveLength(5);
    await cluster.startNode(3);
    await expect
      .poll(async () => (await tool(TOOLS.topics, '--describe', '--under-replicated-partitions')).stdout.trim(), {
        timeout: 30_000,
      })
      .toBe('');
    for (const node of [1, 3]) {
      const file = join(dataDir, `node-${node}`, '__cluster_metadata-0', '00000000000000000000.log');
      const dump = await runTool(version, dumpLogSegments(version), ['--cluster-metadata-decoder', '--files', file]);
      expect(dump.stdout).toMatch(/LeaderChange: \{"version":0,"leaderId":1|controlType: LEADER_CHANGE\(2\)/);
      expect(dump.stdout).toContain('"type":"TOPIC_RECORD","version":0,"data":{"name":"orders"');
      expect(dump.stdout).toContain('"type":"REGISTER_BROKER_RECORD"');
      expect(dump.stdout).not.toMatch(/isvalid: false|Could not decode|mismatch/i);
    }
  });

  it('kafka-leader-election moves leaders back to the preferred replicas', async () => {
    const election = (...args: string[]) => tool(LEADER_ELECTION, ...args);
    // Node 3 was stopped above: what it is to lead is led by others since.
    const first = await election('--election-type', 'preferred', '--all-topic-partitions');
    expect(first.stdout).toMatch(/Successfully completed leader election \(PREFERRED\) for partitions .*orders-\d/);
    const described = (await tool(TOOLS.topics, '--describe', '--topic', 'orders')).stdout;
    const leaders = [...described.matchAll(/Leader: (\d)\tReplicas: (\d)/g)];
    expect(leaders).toHaveLength(5);
    for (const [, leader, preferred] of leaders) expect(leader).toBe(preferred);
    const again = await election('--election-type', 'preferred', '--topic', 'orders', '--partition', '0');
    expect(again.stdout).toContain('Valid replica already elected for partitions orders-0');
    const unclean = await election('--election-type', 'unclean', '--topic', 'orders', '--partition', '0');
    expect(unclean.stdout).toContain('Valid replica already elected for partitions orders-0');
    const unknown = await election('--election-type', 'preferred', '--topic', 'nowhere', '--partition', '0');
    expect(unknown.code).toBe(1);
    expect(unknown.stdout + unknown.stderr).toMatch(/nowhere-0/);
  });
});
