import { describe, expect, it } from 'vitest';
import { wallTime } from '../../../src/broker/env.ts';
import {
  DeleteRecords,
  DescribeLogDirs,
  Fetch,
  ListOffsets,
  Metadata,
  Produce,
} from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { batchOf } from '../virtual-cluster.ts';
import { type FaultCluster, faultCluster } from './fault-cluster.ts';

function partition({ cluster }: FaultCluster, seenBy = 1) {
  const found = cluster.node(seenBy).node.image().topics.get('t')?.partitions[0];
  if (found === undefined) throw new Error('there is no t-0');
  return found;
}

function isFenced({ cluster }: FaultCluster, id: number): boolean {
  return cluster.node(1).node.image().brokers.get(id)?.fenced ?? true;
}

function errorOf(pending: ReturnType<FaultCluster['cluster']['produce']>): number | undefined {
  const { answer } = pending;
  return typeof answer === 'object' ? answer.responses[0]?.partitionResponses[0]?.errorCode : undefined;
}

function now({ cluster }: FaultCluster): number {
  return cluster.env.scheduler.now();
}

describe('faults of links', () => {
  it('cut-link, only replication: the follower is alive, and leaves the ISR', () => {
    const world = faultCluster(3, { 'replica.lag.time.max.ms': '3000' });
    world.cluster.createTopic('t', [[1, 2, 3]]);
    world.run(1000);
    expect(world.set('3', 'kmedic.fault.cut-link', 'to=1,only=replication,for=20s')).toBeNull();
    world.run(1000);
    const pending = world.cluster.produce(1, 't', ['a']);
    world.until(() => partition(world).isr.length === 2);
    world.until(() => errorOf(pending) === 0);
    expect(isFenced(world, 3)).toBe(false);
    world.until(() => world.faults.active().length === 0);
    world.until(() => partition(world).isr.length === 3);
  });

  it('cut-link to all nodes: the broker is fenced, and returns when the link heals', () => {
    const world = faultCluster(3);
    world.set('3', 'kmedic.fault.cut-link', 'to=nodes,for=20s');
    world.until(() => isFenced(world, 3));
    world.until(() => world.faults.active().length === 0);
    world.until(() => !isFenced(world, 3));
  });

  it('cut-link one way: what goes out is lost, what comes in is not', () => {
    const world = faultCluster(3);
    world.faults.inject({ fault: 'cut-link', on: 2, to: ['clients'], direction: 'out' });
    world.cluster.createTopic('t', [[2, 1]]);
    const lost = world.cluster.produce(2, 't', ['a']);
    world.until(() => world.cluster.node(1).replicas.get('t', 0)?.log.logEndOffset === 1);
    world.run(1000);
    expect(lost.answer).toBeUndefined();
    world.faults.clear();
    expect(errorOf(lost)).toBe(0);
    world.faults.inject({ fault: 'cut-link', on: 2, to: ['clients'], direction: 'in' });
    const unheard = world.cluster.produce(2, 't', ['b']);
    world.run(5000);
    expect(world.cluster.node(2).replicas.get('t', 0)?.log.logEndOffset).toBe(1);
    world.faults.clear();
    world.until(() => errorOf(unheard) === 0);
  });

  it('slow-link: answers take longer, and stay in order', () => {
    const world = faultCluster(1);
    world.cluster.createTopic('t', [[1]]);
    world.faults.inject({ fault: 'slow-link', on: 1, to: ['clients'], delay: 300, jitter: 200 });
    const began = now(world);
    const asked = Array.from({ length: 5 }, (_, i) => world.cluster.produce(1, 't', [`v${i}`]));
    world.until(() => asked.every((pending) => errorOf(pending) === 0));
    // Each way.
    expect(now(world) - began).toBeGreaterThanOrEqual(600);
    const offsets = asked.map(({ answer }) =>
      typeof answer === 'object' ? answer.responses[0]?.partitionResponses[0]?.baseOffset : null,
    );
    expect(offsets).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuses a link to nobody, and to itself', () => {
    const world = faultCluster(3);
    expect(world.set('3', 'kmedic.fault.cut-link', 'to=9,for=1s')).toContain('there is no broker 9');
    expect(world.set('3', 'kmedic.fault.cut-link', 'to=3,for=1s')).toContain('no link to itself (3)');
  });
});

