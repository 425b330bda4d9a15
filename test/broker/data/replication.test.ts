import { describe, expect, it } from 'vitest';
import { Fetch, IncrementalAlterConfigs, ListOffsets } from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { records, scanBatches } from '../../../src/records/index.ts';
import { VirtualCluster } from '../virtual-cluster.ts';

const FAST = { 'replica.lag.time.max.ms': '3000' };

/** A topic of three replicas that node 1 leads. */
function started(configs: Record<string, string> = {}): VirtualCluster {
  const cluster = new VirtualCluster(3, FAST).start();
  cluster.createTopic('t', [[1, 2, 3]], configs);
  cluster.env.scheduler.runFor(100);
  return cluster;
}

function partitionOf(cluster: VirtualCluster, node = 1) {
  const image = cluster.node(node).node.image().topics.get('t')?.partitions[0];
  if (image === undefined) throw new Error('no partition');
  return image;
}

function replica(cluster: VirtualCluster, node: number) {
  const found = cluster.node(node).replicas.get('t', 0);
  if (found === undefined) throw new Error(`no replica on node ${node}`);
  return found;
}

function errorOf(pending: ReturnType<VirtualCluster['produce']>): number | undefined {
  const { answer } = pending;
  if (answer === undefined || typeof answer === 'string') return undefined;
  return answer.responses[0]?.partitionResponses[0]?.errorCode;
}

/** The values in a replica's log, with their offsets. */
function contents(cluster: VirtualCluster, node: number): string[] {
  const { log } = replica(cluster, node);
  if (log.logEndOffset === log.logStartOffset) return [];
  const bytes = log.read(log.logStartOffset, 1 << 20).records;
  const values: string[] = [];
  scanBatches(bytes, ({ position }) => {
    for (const { offset, value } of records(bytes, position)) values.push(`${offset}:${value}`);
  });
  return values;
}

/** Cuts a node off from the others in both directions. */
function isolate(cluster: VirtualCluster, node: number, cut = true): void {
  for (const other of [1, 2, 3]) if (other !== node) cluster.env.network.cut(node, other, cut);
}

describe('acks=all', () => {
  it('is answered when all in-sync replicas have the records, and the high watermark covers them', () => {
    const cluster = started();
    const pending = cluster.produce(1, 't', ['a', 'b']);
    expect(pending.answer).toBeUndefined();
    cluster.env.scheduler.runUntil(() => pending.answer !== undefined, 1000);
    expect(errorOf(pending)).toBe(ErrorCode.NONE);
    expect(replica(cluster, 1).highWatermark).toBe(2);
    for (const node of [1, 2, 3]) expect(contents(cluster, node)).toEqual(['0:a', '1:b']);
  });

  it('tells followers the high watermark without further records', () => {
    const cluster = started();
    cluster.produce(1, 't', ['a']);
    cluster.env.scheduler.runFor(50);
    expect([1, 2, 3].map((node) => replica(cluster, node).highWatermark)).toEqual([1, 1, 1]);
  });

  it('is refused before the append when too few replicas are in sync, while acks=1 goes on and stays invisible', () => {
    const cluster = started({ 'min.insync.replicas': '3' });
    cluster.env.network.cut(1, 3);
    cluster.env.network.cut(2, 3);
    cluster.env.scheduler.runUntil(() => partitionOf(cluster).isr.length === 2);
    const all = cluster.produce(1, 't', ['refused']);
    expect(errorOf(all)).toBe(ErrorCode.NOT_ENOUGH_REPLICAS);
    expect(replica(cluster, 1).log.logEndOffset).toBe(0);
    expect(errorOf(cluster.produce(1, 't', ['kept'], 1))).toBe(ErrorCode.NONE);
    cluster.env.scheduler.runFor(1000);
    expect(replica(cluster, 1).log.logEndOffset).toBe(1);
    expect(replica(cluster, 1).highWatermark).toBe(0);
    // The log end is told to who asks for it as a debugging replica (-2); consumers see the high watermark.
    expect(latest(cluster, -2)).toBe(1);
    expect(latest(cluster, -1)).toBe(0);
  });

  it('ends in REQUEST_TIMED_OUT for records that are in the log when a follower falls silent', () => {
    const cluster = started({ 'min.insync.replicas': '3' });
    isolate(cluster, 3);
    const pending = cluster.produce(1, 't', ['a'], -1, 2000);
    cluster.env.scheduler.runUntil(() => pending.answer !== undefined);
    expect(errorOf(pending)).toBe(ErrorCode.REQUEST_TIMED_OUT);
    expect(contents(cluster, 1)).toEqual(['0:a']);
  });
});

