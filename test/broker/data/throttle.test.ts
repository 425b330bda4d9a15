import { describe, expect, it } from 'vitest';
import { invalidTopicConfig } from '../../../src/broker/config/index.ts';
import { ReplicationQuota, throttledReplicas } from '../../../src/broker/replica/throttle.ts';
import { AlterPartitionReassignments, IncrementalAlterConfigs } from '../../../src/protocol/api/index.ts';
import { VirtualCluster } from '../virtual-cluster.ts';

const CONFIG = { broker: 4, topic: 2 } as const;
const RATE = 100_000;
const RECORD_BYTES = 10_000;
/** Ten seconds' worth at the throttled rate. */
const RECORDS = (10 * RATE) / RECORD_BYTES;

function set(
  cluster: VirtualCluster,
  kind: keyof typeof CONFIG,
  resourceName: string,
  configs: Record<string, string | null>,
): void {
  const { responses } = cluster.ask(1, IncrementalAlterConfigs, 1, {
    resources: [
      {
        resourceType: CONFIG[kind],
        resourceName,
        configs: Object.entries(configs).map(([name, value]) => ({
          name,
          value,
          configOperation: value === null ? 1 : 0,
        })),
      },
    ],
  });
  expect(responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage])).toEqual([[0, null]]);
}

/** A partition of a million bytes on brokers 1 and 2, which is given a third replica. */
function growing(
  configs: Record<string, string>,
  before: (cluster: VirtualCluster) => void,
  statics: Record<string, string> = { 'replica.fetch.max.bytes': String(RATE) },
): VirtualCluster {
  const cluster = new VirtualCluster(3, statics).start();
  cluster.createTopic('t', [[1, 2]], configs);
  cluster.createTopic('other', [[1, 3]]);
  const value = 'x'.repeat(RECORD_BYTES);
  for (let count = 0; count < RECORDS; count++) cluster.produce(1, 't', [value], 1);
  cluster.env.scheduler.runFor(5000);
  before(cluster);
  cluster.ask(1, AlterPartitionReassignments, 0, {
    timeoutMs: 10_000,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, replicas: [1, 2, 3] }] }],
  });
  return cluster;
}

const end = (cluster: VirtualCluster, node: number, topic = 't'): number =>
  cluster.node(node).replicas.get(topic, 0)?.log.logEndOffset ?? 0;

function msUntilFull(cluster: VirtualCluster): number {
  const { scheduler } = cluster.env;
  const began = scheduler.now();
  scheduler.runUntil(() => end(cluster, 3) === end(cluster, 1), 60_000);
  return scheduler.now() - began;
}

