import { beforeEach, describe, expect, it } from 'vitest';
import {
  DescribeProducers,
  DescribeTransactions,
  Fetch,
  ListOffsets,
  ListTransactions,
  Produce,
  WriteTxnMarkers,
} from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { encodeBatch } from '../../../src/records/index.ts';
import { VirtualCluster } from '../virtual-cluster.ts';

/* Transactions as a partition sees them: batches, markers, the last stable offset and the index of what was aborted. */

const PRODUCER = { producerId: 4711, producerEpoch: 3 };
const UNVERIFIED = { 'transaction.partition.verification.enable': 'false' };

let cluster: VirtualCluster;

function transactional(values: readonly string[], baseSequence: number, producerId = PRODUCER.producerId) {
  const records = encodeBatch({
    ...{ ...PRODUCER, producerId, baseSequence, isTransactional: true },
    timestamp: cluster.env.scheduler.now(),
    records: values.map((value) => ({ value })),
  });
  const { responses } = cluster.ask(1, Produce, 9, {
    ...{ transactionalId: 'tx', acks: -1, timeoutMs: 5000 },
    topicData: [{ name: 'ledger', partitionData: [{ index: 0, records }] }],
  });
  return responses[0]?.partitionResponses[0]?.errorCode;
}

function end(transactionResult: boolean, more: { producerId?: number; coordinatorEpoch?: number } = {}) {
  const { markers } = cluster.ask(1, WriteTxnMarkers, 1, {
    markers: [
      {
        ...{ ...PRODUCER, transactionResult, coordinatorEpoch: 0, ...more },
        topics: [{ name: 'ledger', partitionIndexes: [0] }],
      },
    ],
  });
  return markers[0]?.topics[0]?.partitions[0]?.errorCode;
}

function readCommitted(fetchOffset: number) {
  const { responses } = cluster.ask(1, Fetch, 12, {
    ...{ maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 20, isolationLevel: 1, sessionEpoch: -1 },
    topics: [{ topic: 'ledger', partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 }] }],
  });
  return responses[0]?.partitions[0];
}