describe('faults of disks', () => {
  const logDirs = ({ cluster }: FaultCluster, id: number) =>
    cluster.ask(id, DescribeLogDirs, 4, { topics: null }).results;

  it('slow-disk: writes queue up behind each other, heartbeats do not', () => {
    const world = faultCluster(3);
    world.cluster.createTopic('t', [[2]]);
    world.faults.inject({ fault: 'slow-disk', on: 2, delay: 2000 });
    const began = now(world);
    const first = world.cluster.produce(2, 't', ['a']);
    const second = world.cluster.produce(2, 't', ['b'], -1, 30_000);
    const metadata = world.cluster.send(2, Metadata, 12, { topics: null });
    world.until(() => metadata.answer !== undefined);
    expect(now(world) - began).toBeLessThan(100);
    world.until(() => errorOf(first) === 0);
    expect(now(world) - began).toBe(2000);
    world.until(() => errorOf(second) === 0);
    expect(now(world) - began).toBe(4000);
    world.run(20_000);
    expect(isFenced(world, 2)).toBe(false);
  });

  it('slow-disk of a follower: it falls out of the ISR, and comes back', () => {
    const world = faultCluster(2, { 'replica.lag.time.max.ms': '2000' });
    world.cluster.createTopic('t', [[1, 2]]);
    world.run(1000);
    world.set('2', 'kmedic.fault.slow-disk', 'delay=4s,for=30s');
    world.run(1000);
    const timer = setOften(world, 500, () => world.cluster.produce(1, 't', ['x'], 1));
    world.until(() => partition(world).isr.length === 1);
    world.until(() => world.faults.active().length === 0);
    timer.stop();
    world.until(() => partition(world).isr.length === 2);
  });

  it.each(['disk-full', 'disk-error'] as const)(
    '%s of a broker with other log directories: this one is offline until the broker is restarted',
    (fault) => {
      const world = faultCluster(3);
      world.cluster.createTopic('t', [[2, 1, 3]]);
      const kept = world.cluster.produce(2, 't', ['a']);
      world.until(() => errorOf(kept) === 0);
      expect(logDirs(world, 2)[0]?.errorCode).toBe(0);
      expect(world.set('2', `kmedic.fault.${fault}`, 'for=10s,jbod=yes')).toBeNull();
      world.until(() => world.faults.active()[0]?.leftMs !== null && now(world) > 0);
      world.run(100);
      const refused = world.cluster.produce(2, 't', ['b']);
      world.until(() => errorOf(refused) !== undefined);
      expect(errorOf(refused)).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
      world.until(() => partition(world).leader === 1);
      expect(partition(world).isr).toEqual([1, 3]);
      // The broker lives, and says what it lacks; so does the metadata.
      expect(isFenced(world, 2)).toBe(false);
      expect(logDirs(world, 2)).toMatchObject([{ errorCode: ErrorCode.KAFKA_STORAGE_ERROR, topics: [] }]);
      const { topics } = world.cluster.ask(1, Metadata, 12, { topics: [{ name: 't' }] });
      expect(topics[0]?.partitions[0]).toMatchObject({ leaderId: 1, offlineReplicas: [2] });
      const fetched = world.cluster.ask(2, Fetch, 12, {
        replicaId: -1,
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 1000,
        topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
      });
      expect(fetched.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
      const listed = world.cluster.ask(2, ListOffsets, 7, {
        replicaId: -1,
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
      });
      expect(listed.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
      const elsewhere = world.cluster.produce(1, 't', ['c']);
      world.until(() => errorOf(elsewhere) === 0);
      // Space again is not enough.
      world.run(30_000);
      expect(world.faults.active()).toEqual([]);
      expect(partition(world).isr).toEqual([1, 3]);
      world.faults.inject({ fault: 'restart', on: 2 });
      world.until(() => partition(world).isr.length === 3);
      expect(world.cluster.node(2).replicas.get('t', 0)?.log.logEndOffset).toBe(2);
      expect(logDirs(world, 2)[0]?.errorCode).toBe(0);
    },
  );

  it.each(['disk-full', 'disk-error'] as const)(
    '%s of the only log directory: the broker halts, and is back when the disk is',
    (fault) => {
      const world = faultCluster(3);
      world.cluster.createTopic('t', [[2, 1, 3]]);
      const kept = world.cluster.produce(2, 't', ['a']);
      world.until(() => errorOf(kept) === 0);
      world.faults.inject({ fault, on: 2, for: 20_000 });
      world.cluster.produce(2, 't', ['b']);
      world.until(() => !world.running.has(2));
      // As after a kill: nobody was told, and the others notice by the session time-out.
      expect(partition(world).leader).toBe(2);
      world.until(() => isFenced(world, 2));
      expect(partition(world)).toMatchObject({ leader: 1, isr: [1, 3] });
      const elsewhere = world.cluster.produce(1, 't', ['c']);
      world.until(() => errorOf(elsewhere) === 0);
      world.until(() => partition(world).isr.length === 3);
      expect(world.faults.active()).toEqual([]);
      expect(world.cluster.node(2).replicas.get('t', 0)?.log.logEndOffset).toBe(2);
    },
  );

  it('a broker that is started on a broken disk halts again', () => {
    const world = faultCluster(3);
    world.cluster.createTopic('t', [[2, 1, 3]]);
    world.faults.inject({ fault: 'disk-error', on: 2, for: 60_000 });
    world.faults.inject({ fault: 'restart', on: 2 });
    world.run(10_000);
    expect(world.running.has(2)).toBe(false);
    world.until(() => partition(world).isr.length === 3);
    expect(world.faults.active()).toEqual([]);
  });

  it('a broker with other log directories that starts on a broken one is in the cluster without it', () => {
    const world = faultCluster(3);
    world.cluster.createTopic('t', [[2, 1, 3]]);
    world.faults.inject({ fault: 'disk-error', on: 2, jbod: 'yes', for: 60_000 });
    world.faults.inject({ fault: 'restart', on: 2 });
    world.until(() => world.cluster.node(1).node.image().brokers.get(2)?.logDirOffline === true);
    world.until(() => !isFenced(world, 2));
    world.run(5000);
    expect(partition(world)).toMatchObject({ leader: 1, isr: [1, 3] });
    world.until(() => world.faults.active().length === 0);
    world.faults.inject({ fault: 'restart', on: 2 });
    world.until(() => partition(world).isr.length === 3);
  });

  it('records that cannot be deleted, because that has to be written down, are answered with a storage error', () => {
    const world = faultCluster(2);
    const { cluster, faults } = world;
    cluster.createTopic('t', [[2]]);
    const written = cluster.produce(2, 't', ['a']);
    world.until(() => errorOf(written) === 0);
    faults.inject({ fault: 'disk-full', on: 2, jbod: 'yes' });
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1 }] }];
    const [topic] = cluster.ask(2, DeleteRecords, 2, { topics, timeoutMs: 1000 }).topics;
    expect(topic?.partitions[0]?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    world.until(() => partition(world).leader === -1);
  });

  it('a disk that is full in the only replica leaves its partition without a leader', () => {
    const world = faultCluster(2);
    world.cluster.createTopic('t', [[2]]);
    world.faults.inject({ fault: 'disk-full', on: 2, jbod: 'yes' });
    expect(errorOf(world.cluster.produce(2, 't', ['a']))).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    world.until(() => partition(world).leader === -1);
    world.faults.clear();
    world.faults.inject({ fault: 'restart', on: 2 });
    world.until(() => world.cluster.node(2).replicas.get('t', 0)?.isLeader === true);
    const written = world.cluster.produce(2, 't', ['b']);
    world.until(() => errorOf(written) === 0);
  });
});

