import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeCoordinatorKey, encodeCoordinatorValue } from '../../src/protocol/coordinator-record.ts';
import { encodeBatch, type RecordInput } from '../../src/records/index.ts';
import { type StoredGroup, storedGroups } from '../../src/segments/groups.ts';
import { locate } from '../../src/segments/locate.ts';
import { runCli } from '../cli/run-cli.ts';
import { KAFKA_3, KAFKA_4 } from './fixtures.ts';

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

describe('reads what Apache Kafka stored, from the whole log directory', () => {
  const groupsOf = async (directory: string): Promise<readonly StoredGroup[]> => {
    const { out, code } = await runCli(['segments', 'groups', directory, '-o', 'json']);
    expect(code).toBe(0);
    return JSON.parse(out).groups;
  };

  it.each([KAFKA_4, KAFKA_3])('%s', async (directory) => {
    const groups = new Map((await groupsOf(directory)).map((each) => [each.group, each]));
    expect(groups.get('group-a')?.commits).toMatchObject([
      { topic: 'gzip', partition: 0, offset: null, commits: 1 },
      { topic: 'none', partition: 0, offset: 7, metadata: 'a note', commits: 1 },
    ]);
    // The second commit was within a transaction that was aborted.
    expect(groups.get('transactional-group')?.commits).toMatchObject([
      { topic: 'orders', partition: 1, offset: 7, commits: 1, pending: 0 },
    ]);
    for (const type of ['classic', 'consumer']) {
      const group = groups.get(`${type}-group`);
      expect(group).toMatchObject({ type, deleted: false, members: [], joins: 2, leaves: 2 });
      expect(group?.commits.map(({ topic, partition }) => `${topic}-${partition}`)).toEqual([
        'orders-0',
        'orders-1',
        'orders-2',
        'orders-3',
      ]);
      const sizes = group?.history.map(({ members }) => members.length);
      expect([Math.max(...(sizes ?? [])), sizes?.at(-1)]).toEqual([2, 0]);
      expect(groups.get(`${type}-deleted`)).toMatchObject({ type, deleted: true });
      expect(groups.get(`${type}-static`)).toMatchObject({
        type,
        members: [{ member: 'till-1', clientId: 'app-s', host: '127.0.0.1', partitions: 4 }],
      });
    }
  });

  it('with share and streams groups', async () => {
    const groups = await groupsOf(KAFKA_4);
    const types = Object.fromEntries(groups.map(({ group, type }) => [group, type]));
    expect(types).toMatchObject({ 'share-group': 'share', 'streams-group': 'streams', 'pattern-group': 'consumer' });
    expect(groups.find(({ group }) => group === 'streams-group')?.commits).toHaveLength(4);
  });
});

it('tells commits of a transaction that is still open', async () => {
  const place = mkdtempSync(join(tmpdir(), 'kmedic-groups-'));
  const directory = join(place, '__consumer_offsets-7');
  mkdirSync(directory);
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true };
  const batches = [
    encodeBatch({ records: [commit(10, T0)] }),
    encodeBatch({ baseOffset: 1, records: [commit(50, T0 + 1)], ...producer }),
  ];
  writeFileSync(join(directory, '00000000000000000000.log'), Buffer.concat(batches));
  const { groups } = await storedGroups(locate([directory]).partitions, async () => true);
  rmSync(place, { recursive: true });
  expect(groups[0]?.commits).toMatchObject([{ offset: 10, commits: 1, pending: 1 }]);
});

it('shows a row per rebalance: when, who came, who left', async () => {
  const args = ['segments', 'groups', KAFKA_4, '--by', 'generation', '--group', 'classic-group', '-o', 'csv'];
  const [head, ...rows] = (await runCli(args)).out.trimEnd().split('\n');
  expect(head).toBe('group,generation,at,lasted,members,joined,left');
  const came = rows.map((row) =>
    row
      .split(',')
      .slice(4)
      .map((cell) => cell.replace(/-[0-9a-f]{8}-[0-9a-f-]+$/, '')),
  );
  expect(came).toEqual([
    ['0', '', ''],
    ['1', 'app-a', ''],
    ['2', 'app-b', ''],
    ['2', '', ''],
    ['1', '', 'app-a'],
    ['0', '', 'app-b'],
  ]);
});
