import { beforeEach, describe, expect, it } from 'vitest';
import {
  DeleteRecords,
  Fetch,
  IncrementalAlterConfigs,
  ListOffsets,
  Produce,
} from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { batches, encodeBatch, lastOffset, records } from '../../../src/records/index.ts';
import { VirtualCluster } from '../virtual-cluster.ts';

/* Topic settings that any client sets, on running nodes and by their clocks: what stays in the log, and what goes. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const TOPIC_RESOURCE = 2;
const BROKER_RESOURCE = 4;
const SET = 0;

let cluster: VirtualCluster;

/** Sets topic settings as kafka-configs does, and waits until every node has heard of them. */
function set(configs: Readonly<Record<string, string>>, resourceName = 't', resourceType = TOPIC_RESOURCE): void {
  const { responses } = cluster.ask(1, IncrementalAlterConfigs, 1, {
    resources: [
      {
        ...{ resourceType, resourceName },
        configs: Object.entries(configs).map(([name, value]) => ({ name, configOperation: SET, value })),
      },
    ],
  });
  expect(responses[0]?.errorMessage ?? null).toBeNull();
  pass(SECOND);
}

const pass = (ms: number): void => cluster.env.scheduler.runFor(ms);

/** One batch, in a segment of its own where segment.bytes is small. */
function put(entries: readonly (readonly [key: string, value: string | null])[], partition = 0): void {
  const batch = encodeBatch({
    timestamp: cluster.env.scheduler.now(),
    records: entries.map(([key, value]) => ({ key, value })),
  });
  const { responses } = cluster.ask(1, Produce, 9, {
    ...{ acks: -1, timeoutMs: 5000 },
    topicData: [{ name: 't', partitionData: [{ index: partition, records: batch }] }],
  });
  expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(ErrorCode.NONE);
}

const request = (fetchOffset: number, maxWaitMs = 0) => ({
  ...{ maxWaitMs, minBytes: 1, maxBytes: 1 << 20, sessionEpoch: -1 },
  topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 }] }],
});
const fetch = (fetchOffset: number) => cluster.ask(1, Fetch, 12, request(fetchOffset)).responses[0]?.partitions[0];

/** What a reader gets from `from` on, as `offset key=value`. */
function readFrom(from: number): string[] {
  const seen: string[] = [];
  for (let next = from; ; ) {
    const answer = fetch(next);
    expect(answer?.errorCode).toBe(ErrorCode.NONE);
    const bytes = answer?.records ?? Buffer.alloc(0);
    const before = next;
    for (const { position } of batches(bytes)) {
      for (const { offset, key, value } of records(bytes, position)) {
        if (offset >= next) seen.push(`${offset} ${key}=${value}`);
      }
      next = lastOffset(bytes, position) + 1;
    }
    if (next === before) return seen;
  }
}

const log = (id = 1, partition = 0) => {
  const replica = cluster.node(id).replicas.get('t', partition);
  if (replica === undefined) throw new Error(`no replica on ${id}`);
  return replica.log;
};
const start = () =>
  cluster.ask(1, ListOffsets, 5, {
    replicaId: -1,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -2 }] }],
  }).topics[0]?.partitions[0]?.offset;
const files = (id: number) => cluster.disk(id).list('t-0');

/** Every batch of the tests begins a segment. */
const SMALL = { 'segment.bytes': '140' };

beforeEach(() => {
  cluster = new VirtualCluster(2, { 'log.cleaner.backoff.ms': '1000' }).start();
  cluster.createTopic('t', [[1, 2]], SMALL);
});