function latest(cluster: VirtualCluster, replicaId: number): number | undefined {
  const { topics } = cluster.ask(1, ListOffsets, 7, {
    replicaId,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  });
  return topics[0]?.partitions[0]?.offset;
}

function alterMinIsr(cluster: VirtualCluster, value: string) {
  return cluster.send(1, IncrementalAlterConfigs, 1, {
    resources: [
      { resourceType: 2, resourceName: 't', configs: [{ name: 'min.insync.replicas', configOperation: 0, value }] },
    ],
  });
}

function setMinIsr(cluster: VirtualCluster, value: string): void {
  const altered = alterMinIsr(cluster, value);
  cluster.env.scheduler.runUntil(() => altered.answer !== undefined);
}

describe('the ISR', () => {
  it('shrinks when a follower does not fetch, lets the high watermark go on, and grows when it does again', () => {
    const cluster = started({ 'min.insync.replicas': '2' });
    cluster.env.network.link(3, 1).lost.add('replicaFetch');
    const pending = cluster.produce(1, 't', ['a'], -1, 30_000);
    const before = cluster.env.scheduler.now();
    cluster.env.scheduler.runUntil(() => pending.answer !== undefined);
    const waited = cluster.env.scheduler.now() - before;
    expect(errorOf(pending)).toBe(ErrorCode.NONE);
    // One to one and a half times replica.lag.time.max.ms, as in Kafka.
    expect(waited).toBeGreaterThanOrEqual(2900);
    expect(waited).toBeLessThanOrEqual(4700);
    expect([...partitionOf(cluster).isr].sort()).toEqual([1, 2]);
    cluster.env.network.link(3, 1).lost.clear();
    cluster.env.scheduler.runUntil(() => partitionOf(cluster).isr.length === 3);
    expect(contents(cluster, 3)).toEqual(['0:a']);
  });

  it('shrinks for the leader once it knows what the controller knew: who stays eligible has all that is committed', () => {
    const times = { 'replica.lag.time.max.ms': '500', 'replica.socket.timeout.ms': '1000' };
    const cluster = new VirtualCluster(3, times).start();
    cluster.createTopic('t', [[2, 1]], { 'min.insync.replicas': '1' });
    const { network, scheduler } = cluster.env;
    network.link(1, 2).lost.add('replicaFetch');
    const pending = cluster.produce(2, 't', ['a'], -1, 30_000);
    // From now on the leader hears nothing of the metadata, while its calls are answered.
    for (const other of [1, 3]) network.link(other, 2).lost.add('metadataFetch');
    setMinIsr(cluster, '2');
    scheduler.runUntil(() => partitionOf(cluster).isr.length === 1, 1500);
    scheduler.runFor(100);
    expect(partitionOf(cluster)).toMatchObject({ isr: [2], elr: [1] });
    expect(partitionOf(cluster, 2)).toMatchObject({ isr: [2, 1], elr: [] });
    expect(pending.answer).toBeUndefined();
    expect(replica(cluster, 2).highWatermark).toBe(0);
    for (const other of [1, 3]) network.link(other, 2).lost.delete('metadataFetch');
    scheduler.runUntil(() => partitionOf(cluster, 2).isr.length === 1);
    expect(replica(cluster, 2).highWatermark).toBe(0);
    network.link(1, 2).lost.clear();
    scheduler.runUntil(() => pending.answer !== undefined);
    expect(errorOf(pending)).toBe(ErrorCode.NONE);
    expect(contents(cluster, 1)).toEqual(['0:a']);
  });

  it('has no eligible replicas by a min.insync.replicas that is gone, also when the controller that lowered it dies at once', () => {
    const cluster = new VirtualCluster(3, FAST).start();
    cluster.createTopic('t', [[2, 3]], { 'min.insync.replicas': '2' });
    const { network, scheduler } = cluster.env;
    network.link(3, 2).lost.add('replicaFetch');
    cluster.produce(2, 't', ['a'], 1);
    scheduler.runUntil(() => partitionOf(cluster).elr.length === 1);
    expect(partitionOf(cluster)).toMatchObject({ isr: [2], elr: [3] });
    for (const other of [2, 3]) {
      network.link(1, other).delayMs = 10;
      network.link(other, 1).delayMs = 10;
    }
    scheduler.runFor(100);
    // Node 1 is gone before the others ask for more than the first thing that it wrote.
    alterMinIsr(cluster, '1');
    scheduler.runFor(10);
    cluster.node(1).kill();
    scheduler.runUntil(() => cluster.node(2).node.image().controllerId > 1);
    scheduler.runFor(100);
    expect(cluster.node(2).node.image().topicConfigs.get('t')?.get('min.insync.replicas')).toBe('1');
    expect(partitionOf(cluster, 2)).toMatchObject({ leader: 2, isr: [2], elr: [] });
  });

  it('frees a frozen high watermark with the next append after min.insync.replicas is lowered', () => {
    const cluster = started({ 'min.insync.replicas': '3' });
    cluster.env.network.cut(1, 3);
    cluster.env.network.cut(2, 3);
    cluster.env.scheduler.runUntil(() => partitionOf(cluster).isr.length === 2);
    cluster.produce(1, 't', ['a'], 1);
    setMinIsr(cluster, '2');
    cluster.produce(1, 't', ['b'], 1);
    cluster.env.scheduler.runUntil(() => replica(cluster, 1).highWatermark === 2, 5000);
    expect(contents(cluster, 2)).toEqual(['0:a', '1:b']);
  });
});

