import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeBatch } from '../../src/records/index.ts';
import { effectiveConfigs, readStoredConfigs } from '../../src/segments/stats/stored-configs.ts';
import { runCli } from '../cli/run-cli.ts';
import { KAFKA_3, KAFKA_4 } from './fixtures.ts';

const statsOf = async (...args: string[]) => {
  const { out, code } = await runCli(['segments', 'stats', ...args, '-o', 'json']);
  return { code, partitions: JSON.parse(out).partitions };
};

it('shows stats by topic, by segment, and with keys', async () => {
  const topics = await runCli(['segments', 'stats', KAFKA_4, '--by', 'topic', '-o', 'csv']);
  expect(topics.out.split('\n')[1]).toMatch(/^large-lz4,1,51485,\d+\.\d%,51485,8,51485$/);
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

it('tells how many records have a newer one of the same key', async () => {
  const keys = async (name: string) => {
    const { out } = await runCli(['segments', 'stats', join(KAFKA_4, name), '--deep', '-o', 'json']);
    return JSON.parse(out).partitions[0].keys;
  };
  // The log cleaner was in the one; in the other each of forty records has the same key.
  expect(await keys('compacted-0')).toMatchObject({ distinct: 7, replaced: 0, tombstones: 1 });
  expect(await keys('kcat-none-0')).toMatchObject({ distinct: 1, replaced: 39 });
  const { out } = await runCli(['segments', 'stats', join(KAFKA_4, 'kcat-none-0'), '--deep'], { columns: 100 });
  expect(out).toContain('about 39 records replaced by newer ones of the same key');
});

it.each([KAFKA_4, KAFKA_3])(
  'takes the settings of topics from the metadata in the same log directory: %s',
  async (root) => {
    const stored = readStoredConfigs(root);
    expect(Object.fromEntries(stored?.topics.get('compacted') ?? [])).toMatchObject({
      'cleanup.policy': 'compact',
      'segment.ms': '60000',
    });
    const { partitions } = await statsOf(join(root, 'compacted-0'));
    expect(partitions[0].configs).toContainEqual({ name: 'cleanup.policy', value: 'compact', source: 'topic' });
    expect(partitions[0].segments.map(({ fate }: { fate: { why: string } }) => fate.why)).toContain(
      'cleanup.policy is compact alone',
    );
    const given = await statsOf(join(root, 'compacted-0'), '--cleanup-policy', 'compact,delete', '--retention', '1h');
    expect(given.partitions[0].configs).toContainEqual({ name: 'retention.ms', value: '3600000', source: 'given' });
    expect(given.partitions[0].segments[0].fate.what).toBe('deletable');
    expect((await runCli(['segments', 'stats', root, '--min-cleanable-dirty-ratio', 'half'])).code).toBe(2);
  },
);

it('knows defaults without metadata, a topic before a broker, one broker before all', () => {
  const value = (name: string, ...args: Parameters<typeof effectiveConfigs>) =>
    effectiveConfigs(...args).find((each) => each.name === name);
  expect(value('retention.ms', null, 't', '1', new Map())).toMatchObject({ value: '604800000', source: 'default' });
  expect(value('cleanup.policy', null, '__consumer_offsets', '1', new Map())).toMatchObject({ value: 'compact' });
  const stored = {
    topics: new Map([['t', new Map([['retention.ms', '1']])]]),
    brokers: new Map([
      ['', new Map([['log.retention.ms', '2']])],
      ['1', new Map([['log.retention.ms', '3']])],
    ]),
  };
  expect(value('retention.ms', stored, 't', '1', new Map())).toMatchObject({ value: '1', source: 'topic' });
  expect(value('retention.ms', stored, 'u', '1', new Map())).toMatchObject({ value: '3', source: 'broker' });
  expect(value('retention.ms', stored, 'u', '2', new Map())).toMatchObject({ value: '2', source: 'broker' });
  expect(readStoredConfigs(join(tmpdir(), 'no-such-directory'))).toBeNull();
});

it('says that an open transaction holds the log cleaner back', async () => {
  const place = mkdtempSync(join(tmpdir(), 'kmedic-stats-'));
  const directory = join(place, 't-0');
  mkdirSync(directory);
  const record = (n: number) => [{ key: `k${n}`, value: 'v', timestamp: 1_700_000_000_000 + n }];
  const open = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true };
  writeFileSync(join(directory, '00000000000000000000.log'), encodeBatch({ records: record(0), ...open }));
  writeFileSync(join(directory, '00000000000000000001.log'), encodeBatch({ baseOffset: 1, records: record(1) }));
  const { partitions } = await statsOf(directory, '--cleanup-policy', 'compact');
  expect(partitions[0]).toMatchObject({
    firstOpenOffset: 0,
    compaction: { due: false, why: 'a transaction that is open from offset 0 on holds it back' },
  });
  // One that ended does not.
  cpSync(join(KAFKA_4, 'transactions-0'), join(place, 'transactions-0'), { recursive: true });
  const ended = await statsOf(join(place, 'transactions-0'), '--cleanup-policy', 'compact');
  expect(ended.partitions[0]).toMatchObject({ firstOpenOffset: null, compaction: { due: true } });
  rmSync(place, { recursive: true });
});

it('counts what is left over on the disk', async () => {
  const place = mkdtempSync(join(tmpdir(), 'kmedic-stats-'));
  const directory = join(place, 'none-0');
  cpSync(join(KAFKA_4, 'none-0'), directory, { recursive: true });
  writeFileSync(join(directory, '00000000000000000000.log.deleted'), Buffer.alloc(5000));
  writeFileSync(join(directory, '00000000000000000000.index.deleted'), Buffer.alloc(80));
  expect((await statsOf(directory)).partitions[0]).toMatchObject({ bytes: 2195, leftoverBytes: 5080 });
  const { out } = await runCli(['segments', 'stats', directory], { columns: 120 });
  expect(out).toContain('5.1 KB in .deleted, .cleaned or .swap files');
  rmSync(place, { recursive: true });
});
