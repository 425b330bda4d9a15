import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { KAFKA_4 } from '../segments/fixtures.ts';
import { filesOf, sections, TOOL_RUNS } from '../segments/golden.ts';
import { dumpLogSegments, type RealKafka, runTool, startKafka } from './harness.ts';
import { KAFKA_VERSIONS, kafkaMissing } from './jars.ts';
import { dumpOf, MAKER_CONFIG, makeGroups, makeSegments, makeWithKcat } from './segment-makers.ts';

/*
 * Log directories that brokers of both releases write here and now, as those of fixtures/segments were made: the dump tool
 * of each release and ours, side by side.
 */

const place = mkdtempSync(join(tmpdir(), 'kmedic-kafka-segments-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe.skipIf(kafkaMissing() !== null).each(KAFKA_VERSIONS)('Apache Kafka %s', (version) => {
  const data = join(place, version);
  const tool = dumpLogSegments(version);
  let kafka: RealKafka;

  beforeAll(async () => {
    kafka = await startKafka(version, { config: MAKER_CONFIG });
    await makeSegments(kafka);
    makeWithKcat(kafka);
    await makeGroups(kafka, join(place, 'streams'));
    await kafka.stopNode(1);
    cpSync(kafka.dataDirectory(1), data, { recursive: true, filter: (path) => !path.endsWith('.deleted') });
  });
  afterAll(() => kafka?.close());

  test.each(TOOL_RUNS.filter(({ name }) => version !== '3.9.2' || name !== 'share-state'))(
    'its tool and --format kafka print the same lines: $name',
    async (run) => {
      const files = filesOf(data, run);
      expect(files.length).toBeGreaterThan(0);
      // On a copy: that tool writes to what it reads.
      const copy = join(place, `copy-${version}`);
      cpSync(data, copy, { recursive: true });
      const theirs = sections(await dumpOf(version, tool, copy, files, run.options));
      const format = version === '3.9.2' ? 'kafka-3.9' : 'kafka';
      const paths = files.map((file) => join(data, file)).join(',');
      const { out } = await runCli(['segments', 'dump', ...run.options, '--format', format, '--files', paths]);
      const ours = sections(out.replaceAll(`${data}/`, ''));
      for (const file of files) expect([file, ours[file]]).toEqual([file, theirs[file]]);
      expect(Object.keys(ours)).toHaveLength(files.length);
    },
  );

  test('its files are all sound', async () => {
    const { out, code } = await runCli(['segments', 'verify', data, '--deep', '-o', 'json'], { now: Date.now });
    const findings = JSON.parse(out).files.flatMap((file: { findings: { severity: string }[] }) => file.findings);
    expect(findings.filter(({ severity }: { severity: string }) => severity !== 'note')).toEqual([]);
    expect(code).toBe(0);
  });

  test('its groups are told, of every type', async () => {
    const { out } = await runCli(['segments', 'groups', data, '-o', 'json']);
    const groups: { group: string; type: string; deleted: boolean }[] = JSON.parse(out).groups;
    const types = Object.fromEntries(groups.map(({ group, type }) => [group, type]));
    expect(types).toMatchObject({ 'classic-group': 'classic', 'consumer-group': 'consumer' });
    if (version === '4.3.1') expect(types).toMatchObject({ 'share-group': 'share', 'streams-group': 'streams' });
    expect(groups.filter(({ deleted }) => deleted).map(({ group }) => group)).toEqual([
      'classic-deleted',
      'consumer-deleted',
    ]);
  });

  test.each(['none-0', 'zstd-0', 'transactions-0', 'compacted-0', 'rolled-0'])(
    'its tool finds nothing wrong with what segments salvage made of a damaged %s',
    async (name) => {
      const source = join(place, `damaged-${version}`, name);
      cpSync(join(KAFKA_4, name), source, { recursive: true });
      const logs = readdirSync(source).filter((file) => file.endsWith('.log'));
      const log = join(source, logs.at(-1) ?? '');
      const bytes = readFileSync(log);
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(log, bytes);
      truncateSync(log, bytes.length - 20);
      const target = join(place, `salvaged-${version}`, name);
      expect((await runCli(['segments', 'salvage', source, target], { now: Date.now })).code).toBe(5);
      const files = filesOf(target, { files: /\.(log|index|timeindex|txnindex|snapshot)$/ });
      const checked = await runTool(version, tool, [
        '--deep-iteration',
        '--files',
        files.map((file) => join(target, file)).join(','),
      ]);
      expect(checked.code).toBe(0);
      expect(checked.stdout).not.toMatch(/isvalid: false|invalid bytes/);
      expect(checked.stderr).not.toMatch(
        /Mismatches|timestamp mismatch|out of order|indexed offsets are not found|corrupt/i,
      );
      expect((await runCli(['segments', 'verify', target, '--deep'], { now: Date.now })).code).toBe(0);
    },
  );
});
