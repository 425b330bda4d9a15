import { beforeEach, describe, expect, it } from 'vitest';
import { DescribeProducers, InitProducerId, Produce } from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { Compression, encodeBatch } from '../../../src/records/index.ts';
import { batchOf, VirtualCluster } from '../virtual-cluster.ts';

let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster(1).start();
  cluster.createTopic('t', [[1]]);
});

function produceRaw(records: Buffer | null, options: { acks?: number; version?: number; topic?: string } = {}) {
  const { answer } = cluster.send(1, Produce, options.version ?? 9, {
    acks: options.acks ?? 1,
    timeoutMs: 1000,
    topicData: [{ name: options.topic ?? 't', partitionData: [{ index: 0, records }] }],
  });
  if (answer === undefined || typeof answer === 'string') throw new Error(`no answer: ${answer}`);
  return answer.responses[0]?.partitionResponses[0];
}

function now(): number {
  return cluster.env.scheduler.now();
}

describe('Produce', () => {
  it('answers with the base offset and the log start', () => {
    expect(produceRaw(batchOf(['a', 'b'], now()))).toMatchObject({ errorCode: 0, baseOffset: 0, logStartOffset: 0 });
    expect(produceRaw(batchOf(['c'], now()))).toMatchObject({ errorCode: 0, baseOffset: 2, logAppendTimeMs: -1 });
  });

  it('refuses acks that mean nothing, without an append', () => {
    expect(produceRaw(batchOf(['a'], now()), { acks: 2 })?.errorCode).toBe(ErrorCode.INVALID_REQUIRED_ACKS);
    expect(cluster.node(1).replicas.get('t', 0)?.log.logEndOffset).toBe(0);
  });

  it('does not answer acks=0, and closes the connection where that would hide an error', () => {
    expect(cluster.produce(1, 't', ['a'], 0).answer).toBe('nothing');
    expect(cluster.produce(1, 'missing', ['a'], 0).answer).toBe('close');
  });

  it('names what is wrong with a batch', () => {
    const good = batchOf(['a'], now());
    const flipped = Buffer.from(good);
    flipped[good.length - 1] = (flipped[good.length - 1] ?? 0) ^ 1;
    const old = Buffer.from(good);
    old[16] = 1;
    const two = Buffer.concat([good, good]);
    const control = encodeBatch({ records: [{ key: Buffer.alloc(4) }], timestamp: now(), isControl: true });
    const future = batchOf(['a'], now() + 2 * 3_600_000);
    expect(
      [flipped, old, two, control, future, good.subarray(0, 40), null].map((records) => produceRaw(records)?.errorCode),
    ).toEqual([
      ErrorCode.CORRUPT_MESSAGE,
      ErrorCode.INVALID_RECORD,
      ErrorCode.INVALID_RECORD,
      ErrorCode.INVALID_RECORD,
      ErrorCode.INVALID_TIMESTAMP,
      ErrorCode.CORRUPT_MESSAGE,
      ErrorCode.CORRUPT_MESSAGE,
    ]);
    expect(cluster.node(1).replicas.get('t', 0)?.log.logEndOffset).toBe(0);
  });

  it('tells which records lack a key on a compacted topic', () => {
    cluster.createTopic('compacted', [[1]], { 'cleanup.policy': 'compact' });
    const records = encodeBatch({
      timestamp: now(),
      records: [{ key: 'k', value: 'v' }, { value: 'no key' }, { key: '' }],
    });
    expect(produceRaw(records, { topic: 'compacted' })).toMatchObject({
      errorCode: ErrorCode.INVALID_RECORD,
      recordErrors: [{ batchIndex: 1 }],
    });
  });

  it('holds a batch against max.message.bytes of the topic', () => {
    cluster.createTopic('small', [[1]], { 'max.message.bytes': '200' });
    const records = batchOf(['x'.repeat(300)], now());
    expect(produceRaw(records, { topic: 'small' })?.errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
  });

  it('wants version 7 for zstd', () => {
    const records = Buffer.from(batchOf(['a'], now()));
    records.writeInt16BE(Compression.zstd, 21);
    expect(produceRaw(records, { version: 6 })?.errorCode).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
  });

  it('stamps the time of the append where the topic says so', () => {
    cluster.createTopic('stamped', [[1]], { 'message.timestamp.type': 'LogAppendTime' });
    expect(produceRaw(batchOf(['a'], 1), { topic: 'stamped' })?.logAppendTimeMs).toBe(now());
  });

  it('knows topics by id from version 13 on', () => {
    const topicId = cluster.node(1).node.image().topics.get('t')?.id ?? '';
    const send = (id: string) =>
      cluster.ask(1, Produce, 13, {
        acks: 1,
        timeoutMs: 1000,
        topicData: [{ topicId: id, partitionData: [{ index: 0, records: batchOf(['a'], now()) }] }],
      }).responses[0]?.partitionResponses[0]?.errorCode;
    expect(send(topicId)).toBe(ErrorCode.NONE);
    expect(send('AAAAAAAAAAAAAAAAAAAAAQ')).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
  });
});

describe('idempotence', () => {
  function batch(producerId: number, baseSequence: number, values: readonly string[], producerEpoch = 0): Buffer {
    const records = values.map((value) => ({ value }));
    return encodeBatch({ timestamp: now(), records, producerId, producerEpoch, baseSequence });
  }

  it('gives every producer an id of its own', () => {
    const ids = [1, 2, 3].map(() => {
      const answer = cluster.ask(1, InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 });
      expect(answer.errorCode).toBe(ErrorCode.NONE);
      expect(answer.producerEpoch).toBe(0);
      return answer.producerId;
    });
    expect(new Set(ids).size).toBe(3);
  });

  it('answers a retry as the first time, and refuses gaps and old epochs', () => {
    expect(produceRaw(batch(7, 0, ['a', 'b']))?.baseOffset).toBe(0);
    expect(produceRaw(batch(7, 2, ['c']))?.baseOffset).toBe(2);
    expect(produceRaw(batch(7, 0, ['a', 'b']))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(produceRaw(batch(7, 9, ['d']))?.errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(produceRaw(batch(7, 0, ['e'], 1))?.baseOffset).toBe(3);
    expect(produceRaw(batch(7, 3, ['f'], 0))?.errorCode).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
    expect(cluster.node(1).replicas.get('t', 0)?.log.logEndOffset).toBe(4);
    const { topics } = cluster.ask(1, DescribeProducers, 0, { topics: [{ name: 't', partitionIndexes: [0, 5] }] });
    expect(topics[0]?.partitions).toMatchObject([
      { errorCode: 0, activeProducers: [{ producerId: 7, producerEpoch: 1, lastSequence: 0 }] },
      { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
    ]);
  });

  it('refuses transactions with an error that clients do not retry', () => {
    const answer = cluster.ask(1, InitProducerId, 4, { transactionalId: 'tx', transactionTimeoutMs: 1000 });
    expect(answer.errorCode).toBe(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  });
});
