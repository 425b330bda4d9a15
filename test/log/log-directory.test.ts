import { describe, expect, test } from 'vitest';
import { parseCheckpoint } from '../../src/log/checkpoint-file.ts';
import { LeaderEpochCache } from '../../src/log/leader-epoch-cache.ts';
import {
  markCleanShutdown,
  openLogDirectory,
  PartitionOffsets,
  writeHighWatermarks,
  writeLogStartOffsets,
  writeRecoveryPoints,
} from '../../src/log/log-directory.ts';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { parseMetaProperties, readMetaProperties, writeMetaProperties } from '../../src/log/meta-properties.ts';
import { parsePartitionMetadata } from '../../src/log/partition-metadata.ts';
import { bytesOf, openLog, TOPIC_ID } from './helpers.ts';

function write(disk: MemoryDisk, path: string, text: string): void {
  disk.open(path, { create: true }).append(Buffer.from(text));
}

function contentOf(disk: MemoryDisk, path: string): string {
  return bytesOf(disk, path).toString();
}

describe('a log directory', () => {
  test('tells what a broker left in it, and a clean shutdown only once', () => {
    const disk = new MemoryDisk();
    openLog(disk, {}, { directory: 'my-topic-1-12' }).close();
    disk.makeDirectory(`gone-0.${'0123456789abcdef'.repeat(2)}-delete`);
    write(disk, 'snapshot-1', 'a file');
    writeRecoveryPoints(disk, new PartitionOffsets().set('my-topic-1', 12, 100));
    writeLogStartOffsets(disk, new PartitionOffsets().set('my-topic-1', 12, 7));
    writeHighWatermarks(disk, new PartitionOffsets().set('my-topic-1', 12, 99).set('other', 0, 3));
    markCleanShutdown(disk, 42);
    const state = openLogDirectory(disk);
    expect(state).toMatchObject({
      partitions: [{ topic: 'my-topic-1', partition: 12, directory: 'my-topic-1-12', topicId: TOPIC_ID }],
      cleanShutdown: true,
      brokerEpoch: 42,
      problems: [],
    });
    expect(state.recoveryPoints.get('my-topic-1', 12)).toBe(100);
    expect(state.logStartOffsets.get('my-topic-1', 12)).toBe(7);
    expect([...state.highWatermarks]).toEqual([
      { topic: 'my-topic-1', partition: 12, offset: 99 },
      { topic: 'other', partition: 0, offset: 3 },
    ]);
    expect(contentOf(disk, 'replication-offset-checkpoint')).toBe('0\n2\nmy-topic-1 12 99\nother 0 3\n');
    expect(openLogDirectory(disk)).toMatchObject({ cleanShutdown: false, brokerEpoch: -1 });
    expect(disk.list('').filter((name) => name.endsWith('-delete'))).toEqual([]);
  });

  test('with a damaged checkpoint says so, and goes on without it', () => {
    const disk = new MemoryDisk();
    write(disk, 'recovery-point-offset-checkpoint', '0\n2\na 0 5\n');
    write(disk, '.kafka_cleanshutdown', '');
    const state = openLogDirectory(disk);
    expect(state.problems).toEqual(['recovery-point-offset-checkpoint: 1 entries instead of 2']);
    expect(state).toMatchObject({ cleanShutdown: true, brokerEpoch: -1 });
    expect([...state.recoveryPoints]).toEqual([]);
  });

  test('belongs to a node of a cluster', () => {
    const disk = new MemoryDisk();
    expect(readMetaProperties(disk)).toBeNull();
    const properties = { clusterId: 'c1', nodeId: 3, directoryId: TOPIC_ID };
    writeMetaProperties(disk, properties);
    expect(readMetaProperties(disk)).toEqual(properties);
    expect(parseMetaProperties('#x\nversion=0\nbroker.id=2\ncluster.id=c\\=1\n')).toEqual({
      clusterId: 'c=1',
      nodeId: 2,
      directoryId: null,
    });
    expect(() => parseMetaProperties('version=9\n')).toThrow(/version 9/);
    expect(() => parseMetaProperties('version=1\ncluster.id=c\n')).toThrow(/node.id/);
  });

  test('refuses a partition directory of another topic id', () => {
    const disk = new MemoryDisk();
    openLog(disk).close();
    expect(() => openLog(disk, {}, { topicId: 'BBBBBBBBBBBBBBBBBBBBBA' })).toThrow(/belongs to topic id/);
    expect(contentOf(disk, 't-0/partition.metadata')).toBe(`version: 0\ntopic_id: ${TOPIC_ID}`);
    expect(parsePartitionMetadata('version: 1\ntopic_id: x')).toBeNull();
  });
});

