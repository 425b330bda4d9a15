import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddresses } from '../../src/client/address.ts';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import { openKafkajsChannel } from '../../src/client/kafkajs-channel.ts';
import { observe } from '../../src/cluster/observe.ts';
import { record } from '../../src/cluster/record.ts';
import { recordingSchema } from '../../src/cluster/recording.ts';
import type { ObserveRequest } from '../../src/cluster/selection.ts';
import type { Group, Snapshot } from '../../src/cluster/snapshot.ts';
import { OffsetCommit } from '../../src/protocol/api/index.ts';
import { createTopics } from '../create-topics.ts';
import { until } from '../until.ts';
import { type RealKafka, spawnTool, startKafka, TOOLS } from './harness.ts';
import { type KafkaVersion, kafkaJars } from './jars.ts';

const EVERYTHING: ObserveRequest['want'] = {
  members: true,
  commits: true,
  offsets: true,
  lastStable: true,
  logEnd: true,
  maxTimestamp: true,
  commitTimestamps: true,
};

/** The records are dated 2023: under the default retention Kafka deletes them at its first check, 30 s after its start. */
const KEEP = [{ name: 'retention.ms', value: '-1' }];

const VERSIONS: readonly KafkaVersion[] = ['4.3.1', '3.9.2'];

/** Rows of kafka-consumer-groups --describe, as `group topic partition committed end lag host`. */
function toolRows(stdout: string): string[] {
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => cells.length >= 9 && cells[0] !== 'GROUP')
    .map(([group, topic, partition, committed, end, lag, , host]) =>
      [group, topic, partition, committed, end, lag, host].join(' '),
    )
    .sort();
}

/** The same rows from a snapshot: assigned and committed partitions, joined with their ends. */
function snapshotRows(snapshot: Snapshot, groups: readonly Group[]): string[] {
  const rows: string[] = [];
  for (const group of groups) {
    const owners = new Map<string, string>();
    const offsets = new Map<string, number | null>();
    for (const { host, assignment } of group.members) {
      for (const { topic, partitions } of assignment)
        for (const p of partitions) owners.set(`${topic} ${p}`, `/${host}`);
    }
    for (const { topic, partition, offset } of group.commits) offsets.set(`${topic} ${partition}`, offset);
    for (const key of new Set([...owners.keys(), ...offsets.keys()])) {
      const [topic, partition] = key.split(' ');
      const facts = snapshot.topics
        .find((entry) => entry.topic === topic)
        ?.partitions.find((entry) => entry.partition === Number(partition));
      const committed = offsets.get(key) ?? null;
      const end = facts?.highWatermark ?? null;
      const lag = committed === null || end === null ? '-' : end - committed;
      rows.push([group.group, key, committed ?? '-', end ?? '-', lag, owners.get(key) ?? '-'].join(' '));
    }
  }
  return rows.sort();
}

