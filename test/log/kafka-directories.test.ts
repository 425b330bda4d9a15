import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLogDirectory } from '../../src/log/log-directory.ts';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { readMetaProperties } from '../../src/log/meta-properties.ts';
import { PartitionLog } from '../../src/log/partition-log.ts';
import { batches, lastOffset, records } from '../../src/records/index.ts';
import { bytesOf, logConfig, START_MS } from './helpers.ts';

/* Log directories that real brokers wrote: opened as they are, and opened again with nothing left but the `.log` files. */

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/segments');
const INDEX_SUFFIXES = ['.index', '.timeindex', '.txnindex'];

/** A broker's log directory in memory. */
function load(version: string): MemoryDisk {
  const disk = new MemoryDisk();
  const root = path.join(FIXTURES, version);
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const full = path.join(entry.parentPath, entry.name);
    const name = path.relative(root, full);
    if (entry.isDirectory()) disk.makeDirectory(name);
    else if (!entry.name.startsWith('dump-')) {
      disk.makeDirectory(path.dirname(name) === '.' ? '' : path.dirname(name));
      disk.open(name, { create: true }).append(fs.readFileSync(full));
    }
  }
  return disk;
}

function namesOf(disk: MemoryDisk, directory: string, suffixes: readonly string[]): string[] {
  return disk.list(directory).filter((name) => suffixes.some((suffix) => name.endsWith(suffix)));
}

function open(
  disk: MemoryDisk,
  directory: string,
  changes: { cleanShutdown: boolean; interval?: number },
): PartitionLog {
  const dash = directory.lastIndexOf('-');
  return PartitionLog.open({
    disk,
    directory,
    topic: directory.slice(0, dash),
    partition: Number(directory.slice(dash + 1)),
    topicId: null,
    config: () => logConfig({ indexIntervalBytes: changes.interval ?? 4096 }),
    now: () => START_MS,
    recoverFrom: 0,
    cleanShutdown: changes.cleanShutdown,
    // Producers of the fixtures are not to expire, whatever the clock says.
    producerIdExpirationMs: Number.MAX_SAFE_INTEGER,
  });
}

/** All bytes of the log, read as a consumer reads them. */
function readAll(log: PartitionLog, maxBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    const { records: bytes } = log.read(offset, maxBytes);
    if (bytes.length === 0) break;
    parts.push(bytes);
    for (const span of batches(bytes)) offset = lastOffset(bytes, span.position) + 1;
  }
  return Buffer.concat(parts);
}

const VERSIONS = fs.readdirSync(FIXTURES).filter((name) => name.startsWith('kafka-'));
const DIRECTORIES = VERSIONS.flatMap((version) =>
  openLogDirectory(load(version)).partitions.map(({ directory }) => ({ version, directory })),
);

describe.each(DIRECTORIES)('$version $directory', ({ version, directory }) => {
  test('opens after a clean shutdown, changing nothing, and reads to its end', () => {
    const disk = load(version);
    const before = new Map(disk.list(directory).map((name) => [name, bytesOf(disk, `${directory}/${name}`)]));
    const log = open(disk, directory, { cleanShutdown: true });
    expect(log.recovery).toEqual({ recoveredSegments: 0, truncatedBytes: 0, removedSegments: 0 });
    const stored = Buffer.concat(
      namesOf(disk, directory, ['.log']).map((name) => bytesOf(disk, `${directory}/${name}`)),
    );
    expect(readAll(log, 100).equals(stored)).toBe(true);
    expect(readAll(log, 1_000_000).equals(stored)).toBe(true);
    log.close();
    for (const [name, bytes] of before) {
      expect(bytesOf(disk, `${directory}/${name}`).equals(bytes), name).toBe(true);
    }
  });

  test('has its indexes and producer snapshots rebuilt to the same bytes', () => {
    const disk = load(version);
    const original = load(version);
    const derived = namesOf(original, directory, [...INDEX_SUFFIXES, '.snapshot']);
    for (const name of derived) disk.remove(`${directory}/${name}`);
    const interval = indexInterval(directory);
    const log = open(disk, directory, { cleanShutdown: false, interval });
    expect(log.recovery).toMatchObject({ truncatedBytes: 0, removedSegments: 0 });
    const rebuilt = namesOf(disk, directory, INDEX_SUFFIXES);
    expect(rebuilt).toEqual(namesOf(original, directory, INDEX_SUFFIXES));
    for (const name of derived) {
      const found = bytesOf(disk, `${directory}/${name}`).toString('hex');
      expect(`${name} ${found}`).toBe(`${name} ${bytesOf(original, `${directory}/${name}`).toString('hex')}`);
    }
    if (original.exists(`${directory}/leader-epoch-checkpoint`)) {
      expect(log.latestEpoch).toBe(open(original, directory, { cleanShutdown: true }).latestEpoch);
    }
  });

  test('finds every record by its timestamp', () => {
    const log = open(load(version), directory, { cleanShutdown: true });
    const bytes = readAll(log, 1_000_000);
    const all = [...batches(bytes)].flatMap((span) => [...records(bytes, span.position)]);
    for (const { timestamp } of all.slice(0, 200)) {
      if (timestamp < 0) continue;
      const expected = all.find((record) => record.timestamp >= timestamp);
      expect(log.offsetForTimestamp(timestamp)).toMatchObject({
        offset: expected?.offset,
        timestampMs: expected?.timestamp,
      });
    }
    const latest = all.reduce((max, record) => Math.max(max, record.timestamp), -1);
    const found = log.maxTimestampOffset();
    if (latest < 0) expect(found).toBeNull();
    else expect(found?.offset).toBe(all.find((record) => record.timestamp === latest)?.offset);
  });
});

/** Topics that were made with an index.interval.bytes other than the default (make/MakeSegments.java). */
const INDEX_INTERVALS: readonly (readonly [RegExp, number])[] = [
  [/^rolled-/, 128],
  [/^(none|gzip|snappy|lz4|zstd)-/, 256],
];

function indexInterval(directory: string): number {
  return INDEX_INTERVALS.find(([pattern]) => pattern.test(directory))?.[1] ?? 4096;
}

test('the root of a real log directory', () => {
  const disk = load('kafka-4.3.1');
  const state = openLogDirectory(disk);
  expect(state.cleanShutdown).toBe(true);
  expect(state.problems).toEqual([]);
  expect(disk.exists('.kafka_cleanshutdown')).toBe(false);
  expect(state.partitions.map(({ topic }) => topic)).toContain('rolled');
  for (const { topic, topicId } of state.partitions) {
    if (topic !== '__cluster_metadata') expect(topicId).toMatch(/^[\w-]{22}$/);
  }
  expect(readMetaProperties(disk)).toMatchObject({ nodeId: expect.any(Number), clusterId: expect.any(String) });
});
