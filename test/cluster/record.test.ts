import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RecordRequest, type RecordWorld, record } from '../../src/cluster/record.ts';
import { type Recording, recordingSchema } from '../../src/cluster/recording.ts';
import { commit as commitAs, produce, startWorld, type World } from '../offsets/world.ts';

/** Everything that a recording may ask a cluster for: nothing here changes or joins anything. */
const READS = [
  'ConsumerGroupDescribe',
  'DescribeCluster',
  'DescribeConfigs',
  'DescribeGroups',
  'DescribeLogDirs',
  'DescribeProducers',
  'DescribeQuorum',
  'DescribeShareGroupOffsets',
  'DescribeTopicPartitions',
  'DescribeTransactions',
  'Fetch',
  'FindCoordinator',
  'ListGroups',
  'ListOffsets',
  'ListPartitionReassignments',
  'ListTransactions',
  'Metadata',
  'OffsetFetch',
  'ShareGroupDescribe',
  'StreamsGroupDescribe',
];

const WANT = {
  members: true,
  commits: true,
  offsets: true,
  lastStable: true,
  logEnd: true,
  maxTimestamp: true,
  replication: true,
  logDirs: true,
  commitTimestamps: true,
} as const;

const REQUEST: RecordRequest = {
  observe: { groups: 'all', topics: 'all', want: WANT },
  samples: 1,
  everyMs: 1_000,
  scope: { groups: null, topics: null },
  histories: { of: (samples) => samples.at(-1)?.groups.map(({ group }) => group) ?? [], backMs: null },
  keys: null,
};

const quietly = (): RecordWorld => ({
  clock: Date,
  pause: async () => undefined,
  stopped: new AbortController().signal,
});

describe('recording the bundled cluster', () => {
  let world: World;

  const commit = (offset: number) =>
    commitAs(world.client, 'jobs', [{ topic: 'orders', partition: 0, offset, leaderEpoch: null, metadata: '' }]);

  beforeAll(async () => {
    world = await startWorld([{ name: 'orders', partitions: 2 }]);
    await produce(world.client, 'orders', 0, [1, 2, 3, 4]);
    await produce(world.client, 'orders', 0, [5, 6]);
    for (const offset of [1, 3, 2]) await commit(offset);
  });
  afterAll(() => world.close());

  const taken = async (change: Partial<RecordRequest> = {}, around: Partial<RecordWorld> = {}): Promise<Recording> => {
    const recording = await record(world.client, { ...REQUEST, ...change }, { ...quietly(), ...around });
    if (recording === null) throw new Error('nothing was recorded');
    return recording;
  };

  it('reads all that a diagnosis needs, with APIs that only read', async () => {
    const recording = await taken({ keys: { accept: () => true, records: 100 } });
    expect(recordingSchema.parse(recording)).toEqual(recording);
    expect(recording.problems).toEqual([]);
    expect(recording.histories).toHaveLength(1);
    expect(recording.histories[0]).toMatchObject({
      group: 'jobs',
      complete: true,
      problem: null,
      commits: [{ topic: 'orders', partition: 0, commits: 3, firstOffset: 1, lastOffset: 2, rewinds: 1 }],
    });
    const settings = recording.topicConfigs.find(({ topic }) => topic === 'orders')?.configs;
    expect(settings?.find(({ name }) => name === 'cleanup.policy')).toMatchObject({ value: 'delete' });
    expect(recording.brokerConfigs[0]?.configs.length).toBeGreaterThan(100);
    expect(recording.keySamples[0]).toMatchObject({
      topic: 'orders',
      partition: 0,
      records: 6,
      distinct: 4,
      withoutKey: 0,
    });
    expect(recording.keySamples[0]?.keys[0]).toMatchObject({ key: 'k0', records: 2 });
    expect(recording.samples[0]?.brokers[0]?.answerMs).toBeGreaterThanOrEqual(0);
    const asked = [recording.requests, ...recording.samples.map(({ requests }) => requests)].flatMap(Object.keys);
    expect(asked.filter((api) => !READS.includes(api))).toEqual([]);
    // The whole of it beside the samples takes few answers that wait for one another.
    expect(recording.roundTrips).toBeLessThanOrEqual(2);
  });

  it('takes its samples apart, and what moved in between can be seen', async () => {
    let pauses = 0;
    const recording = await taken(
      { samples: 3 },
      {
        pause: async () => {
          pauses += 1;
          await commit(3 + pauses);
        },
      },
    );
    const offsets = recording.samples.map(({ groups }) => groups[0]?.commits[0]?.offset);
    expect(offsets).toEqual([2, 4, 5]);
    expect(recording.interrupted).toBe(false);
    // The history is read at the end: it knows of all commits.
    expect(recording.histories[0]?.commits[0]?.lastOffset).toBe(5);
  });

  it('counts keys in all that was written while it watched, each record once', async () => {
    let pauses = 0;
    const watched = { accept: (_: string, partition: number) => partition === 1, records: 10 };
    const recording = await taken(
      { samples: 3, keys: watched },
      {
        pause: async () => {
          pauses += 1;
          // First many records with one key, then the same number with a key each.
          if (pauses === 1) for (let at = 0; at < 40; at++) await produce(world.client, 'orders', 1, [at + 1]);
          else
            await produce(
              world.client,
              'orders',
              1,
              Array.from({ length: 40 }, (_, at) => at + 1),
            );
        },
      },
    );
    const [sample] = recording.keySamples;
    expect(sample).toMatchObject({ partition: 1, from: 0, to: 79, records: 80, distinct: 40, problem: null });
    expect(sample?.keys[0]).toMatchObject({ key: 'k0', records: 41 });
    // What was there before is not counted, beyond the newest few.
    const later = await taken({ samples: 2, keys: watched });
    expect(later.keySamples[0]).toMatchObject({ from: 70, to: 79, records: 10 });
  });

  it('keeps what was taken when it is stopped', async () => {
    const stop = new AbortController();
    const recording = await taken(
      { samples: 100 },
      { stopped: stop.signal, onSample: (count) => (count === 2 ? stop.abort() : undefined) },
    );
    expect(recording.samples).toHaveLength(2);
    expect(recording.interrupted).toBe(true);
    expect(recording.histories).toHaveLength(1);
  });

  it('is nothing when it is stopped before the first sample', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await record(world.client, REQUEST, { ...quietly(), stopped: stop.signal })).toBeNull();
  });

  it('reads histories of nobody who was not asked for', async () => {
    const recording = await taken({ histories: { of: () => [], backMs: null } });
    expect(recording.histories).toEqual([]);
    expect(recording.requests['Fetch']).toBeUndefined();
  });

  it('looks back only as far as it is told', async () => {
    // Nothing was committed in the future.
    const recording = await taken({ histories: { of: () => ['jobs'], backMs: -3_600_000 } });
    expect(recording.histories[0]).toMatchObject({ commits: [], fromMs: null, complete: false, problem: null });
  });
});