describe('skew-clock', () => {
  it('stamps records with the wrong time, and keeps sessions as they are', () => {
    const world = faultCluster(3);
    world.cluster.createTopic('t', [[1, 2, 3]], { 'message.timestamp.type': 'LogAppendTime' });
    world.set('1', 'kmedic.fault.skew-clock', 'by=-2h,for=30s');
    world.run(1000);
    const { scheduler } = world.cluster.node(1).node;
    expect(wallTime(scheduler) - scheduler.now()).toBe(-7_200_000);
    const answer = world.cluster.ask(1, Produce, 9, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf(['a'], now(world)) }] }],
    });
    const stamped = answer.responses[0]?.partitionResponses[0]?.logAppendTimeMs ?? 0;
    expect(Math.abs(now(world) - 7_200_000 - stamped)).toBeLessThan(1000);
    world.run(10_000);
    expect([1, 2, 3].filter((id) => isFenced(world, id))).toEqual([]);
    world.until(() => world.faults.active().length === 0);
    expect(wallTime(scheduler)).toBe(scheduler.now());
  });
});

function setOften(world: FaultCluster, everyMs: number, run: () => void): { stop(): void } {
  let stopped = false;
  const next = (): void => {
    if (stopped) return;
    run();
    world.cluster.env.scheduler.after(everyMs, next);
  };
  next();
  return {
    stop: () => {
      stopped = true;
    },
  };
}
