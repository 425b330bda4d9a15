import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { FindCoordinator, OffsetCommit } from '../../src/protocol/api/index.ts';
import { createTopics } from '../create-topics.ts';
import { until } from '../until.ts';
import { dumpLogSegments, runTool } from './harness.ts';
import { kafkaMissing } from './jars.ts';
import { RawClient } from './raw-client.ts';

/*
 * What retention, compaction, both together, DeleteRecords and a busy offsets topic leave of the bundled broker's files
 * while it runs: Apache's dump tool agrees with every one of them.
 */

const missing = kafkaMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const SEGMENT_BYTES = '4000';
const COMMITS = 400;
const CUT = 57;
/** What compaction leaves, and (4.3) every segment that does not begin at 0: the tool tells of each gap. */
const GAPS = /^Non-consecutive offsets in .*\n(?: {2}-?\d+ is followed by \d+\n?)+/gm;

const CONFIG = {
  'log.cleaner.backoff.ms': '50',
  'log.retention.check.interval.ms': '50',
  'log.segment.delete.delay.ms': '0',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.segment.bytes': SEGMENT_BYTES,
  'log.cleaner.min.cleanable.ratio': '0.01',
};
const TOPICS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sized: { 'cleanup.policy': 'delete', 'retention.bytes': '8000' },
  keyed: { 'cleanup.policy': 'compact' },
  both: { 'cleanup.policy': 'compact,delete', 'retention.bytes': '1' },
  cut: { 'cleanup.policy': 'delete' },
};

describe.skipIf(missing !== null)('storage of the bundled broker, as Apache reads it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kmedic-storage-'));
  const dataDir = join(directory, 'data');
  const node = join(dataDir, 'node-1');
  let cluster: EmbeddedCluster;
  let closed = false;

  const firstOffset = (topic: string): number =>
    Math.min(
      ...readdirSync(join(node, `${topic}-0`)).flatMap((file) =>
        file.endsWith('.log') ? [Number.parseInt(file, 10)] : [],
      ),
    );
  const checkpoint = (name: string, topic: string): number => {
    const file = join(node, name);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return Number(new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  };
  const close = async (): Promise<void> => {
    if (!closed) await cluster.close();
    closed = true;
  };
  const files = (suffix: RegExp): string[] =>
    readdirSync(node, { recursive: true, encoding: 'utf8' })
      .filter((name) => suffix.test(name) && !name.startsWith('__cluster_metadata'))
      .map((name) => join(node, name));

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 1, dataDir, config: CONFIG });
    const bootstrap = `${cluster.brokers[0]?.host}:${cluster.brokers[0]?.port}`;
    const client = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    await createTopics(
      admin,
      Object.entries(TOPICS).map(([topic, configs]) => ({
        topic,
        numPartitions: 1,
        configEntries: Object.entries({ 'segment.bytes': SEGMENT_BYTES, ...configs }).map(([name, value]) => ({
          name,
          value,
        })),
      })),
    );
    const producer = client.producer();
    await producer.connect();
    for (let round = 0; round < 200; round++) {
      const value = `${round} ${'.'.repeat(100)}`;
      const messages = [{ key: `key-${round % 20}`, value: round % 20 === 7 ? null : value }];
      await producer.sendBatch({ topicMessages: Object.keys(TOPICS).map((topic) => ({ topic, messages })) });
    }
    await producer.disconnect();
    await admin.disconnect();
    const raw = await RawClient.open(bootstrap);
    const commit = async (offset: number): Promise<boolean> => {
      const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }];
      const { topics } = await raw.ask(OffsetCommit, 8, {
        groupId: 'nightly',
        topics: [{ name: 'sized', partitions }],
      });
      return topics[0]?.partitions[0]?.errorCode === 0;
    };
    // The first question for a coordinator makes the offsets topic.
    await raw.ask(FindCoordinator, 3, { key: 'nightly', keyType: 0 });
    await until('the coordinator is there', () => commit(0));
    for (let offset = 1; offset <= COMMITS; offset++) expect(await commit(offset)).toBe(true);
    raw.close();
    const plan = join(directory, 'delete.json');
    writeFileSync(plan, JSON.stringify({ version: 1, partitions: [{ topic: 'cut', partition: 0, offset: CUT }] }));
    const deleted = await runTool('4.3.1', 'org.apache.kafka.tools.DeleteRecordsCommand', [
      ...['--bootstrap-server', bootstrap, '--offset-json-file', plan],
    ]);
    expect(deleted.stdout).toContain(`low_watermark: ${CUT}`);
    // Everything has happened once; it goes on until the cluster is closed.
    await until('retention by size', () => firstOffset('sized') > 0);
    await until('retention of what is compacted, too', () => firstOffset('both') > 0);
    await until('compaction', () => checkpoint('cleaner-offset-checkpoint', 'keyed') > 100);
    await until('compaction of offsets', () => checkpoint('cleaner-offset-checkpoint', '__consumer_offsets') > 300);
    await until('the segments before the cut are gone', () => firstOffset('cut') > 0);
    await close();
  });
  afterAll(async () => {
    await close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('where a log begins is written down', () => {
    expect(checkpoint('log-start-offset-checkpoint', 'cut')).toBe(CUT);
    expect(firstOffset('cut')).toBeLessThanOrEqual(CUT);
  });

  it.each(['4.3.1', '3.9.2'] as const)('%s reads every log and index', async (version) => {
    const logs = files(/\.log$/);
    const deep = await runTool(version, dumpLogSegments(version), ['--deep-iteration', '--files', logs.join()]);
    expect(deep.stdout).not.toMatch(/isvalid: false|invalid bytes|mismatch|corrupt/i);
    expect(deep.stderr.replaceAll(GAPS, '')).not.toMatch(/Found|Mismatch|Exception/);
    const indexes = files(/\.(index|timeindex)$/);
    const sanity = await runTool(version, dumpLogSegments(version), [
      ...['--index-sanity-check', '--files', indexes.join()],
    ]);
    expect(sanity.stdout.match(/passed sanity check|is empty\./g)).toHaveLength(indexes.length);
  });

  it.each(['4.3.1', '3.9.2'] as const)(
    '%s finds the last commit in the offsets topic, and few of those before',
    async (version) => {
      const logs = files(/^__consumer_offsets-0.*\.log$/);
      const { stdout } = await runTool(version, dumpLogSegments(version), [
        ...['--offsets-decoder', '--deep-iteration', '--files', logs.join()],
      ]);
      const commits = [...stdout.matchAll(/"group":"nightly".*?"offset":(\d+)/g)].map(([, offset]) => Number(offset));
      expect(commits.at(-1)).toBe(COMMITS);
      expect(commits.length).toBeLessThan(COMMITS / 2);
    },
  );

  it('4.3.1 finds the last record of each key of a compacted topic', async () => {
    const logs = files(/^keyed-0.*\.log$/);
    const { stdout } = await runTool('4.3.1', dumpLogSegments('4.3.1'), ['--print-data-log', '--files', logs.join()]);
    const last = new Map<string, string>();
    for (const [, key = '', payload = ''] of stdout.matchAll(/ key: (key-\d+)(?: payload: (\d+))?/g))
      last.set(key, payload);
    const expected = Array.from({ length: 20 }, (_, key) => [`key-${key}`, key === 7 ? '' : `${180 + key}`]);
    expect([...last].sort()).toEqual(expected.sort());
  });
});
