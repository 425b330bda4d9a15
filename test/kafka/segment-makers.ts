import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../until.ts';
import { type RealKafka, runTool } from './harness.ts';
import { type KafkaVersion, kafkaJars, mavenJars } from './jars.ts';

const run = promisify(execFile);

/** What a broker needs so that the same things are in its files every time. */
export const MAKER_CONFIG = [
  // The records are dated 2023.
  'log.retention.ms=-1',
  // Compaction at once, and a snapshot of the cluster's metadata.
  'log.cleaner.backoff.ms=500',
  'metadata.log.max.record.bytes.between.snapshots=20000',
] as const;

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Runs a Java source file with the clients of that release; `more`: further directories of jars. */
export async function runSource(jars: readonly string[], file: string, args: readonly string[]): Promise<void> {
  const path = join(process.cwd(), 'fixtures', 'segments', 'make', file);
  const classPath = jars.map((directory) => join(directory, '*')).join(':');
  await run('java', ['-XX:TieredStopAtLevel=1', '-Xmx256m', '-cp', classPath, path, ...args], { maxBuffer: 64 << 20 });
}

export function jarsOf(version: KafkaVersion): string {
  const jars = kafkaJars(version);
  if (jars === null) throw new Error(`the jars of Apache Kafka ${version} are not here`);
  return jars;
}

/** Topics of every theme: codecs, timestamps, transactions, compaction. Resolves when the log cleaner has been through. */
export async function makeSegments(kafka: RealKafka): Promise<void> {
  await runSource([jarsOf(kafka.version)], 'MakeSegments.java', [kafka.bootstrap]);
  const cleaned = join(kafka.dataDirectory(1), 'cleaner-offset-checkpoint');
  await until(
    'the log cleaner has been through',
    () => existsSync(cleaned) && readFileSync(cleaned, 'utf8').includes('compacted 0 25'),
  );
}

/** Groups: classic and consumer in both releases, share and streams in 4.3. `scratch`: where Kafka Streams keeps its state. */
export async function makeGroups({ version, bootstrap }: RealKafka, scratch: string): Promise<void> {
  const jars = jarsOf(version);
  await runSource([jars], 'MakeGroups.java', [bootstrap]);
  if (version === '3.9.2') return;
  await runSource([jars], 'MakeShareGroup.java', [bootstrap]);
  const streams = mavenJars('streams-4.3.1', ['org.apache.kafka:kafka-streams:4.3.1'], true);
  if (streams === null) throw new Error('the jar of Kafka Streams is not here');
  await runSource([jars, streams], 'MakeStreamsGroup.java', [bootstrap, scratch]);
}

/** 40 records by librdkafka, for every codec. */
export function makeWithKcat({ bootstrap }: RealKafka): void {
  const input = Array.from({ length: 40 }, (_, i) => `k:librdkafka value number ${i + 1}\n`).join('');
  for (const codec of CODECS) {
    const args = ['-P', '-b', bootstrap, '-t', `kcat-${codec}`, '-z', codec, '-K', ':', '-H', 'h=x'];
    const { status, stderr } = spawnSync('kcat', args, { input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`kcat: ${stderr}`);
  }
}

/** What the dump tool prints on stdout, with paths below `directory` as `directory` sees them. */
export async function dumpOf(
  version: KafkaVersion,
  tool: string,
  directory: string,
  files: readonly string[],
  options: readonly string[],
): Promise<string> {
  const paths = files.map((file) => join(directory, file)).join(',');
  const { stdout, stderr, code } = await runTool(version, tool, [...options, '--files', paths]);
  if (code !== 0) throw new Error(`${tool} ended with ${code}: ${stderr}`);
  return stdout.replaceAll(`${directory}/`, '');
}
