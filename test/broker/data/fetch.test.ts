import { beforeEach, describe, expect, it } from 'vitest';
import {
  ApiVersions,
  DeleteRecords,
  DeleteTopics,
  Fetch,
  ListOffsets,
  OffsetForLeaderEpoch,
} from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { encodeRequest } from '../../../src/protocol/frame.ts';
import type { RequestInput } from '../../../src/protocol/schema/index.ts';
import { baseOffset, encodeBatch, lastOffset } from '../../../src/records/index.ts';
import { VirtualCluster } from '../virtual-cluster.ts';

let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster(1).start();
  cluster.createTopic('t', [[1], [1]]);
});

type FetchInput = RequestInput<typeof Fetch>;

function request(partitions: Record<number, number>, options: Partial<FetchInput> = {}): FetchInput {
  return {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1 << 20,
    topics: [
      {
        topic: 't',
        partitions: Object.entries(partitions).map(([partition, fetchOffset]) => ({
          partition: Number(partition),
          fetchOffset,
          partitionMaxBytes: 1 << 20,
        })),
      },
    ],
    ...options,
  };
}

function fetch(partitions: Record<number, number>, options: Partial<FetchInput> = {}) {
  return cluster.ask(1, Fetch, 11, request(partitions, options));
}

describe('Fetch', () => {
  it('gives the whole batch that holds the offset, and the offsets of the log', () => {
    cluster.produce(1, 't', ['a', 'b', 'c']);
    const [partition] = fetch({ 0: 1 }).responses[0]?.partitions ?? [];
    expect(partition).toMatchObject({ errorCode: 0, highWatermark: 3, lastStableOffset: 3, logStartOffset: 0 });
    expect(baseOffset(partition?.records ?? Buffer.alloc(0), 0)).toBe(0);
    expect(lastOffset(partition?.records ?? Buffer.alloc(0), 0)).toBe(2);
  });

  it('gives one batch however small the limits are, and only one (KIP-74)', () => {
    cluster.produce(1, 't', ['a'.repeat(500)]);
    cluster.produce(1, 't', ['b'.repeat(500)]);
    const response = cluster.ask(1, Fetch, 11, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 10,
      topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 5 }] }],
    });
    expect(lastOffset(response.responses[0]?.partitions[0]?.records ?? Buffer.alloc(0), 0)).toBe(0);
    expect(response.responses[0]?.partitions[0]?.records?.length).toBeLessThan(700);
  });

  it('waits for records, and answers in the turn after they came', () => {
    const pending = cluster.send(1, Fetch, 11, request({ 0: 0 }, { maxWaitMs: 5000 }));
    cluster.env.scheduler.runFor(4000);
    expect(pending.answer).toBeUndefined();
    cluster.produce(1, 't', ['a']);
    cluster.env.scheduler.runFor(0);
    expect(pending.answer).toMatchObject({ responses: [{ partitions: [{ highWatermark: 1 }] }] });
  });

  it('answers at the end of its wait, and waits for minBytes', () => {
    const pending = cluster.send(1, Fetch, 11, request({ 0: 0 }, { maxWaitMs: 5000, minBytes: 10_000 }));
    cluster.produce(1, 't', ['a']);
    cluster.env.scheduler.runFor(4999);
    expect(pending.answer).toBeUndefined();
    cluster.env.scheduler.runFor(1);
    expect(pending.answer).toMatchObject({ responses: [{ partitions: [{ highWatermark: 1 }] }] });
  });

  it('answers at once when a partition has an error', () => {
    const outOfRange = fetch({ 0: 7 }, { maxWaitMs: 60_000 });
    expect(outOfRange.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
    const unknown = fetch({ 9: 0 }, { maxWaitMs: 60_000 });
    expect(unknown.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  it('fences by leader epoch', () => {
    const withEpoch = (currentLeaderEpoch: number) =>
      cluster.ask(1, Fetch, 11, {
        maxWaitMs: 0,
        minBytes: 1,
        topics: [
          { topic: 't', partitions: [{ partition: 0, fetchOffset: 0, currentLeaderEpoch, partitionMaxBytes: 1 }] },
        ],
      }).responses[0]?.partitions[0]?.errorCode;
    expect(withEpoch(0)).toBe(ErrorCode.NONE);
    expect(withEpoch(1)).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
  });

  it('forgets who waits when the connection goes', () => {
    const pending = cluster.send(1, Fetch, 11, request({ 0: 0 }, { maxWaitMs: 5000 }), 42);
    cluster.node(1).disconnected(42);
    cluster.produce(1, 't', ['a']);
    cluster.env.scheduler.runFor(10_000);
    expect(pending.answer).toBeUndefined();
  });
});

describe('fetch sessions', () => {
  it('answer incrementally: only what has changed, in a new epoch each time', () => {
    cluster.produce(1, 't', ['a']);
    const first = fetch({ 0: 0, 1: 0 }, { sessionEpoch: 0 });
    const { sessionId } = first;
    expect(sessionId).not.toBe(0);
    expect(first.responses[0]?.partitions).toHaveLength(2);
    const idle = fetch({ 0: 1 }, { sessionId, sessionEpoch: 1 });
    expect(idle).toMatchObject({ errorCode: 0, sessionId, responses: [] });
    cluster.produce(1, 't', ['b']);
    const next = cluster.ask(1, Fetch, 11, { maxWaitMs: 0, minBytes: 1, sessionId, sessionEpoch: 2, topics: [] });
    expect(next.responses[0]?.partitions).toMatchObject([{ partitionIndex: 0, highWatermark: 2 }]);
    const forgotten = cluster.ask(1, Fetch, 11, {
      maxWaitMs: 0,
      minBytes: 1,
      sessionId,
      sessionEpoch: 3,
      topics: [],
      forgottenTopicsData: [{ topic: 't', partitions: [0] }],
    });
    expect(forgotten).toMatchObject({ errorCode: 0, responses: [] });
  });

  it('refuse an unknown id, and an epoch that is not the next', () => {
    const { sessionId } = fetch({ 0: 0 }, { sessionEpoch: 0 });
    expect(fetch({}, { sessionId, sessionEpoch: 5 })).toMatchObject({
      errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH,
      sessionId: 0,
      responses: [],
    });
    expect(fetch({}, { sessionId: 12345, sessionEpoch: 1 }).errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  });

  it('end with a final epoch, and tell errors each time', () => {
    const { sessionId } = fetch({ 0: 0, 9: 0 }, { sessionEpoch: 0 });
    const again = fetch({}, { sessionId, sessionEpoch: 1, topics: [] });
    expect(again.responses[0]?.partitions).toMatchObject([{ partitionIndex: 9, errorCode: 3 }]);
    expect(fetch({ 0: 0 }, { sessionId, sessionEpoch: -1 }).sessionId).toBe(0);
    expect(fetch({}, { sessionId, sessionEpoch: 2 }).errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  });

  it('keep the topic under its id when the name belongs to another one', () => {
    const topicId = cluster.node(1).node.image().topics.get('t')?.id ?? '';
    const { sessionId } = cluster.ask(1, Fetch, 13, {
      maxWaitMs: 0,
      minBytes: 1,
      sessionEpoch: 0,
      topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    });
    cluster.ask(1, DeleteTopics, 6, { topics: [{ name: 't' }], timeoutMs: 1000 });
    cluster.env.scheduler.runUntil(() => !cluster.node(1).node.image().topics.has('t'));
    const next = (sessionEpoch: number) =>
      cluster.ask(1, Fetch, 13, { maxWaitMs: 0, minBytes: 1, sessionId, sessionEpoch, topics: [] }).responses[0];
    expect(next(1)).toMatchObject({ topicId, partitions: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_ID }] });
    cluster.createTopic('t', [[1]]);
    expect(next(2)).toMatchObject({ topicId, partitions: [{ errorCode: ErrorCode.INCONSISTENT_TOPIC_ID }] });
  });
});

describe('ListOffsets', () => {
  function list(timestamp: number, version = 11) {
    const { topics } = cluster.ask(1, ListOffsets, version, {
      replicaId: -1,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp }] }],
    });
    return topics[0]?.partitions[0];
  }

  beforeEach(() => {
    const send = (times: readonly number[]) => {
      const records = encodeBatch({ records: times.map((timestamp) => ({ timestamp, value: 'v' })) });
      cluster.node(1).node.replicas.append('t', 0, records, 1, 1000, 'client', () => undefined);
    };
    send([1000, 3000]);
    send([2000, 4000, 4000]);
  });

  it('knows the special timestamps', () => {
    expect(list(-1)).toMatchObject({ errorCode: 0, offset: 5, leaderEpoch: 0 });
    expect(list(-2)).toMatchObject({ errorCode: 0, offset: 0 });
    expect(list(-3)).toMatchObject({ errorCode: 0, offset: 3, timestamp: 4000 });
    expect(list(-4)?.offset).toBe(0);
    expect(list(-5)?.offset).toBe(-1);
    expect(list(-6)?.offset).toBe(0);
    expect(list(-3, 6)?.errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
    expect(list(-7)?.errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
  });

  it('finds the first record at or after a time, inside a batch', () => {
    expect(list(2500)).toMatchObject({ offset: 1, timestamp: 3000 });
    expect(list(3001)).toMatchObject({ offset: 3, timestamp: 4000 });
    expect(list(4001)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 });
  });
});