const lastStable = () =>
  cluster.ask(1, ListOffsets, 5, {
    replicaId: -1,
    isolationLevel: 1,
    topics: [{ name: 'ledger', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  }).topics[0]?.partitions[0]?.offset;
const openSince = () =>
  cluster.ask(1, DescribeProducers, 0, { topics: [{ name: 'ledger', partitionIndexes: [0] }] }).topics[0]?.partitions[0]
    ?.activeProducers[0]?.currentTxnStartOffset;
const files = (id: number) => cluster.disk(id).list('ledger-0');

beforeEach(() => {
  cluster = new VirtualCluster(3, UNVERIFIED).start();
  cluster.createTopic('ledger', [[1, 2, 3]]);
  cluster.produce(1, 'ledger', ['plain']);
  cluster.env.scheduler.runFor(100);
});

describe('a transaction', () => {
  it('that hangs holds the last stable offset back, and DescribeProducers tells since when', () => {
    expect(transactional(['a', 'b'], 0)).toBe(ErrorCode.NONE);
    cluster.produce(1, 'ledger', ['behind it']);
    cluster.env.scheduler.runFor(100);
    expect(lastStable()).toBe(1);
    expect(openSince()).toBe(1);
    expect(readCommitted(1)).toMatchObject({ highWatermark: 4, lastStableOffset: 1, abortedTransactions: [] });
  });

  it('is ended by a marker; what was aborted is told to readers from the index, on every replica', () => {
    transactional(['a', 'b'], 0);
    expect(end(false)).toBe(ErrorCode.NONE);
    cluster.env.scheduler.runFor(100);
    expect(openSince()).toBe(-1);
    expect(lastStable()).toBe(4);
    expect(readCommitted(1)?.abortedTransactions).toEqual([{ producerId: PRODUCER.producerId, firstOffset: 1 }]);
    for (const id of [1, 2, 3]) {
      expect(files(id)).toContain('00000000000000000000.txnindex');
      expect(cluster.node(id).replicas.get('ledger', 0)?.log.abortedTransactions(0, 10)).toEqual([
        { producerId: PRODUCER.producerId, firstOffset: 1, lastOffset: 3 },
      ]);
    }
  });

  it('that is committed leaves nothing in the index', () => {
    transactional(['a', 'b'], 0);
    expect(end(true)).toBe(ErrorCode.NONE);
    cluster.env.scheduler.runFor(100);
    expect(readCommitted(1)).toMatchObject({ lastStableOffset: 4, abortedTransactions: [] });
    expect(files(1)).not.toContain('00000000000000000000.txnindex');
  });

  it('is known after the loss of the leader, and of all nodes', () => {
    transactional(['a'], 0);
    end(false);
    transactional(['b'], 1);
    cluster.env.scheduler.runFor(100);
    cluster.node(1).kill();
    cluster.env.scheduler.runUntil(
      () => cluster.node(2).node.image().topics.get('ledger')?.partitions[0]?.leader === 2,
    );
    const log = () => cluster.node(2).replicas.get('ledger', 0);
    expect(log()?.log.abortedTransactions(0, 10)).toEqual([{ producerId: 4711, firstOffset: 1, lastOffset: 2 }]);
    expect(log()?.lastStableOffset).toBe(3);
    for (const id of [2, 3]) cluster.node(id).kill();
    for (const id of [1, 2, 3]) cluster.startNode(id);
    cluster.env.scheduler.runUntil(() => (log()?.highWatermark ?? 0) === 4);
    expect(log()?.log.abortedTransactions(0, 10)).toEqual([{ producerId: 4711, firstOffset: 1, lastOffset: 2 }]);
    expect(log()?.lastStableOffset).toBe(3);
  });

  it('is not ended by a marker of an older coordinator', () => {
    transactional(['a'], 0);
    expect(end(false, { coordinatorEpoch: 5 })).toBe(ErrorCode.NONE);
    transactional(['b'], 1);
    expect(end(true, { coordinatorEpoch: 4 })).toBe(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
    expect(openSince()).toBe(3);
  });

  it('cannot be ended where nobody leads it', () => {
    expect(
      cluster.ask(2, WriteTxnMarkers, 1, {
        markers: [
          {
            ...{ ...PRODUCER, transactionResult: false, coordinatorEpoch: 0 },
            topics: [
              { name: 'ledger', partitionIndexes: [0, 7] },
              { name: 'nope', partitionIndexes: [0] },
            ],
          },
        ],
      }).markers,
    ).toEqual([
      {
        producerId: 4711,
        topics: [
          {
            name: 'ledger',
            partitions: [
              { partitionIndex: 0, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER },
              { partitionIndex: 7, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
            ],
          },
          { name: 'nope', partitions: [{ partitionIndex: 0, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] },
        ],
      },
    ]);
  });

  it('is known to no coordinator, as nobody coordinates one', () => {
    expect(cluster.ask(1, ListTransactions, 1, { stateFilters: ['Ongoing', 'Strange'] })).toMatchObject({
      ...{ errorCode: ErrorCode.NONE, unknownStateFilters: ['Strange'], transactionStates: [] },
    });
    expect(cluster.ask(1, DescribeTransactions, 0, { transactionalIds: ['tx'] }).transactionStates).toMatchObject([
      { transactionalId: 'tx', errorCode: ErrorCode.TRANSACTIONAL_ID_NOT_FOUND },
    ]);
  });

  it('is refused where transactions are verified: there is no coordinator here to ask', () => {
    cluster = new VirtualCluster(1).start();
    cluster.createTopic('ledger', [[1]]);
    expect(transactional(['a'], 0)).toBe(ErrorCode.INVALID_TXN_STATE);
  });
});
