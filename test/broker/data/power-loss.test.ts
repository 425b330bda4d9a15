import { expect, it } from 'vitest';
import { openMetadataLog } from '../../../src/broker/metadata/metadata-log.ts';
import { MetadataStore } from '../../../src/broker/metadata/metadata-store.ts';
import { readFile } from '../../../src/log/disk.ts';
import type { MemoryDisk } from '../../../src/log/memory-disk.ts';
import { DeleteRecords } from '../../../src/protocol/api/index.ts';
import { seededRandom } from '../virtual.ts';
import { VirtualCluster } from '../virtual-cluster.ts';

/* What the simulation found: nodes that lose power, and are not let into the cluster at once when they come back. */

const NODES = [1, 2, 3];

function started(configs: Record<string, string> = {}, config: Record<string, string> = {}): VirtualCluster {
  const cluster = new VirtualCluster(3, { 'broker.session.timeout.ms': '2000', ...config }).start();
  cluster.createTopic('t', [[1, 2, 3]], configs);
  cluster.env.scheduler.runFor(100);
  return cluster;
}

function logOf(cluster: VirtualCluster, node: number) {
  const log = cluster.node(node).replicas.get('t', 0)?.log;
  if (log === undefined) throw new Error(`no replica on node ${node}`);
  return log;
}

function isolate(cluster: VirtualCluster, node: number, cut = true): void {
  for (const other of NODES) if (other !== node) cluster.env.network.cut(node, other, cut);
}

function text(disk: MemoryDisk, path: string): string | null {
  return readFile(disk, path)?.toString() ?? null;
}

function write(cluster: VirtualCluster, values: readonly string[], node = 1): void {
  const sent = cluster.produce(node, 't', values);
  cluster.env.scheduler.runUntil(() => sent.answer !== undefined, 10_000);
}

it('metadata that was answered is on disk, and not only in memory, on a majority', () => {
  const cluster = started();
  const remembering = NODES.filter((node) => {
    const disk = cluster.disk(node).copy();
    disk.crash();
    const log = openMetadataLog({ disk, now: () => 0, random: seededRandom(1) });
    return new MetadataStore(log, 'cluster').image.topics.has('t');
  });
  expect(remembering.length).toBeGreaterThanOrEqual(2);
});

it('a node that stops before it has opened its logs does not call them clean, and forgets no checkpoint', () => {
  const cluster = started();
  write(cluster, ['a', 'b']);
  cluster.env.scheduler.runFor(10_000);
  const before = text(cluster.disk(3), 'replication-offset-checkpoint');
  expect(before).toContain('t 0 2');
  cluster.node(3).kill();
  isolate(cluster, 3);
  const alone = cluster.startNode(3);
  cluster.env.scheduler.runFor(30_000);
  expect(alone.isFollowing).toBe(false);
  alone.stop();
  expect(cluster.disk(3).exists('.kafka_cleanshutdown')).toBe(false);
  expect(text(cluster.disk(3), 'replication-offset-checkpoint')).toBe(before);
});

it('a node that stopped in order, and could not join before it stopped again, is still clean', () => {
  const cluster = started();
  let isDown = false;
  cluster.node(3).shutdown(() => {
    isDown = true;
  });
  cluster.env.scheduler.runUntil(() => isDown);
  isolate(cluster, 3);
  const alone = cluster.startNode(3);
  cluster.env.scheduler.runFor(1000);
  alone.stop();
  expect(text(cluster.disk(3), '.kafka_cleanshutdown')).toMatch(/"brokerEpoch":\d+/);
});

it('a node acts on its own registration only, not on one that its last process did not live to see', () => {
  const cluster = started();
  const { scheduler } = cluster.env;
  const epochOf3 = (node: number) => cluster.node(node).node.image().brokers.get(3)?.epoch ?? -1;
  const before = epochOf3(3);
  cluster.node(3).kill();
  cluster.startNode(3);
  // It dies the moment that its registration is committed, and before it is told.
  scheduler.runUntil(() => epochOf3(1) > before);
  const unseen = epochOf3(1);
  expect(epochOf3(3)).toBe(before);
  cluster.node(3).kill();
  const last = cluster.startNode(3);
  scheduler.runUntil(() => last.isFollowing, 30_000);
  expect(epochOf3(3)).toBeGreaterThan(unseen);
});

it('a log that was cut has its recovery point written down at once', () => {
  const cluster = started({ 'flush.messages': '1', 'min.insync.replicas': '1' });
  const { scheduler } = cluster.env;
  write(cluster, ['a']);
  isolate(cluster, 1);
  // Nobody else has these: they go when the node comes back.
  cluster.produce(1, 't', ['lost-1'], 1);
  cluster.produce(1, 't', ['lost-2'], 1);
  scheduler.runFor(10_000);
  expect(text(cluster.disk(1), 'recovery-point-offset-checkpoint')).toContain('t 0 3');
  isolate(cluster, 1, false);
  scheduler.runUntil(() => logOf(cluster, 1).logEndOffset === 1, 30_000);
  expect(text(cluster.disk(1), 'recovery-point-offset-checkpoint')).toContain('t 0 1');
});

it('a follower that lost everything gets the batch that the log’s start lies within', () => {
  const cluster = started();
  const { scheduler } = cluster.env;
  write(cluster, ['a', 'b', 'c']);
  cluster.ask(1, DeleteRecords, 2, {
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1 }] }],
    timeoutMs: 1000,
  });
  cluster.node(3).kill();
  cluster.disk(3).remove('t-0');
  const back = cluster.startNode(3);
  scheduler.runUntil(() => back.isFollowing, 30_000);
  scheduler.runUntil(() => logOf(cluster, 3).logEndOffset === 3, 30_000);
  expect(logOf(cluster, 3).logStartOffset).toBe(1);
});
