import { expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { records, scanBatches } from '../../../src/records/index.ts';
import { seededRandom } from '../virtual.ts';
import { VirtualCluster } from '../virtual-cluster.ts';

/*
 * Links are cut and healed, followers fall silent, nodes are killed and come back, at random, while records are
 * written with acks=all. Afterwards everything is healed: whatever was acknowledged must be there, once for each
 * acknowledgement, in the order of the acknowledged offsets, and the same on every node.
 */

const NODES = [1, 2, 3];
const STEPS = 40;

function contents(cluster: VirtualCluster, node: number): string[] {
  const log = cluster.node(node).replicas.get('t', 0)?.log;
  const values: string[] = [];
  for (let offset = log?.logStartOffset ?? 0; log !== undefined && offset < log.logEndOffset; ) {
    const bytes = log.read(offset, 1 << 20).records;
    scanBatches(bytes, ({ position }) => {
      for (const record of records(bytes, position)) {
        values.push(`${record.offset}:${record.value}`);
        offset = record.offset + 1;
      }
    });
  }
  return values;
}

function simulate(seed: number): { acknowledged: string[]; cluster: VirtualCluster } {
  const config = { 'replica.lag.time.max.ms': '2000', 'broker.session.timeout.ms': '2000' };
  const cluster = new VirtualCluster(3, config, seed).start();
  cluster.createTopic('t', [[1, 2, 3]], { 'min.insync.replicas': '2' });
  const { scheduler, network } = cluster.env;
  const chance = seededRandom(seed * 7919);
  const pick = () => NODES[chance.below(3)] ?? 1;
  const acknowledged: string[] = [];
  const pending: { value: string; sent: ReturnType<VirtualCluster['produce']> }[] = [];
  const down = new Set<number>();
  const collect = (): void => {
    for (const { value, sent } of pending.splice(0)) {
      if (sent.answer === undefined) pending.push({ value, sent });
      else if (typeof sent.answer !== 'string') {
        const partition = sent.answer.responses[0]?.partitionResponses[0];
        if (partition?.errorCode === ErrorCode.NONE) acknowledged.push(`${partition.baseOffset}:${value}`);
      }
    }
  };
  const heal = (): void => {
    for (const a of NODES) for (const b of NODES) if (a !== b) network.link(a, b).cut = false;
    for (const a of NODES) for (const b of NODES) network.link(a, b).lost.clear();
  };
  const cutSomewhere = (): void => {
    const from = pick();
    network.cut(from, NODES[(from + chance.below(2)) % 3] ?? 1);
  };
  for (let step = 0; step < STEPS; step++) {
    switch (chance.below(8)) {
      case 0:
        cutSomewhere();
        break;
      case 1:
        network.link(pick(), pick()).lost.add('replicaFetch');
        break;
      case 2:
      case 3:
        heal();
        break;
      case 4: {
        const node = pick();
        if (down.size > 0) break;
        cluster.node(node).kill();
        down.add(node);
        break;
      }
      case 5:
        for (const node of down) cluster.startNode(node);
        down.clear();
        break;
      default:
        for (const node of NODES) {
          if (down.has(node) || !cluster.node(node).replicas.get('t', 0)?.isLeader) continue;
          const value = `${seed}-${step}-${node}`;
          pending.push({ value, sent: cluster.produce(node, 't', [value], -1, 3000) });
        }
    }
    scheduler.runFor(chance.below(1500));
    collect();
  }
  heal();
  for (const node of down) cluster.startNode(node);
  // A fetch that was lost counts as such after replica.socket.timeout.ms, which is 30 s.
  scheduler.runFor(60_000);
  const isWhole = (node: number): boolean => {
    const partition = cluster.node(node).node.image().topics.get('t')?.partitions[0];
    return partition !== undefined && partition.leader >= 0 && partition.isr.length === 3;
  };
  scheduler.runUntil(() => NODES.every(isWhole), 60_000);
  collect();
  return { acknowledged, cluster };
}

it('keeps every acknowledged record through faults, the same on every node', () => {
  let total = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const { acknowledged, cluster } = simulate(seed);
    total += acknowledged.length;
    const [first, ...others] = NODES.map((node) => contents(cluster, node));
    for (const other of others) expect(other, `seed ${seed}`).toEqual(first);
    const kept = new Set(first);
    expect(
      acknowledged.filter((record) => !kept.has(record)),
      `seed ${seed}`,
    ).toEqual([]);
  }
  // The schedules are no use when nothing gets through.
  expect(total).toBeGreaterThan(100);
}, 60_000);
