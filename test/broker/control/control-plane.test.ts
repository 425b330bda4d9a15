import { describe, expect, it } from 'vitest';
import { ControlPlane } from '../../../src/broker/controller/control-plane.ts';
import { type CallResponse, isAnswer } from '../../../src/broker/network.ts';
import { MemoryDisk } from '../../../src/log/memory-disk.ts';
import { virtualEnv } from '../virtual.ts';

const NODES = [1, 2, 3];

/** Three nodes of a control plane alone, on virtual time, each with its disk. */
function world(seed = 1) {
  const env = virtualEnv(seed);
  const disks = new Map(NODES.map((id) => [id, new MemoryDisk()]));
  const planes = new Map<number, ControlPlane>();
  const detach = new Map<number, () => void>();
  const up = (nodeId: number, previousBrokerEpoch = -1, config: Record<string, string> = {}): ControlPlane => {
    const plane = new ControlPlane({
      nodeId,
      nodeIds: NODES,
      clusterId: 'kVVrqHq9R9Wz0d3bY2ZtkA',
      ...env,
      log: () => {},
      disk: disks.get(nodeId) ?? new MemoryDisk(),
      staticConfig: new Map(Object.entries(config)),
    });
    const link = env.network.attach(nodeId, (from, name, request, reply) => {
      plane.serve(from, name, request, reply);
    });
    detach.set(nodeId, () => link.detach());
    planes.set(nodeId, plane);
    plane.start({ host: '127.0.0.1', port: 9091 + nodeId, rack: null, previousBrokerEpoch });
    return plane;
  };
  const plane = (id: number): ControlPlane => {
    const found = planes.get(id);
    if (found === undefined) throw new Error(`node ${id} is down`);
    return found;
  };
  const kill = (id: number): void => {
    plane(id).stop();
    detach.get(id)?.();
    planes.delete(id);
  };
  const shutdown = (id: number): number => {
    let epoch = -2;
    plane(id).shutdown((brokerEpoch) => {
      epoch = brokerEpoch;
    });
    env.scheduler.runUntil(() => epoch !== -2);
    kill(id);
    return epoch;
  };
  const forward = (id: number, apiKey: number, body: unknown): unknown => {
    let answer: CallResponse<'forward'> | undefined;
    plane(id).callController('forward', { apiKey, apiVersion: 7, body }, (response) => {
      if (isAnswer(response)) answer = response;
    });
    env.scheduler.runUntil(() => answer !== undefined);
    return answer?.body;
  };
  const allLive = () =>
    [...planes.values()].every((one) => {
      const brokers = [...one.image().brokers.values()];
      return brokers.length === NODES.length && brokers.filter((broker) => !broker.fenced).length === planes.size;
    });
  const settle = (): void => env.scheduler.runUntil(allLive);
  /** All nodes come to the same image. */
  const inStep = (): void => {
    const [first, ...rest] = [...planes.values()];
    env.scheduler.runUntil(() => rest.every((one) => one.image().offset === first?.image().offset));
    for (const one of rest) expect(one.image()).toEqual(first?.image());
  };
  return { ...env, disks, planes, up, plane, kill, shutdown, forward, settle, inStep };
}

const topic = (name: string, replicationFactor: number, configs: Record<string, string> = {}) => ({
  topics: [
    {
      name,
      numPartitions: 3,
      replicationFactor,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    },
  ],
  validateOnly: false,
});

function startAll(seed = 1) {
  const cluster = world(seed);
  for (const id of NODES) cluster.up(id);
  cluster.settle();
  return cluster;
}