describe('retention', () => {
  const fill = (count: number): void => {
    for (let index = 0; index < count; index++) put([[`k${index}`, 'x'.repeat(60)]]);
  };

  it('by time: old segments go on every replica, the active one too, and readers are told', () => {
    fill(3);
    set({ 'retention.ms': String(HOUR) });
    pass(HOUR / 2);
    fill(2);
    expect(start()).toBe(0);
    pass(HOUR / 2 + 5 * MINUTE);
    expect(start()).toBe(3);
    for (const id of [1, 2]) expect(log(id).logStartOffset).toBe(3);
    expect(fetch(1)).toMatchObject({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE });
    expect(readFrom(3)).toHaveLength(2);
    pass(HOUR);
    expect(start()).toBe(5);
    expect(log().logEndOffset).toBe(5);
    expect(readFrom(5)).toEqual([]);
  });

  it('by size, from the moment that the setting is made', () => {
    fill(6);
    const each = log().size / 6;
    set({ 'retention.bytes': String(each * 2) });
    pass(5 * MINUTE);
    expect(start()).toBe(4);
    expect(log().size).toBe(each * 2);
  });

  it('leaves compacted logs alone, and cuts those that are compacted and deleted', () => {
    fill(3);
    set({ 'cleanup.policy': 'compact', 'retention.ms': '1000', 'min.cleanable.dirty.ratio': '1' });
    pass(HOUR);
    expect(start()).toBe(0);
    set({ 'cleanup.policy': 'compact,delete' });
    pass(5 * MINUTE);
    expect(start()).toBe(3);
  });

  it('calls deleted files .deleted, and removes them after file.delete.delay.ms', () => {
    fill(3);
    set({ 'retention.ms': '1000', 'file.delete.delay.ms': String(20 * MINUTE) });
    pass(5 * MINUTE);
    const deleted = (id: number) => files(id).filter((name) => name.endsWith('.deleted'));
    for (const id of [1, 2]) {
      expect(deleted(id)).toContain('00000000000000000000.log.deleted');
      expect(files(id).filter((name) => name.endsWith('.log'))).toEqual(['00000000000000000003.log']);
    }
    pass(19 * MINUTE);
    expect(deleted(1)).not.toEqual([]);
    pass(10 * MINUTE);
    for (const id of [1, 2]) expect(deleted(id)).toEqual([]);
  });

  it('removes at the start what a node had no time to', () => {
    fill(3);
    set({ 'retention.ms': '1000' });
    pass(5 * MINUTE);
    cluster.node(2).kill();
    expect(files(2).some((name) => name.endsWith('.deleted'))).toBe(true);
    cluster.startNode(2);
    pass(MINUTE);
    expect(files(2).some((name) => name.endsWith('.deleted'))).toBe(false);
    expect(log(2)).toMatchObject({ logStartOffset: 3, logEndOffset: 3 });
  });
});

describe('segments roll', () => {
  it('by segment.ms less a part by chance of segment.jitter.ms, each partition for itself', () => {
    const partitions = 12;
    cluster = new VirtualCluster(1).start();
    cluster.createTopic(
      't',
      Array.from({ length: partitions }, () => [1]),
      { 'segment.ms': String(HOUR), 'segment.jitter.ms': String(HOUR / 2) },
    );
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const counts = () => all.map((partition) => log(1, partition).segmentBaseOffsets.length);
    for (const partition of all) put([['k', 'v']], partition);
    pass(HOUR / 2 - MINUTE);
    for (const partition of all) put([['k', 'v']], partition);
    expect(new Set(counts())).toEqual(new Set([1]));
    pass(HOUR / 4);
    for (const partition of all) put([['k', 'v']], partition);
    // Some by now, not all.
    expect(new Set(counts())).toEqual(new Set([1, 2]));
    pass(HOUR / 4 + 2 * MINUTE);
    for (const partition of all) put([['k', 'v']], partition);
    expect(Math.min(...counts())).toBe(2);
  });
});

