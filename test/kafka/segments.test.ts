import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { KAFKA_2, KAFKA_4 } from '../segments/fixtures.ts';
import { consoleProducer, dumpLogSegments, type RealKafka, runTool, spawnTool, startKafka, TOOLS } from './harness.ts';
import { KAFKA_VERSIONS, kafkaMissing } from './jars.ts';

const place = mkdtempSync(join(tmpdir(), 'kmedic-kafka-segments-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const kmedic = (...args: string[]) => runCli(['segments', 'dump', ...args]);

/** Logs below a directory, in the order in which the tool of 4.3 takes them: by their names. */
function filesIn(directory: string, pattern: RegExp): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name) && statSync(join(directory, name)).isFile())
    .sort()
    .map((name) => join(directory, name));
}

/** The tool of 3.9 closes a brace that it never opened (v0 and v1 records), and leaves a space behind some producers. */
const tidied = (text: string): string =>
  text.replace(/ (isValid: \w+ crc: \d+)\}/g, ' $1').replace(/( lastTimestamp: -?\d+) $/gm, '$1');

/** That tool does not tell what a new leader's record says. */
const withoutMessage = (text: string): string => text.replace(/ LeaderChange: .*/g, ' controlType: LEADER_CHANGE(2)');

/** What is said about each file, whatever the order. */
function sections(text: string): Record<string, string> {
  const parts = text.split(/^Dumping /m).slice(1);
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  );
}

describe.skipIf(kafkaMissing() !== null).each(KAFKA_VERSIONS)('the dump tool of Apache Kafka %s', (version) => {
  const tool = (...args: string[]) => runTool(version, dumpLogSegments(version), args);

  test('prints what --format kafka prints, for every log, index and snapshot of the fixtures', async () => {
    // On a copy: that tool writes to what it reads.
    const data = join(place, version);
    cpSync(KAFKA_4, join(data, 'v2'), { recursive: true });
    cpSync(KAFKA_2, join(data, 'legacy'), { recursive: true });
    for (const [pattern, options] of [
      [/\.log$/, ['--print-data-log']],
      [/\.log$/, ['--deep-iteration']],
      [/\.log$/, []],
      [/rolled-0.*\.(index|timeindex)$|\.snapshot$|\.txnindex$/, []],
    ] as const) {
      const files = filesIn(data, pattern).join(',');
      const theirs = await tool(...options, '--files', files);
      const ours = await kmedic(...options, '--files', files);
      const out = version === '3.9.2' ? withoutMessage(ours.out) : ours.out;
      expect(sections(out)).toEqual(sections(tidied(theirs.stdout)));
    }
  });

  test('reads what segments salvage made of a damaged partition', async () => {
    const source = join(place, `damaged-${version}`, 'none-0');
    cpSync(join(KAFKA_4, 'none-0'), source, { recursive: true });
    const log = join(source, '00000000000000000000.log');
    const bytes = readFileSync(log);
    bytes[500] = (bytes[500] ?? 0) ^ 1;
    writeFileSync(log, bytes);
    truncateSync(log, 2100);
    const target = join(place, `salvaged-${version}`, 'none-0');
    const { code } = await runCli(['segments', 'salvage', source, target]);
    expect(code).toBe(5);
    const files = filesIn(target, /\.(log|index|timeindex|snapshot)$/).join(',');
    const checked = await tool('--files', files);
    expect(checked.code).toBe(0);
    expect(checked.stdout).not.toMatch(/isvalid: false|invalid bytes/);
    expect(checked.stderr).not.toMatch(/Mismatches|timestamp mismatch|out of order|not found|corrupt/i);
    expect(checked.stdout.match(/^baseOffset: /gm)).toHaveLength(4);
  });
});

describe.skipIf(kafkaMissing() !== null)('the files of a broker of Apache Kafka 4.3.1', () => {
  let kafka: RealKafka;
  let data: string;
  const version = '4.3.1';

  beforeAll(async () => {
    kafka = await startKafka(version);
    const { bootstrap } = kafka;
    await kafka.tool(
      TOOLS.topics,
      '--bootstrap-server',
      bootstrap,
      '--create',
      '--topic',
      'orders',
      '--partitions',
      '2',
    );
    const producer = spawnTool(version, consoleProducer(version), [
      '--bootstrap-server',
      bootstrap,
      '--topic',
      'orders',
      '--property',
      'parse.key=true',
    ]);
    const produced = new Promise((resolve) => producer.once('exit', resolve));
    producer.stdin?.end(Array.from({ length: 200 }, (_, i) => `key-${i % 7}\tvalue ${i}`).join('\n'));
    await produced;
    const consume = (group: string, protocol: string) =>
      kafka.tool(
        TOOLS.consoleConsumer,
        '--bootstrap-server',
        bootstrap,
        '--topic',
        'orders',
        '--group',
        group,
        '--from-beginning',
        '--max-messages',
        '50',
        '--timeout-ms',
        '30000',
        '--consumer-property',
        `group.protocol=${protocol}`,
      );
    await consume('classic-group', 'classic');
    await consume('new-group', 'consumer');
    await kafka.tool(
      TOOLS.configs,
      '--bootstrap-server',
      bootstrap,
      '--alter',
      '--group',
      'share-group',
      '--add-config',
      'share.auto.offset.reset=earliest',
    );
    await kafka.tool(
      'org.apache.kafka.tools.consumer.ConsoleShareConsumer',
      '--bootstrap-server',
      bootstrap,
      '--topic',
      'orders',
      '--group',
      'share-group',
      '--max-messages',
      '50',
      '--timeout-ms',
      '30000',
    );
    await kafka.stopNode(1);
    data = join(place, 'broker');
    cpSync(kafka.dataDirectory(1), data, { recursive: true });
  });
  afterAll(() => kafka?.close());

  const tool = (...args: string[]) => runTool(version, dumpLogSegments(version), args);

  test.each([
    [
      '--offsets-decoder',
      /__consumer_offsets-\d+\/.*\.log$/,
      ['OffsetCommit', 'classic-group', 'new-group', 'share-group'],
    ],
    ['--share-group-state-decoder', /__share_group_state-\d+\/.*\.log$/, ['share-group']],
    ['--cluster-metadata-decoder', /__cluster_metadata-0\/.*\.(log|checkpoint)$/, ['REGISTER_BROKER_RECORD']],
  ] as const)('%s decodes as the tool does', async (decoder, pattern, names) => {
    const files = filesIn(data, pattern).join(',');
    const theirs = await tool(decoder, '--files', files);
    const ours = await kmedic(decoder, '--files', files);
    expect(sections(ours.out)).toEqual(sections(theirs.stdout));
    for (const name of names.slice(decoder === '--offsets-decoder' ? 1 : 0)) expect(ours.out).toContain(name);
  });

  test('are all sound', async () => {
    const { out, code } = await runCli(['segments', 'verify', data, '--deep', '-o', 'json']);
    const findings = JSON.parse(out).files.flatMap((file: { findings: { severity: string }[] }) => file.findings);
    expect(findings.filter(({ severity }: { severity: string }) => severity !== 'note')).toEqual([]);
    expect(code).toBe(0);
  });

  test('tell the groups', async () => {
    const { out } = await runCli(['segments', 'groups', data, '-o', 'json']);
    const groups: { group: string; type: string }[] = JSON.parse(out).groups;
    const types = Object.fromEntries(groups.map(({ group, type }) => [group, type]));
    expect(types).toMatchObject({ 'classic-group': 'classic', 'new-group': 'consumer', 'share-group': 'share' });
  });
});
