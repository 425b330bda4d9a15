import { describe, expect, it } from 'vitest';
import type { PartitionReplica } from '../../src/broker/replica/replica.ts';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import type { PartitionLog } from '../../src/log/partition-log.ts';
import { seededRandom } from '../broker/virtual.ts';
import { batch, openLog } from '../log/helpers.ts';
import { Loads } from './invariants/loads.ts';
import { Watch } from './invariants/watch.ts';
import { expandSeed } from './options.ts';
import { SimWorld } from './world.ts';

/* What the watcher makes of things that happen within one event, shown on replicas that are made by hand. */

/** A replica as the watcher sees it; the test moves it. */
interface Puppet {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  readonly log: PartitionLog;
  isLeader: boolean;
  leaderEpoch: number;
  highWatermark: number;
  lastStableOffset: number;
  leaderState: { readonly isr: readonly number[] } | null;
}

/** One replica on each of two nodes, with `records` of three in its log. */
function scene(unclean: boolean, records: readonly [number, number] = [3, 3]) {
  const options = expandSeed(1);
  const configs = { 'unclean.leader.election.enable': String(unclean) };
  const world = new SimWorld({
    ...options,
    nodes: 2,
    topics: [{ name: 't', partitions: 1, replicationFactor: 2, configs }],
  });
  const watch = new Watch(world);
  const written = Array.from({ length: 3 }, () => batch());
  const puppets = records.map((count, index): Puppet => {
    const log = openLog(new MemoryDisk());
    for (const records of written.slice(0, count)) log.appendAsLeader(Buffer.from(records), 0);
    const puppet: Puppet = {
      topic: 't',
      partition: 0,
      topicId: 'AAAAAAAAAAEAAAAAAAAAAg',
      log,
      isLeader: index === 0,
      leaderEpoch: 0,
      highWatermark: 0,
      lastStableOffset: 0,
      leaderState: null,
    };
    const image = { offset: 0, topics: new Map(), topicsById: new Map(), brokers: new Map() };
    const runtime = {
      node: { image: () => image },
      replicas: { all: () => [puppet], get: () => puppet },
      isFollowing: true,
    };
    Object.assign(world.host(index + 1), { runtime });
    return puppet;
  });
  const look = (node: number): void => {
    world.touched.add(node);
    watch.afterEvent();
  };
  const [leader, follower] = puppets;
  if (leader === undefined || follower === undefined) throw new Error('two puppets');
  return { world, watch, look, leader, follower };
}

describe('a leader that was elected and replaced within one event', () => {
  it('has committed what it had', () => {
    const { world, watch, look, leader, follower } = scene(false);
    leader.highWatermark = 1;
    look(1);
    look(2);
    follower.log.assignLeaderEpoch(1);
    Object.assign(follower, { leaderEpoch: 2, highWatermark: 3 });
    look(2);
    expect(world.failure).toBeNull();
    expect(watch.committed('t-0').end).toBe(3);
  });

  it('is told from a follower that takes for committed what no leader did', () => {
    const { world, look, leader, follower } = scene(false);
    leader.highWatermark = 1;
    look(1);
    look(2);
    Object.assign(follower, { leaderEpoch: 2, highWatermark: 3 });
    look(2);
    expect(world.failure).toMatch(/never committed/);
  });

  it.each([
    ['takes what it did not have with it', false, [{ leaderEpoch: 1, from: 1 }]],
    ['takes nothing that a later leader is known to have', true, []],
  ])('where unclean elections are allowed, %s', (_what, isLate, losses) => {
    const { world, watch, look, leader, follower } = scene(true, [3, 1]);
    leader.highWatermark = 3;
    look(1);
    look(2);
    if (isLate) {
      leader.log.assignLeaderEpoch(2);
      leader.leaderEpoch = 2;
      look(1);
    }
    follower.log.assignLeaderEpoch(1);
    follower.leaderEpoch = 2;
    look(2);
    expect(world.failure).toBeNull();
    expect(watch.committed('t-0').losses).toEqual(losses);
  });
});

it('a node that is started again while its machine stands still starts once', () => {
  const world = new SimWorld({ ...expandSeed(1), nodes: 1, elr: true });
  const started: number[] = [];
  world.watcher = { ...world.watcher, started: (node) => started.push(node) };
  world.host(1).freeze();
  world.start(1);
  world.start(1);
  expect(started).toEqual([]);
  world.host(1).thaw();
  world.scheduler.runFor(1000);
  expect(started).toEqual([1]);
  expect(world.failure).toBeNull();
});

