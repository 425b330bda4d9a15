import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeCoordinatorKey, encodeCoordinatorValue } from '../../src/protocol/coordinator-record.ts';
import { encodeBatch, type RecordInput } from '../../src/records/index.ts';
import { storedGroups } from '../../src/segments/groups.ts';
import { locate } from '../../src/segments/locate.ts';
import { runCli } from '../cli/run-cli.ts';
import { KAFKA_4 } from './fixtures.ts';

const T0 = 1_700_000_000_000;

function metadata(generation: number, members: readonly string[], timestamp: number): RecordInput {
  return {
    key: encodeCoordinatorKey('GroupMetadata', { group: 'payments' }),
    value: encodeCoordinatorValue('GroupMetadata', 3, {
      protocolType: 'consumer',
      generation,
      protocol: 'range',
      leader: members[0] ?? null,
      members: members.map((memberId) => ({ memberId, clientId: 'app', clientHost: '/127.0.0.1' })),
    }),
    timestamp,
  };
}

function commit(offset: number | null, timestamp: number): RecordInput {
  return {
    key: encodeCoordinatorKey('OffsetCommit', { group: 'payments', topic: 'orders', partition: 2 }),
    value:
      offset === null
        ? null
        : encodeCoordinatorValue('OffsetCommit', 3, {
            offset,
            leaderEpoch: 1,
            metadata: '',
            commitTimestamp: timestamp,
          }),
    timestamp,
  };
}

it('tells commits, rebalances and members of a group', async () => {
  const place = mkdtempSync(join(tmpdir(), 'kmedic-groups-'));
  const directory = join(place, '__consumer_offsets-7');
  mkdirSync(directory);
  const records = [
    metadata(1, ['a', 'b'], T0),
    commit(10, T0 + 1000),
    metadata(2, ['a'], T0 + 60_000),
    commit(20, T0 + 61_000),
    metadata(3, ['a', 'c', 'd'], T0 + 120_000),
    commit(30, T0 + 121_000),
    { key: Buffer.from([0, 99]), value: null, timestamp: T0 },
  ];
  writeFileSync(join(directory, '00000000000000000000.log'), encodeBatch({ records }));
  const stored = await storedGroups(locate([directory]).partitions, async () => true);
  rmSync(place, { recursive: true });
  expect(stored).toMatchObject({ records: 7, undecoded: 1, findings: [] });
  expect(stored.groups).toHaveLength(1);
  expect(stored.groups[0]).toMatchObject({
    group: 'payments',
    type: 'classic',
    generation: 3,
    generations: 3,
    joins: 4,
    leaves: 1,
    deleted: false,
    commits: [{ topic: 'orders', partition: 2, offset: 30, commits: 3, committedAt: T0 + 121_000 }],
  });
  expect(stored.groups[0]?.history.map(({ members }) => members)).toEqual([['a', 'b'], ['a'], ['a', 'c', 'd']]);
});

it('reads what Apache Kafka stored, from the whole log directory', async () => {
  const { out, code } = await runCli(['segments', 'groups', KAFKA_4, '-o', 'json']);
  expect(code).toBe(0);
  expect(JSON.parse(out).groups).toMatchObject([
    {
      group: 'group-a',
      commits: [
        { topic: 'gzip', partition: 0, offset: null, commits: 2 },
        { topic: 'none', partition: 0, offset: 7, metadata: 'a note', commits: 1 },
      ],
    },
  ]);
});

it('shows stats by topic, by segment, and with keys', async () => {
  const topics = await runCli(['segments', 'stats', KAFKA_4, '--by', 'topic', '-o', 'csv']);
  expect(topics.out.split('\n')[1]).toBe('large-lz4,1,51485,8,51485');
  const segments = await runCli([
    'segments',
    'stats',
    join(KAFKA_4, 'rolled-0'),
    '--by',
    'segment',
    '--retention',
    '3650d',
    '-o',
    'csv',
  ]);
  expect(segments.out).toContain(',kept,');
  expect(segments.out).toContain(',active,');
  const deep = await runCli(['segments', 'stats', join(KAFKA_4, 'large-gzip-0'), '--deep', '-o', 'json']);
  const [partition] = JSON.parse(deep.out).partitions;
  expect(partition.codecs.gzip.uncompressedBytes).toBeGreaterThan(partition.codecs.gzip.bytes * 5);
  expect(partition.keys).toMatchObject({ tombstones: expect.any(Number), distinct: expect.any(Number) });
});