describe('the checkpoint grammar', () => {
  test('is kept to the letter', () => {
    expect(parseCheckpoint('', 'f')).toEqual([]);
    expect(parseCheckpoint('0\n0\n', 'f')).toEqual([]);
    expect(parseCheckpoint('0\n1\nt  0 5\n', 'f')).toEqual([['t', '0', '5']]);
    for (const text of ['1\n0\n', '0\n', '0\nx\n', '0\n2\na 0 1\n', '0\n0\na 0 1\n', '0\n1\na 0 1', 'garbage']) {
      expect(() => parseCheckpoint(text, 'f'), JSON.stringify(text)).toThrow(/^f: /);
    }
  });
});

describe('leader epochs', () => {
  function cache(...entries: readonly (readonly [number, number])[]): { disk: MemoryDisk; epochs: LeaderEpochCache } {
    const disk = new MemoryDisk();
    const epochs = LeaderEpochCache.load(disk, 'e');
    for (const [epoch, startOffset] of entries) epochs.assign(epoch, startOffset);
    return { disk, epochs };
  }
  const pairs = (epochs: LeaderEpochCache) => epochs.entries.map(({ epoch, startOffset }) => [epoch, startOffset]);

  test('answer OffsetForLeaderEpoch', () => {
    const { epochs } = cache([2, 0], [4, 10], [7, 30]);
    const answer = (epoch: number) => Object.values(epochs.endOffsetFor(epoch, 50));
    expect([1, 2, 3, 4, 6, 7, 8, -1].map(answer)).toEqual([
      [1, 0],
      [2, 10],
      [2, 10],
      [4, 30],
      [4, 30],
      [7, 50],
      [-1, -1],
      [-1, -1],
    ]);
    expect([0, 9, 10, 29, 30, 99].map((offset) => epochs.epochOf(offset))).toEqual([2, 2, 4, 4, 7, 7]);
    expect(Object.values(cache().epochs.endOffsetFor(0, 5))).toEqual([-1, -1]);
  });

  test('an entry that contradicts later ones replaces them', () => {
    expect(pairs(cache([1, 0], [2, 10], [3, 20], [4, 15]).epochs)).toEqual([
      [1, 0],
      [2, 10],
      [4, 15],
    ]);
    expect(pairs(cache([1, 0], [3, 10], [2, 20]).epochs)).toEqual([
      [1, 0],
      [2, 20],
    ]);
    expect(pairs(cache([1, 0], [1, 10]).epochs)).toEqual([[1, 0]]);
    expect(pairs(cache([1, 0], [2, 10], [3, 10]).epochs)).toEqual([
      [1, 0],
      [3, 10],
    ]);
  });

  test('are cut at both ends, and come back from the file', () => {
    const { disk, epochs } = cache([1, 0], [2, 10], [3, 20], [4, 30]);
    epochs.truncateFromEnd(30);
    epochs.truncateFromStart(15);
    expect(pairs(epochs)).toEqual([
      [2, 15],
      [3, 20],
    ]);
    expect(pairs(LeaderEpochCache.load(disk, 'e'))).toEqual([
      [2, 15],
      [3, 20],
    ]);
    expect(contentOf(disk, 'e')).toBe('0\n2\n2 15\n3 20\n');
    epochs.truncateFromStart(20);
    expect(pairs(epochs)).toEqual([[3, 20]]);
    epochs.clear();
    expect(contentOf(disk, 'e')).toBe('0\n0\n');
    write(disk, 'e', '!');
    expect(pairs(LeaderEpochCache.load(disk, 'e'))).toEqual([]);
    expect(disk.exists('e')).toBe(false);
  });
});