describe('three nodes', () => {
  it('agree on the lowest id as controller, and unfence all brokers', () => {
    const cluster = startAll();
    for (const id of NODES) expect(cluster.plane(id).image().controllerId).toBe(1);
    expect(cluster.plane(3).image().features.get('eligible.leader.replicas.version')).toBe(1);
    cluster.inStep();
  });

  it('a node that forwards a topic has replayed it when the answer comes', () => {
    const cluster = startAll();
    const answer = cluster.forward(3, 19, topic('orders', 3));
    expect(answer).toMatchObject({
      topics: [{ name: 'orders', errorCode: 0, numPartitions: 3, replicationFactor: 3 }],
    });
    const image = cluster.plane(3).image().topics.get('orders');
    expect(image?.partitions).toHaveLength(3);
    expect(new Set(image?.partitions.map((partition) => partition.leader))).toEqual(new Set(NODES));
    for (const partition of image?.partitions ?? []) expect(new Set(partition.isr)).toEqual(new Set(NODES));
  });

  it('a killed broker loses its leaderships when its session ends, and is unfenced when it comes back', () => {
    const cluster = startAll();
    cluster.forward(1, 19, topic('orders', 3));
    const before = cluster.plane(1).image().topics.get('orders')?.partitions ?? [];
    const led = before.find((partition) => partition.leader === 3);
    cluster.kill(3);
    cluster.settle();
    const after = cluster.plane(2).image().topics.get('orders')?.partitions[led?.partition ?? -1];
    expect(after?.leader).not.toBe(3);
    expect(after?.isr).not.toContain(3);
    expect(after?.leaderEpoch).toBe((led?.leaderEpoch ?? 0) + 1);
    cluster.up(3);
    cluster.settle();
    cluster.inStep();
  });

  it('another node takes over when the controller is killed, and nothing is lost', () => {
    const cluster = startAll();
    cluster.forward(2, 19, topic('orders', 3));
    cluster.kill(1);
    cluster.settle();
    expect(cluster.plane(3).image().controllerId).toBe(2);
    expect(cluster.plane(3).image().topics.has('orders')).toBe(true);
    cluster.forward(3, 19, topic('payments', 2));
    cluster.up(1);
    cluster.settle();
    expect(cluster.plane(1).image().controllerId).toBe(2);
    expect(cluster.plane(1).image()).toEqual(cluster.plane(2).image());
    for (const partition of cluster.plane(1).image().topics.get('orders')?.partitions ?? []) {
      expect(partition.leader).toBeGreaterThan(1);
    }
  });

  it('a controlled shutdown moves leaders and the controller before the node is gone', () => {
    const cluster = startAll();
    cluster.forward(2, 19, topic('orders', 3));
    const start = cluster.scheduler.now();
    const epoch = cluster.shutdown(1);
    expect(cluster.scheduler.now() - start).toBeLessThan(2000);
    expect(epoch).toBeGreaterThan(0);
    cluster.scheduler.runUntil(() => cluster.plane(3).image().controllerId === 2, 3000);
    for (const partition of cluster.plane(3).image().topics.get('orders')?.partitions ?? []) {
      expect(partition.leader).toBeGreaterThan(1);
      expect(partition.isr).not.toContain(1);
    }
    cluster.up(1, epoch);
    cluster.settle();
    cluster.inStep();
  });

  it('a restart on the same disks has lost nothing', () => {
    const cluster = startAll();
    cluster.forward(2, 19, topic('orders', 3, { 'retention.ms': '1000' }));
    const id = cluster.plane(1).image().topics.get('orders')?.id;
    for (const node of NODES) cluster.kill(node);
    for (const node of NODES) cluster.up(node);
    expect(cluster.plane(2).image().topics.get('orders')?.id).toBe(id);
    cluster.settle();
    const image = cluster.plane(3).image();
    expect(image.topicConfigs.get('orders')?.get('retention.ms')).toBe('1000');
    for (const partition of image.topics.get('orders')?.partitions ?? []) expect(partition.leader).toBeGreaterThan(0);
  });

  it('a controller that was cut off shows and answers nothing that it alone has written', () => {
    const cluster = startAll();
    cluster.forward(2, 19, topic('orders', 3));
    cluster.network.cut(1, 2);
    cluster.network.cut(1, 3);
    let answered = false;
    cluster.plane(1).callController('forward', { apiKey: 19, apiVersion: 7, body: topic('lonely', 1) }, () => {
      answered = true;
    });
    cluster.scheduler.runUntil(() => cluster.plane(3).image().controllerId === 2);
    cluster.forward(3, 19, topic('payments', 2));
    cluster.scheduler.runFor(4000);
    expect(answered).toBe(false);
    expect([...cluster.plane(1).image().topics.keys()]).toEqual(['orders']);
    cluster.network.cut(1, 2, false);
    cluster.network.cut(1, 3, false);
    // The call goes on to the controller that there is now.
    cluster.scheduler.runUntil(() => answered);
    expect([...cluster.plane(1).image().topics.keys()]).toEqual(['orders', 'payments', 'lonely']);
    cluster.settle();
    cluster.inStep();
  });

  it('a node that was cut off never becomes the controller, and what it missed is not undone', () => {
    const cluster = startAll();
    cluster.network.cut(3, 1);
    cluster.network.cut(3, 2);
    cluster.scheduler.runFor(8000);
    expect(cluster.plane(2).image().brokers.get(3)?.fenced).toBe(true);
    expect(cluster.plane(3).image().brokers.get(1)?.fenced).toBe(false);
    cluster.forward(2, 19, topic('orders', 2));
    cluster.network.cut(3, 1, false);
    cluster.network.cut(3, 2, false);
    cluster.settle();
    cluster.inStep();
    expect(cluster.plane(3).image().controllerId).toBe(1);
    expect(cluster.plane(3).image().topics.has('orders')).toBe(true);
  });

  it('nodes that leave in order leave the decision to the others, down to the last', () => {
    const cluster = startAll();
    cluster.forward(2, 19, topic('orders', 3));
    cluster.shutdown(1);
    cluster.scheduler.runUntil(() => cluster.plane(3).image().controllerId === 2);
    cluster.shutdown(2);
    cluster.scheduler.runUntil(() => cluster.plane(3).image().controllerId === 3);
    cluster.forward(3, 19, topic('alone', 1));
    const last = cluster.shutdown(3);
    // Only the one that left last knows everything: the others wait for it.
    cluster.up(1);
    cluster.up(2);
    cluster.scheduler.runFor(3000);
    expect(cluster.plane(1).image().controllerId).toBe(-1);
    cluster.up(3, last);
    cluster.settle();
    cluster.inStep();
    expect([...cluster.plane(1).image().topics.keys()]).toEqual(['orders', 'alone']);
  });

  it('without a majority nothing is decided until enough nodes are back', () => {
    const cluster = startAll();
    cluster.kill(2);
    cluster.kill(3);
    cluster.scheduler.runFor(3000);
    let answered = false;
    cluster.plane(1).callController('forward', { apiKey: 19, apiVersion: 7, body: topic('orders', 1) }, () => {
      answered = true;
    });
    cluster.scheduler.runFor(10_000);
    expect(answered).toBe(false);
    cluster.up(3);
    cluster.scheduler.runUntil(() => answered);
    expect(cluster.plane(1).image().topics.has('orders')).toBe(true);
  });
});

describe('starting', () => {
  it('takes no longer than the calls that it needs', () => {
    const cluster = world();
    const start = cluster.scheduler.now();
    for (const id of NODES) cluster.up(id);
    cluster.settle();
    expect(cluster.scheduler.now() - start).toBe(0);
  });

  it('a node alone waits for a majority', () => {
    const cluster = world();
    cluster.up(3);
    cluster.scheduler.runFor(5000);
    expect(cluster.plane(3).image().controllerId).toBe(-1);
    const start = cluster.scheduler.now();
    cluster.up(2);
    cluster.scheduler.runUntil(() => cluster.plane(3).image().controllerId === 2);
    expect(cluster.scheduler.now()).toBe(start);
  });
});

describe('a node that comes back over a slow link', () => {
  it('is unfenced as soon as it has replayed, not with its next heartbeat', () => {
    const cluster = startAll();
    const epoch = cluster.shutdown(3);
    for (const id of [1, 2]) {
      cluster.network.link(id, 3).delayMs = 5;
      cluster.network.link(3, id).delayMs = 5;
    }
    const start = cluster.scheduler.now();
    cluster.up(3, epoch);
    cluster.settle();
    expect(cluster.scheduler.now() - start).toBeLessThan(100);
  });
});
