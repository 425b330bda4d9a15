import { describe, expect, it } from 'vitest';
import { Produce } from '../../../src/protocol/api/index.ts';
import { batchOf } from '../virtual-cluster.ts';
import { type FaultCluster, faultCluster } from './fault-cluster.ts';

function leaderOf({ cluster }: FaultCluster, topic: string, seenBy = 1): number {
  return cluster.node(seenBy).node.image().topics.get(topic)?.partitions[0]?.leader ?? -2;
}

function isrOf({ cluster }: FaultCluster, topic: string, seenBy = 1): readonly number[] {
  return cluster.node(seenBy).node.image().topics.get(topic)?.partitions[0]?.isr ?? [];
}

function endOf({ cluster }: FaultCluster, node: number, topic: string): number {
  return cluster.node(node).replicas.get(topic, 0)?.log.logEndOffset ?? -1;
}

describe('faults of whole nodes', () => {
  it('kill: the node is gone until the time is over, and comes back with its disk', () => {
    const world = faultCluster(3);
    world.cluster.createTopic('t', [[2, 1, 3]]);
    world.cluster.produce(2, 't', ['a', 'b']);
    world.until(() => endOf(world, 1, 't') === 2);
    expect(world.set('2', 'kmedic.fault.kill', 'for=30s')).toBeNull();
    world.until(() => !world.running.has(2));
    world.until(() => leaderOf(world, 't') === 1);
    expect(isrOf(world, 't')).toEqual([1, 3]);
    expect(world.faults.active()).toMatchObject([{ fault: 'kill', on: [2], resource: '2' }]);
    world.until(() => world.running.has(2));
    world.until(() => isrOf(world, 't').includes(2));
    expect(endOf(world, 2, 't')).toBe(2);
    world.until(() => world.faults.isSettled());
    expect(world.faults.active()).toEqual([]);
  });

  it('kill of all nodes: the cluster starts again by itself', () => {
    const world = faultCluster(3);
    world.cluster.createTopic('t', [[1, 2, 3]]);
    expect(world.set('', 'kmedic.fault.kill', 'on')).toContain('needs an end');
    expect(world.set('', 'kmedic.fault.kill', '10s')).toBeNull();
    world.until(() => world.running.size === 0);
    world.until(() => world.running.size === 3);
    world.until(() => leaderOf(world, 't') === 1 && isrOf(world, 't').length === 3);
    world.until(() => world.faults.isSettled());
  });

  it('kill: one that lasts until it is cleared is cleared through another node', () => {
    const world = faultCluster(3);
    world.set('3', 'kmedic.fault.kill', 'on');
    world.until(() => !world.running.has(3));
    world.run(60_000);
    expect(world.running.has(3)).toBe(false);
    expect(world.set('3', 'kmedic.fault.kill', null)).toBeNull();
    world.until(() => world.running.has(3));
    expect(world.faults.active()).toEqual([]);
  });

  it('kill: it lasts longer when that is said meanwhile, and the node is not started in between', () => {
    const world = faultCluster(3);
    expect(world.set('2', 'kmedic.fault.kill', 'for=20s')).toBeNull();
    world.until(() => !world.running.has(2));
    world.run(15_000);
    expect(world.set('2', 'kmedic.fault.kill', 'for=20s,left=20s')).toBeNull();
    const before = world.cluster.node(2);
    world.run(18_000);
    expect(world.cluster.node(2)).toBe(before);
    expect(world.faults.active()).toMatchObject([{ fault: 'kill', value: 'for=20s,left=20s' }]);
    world.until(() => world.running.has(2));
    expect(world.set('2', 'kmedic.fault.kill', 'on')).toBeNull();
    world.until(() => !world.running.has(2));
  });

  it('kill: brokers may be named in the config of all', () => {
    const world = faultCluster(3);
    expect(world.set('', 'kmedic.fault.kill.b', 'broker=2+3 for=5s')).toBeNull();
    world.until(() => world.running.size === 1);
    expect([...world.running]).toEqual([1]);
    world.until(() => world.running.size === 3);
    expect(world.set('', 'kmedic.fault.kill.b', 'broker=7,for=5s')).toContain(
      'there is no broker 7; there are 1, 2, 3',
    );
  });

  it('kill with lose=unflushed: what was not flushed is gone, what was is not', () => {
    const survivors = (lose: string): number => {
      const world = faultCluster(1);
      world.cluster.createTopic('t', [[1]]);
      world.cluster.produce(1, 't', ['a', 'b']);
      world.run(10);
      world.cluster.node(1).replicas.flush();
      world.cluster.produce(1, 't', ['c']);
      world.cluster.produce(1, 't', ['d']);
      world.run(10);
      expect(endOf(world, 1, 't')).toBe(4);
      world.set('1', 'kmedic.fault.kill', `for=1s${lose}`);
      world.until(() => world.running.size === 0);
      world.until(() => world.running.size === 1);
      world.until(() => endOf(world, 1, 't') >= 0);
      return endOf(world, 1, 't');
    };
    expect(survivors('')).toBe(4);
    expect(survivors(',lose=unflushed')).toBe(2);
    // The last write is cut in its middle: its batch is not whole, and recovery cuts it off.
    expect(survivors(',lose=torn')).toBe(3);
  });

  it('stop: leaderships move first, so that nobody waits for a time-out', () => {
    const world = faultCluster(3);
    world.cluster.createTopic('t', [[2, 1, 3]]);
    const began = world.cluster.env.scheduler.now();
    world.set('2', 'kmedic.fault.stop', 'for=20s');
    world.until(() => !world.running.has(2));
    expect(leaderOf(world, 't')).toBe(1);
    expect(world.cluster.env.scheduler.now() - began).toBeLessThan(3000);
    world.until(() => world.running.has(2));
  });

  it('restart: the node stops in order and is back, and the fault is over', () => {
    const world = faultCluster(3);
    const epoch = () => world.cluster.node(1).node.image().brokers.get(2)?.epoch ?? -1;
    const before = epoch();
    world.set('2', 'kmedic.fault.restart', 'on');
    world.until(() => epoch() > before && world.running.has(2));
    world.until(() => world.faults.isSettled());
    expect(world.faults.active()).toEqual([]);
  });

  it('freeze: no answers, no heartbeats, no fetches; then it goes on with what it had', () => {
    const world = faultCluster(3);
    world.cluster.createTopic('t', [[2, 1, 3]]);
    world.set('2', 'kmedic.fault.freeze', 'for=20s');
    world.run(1000);
    const calls = world.cluster.env.network.calls;
    const sent = calls.length;
    const stale = world.cluster.send(2, Produce, 9, {
      acks: 1,
      timeoutMs: 1000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf(['lost'], 0) }] }],
    });
    world.run(10_000);
    expect(stale.answer).toBeUndefined();
    expect(calls.slice(sent).filter(({ from }) => from === 2)).toEqual([]);
    expect(leaderOf(world, 't')).toBe(1);
    expect(world.cluster.node(1).node.image().brokers.get(2)?.fenced).toBe(true);
    world.cluster.produce(1, 't', ['kept']);
    world.until(() => world.faults.active().length === 0);
    world.until(() => isrOf(world, 't').includes(2));
    // The process woke up, took the write that lay in its socket, and then learned that it does not lead any more.
    expect(stale.answer).toMatchObject({ responses: [{ partitionResponses: [{ errorCode: 0 }] }] });
    world.until(() => endOf(world, 2, 't') === 1);
    const records = world.cluster.node(2).replicas.get('t', 0)?.log.read(0, 1000, { upTo: 1, minOneMessage: true });
    expect(records?.records.includes('kept')).toBe(true);
  });

  it('freeze of the only node ends by itself', () => {
    const world = faultCluster(1);
    world.set('1', 'kmedic.fault.freeze', '5s');
    world.until(() => world.faults.isFrozen(1));
    world.until(() => !world.faults.isFrozen(1));
    world.until(() => world.faults.isSettled());
  });

  it('a node that is killed while it is frozen starts as a new process', () => {
    const world = faultCluster(3);
    world.faults.inject({ fault: 'freeze', on: 2 });
    world.faults.inject({ fault: 'kill', on: 2, for: 1000 });
    world.until(() => world.cluster.node(1).node.image().brokers.get(2)?.fenced === true || world.running.has(2));
    world.until(() => world.running.has(2));
    world.until(() => world.cluster.node(1).node.image().brokers.get(2)?.fenced === false);
    expect(world.faults.isFrozen(2)).toBe(false);
  });
});