describe('DeleteRecords', () => {
  it('moves the log start, which consumers then see', () => {
    cluster.produce(1, 't', ['a', 'b']);
    cluster.produce(1, 't', ['c']);
    const ask = (offset: number) =>
      cluster.ask(1, DeleteRecords, 2, {
        timeoutMs: 1000,
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset }] }],
      }).topics[0]?.partitions[0];
    expect(ask(2)).toEqual({ partitionIndex: 0, errorCode: 0, lowWatermark: 2 });
    expect(fetch({ 0: 1 }).responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
    expect(ask(4)?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
    expect(ask(-1)?.lowWatermark).toBe(3);
  });

  it('waits until followers have cut their logs, too', () => {
    const three = new VirtualCluster(3).start();
    three.createTopic('t', [[1, 2, 3]]);
    const produced = three.produce(1, 't', ['a', 'b']);
    three.env.scheduler.runUntil(() => produced.answer !== undefined);
    const { topics } = three.ask(1, DeleteRecords, 2, {
      timeoutMs: 5000,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 2 }] }],
    });
    expect(topics[0]?.partitions[0]).toEqual({ partitionIndex: 0, errorCode: 0, lowWatermark: 2 });
    for (const id of [1, 2, 3]) expect(three.node(id).replicas.get('t', 0)?.log.logStartOffset).toBe(2);
  });
});

