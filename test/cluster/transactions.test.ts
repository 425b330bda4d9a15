import { afterEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/cluster/snapshot.ts';
import { readTransactions } from '../../src/cluster/transactions.ts';
import { DescribeProducers, DescribeTransactions, ListTransactions } from '../../src/protocol/api/index.ts';
import { rule } from '../client/fake-broker.ts';
import { partition, snapshot, topic } from '../health/build-snapshot.ts';
import { FakeCluster } from './fake-cluster.ts';

const CLUSTER_DENIED = 31;
let cluster: FakeCluster;
afterEach(() => cluster.close());

const HELD = snapshot(
  [
    topic('orders', [
      partition(0, 100, { leader: 1, lastStableOffset: 40 }),
      partition(1, 100, { leader: 1 }),
      partition(2, 100, { leader: null, lastStableOffset: 3 }),
    ]),
  ],
  [],
  { brokers: [{ id: 1, host: '127.0.0.1', port: 1, rack: null, problem: null }] },
);

const producers = rule(DescribeProducers, 0, ({ topics }) => ({
  topics: topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      activeProducers: [
        {
          producerId: 7,
          producerEpoch: 1,
          lastSequence: 3,
          lastTimestamp: 5_000,
          coordinatorEpoch: 0,
          currentTxnStartOffset: 40,
        },
        {
          producerId: 8,
          producerEpoch: 0,
          lastSequence: 0,
          lastTimestamp: 6_000,
          coordinatorEpoch: 0,
          currentTxnStartOffset: 60,
        },
        {
          producerId: 9,
          producerEpoch: 0,
          lastSequence: 0,
          lastTimestamp: 6_000,
          coordinatorEpoch: 0,
          currentTxnStartOffset: -1,
        },
      ],
    })),
  })),
}));

async function read() {
  const client = cluster.client(1_000);
  await client.metadata(null);
  const problems: Problem[] = [];
  client.begin();
  const told = await readTransactions(client, HELD, problems, 0);
  return { told, problems, requests: Object.fromEntries(client.requests) };
}

describe('open transactions', () => {
  it('are told by leaders and coordinators together; one that no coordinator knows hangs', async () => {
    cluster = await FakeCluster.start(1);
    cluster.brokers[0]?.set(
      producers,
      rule(ListTransactions, 1, ({ stateFilters }) => ({
        transactionStates: stateFilters.includes('Ongoing')
          ? [{ transactionalId: 'tx-1', producerId: 7, transactionState: 'Ongoing' }]
          : [],
      })),
      rule(DescribeTransactions, 0, ({ transactionalIds }) => ({
        transactionStates: transactionalIds.map((transactionalId) => ({
          transactionalId,
          transactionState: 'Ongoing',
          transactionTimeoutMs: 60_000,
          transactionStartTimeMs: 4_000,
          producerId: 7,
          producerEpoch: 1,
          topics: [{ topic: 'orders', partitions: [0, 1] }],
        })),
      })),
    );
    const { told, problems } = await read();
    expect(problems).toEqual([]);
    expect(told.asked).toEqual([{ topic: 'orders', partition: 0 }]);
    expect(told.coordinatorsAsked).toBe(true);
    expect(
      told.open.map(({ partition: id, producerId, startOffset, transactionalId, state, timeoutMs }) => [
        id,
        producerId,
        startOffset,
        transactionalId,
        state,
        timeoutMs,
      ]),
    ).toEqual([
      [0, 7, 40, 'tx-1', 'Ongoing', 60_000],
      [0, 8, 60, null, null, null],
      // Only its coordinator tells of it: nothing is written there yet.
      [1, 7, null, 'tx-1', 'Ongoing', 60_000],
    ]);
  });

  it('of brokers that do not serve the APIs are not known, and no problem', async () => {
    cluster = await FakeCluster.start(1);
    const { told, problems, requests } = await read();
    expect([told.open, told.coordinatorsAsked, problems, requests]).toEqual([[], false, [], {}]);
  });

  it('that may not be listed are a problem, and what leaders tell is kept', async () => {
    cluster = await FakeCluster.start(1);
    cluster.brokers[0]?.set(
      producers,
      rule(ListTransactions, 1, () => ({ errorCode: CLUSTER_DENIED })),
      rule(DescribeTransactions, 0, () => ({})),
    );
    const { told, problems } = await read();
    expect(told.open.map(({ producerId }) => producerId)).toEqual([7, 8]);
    expect(told.coordinatorsAsked).toBe(false);
    expect(problems).toEqual([expect.objectContaining({ scope: 'broker 1', name: 'CLUSTER_AUTHORIZATION_FAILED' })]);
  });
});