describe('throttled replication', () => {
  it('takes no time worth mentioning without a throttle', () => {
    expect(msUntilFull(growing({}, () => undefined))).toBeLessThan(1000);
  });

  it.each([
    ['follower', '0:3', '3'],
    ['leader', '0:1', '1'],
    ['leader', '*', '1'],
  ])('holds a new replica to the rate of its %s (%s)', (role, replicas, broker) => {
    const cluster = growing({ [`${role}.replication.throttled.replicas`]: replicas }, (ready) =>
      set(ready, 'broker', broker, { [`${role}.replication.throttled.rate`]: String(RATE) }),
    );
    const took = msUntilFull(cluster);
    expect(took).toBeGreaterThan(8_000);
    // Who is held back comes again at the end of its poll, or of its back-off: some of the rate is lost to that, as in Kafka.
    expect(took).toBeLessThan(20_000);
  });

  it('leaves those alone who are in sync, and partitions that are not named', () => {
    const cluster = growing({ 'leader.replication.throttled.replicas': '0:1' }, (ready) =>
      set(ready, 'broker', '1', { 'leader.replication.throttled.rate': '1' }),
    );
    const { scheduler } = cluster.env;
    scheduler.runFor(3000);
    const own = end(cluster, 3);
    for (let count = 0; count < 5; count++) {
      cluster.produce(1, 't', ['more'], 1);
      cluster.produce(1, 'other', ['more'], 1);
      scheduler.runFor(1000);
    }
    expect(end(cluster, 3)).toBe(own);
    expect(end(cluster, 3, 'other')).toBe(5);
    expect(end(cluster, 2)).toBe(end(cluster, 1));
    expect(end(cluster, 1)).toBe(RECORDS + 5);
  });

  it('goes on at full speed when the throttle is taken away', () => {
    const cluster = growing({ 'follower.replication.throttled.replicas': '*' }, (ready) =>
      set(ready, 'broker', '3', { 'follower.replication.throttled.rate': '1' }),
    );
    cluster.env.scheduler.runFor(5000);
    expect(end(cluster, 3)).toBeLessThan(RECORDS / 2);
    set(cluster, 'broker', '3', { 'follower.replication.throttled.rate': null });
    expect(msUntilFull(cluster)).toBeLessThan(3000);
  });

  it('throttles whom it is told to while it runs', () => {
    const cluster = growing({}, (ready) => set(ready, 'broker', '', { 'leader.replication.throttled.rate': '1' }));
    expect(msUntilFull(cluster)).toBeLessThan(1000);
    set(cluster, 'topic', 't', { 'leader.replication.throttled.replicas': '0:1' });
    expect(end(cluster, 3)).toBe(RECORDS);
  });
});

describe('catching up', () => {
  it('one partition with much to fetch starves no other', () => {
    const full = { 'replica.fetch.response.max.bytes': String(RECORD_BYTES) };
    const cluster = growing({}, (ready) => void ready.env.network.link(3, 1).lost.add('replicaFetch'), full);
    const { network, scheduler } = cluster.env;
    // It is behind the large one in the follower's line.
    cluster.createTopic('late', [[1, 3]]);
    for (let count = 0; count < 5; count++) cluster.produce(1, 'late', ['small'], 1);
    network.link(3, 1).lost.clear();
    scheduler.runUntil(() => end(cluster, 3, 'late') === 5, 60_000);
    expect(end(cluster, 3)).toBeLessThan(RECORDS);
  });
});

describe('the settings', () => {
  it('names replicas as partition:broker', () => {
    const some = throttledReplicas('0:1, 0:2,12:3');
    expect([some.has(0, 1), some.has(0, 2), some.has(12, 3), some.has(1, 2), some.has(0, 3)]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(throttledReplicas('*').has(5, 7)).toBe(true);
    expect(throttledReplicas('').has(0, 1)).toBe(false);
  });

  it.each(['0', '0:1:2', 'none', '0:1,', '*,0:1'])('refuses %s', (value) => {
    expect(invalidTopicConfig('leader.replication.throttled.replicas', value)).toContain('[partitionId]:[brokerId]');
  });

  it.each(['', '*', '0:1', '0:1, 1:2'])('takes %j', (value) => {
    expect(invalidTopicConfig('leader.replication.throttled.replicas', value)).toBeNull();
  });
});

describe('a quota', () => {
  function quota(limit: number) {
    const clock = { now: 0 };
    const scheduler = { now: () => clock.now, after: () => ({ cancel: () => undefined }) };
    const made = new ReplicationQuota({ scheduler, limit: () => limit, windowMs: () => 1000, windows: () => 11 });
    return { made, clock };
  }

  it('is exceeded until what was let through fits the time that has passed', () => {
    const { made, clock } = quota(100);
    made.record(300);
    expect(made.isExceeded()).toBe(true);
    clock.now = 2999;
    expect(made.isExceeded()).toBe(true);
    clock.now = 3000;
    expect(made.isExceeded()).toBe(false);
  });

  it('forgets what is older than its windows', () => {
    const { made, clock } = quota(1);
    made.record(1_000_000);
    clock.now = 10_999;
    expect(made.isExceeded()).toBe(true);
    clock.now = 11_000;
    expect(made.isExceeded()).toBe(false);
  });
});
