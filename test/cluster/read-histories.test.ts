import { afterEach, describe, expect, it } from 'vitest';
import { observe } from '../../src/cluster/observe.ts';
import { HISTORY_BOUNDS, readHistories } from '../../src/cluster/read-histories.ts';
import { Fetch } from '../../src/protocol/api/index.ts';
import { partitionOf } from '../../src/protocol/coordinator-partition.ts';
import { rule, SILENCE } from '../client/fake-broker.ts';
import { FakeCluster } from './fake-cluster.ts';

const TOPIC = '__consumer_offsets';
const TOPIC_DENIED = 29;

let cluster: FakeCluster;
afterEach(() => cluster.close());

async function histories(groups: readonly string[]) {
  const client = cluster.client(1_000);
  const snapshot = await observe(client, { groups: 'none', topics: 'all', want: { offsets: true } });
  client.begin();
  const read = await readHistories(client, snapshot, { ...HISTORY_BOUNDS, groups, sinceMs: null });
  return { read, fetches: client.requests.get('Fetch') ?? 0 };
}

describe('histories that cannot be read', () => {
  it('are a problem of their groups, which says what is needed', async () => {
    cluster = await FakeCluster.start(1);
    cluster.topics[TOPIC] = [{ leader: 1, highWatermark: 10 }];
    const denied = rule(
      Fetch,
      12,
      ({ topics }) => ({
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => ({
            partitionIndex: partition,
            highWatermark: -1,
            errorCode: TOPIC_DENIED,
            records: null,
          })),
        })),
      }),
      4,
    );
    cluster.brokers[0]?.set(denied);
    const { read } = await histories(['a', 'b']);
    expect(read.map(({ group, complete, fromMs, generations }) => [group, complete, fromMs, generations])).toEqual([
      ['a', false, null, []],
      ['b', false, null, []],
    ]);
    expect(read[0]?.problem).toMatchObject({
      name: 'TOPIC_AUTHORIZATION_FAILED',
      advice: expect.stringContaining('READ'),
    });
  });

  it('of a partition without a leader leave the others alone', async () => {
    cluster = await FakeCluster.start(1);
    cluster.topics[TOPIC] = [
      { leader: -1, highWatermark: 0 },
      { leader: 1, highWatermark: 0 },
    ];
    const names = ['a', 'b', 'c', 'd'];
    const { read, fetches } = await histories(names);
    for (const { group, problem, complete, partition } of read) {
      expect(partition).toBe(partitionOf(group, 2));
      if (partition === 0) expect(problem?.name).toBe('LEADER_NOT_AVAILABLE');
      else expect([problem, complete]).toEqual([null, true]);
    }
    expect(new Set(read.map(({ partition }) => partition)).size).toBe(2);
    expect(fetches).toBe(0);
  });

  it('of a broker that is silent end with the time limit', async () => {
    cluster = await FakeCluster.start(1);
    cluster.topics[TOPIC] = [{ leader: 1, highWatermark: 10 }];
    cluster.brokers[0]?.set(rule(Fetch, 12, () => SILENCE, 4));
    const { read } = await histories(['a']);
    expect(read[0]?.problem?.name).toBe('TIMED_OUT');
  });

  it('before any group exists say so', async () => {
    cluster = await FakeCluster.start(1);
    const { read } = await histories(['a']);
    expect(read[0]).toMatchObject({ partition: null, problem: { name: 'UNKNOWN_TOPIC_OR_PARTITION' } });
  });

  it('of ten thousand groups cost one fetch per leader', async () => {
    cluster = await FakeCluster.start(1);
    cluster.topics[TOPIC] = Array.from({ length: 5 }, () => ({ leader: 1, highWatermark: 10 }));
    const { read, fetches } = await histories(Array.from({ length: 10_000 }, (_, i) => `group-${i}`));
    expect(read).toHaveLength(10_000);
    expect(fetches).toBe(1);
  });
});
