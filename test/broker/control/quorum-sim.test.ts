import { describe, expect, it } from 'vitest';
import { ControlPlane } from '../../../src/broker/controller/control-plane.ts';
import { isAnswer } from '../../../src/broker/network.ts';
import { MemoryDisk } from '../../../src/log/memory-disk.ts';
import { seededRandom, virtualEnv } from '../virtual.ts';

/* Nodes are killed, stopped, cut off and slowed at random while topics are created: what was answered stays. */

const NODES = [1, 2, 3];
const STEPS = 40;
const CREATE_TOPICS = 19;

function simulate(seed: number) {
  const env = virtualEnv(seed);
  const chance = seededRandom(seed + 1000);
  const disks = new Map(NODES.map((id) => [id, new MemoryDisk()]));
  const planes = new Map<number, { plane: ControlPlane; detach: () => void }>();
  const acknowledged: string[] = [];
  /** Controller by epoch: two in one epoch would be a split brain. */
  const controllers = new Map<number, number>();
  const conflicts: string[] = [];

  const up = (nodeId: number): void => {
    const plane = new ControlPlane({
      nodeId,
      nodeIds: NODES,
      clusterId: 'kVVrqHq9R9Wz0d3bY2ZtkA',
      ...env,
      log: (_level, message, fields) => {
        if (message !== 'this node is the controller') return;
        const epoch = Number(fields?.['epoch']);
        if (controllers.has(epoch)) conflicts.push(`epoch ${epoch}: ${controllers.get(epoch)} and ${nodeId}`);
        controllers.set(epoch, nodeId);
      },
      disk: disks.get(nodeId) ?? new MemoryDisk(),
      staticConfig: new Map(),
    });
    const link = env.network.attach(nodeId, (from, name, request, reply) => {
      plane.serve(from, name, request, reply);
    });
    planes.set(nodeId, { plane, detach: () => link.detach() });
    plane.start({ host: 'h', port: nodeId, rack: null, previousBrokerEpoch: -1 });
  };
  const down = (nodeId: number): void => {
    const found = planes.get(nodeId);
    found?.detach();
    found?.plane.stop();
    planes.delete(nodeId);
  };
  const any = <T>(items: readonly T[]): T | undefined => items[chance.below(items.length)];
  let names = 0;
  const create = (): void => {
    const on = any([...planes.values()])?.plane;
    const name = `topic-${names++}`;
    const created = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    const body = { topics: [created], validateOnly: false };
    on?.callController('forward', { apiKey: CREATE_TOPICS, apiVersion: 7, body }, (answer) => {
      if (!isAnswer(answer)) return;
      const { topics } = answer.body as { topics: { errorCode: number }[] };
      if (topics[0]?.errorCode === 0) acknowledged.push(name);
    });
  };
  const actions: (() => void)[] = [
    create,
    create,
    create,
    () => {
      const victim = any([...planes.keys()]);
      if (victim !== undefined) down(victim);
    },
    () => {
      const victim = any([...planes.keys()]);
      if (victim !== undefined) planes.get(victim)?.plane.shutdown(() => down(victim));
    },
    () => {
      const back = any(NODES.filter((id) => !planes.has(id)));
      if (back !== undefined) up(back);
    },
    () => env.network.cut(any(NODES) ?? 1, any(NODES) ?? 2),
    () => {
      for (const a of NODES) for (const b of NODES) env.network.cut(a, b, false);
    },
    () => {
      env.network.link(any(NODES) ?? 1, any(NODES) ?? 2).delayMs = chance.below(30);
    },
  ];

  for (const id of NODES) up(id);
  for (let step = 0; step < STEPS; step++) {
    any(actions)?.();
    env.scheduler.runFor(chance.below(4000));
  }
  for (const a of NODES) {
    for (const b of NODES) {
      env.network.cut(a, b, false);
      env.network.link(a, b).delayMs = 1;
    }
  }
  for (const id of NODES) {
    if (planes.has(id)) down(id);
    up(id);
  }
  const all = () => [...planes.values()].map(({ plane }) => plane.image());
  env.scheduler.runUntil(() => {
    const images = all();
    return images.every(
      (image) =>
        image.offset === images[0]?.offset && [...image.brokers.values()].filter(({ fenced }) => !fenced).length === 3,
    );
  });
  return { acknowledged, conflicts, images: all(), controllers };
}

describe('the quorum under faults', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    'seed %i: what was answered is there, one controller per epoch',
    (seed) => {
      const { acknowledged, conflicts, images } = simulate(seed);
      expect(conflicts).toEqual([]);
      for (const image of images) {
        expect(image).toEqual(images[0]);
        expect(acknowledged.filter((name) => !image.topics.has(name))).toEqual([]);
      }
    },
  );

  it('the same seed gives the same history', () => {
    expect(simulate(7)).toEqual(simulate(7));
  });

  it('is not idle: topics are acknowledged and controllers change', () => {
    const runs = Array.from({ length: 10 }, (_, seed) => simulate(seed));
    expect(runs.reduce((sum, run) => sum + run.acknowledged.length, 0)).toBeGreaterThan(30);
    expect(runs.reduce((sum, run) => sum + run.controllers.size, 0)).toBeGreaterThan(20);
  });
});