describe('OffsetForLeaderEpoch', () => {
  it('tells where an epoch ends', () => {
    cluster.produce(1, 't', ['a', 'b']);
    const ask = (leaderEpoch: number, currentLeaderEpoch = -1) =>
      cluster.ask(1, OffsetForLeaderEpoch, 4, {
        topics: [{ topic: 't', partitions: [{ partition: 0, leaderEpoch, currentLeaderEpoch }] }],
      }).topics[0]?.partitions[0];
    expect(ask(0)).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 2 });
    expect(ask(5)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
    expect(ask(0, 9)?.errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
  });
});

describe('ApiVersions', () => {
  it('tells exactly what is served, Produce from 0 on', () => {
    const { apiKeys } = cluster.ask(1, ApiVersions, 4, { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' });
    const ranges = new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]));
    expect(ranges.get(0)).toEqual([0, 13]);
    expect(ranges.get(1)).toEqual([4, 17]);
    expect(ranges.get(2)).toEqual([1, 11]);
    expect(ranges.get(18)).toEqual([0, 4]);
    expect([...ranges.keys()]).toEqual([...ranges.keys()].sort((a, b) => a - b));
    // Consumers of KIP-848 and producers of KIP-98 would take these as a promise.
    expect(ranges.has(68)).toBe(false);
    expect(ranges.has(24)).toBe(false);
  });

  it('answers a version from the future in version 0, with the range (KIP-511)', () => {
    const frame = Buffer.concat(encodeRequest(ApiVersions, 4, { correlationId: 99, clientId: null }, {}));
    frame.writeInt16BE(77, 2);
    let answer: Buffer | undefined;
    cluster.node(1).dispatch(frame, { connectionId: 1, clientHost: '/x' }, (outcome) => {
      if (typeof outcome !== 'string') answer = Buffer.concat(outcome.frame);
    });
    expect(answer?.toString('hex')).toBe('00000063' + '0023' + '00000001' + '001200000004');
  });

  it('wants a client name that is one, and hides features from 0 on before version 4', () => {
    const ask = (version: number, clientSoftwareName: string) =>
      cluster.ask(1, ApiVersions, version, { clientSoftwareName, clientSoftwareVersion: '1' });
    expect(ask(3, 'bad name!').errorCode).toBe(ErrorCode.INVALID_REQUEST);
    expect(ask(3, 'ok').supportedFeatures.every(({ minVersion }) => minVersion > 0)).toBe(true);
    expect(ask(4, 'ok').supportedFeatures.map(({ name }) => name)).not.toContain('group.version');
  });

  it('closes the connection for an API or a version that is not served', () => {
    const send = (key: number, version: number) => {
      const frame = Buffer.alloc(10);
      frame.writeInt16BE(key, 0);
      frame.writeInt16BE(version, 2);
      frame.writeInt16BE(-1, 8);
      let result: unknown;
      cluster.node(1).dispatch(frame, { connectionId: 1, clientHost: '/x' }, (outcome) => {
        result = outcome;
      });
      return result;
    };
    expect(send(9999, 0)).toBe('close');
    expect(send(0, 2)).toBe('close');
    expect(send(1, 99)).toBe('close');
    // Served, but the body is missing.
    expect(send(1, 11)).toBe('close');
  });
});