describe('compaction', () => {
  const versions = (): void => {
    for (const round of [1, 2, 3]) for (const key of ['a', 'b']) put([[key, `${key}${round}${'.'.repeat(40)}`]]);
  };
  const keys = () => readFrom(0).map((line) => line.slice(0, line.indexOf('=') + 3));

  it('begins when the topic is made compacted, keeps the last of each key, and never touches the active segment', () => {
    versions();
    set({ 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.1' });
    pass(5 * SECOND);
    expect(keys()).toEqual(['3 b=b2', '4 a=a3', '5 b=b3']);
    put([['c', 'rolls']]);
    pass(5 * SECOND);
    expect(keys()).toEqual(['4 a=a3', '5 b=b3', '6 c=ro']);
    for (const id of [1, 2]) expect(log(id)).toMatchObject({ logStartOffset: 0, logEndOffset: 7 });
  });

  it('rests for log.cleaner.backoff.ms, and for a new one from the moment that it is set', () => {
    cluster = new VirtualCluster(1, { 'log.cleaner.backoff.ms': String(HOUR) }).start();
    cluster.createTopic('t', [[1]], {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.1',
      ...SMALL,
    });
    versions();
    pass(10 * MINUTE);
    expect(readFrom(0)).toHaveLength(6);
    set({ 'log.cleaner.backoff.ms': String(2 * SECOND) }, '', BROKER_RESOURCE);
    expect(readFrom(0)).toHaveLength(6);
    pass(3 * SECOND);
    expect(keys()).toEqual(['3 b=b2', '4 a=a3', '5 b=b3']);
    set({ 'log.cleaner.backoff.ms': String(HOUR) }, '', BROKER_RESOURCE);
    versions();
    pass(10 * MINUTE);
    expect(readFrom(0)).toHaveLength(9);
  });

  it('waits for min.cleanable.dirty.ratio, unless max.compaction.lag.ms is over', () => {
    set({ 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.1' });
    versions();
    put([['c', 'rolls']]);
    pass(5 * SECOND);
    set({ 'min.cleanable.dirty.ratio': '0.99' });
    put([['a', 'a4']]);
    put([['d', 'rolls']]);
    pass(HOUR);
    expect(keys()).toContain('4 a=a3');
    set({ 'max.compaction.lag.ms': String(MINUTE) });
    pass(5 * SECOND);
    expect(keys()).not.toContain('4 a=a3');
    expect(keys()).toContain('7 a=a4');
  });

  it('does not touch what is younger than min.compaction.lag.ms', () => {
    set({
      ...{ 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' },
      'min.compaction.lag.ms': String(HOUR),
    });
    versions();
    put([['c', 'rolls']]);
    pass(HOUR / 2);
    expect(keys()).toHaveLength(7);
    pass(HOUR);
    expect(keys()).toEqual(['4 a=a3', '5 b=b3', '6 c=ro']);
  });

  it('keeps tombstones for delete.retention.ms after it saw them first', () => {
    set({
      ...{ 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' },
      'delete.retention.ms': String(HOUR),
    });
    versions();
    put([['a', null]]);
    put([['c', 'rolls']]);
    pass(MINUTE);
    expect(keys()).toContain('6 a=nu');
    expect(keys().some((line) => line.includes(' a=a'))).toBe(false);
    pass(HOUR);
    put([['c', 'makes it dirty again']]);
    put([['c', 'rolls']]);
    pass(MINUTE);
    expect(keys().some((line) => line.includes(' a='))).toBe(false);
  });

  it('and retention together: the last of each key, as long as it is young enough', () => {
    set({
      ...{ 'cleanup.policy': 'compact,delete', 'min.cleanable.dirty.ratio': '0.01' },
      'retention.ms': String(HOUR),
    });
    versions();
    pass(HOUR / 2);
    put([['a', 'young']]);
    put([['c', 'rolls']]);
    pass(MINUTE);
    expect(keys()).toEqual(['5 b=b3', '6 a=yo', '7 c=ro']);
    pass(HOUR / 2 + 5 * MINUTE);
    expect(start()).toBe(6);
    expect(readFrom(6)).toHaveLength(2);
  });
});

describe('DeleteRecords, and readers that are in its way', () => {
  const deleteBefore = (offset: number) =>
    cluster.ask(1, DeleteRecords, 2, {
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset }] }],
      timeoutMs: 5000,
    }).topics[0]?.partitions[0];

  beforeEach(() => {
    for (let index = 0; index < 5; index++) put([[`k${index}`, 'x'.repeat(60)]]);
  });

  it('cuts every replica, and the files follow', () => {
    expect(deleteBefore(3)).toMatchObject({ errorCode: ErrorCode.NONE, lowWatermark: 3 });
    for (const id of [1, 2]) expect(log(id).segmentBaseOffsets).toEqual([3, 4]);
    expect(deleteBefore(-1)).toMatchObject({ errorCode: ErrorCode.NONE, lowWatermark: 5 });
    expect(deleteBefore(6)?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  it('is refused where the topic is only compacted', () => {
    set({ 'cleanup.policy': 'compact' });
    expect(deleteBefore(3)?.errorCode).toBe(ErrorCode.POLICY_VIOLATION);
    set({ 'cleanup.policy': 'compact,delete' });
    expect(deleteBefore(3)?.errorCode).toBe(ErrorCode.NONE);
  });

  it('a reader below the new start gets OFFSET_OUT_OF_RANGE with it; one above reads on', () => {
    deleteBefore(3);
    expect(fetch(2)).toMatchObject({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE });
    expect(readFrom(3).map((line) => line.split(' ')[0])).toEqual(['3', '4']);
  });

  it('a reader that waits at the end is not disturbed by retention, and gets what comes', () => {
    set({ 'retention.ms': String(MINUTE) });
    const waiting = cluster.send(1, Fetch, 12, request(5, 20 * MINUTE));
    pass(10 * MINUTE);
    expect(start()).toBe(5);
    expect(waiting.answer).toBeUndefined();
    put([['late', 'v']]);
    pass(SECOND);
    expect(waiting.answer).toMatchObject({
      responses: [{ partitions: [{ errorCode: ErrorCode.NONE, highWatermark: 6, logStartOffset: 5 }] }],
    });
  });
});