it('a loss of power takes what was not flushed', () => {
  const world = new SimWorld({ ...expandSeed(1), nodes: 1, elr: true, tornWrites: 'none' });
  world.start(1);
  const file = world.cluster.disk(1).open('probe', { create: true });
  file.append(Buffer.from('kept'));
  file.sync();
  file.append(Buffer.from('lost'));
  world.scheduler.runFor(0);
  world.losePower(1, seededRandom(1));
  expect(world.cluster.disk(1).open('probe').size).toBe(4);
});

describe('what a group coordinator loaded', () => {
  const replica = (log: PartitionLog, highWatermark: number) => ({ log, highWatermark }) as PartitionReplica;

  it('is lost when the next one does not find it', () => {
    const long = openLog(new MemoryDisk());
    for (let i = 0; i < 3; i++) long.appendAsLeader(batch(), 0);
    const short = openLog(new MemoryDisk());
    short.appendAsLeader(batch(), 0);
    const loads = new Loads();
    loads.note('g', replica(long, 1));
    expect(loads.isLost('g')).toBe(false);
    loads.note('g', replica(short, 1));
    expect(loads.isLost('g')).toBe(true);
  });

  it('and was committed then is never lost, as far as this goes', () => {
    const long = openLog(new MemoryDisk());
    for (let i = 0; i < 3; i++) long.appendAsLeader(batch(), 0);
    const short = openLog(new MemoryDisk());
    const loads = new Loads();
    loads.note('g', replica(long, 3));
    loads.note('g', replica(short, 0));
    expect(loads.isLost('g')).toBe(false);
  });
});

it('a leader that has not heard of the unclean election behind it commits nothing', () => {
  const { world, watch, look, leader, follower } = scene(true, [3, 1]);
  leader.highWatermark = 3;
  look(1);
  look(2);
  follower.log.assignLeaderEpoch(1);
  follower.leaderEpoch = 2;
  look(2);
  expect(watch.committed('t-0')).toMatchObject({ end: 1, taintedSince: 1 });
  leader.leaderState = { isr: [1] };
  watch.compareEverything();
  expect(world.failure).toBeNull();
  // One of a later epoch is held to what is committed.
  leader.leaderEpoch = 3;
  watch.compareEverything();
  expect(world.failure).toMatch(/never committed/);
});

it.each([
  ['eligible', 0, /node 2 .*is eligible, and ends at 1 below the high watermark 3/],
  ['of another leader', 1, null],
])('a replica that left the ISR and is %s', (_what, leaderEpoch, failure) => {
  const { world, look, leader } = scene(false, [3, 1]);
  const image = world.host(2).runtime?.node.image();
  const partition = { partition: 0, leaderEpoch, elr: [2] };
  Object.assign(image ?? {}, { offset: 1, topicsById: new Map([[leader.topicId, { partitions: [partition] }]]) });
  leader.leaderState = { isr: [1] };
  leader.highWatermark = 3;
  look(1);
  if (failure === null) expect(world.failure).toBeNull();
  else expect(world.failure).toMatch(failure);
});

describe('a high watermark that falls', () => {
  it.each([
    ['only where compaction took from the leader what the follower gives up', 'compact', [0, 3], null],
    ['not where the leader has records', 'compact', [0, 1, 2], /fell from 3 to 1/],
    ['never without compaction', 'delete', [0, 3], /fell from 3 to 1/],
  ] as const)('may do so %s', (_where, policy, left, failure) => {
    const { world, look, leader, follower } = scene(false);
    for (const puppet of [leader, follower]) puppet.highWatermark = 3;
    look(1);
    look(2);
    const cleanupPolicy = { delete: policy === 'delete', compact: policy === 'compact' };
    const compacted = openLog(new MemoryDisk(), { cleanupPolicy });
    const all = openLog(new MemoryDisk());
    for (let i = 0; i < 4; i++) all.appendAsLeader(batch(), 0);
    for (const offset of left) compacted.appendAsFollower(all.read(offset, 1).records);
    const cut = openLog(new MemoryDisk(), { cleanupPolicy });
    cut.appendAsFollower(all.read(0, 1).records);
    Object.assign(leader, { log: compacted, leaderEpoch: 1, highWatermark: compacted.logEndOffset });
    Object.assign(follower, { log: cut, leaderEpoch: 1, highWatermark: 1 });
    look(2);
    if (failure === null) expect(world.failure).toBeNull();
    else expect(world.failure).toMatch(failure);
  });
});