describe.each(VERSIONS.filter((version) => kafkaJars(version) !== null))('observe on Apache Kafka %s', (version) => {
  let real: RealKafka;
  let client: ClusterClient;
  let modern: ChildProcess | undefined;
  const consumers: Consumer[] = [];
  const crashes: string[] = [];

  const connect = (bootstrap: string, timeoutMs = 10_000) =>
    new ClusterClient(
      {
        bootstrap: parseAddresses(bootstrap),
        clientId: 'kmedic-test',
        connectTimeoutMs: timeoutMs,
        requestTimeoutMs: timeoutMs,
        tls: null,
        sasl: null,
      },
      openKafkajsChannel,
    );
  const all = () => observe(client, { groups: 'all', want: EVERYTHING });
  const groupOf = (snapshot: Snapshot, name: string) => snapshot.groups.find(({ group }) => group === name);
  const describeGroups = async (...args: string[]) =>
    toolRows(
      (await real.tool(TOOLS.consumerGroups, '--bootstrap-server', real.bootstrap, '--describe', ...args)).stdout,
    );

  beforeAll(async () => {
    real = await startKafka(version, { nodes: 3 });
    client = connect(real.bootstrap);
    await until('every broker is in the metadata, so that kafkajs finds the controller', async () => {
      const { brokers } = await observe(client, { groups: 'none', topics: 'all', want: {} });
      return brokers.length === 3 ? true : undefined;
    });
    // Asked first: __consumer_offsets is made then, and no consumer comes upon a coordinator in the making.
    const located = await until('coordinators', async () => {
      const snapshot = await observe(client, { groups: { names: ['simple', 'mixed'] }, want: {} });
      return snapshot.groups.every(({ coordinator }) => coordinator !== null) ? snapshot : undefined;
    });
    const kafka = new Kafka({ brokers: [...real.addresses], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    const replicaAssignment = [
      { partition: 0, replicas: [3] },
      { partition: 1, replicas: [2] },
    ];
    await createTopics(admin, [
      { topic: 'orders', numPartitions: 6, replicationFactor: 3, configEntries: KEEP },
      { topic: 'modern', numPartitions: 4, replicationFactor: 3, configEntries: KEEP },
      { topic: 'doomed', numPartitions: 2, replicationFactor: 3, configEntries: KEEP },
      { topic: 'fragile', numPartitions: -1, replicationFactor: -1, replicaAssignment, configEntries: KEEP },
    ]);
    const producer = kafka.producer({ idempotent: true });
    await producer.connect();
    for (const [topic, partitions] of [
      ['orders', 6],
      ['modern', 4],
      ['doomed', 2],
      ['fragile', 2],
    ] as const) {
      const messages = Array.from({ length: partitions * 20 }, (_, i) => ({
        value: `v${i}`,
        partition: i % partitions,
        timestamp: String(1_700_000_000_000 + i),
      }));
      await producer.send({ topic, messages });
    }
    await producer.disconnect();
    await admin.disconnect();

    for (let i = 0; i < 2; i++) {
      const consumer = kafka.consumer({ groupId: 'classic', sessionTimeout: 30_000, allowAutoTopicCreation: false });
      consumers.push(consumer);
      await consumer.connect();
      await consumer.subscribe({ topics: ['orders', 'doomed'], fromBeginning: true });
      consumer.on('consumer.crash', ({ payload }) => crashes.push(String(payload.error)));
      await consumer.run({ eachMessage: async () => {}, autoCommitInterval: 200 });
    }
    modern = spawnTool(version, TOOLS.consoleConsumer, [
      ...['--bootstrap-server', real.bootstrap, '--topic', 'modern', '--group', 'modern', '--from-beginning'],
      ...['--consumer-property', 'group.protocol=consumer', '--consumer-property', 'auto.commit.interval.ms=200'],
    ]);
    modern.stdout?.resume();
    modern.stderr?.resume();

    for (const { group, coordinator } of located.groups) {
      const topics = ['orders', ...(group === 'mixed' ? ['fragile'] : [])].map((name) => ({
        name,
        partitions: [0, 1].map((partitionIndex) => ({
          partitionIndex,
          committedOffset: 5 + partitionIndex,
          committedMetadata: 'm',
        })),
      }));
      await client.call(
        coordinator ?? 0,
        OffsetCommit,
        { groupId: group, generationIdOrMemberEpoch: -1, memberId: '', topics },
        { maxVersion: 9 },
      );
    }
    let seen: unknown;
    await until(
      () => `both live groups have read everything: ${JSON.stringify({ seen, crashes })}`,
      async () => {
        const snapshot = await all();
        const groups = ['classic', 'modern'].map((name) => groupOf(snapshot, name));
        const read = groups.map((group) => group?.commits.reduce((sum, { offset }) => sum + (offset ?? 0), 0));
        seen = groups.map((group, at) => [group?.state, group?.members.length, read[at]]);
        return groups.every((group) => group?.state === 'Stable') && read[0] === 160 && read[1] === 80;
      },
    );
  }, 300_000);

  afterAll(async () => {
    client?.close();
    modern?.kill('SIGKILL');
    await Promise.allSettled(consumers.map((consumer) => consumer.disconnect()));
    await real?.close();
  });

  it('agrees with kafka-consumer-groups on every row', async () => {
    const snapshot = await all();
    expect(snapshot.roundTrips).toBeLessThanOrEqual(5);
    expect(snapshot.problems).toEqual([]);
    const rows = snapshotRows(snapshot, snapshot.groups);
    expect(rows).toEqual(await describeGroups('--all-groups'));
    expect(rows).toHaveLength(6 + 2 + 4 + 2 + 4);
  }, 60_000);

  it('types the groups and tells their members', async () => {
    const { groups } = await all();
    expect(groups.map(({ group, type, state }) => [group, type, state])).toEqual([
      ['classic', 'classic', 'Stable'],
      ['mixed', 'simple', 'Empty'],
      ['modern', 'consumer', 'Stable'],
      ['simple', 'simple', 'Empty'],
    ]);
    const [classic, , modernGroup] = groups;
    expect(classic?.members).toHaveLength(2);
    expect(classic?.members[0]).toMatchObject({
      host: '127.0.0.1',
      subscribedTopics: ['doomed', 'orders'],
      problem: null,
    });
    expect(modernGroup?.members[0]?.assignment).toEqual([{ topic: 'modern', partitions: [0, 1, 2, 3] }]);
    expect(modernGroup?.members[0]?.targetAssignment).toEqual([{ topic: 'modern', partitions: [0, 1, 2, 3] }]);
    expect(modernGroup?.groupEpoch).toBeGreaterThan(0);
  }, 60_000);

  it('tells the same of groups that are named', async () => {
    const named = await observe(client, {
      groups: { names: ['classic', 'modern', 'simple', 'mixed', 'no-such'] },
      want: EVERYTHING,
    });
    const listed = await all();
    expect(named.roundTrips).toBeLessThanOrEqual(5);
    expect(named.groups.filter(({ group }) => group !== 'no-such')).toEqual(listed.groups);
    expect(named.topics).toEqual(listed.topics);
    expect(groupOf(named, 'no-such')).toMatchObject({ type: 'unknown', problem: { name: 'GROUP_ID_NOT_FOUND' } });
  }, 60_000);

  it('reads the time of the record at a commit, the log end and the newest record', async () => {
    const snapshot = await all();
    const commit = groupOf(snapshot, 'simple')?.commits[0];
    expect(commit).toMatchObject({ topic: 'orders', partition: 0, offset: 5, timestampMs: 1_700_000_000_030 });
    expect(snapshot.topics.find(({ topic }) => topic === 'orders')?.partitions[0]).toMatchObject({
      start: 0,
      highWatermark: 20,
      lastStableOffset: 20,
      logEnd: 20,
      maxTimestamp: { offset: 19, timestampMs: 1_700_000_000_114 },
    });
  }, 60_000);

  it('records histories, settings and transactions beside the samples', async () => {
    const recording = await record(
      client,
      {
        observe: { groups: 'all', topics: 'all', want: { ...EVERYTHING, replication: true, logDirs: true } },
        samples: 2,
        everyMs: 10,
        scope: { groups: null, topics: null },
        histories: { of: (samples) => samples.at(-1)?.groups.map(({ group }) => group) ?? [], backMs: null },
        keys: null,
      },
      { clock: Date, pause: (ms) => sleep(ms), stopped: new AbortController().signal },
    );
    if (recording === null) throw new Error('nothing was recorded');
    expect(recording.problems).toEqual([]);
    expect(recording.transactions).toEqual({ open: [], asked: [], coordinatorsAsked: true });
    const [classic, mixed, modernGroup, simple] = recording.histories;
    for (const history of recording.histories) expect([history.problem, history.complete]).toEqual([null, true]);
    expect(
      classic?.generations.at(-1)?.members.map(({ host, rebalanceTimeoutMs }) => [host, rebalanceTimeoutMs]),
    ).toEqual([
      ['127.0.0.1', expect.any(Number)],
      ['127.0.0.1', expect.any(Number)],
    ]);
    // The epoch that the coordinator tells is the one that it wrote.
    const epoch = recording.samples[1]?.groups.find(({ group }) => group === 'modern')?.groupEpoch;
    expect(modernGroup?.generations.at(-1)).toMatchObject({ generation: epoch, members: [{ partitions: 4 }] });
    expect([simple?.generations, mixed?.commits.map(({ lastOffset }) => lastOffset)]).toEqual([[], [5, 6, 5, 6]]);
    expect(recording.topicConfigs.find(({ topic }) => topic === 'orders')?.configs).toContainEqual({
      name: 'retention.ms',
      value: '-1',
      source: 'topic',
    });
    for (const { configs } of recording.brokerConfigs) {
      expect(configs.find(({ name }) => name === 'offsets.topic.num.partitions')?.value).toMatch(/^\d+$/);
    }
    expect(recordingSchema.parse(recording)).toEqual(recording);
  }, 60_000);

  it('shows a deleted topic that is still assigned, where the tool gives no row at all', async () => {
    const kafka = new Kafka({ brokers: [...real.addresses], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: ['doomed'] });
    await admin.disconnect();
    const snapshot = await until('the topic is gone', async () => {
      const seen = await all();
      const doomed = seen.topics.find(({ topic }) => topic === 'doomed');
      return doomed?.problem?.name === 'UNKNOWN_TOPIC_OR_PARTITION' ? seen : undefined;
    });
    const doomed = snapshot.topics.find(({ topic }) => topic === 'doomed');
    expect(doomed?.partitions.map(({ partition, problem }) => [partition, problem?.name])).toEqual([
      [0, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [1, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ]);
    const others = snapshotRows(snapshot, snapshot.groups).filter((row) => !row.includes(' doomed '));
    expect(others).toHaveLength(6 + 4 + 2 + 4);
    expect(await describeGroups('--group', 'modern')).toEqual(others.filter((row) => row.startsWith('modern ')));
  }, 90_000);

  it('shows a partition without a leader and everything else, when a broker has stopped', async () => {
    await real.stopNode(3);
    const snapshot = await until('fragile-0 has no leader', async () => {
      const seen = await all();
      const fragile = seen.topics.find(({ topic }) => topic === 'fragile')?.partitions[0];
      return fragile?.problem?.name === 'LEADER_NOT_AVAILABLE' && seen.problems.length === 0 ? seen : undefined;
    });
    const mixed = groupOf(snapshot, 'mixed');
    expect(mixed?.problem).toBeNull();
    expect(snapshotRows(snapshot, mixed ? [mixed] : [])).toEqual([
      'mixed fragile 0 5 - - -',
      'mixed fragile 1 6 20 14 -',
      'mixed orders 0 5 20 15 -',
      'mixed orders 1 6 20 14 -',
    ]);
    if (version === '4.3.1')
      expect(await describeGroups('--group', 'mixed')).toEqual(snapshotRows(snapshot, mixed ? [mixed] : []));
  }, 90_000);

  it('waits for a frozen broker no longer than the time-out, and tells the rest', async () => {
    await real.startNode(3);
    await until('fragile-0 is back', async () => {
      const seen = await all();
      const back = seen.topics.find(({ topic }) => topic === 'fragile')?.partitions[0];
      return back?.highWatermark === 20 && seen.problems.length === 0 ? true : undefined;
    });
    real.signal(3, 'SIGSTOP');
    const impatient = connect(real.addresses[0] ?? '', 1_000);
    try {
      const began = Date.now();
      const snapshot = await observe(impatient, { groups: 'all', want: EVERYTHING });
      expect(Date.now() - began).toBeLessThan(8_000);
      expect(snapshot.brokers[2]?.problem?.name).toBe('TIMED_OUT');
      expect(snapshot.problems[0]).toMatchObject({ scope: 'broker 3', name: 'TIMED_OUT' });
      expect(snapshot.groups.length).toBeGreaterThan(0);
      for (const { partitions } of snapshot.topics) {
        for (const { leader, highWatermark, problem } of partitions) {
          if (leader === 3) expect(problem?.name).toBe('TIMED_OUT');
          else if (leader !== null) expect(highWatermark).toBe(20);
        }
      }
    } finally {
      impatient.close();
      real.signal(3, 'SIGCONT');
    }
  }, 90_000);
});