describe('failover', () => {
  it('loses nothing that was acknowledged by all, and cuts what only the old leader had', () => {
    const cluster = started({ 'min.insync.replicas': '2' });
    const acknowledged = cluster.produce(1, 't', ['a', 'b']);
    cluster.env.scheduler.runUntil(() => acknowledged.answer !== undefined);
    isolate(cluster, 1);
    // Appended by a leader that nobody hears any more.
    cluster.produce(1, 't', ['lost'], 1);
    expect(contents(cluster, 1)).toEqual(['0:a', '1:b', '2:lost']);
    cluster.env.scheduler.runUntil(() => partitionOf(cluster, 2).leader > 1, 30_000);
    const { leader } = partitionOf(cluster, 2);
    cluster.env.scheduler.runUntil(() => replica(cluster, leader).isLeader);
    const next = cluster.produce(leader, 't', ['c'], -1, 30_000);
    cluster.env.scheduler.runUntil(() => next.answer !== undefined);
    expect(errorOf(next)).toBe(ErrorCode.NONE);
    isolate(cluster, 1, false);
    cluster.env.scheduler.runUntil(() => partitionOf(cluster, leader).isr.length === 3, 60_000);
    for (const node of [1, 2, 3]) expect(contents(cluster, node)).toEqual(['0:a', '1:b', '2:c']);
    expect(partitionOf(cluster, leader).leaderEpoch).toBeGreaterThan(0);
  });

  it('moves leaders away before a node stops in order, and takes the node back with its log', () => {
    const cluster = started();
    cluster.produce(1, 't', ['a']);
    cluster.env.scheduler.runFor(100);
    let stopped = false;
    cluster.node(1).shutdown(() => {
      stopped = true;
    });
    cluster.env.scheduler.runUntil(() => stopped, 10_000);
    cluster.env.scheduler.runUntil(() => partitionOf(cluster, 2).leader > 1, 10_000);
    const { leader } = partitionOf(cluster, 2);
    cluster.env.scheduler.runUntil(() => replica(cluster, leader).isLeader);
    const pending = cluster.produce(leader, 't', ['b'], -1, 60_000);
    // The two that are left need not wait for the one that went.
    cluster.env.scheduler.runUntil(() => pending.answer !== undefined, 1000);
    expect(errorOf(pending)).toBe(ErrorCode.NONE);
    cluster.startNode(1);
    cluster.env.scheduler.runUntil(() => partitionOf(cluster, leader).isr.length === 3, 60_000);
    expect(contents(cluster, 1)).toEqual(['0:a', '1:b']);
  });

  it('sends who asks a former leader to the new one', () => {
    const cluster = started();
    isolate(cluster, 1);
    cluster.env.scheduler.runUntil(() => partitionOf(cluster, 2).leader > 1, 30_000);
    isolate(cluster, 1, false);
    cluster.env.scheduler.runUntil(() => !replica(cluster, 1).isLeader, 30_000);
    const topicId = cluster.node(1).node.image().topics.get('t')?.id ?? '';
    const response = cluster.ask(1, Fetch, 16, {
      maxWaitMs: 10_000,
      minBytes: 1,
      topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    });
    const { leader, leaderEpoch } = partitionOf(cluster, 1);
    expect(response.responses[0]?.partitions[0]).toMatchObject({
      errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: leader, leaderEpoch },
    });
    expect(response.nodeEndpoints).toEqual([
      { nodeId: leader, host: `node-${leader}`, port: 9091 + leader, rack: null },
    ]);
  });
});
