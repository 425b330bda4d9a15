import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { filesOf, TOOL_RUNS, TOOL_VERSIONS, type ToolVersion } from '../segments/golden.ts';
import { until } from '../until.ts';
import { dumpLogSegments, freePorts, startKafka } from './harness.ts';
import { mavenJars } from './jars.ts';
import { dumpOf, jarsOf, MAKER_CONFIG, makeGroups, makeSegments, makeWithKcat, runSource } from './segment-makers.ts';

/*
 * Makes fixtures/segments anew: `node bench/run.mjs test/kafka/make-fixtures.ts [DIR]`, in the root of the checkout. Needs
 * Java, Maven (or the jars, see jars.ts) and kcat. Writes kafka-*: log directories of brokers of Apache Kafka, and tool-*:
 * what the dump tools of both releases say about them.
 */

const target = process.argv[2] ?? join(process.cwd(), 'fixtures', 'segments');
const scratch = mkdtempSync(join(tmpdir(), 'kmedic-make-fixtures-'));

try {
  for (const version of TOOL_VERSIONS) await modern(version);
  await legacy();
  for (const version of TOOL_VERSIONS) {
    await ask(version, `kafka-${version}`);
    await ask(version, 'kafka-2.8.2');
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** A broker of today, and everything that it can be made to write. */
async function modern(version: ToolVersion): Promise<void> {
  const kafka = await startKafka(version, { config: MAKER_CONFIG });
  try {
    await makeSegments(kafka);
    makeWithKcat(kafka);
    await makeGroups(kafka, join(scratch, 'streams'));
    await kafka.stopNode(1);
    const directory = join(target, `kafka-${version}`);
    collect(kafka.dataDirectory(1), directory);
    await dumpBeside(directory, (files, options) =>
      dumpOf(version, dumpLogSegments(version), copyOf(directory), files, options),
    );
  } finally {
    await kafka.close();
  }
}

/** A broker of 2.8, the last series that writes message formats v0 and v1 without being asked twice; with its ZooKeeper. */
async function legacy(): Promise<void> {
  const jars = mavenJars('2.8.2', ['org.apache.kafka:kafka_2.13:2.8.2', 'org.slf4j:slf4j-reload4j:1.7.36']);
  if (jars === null) throw new Error('the jars of Apache Kafka 2.8.2 are not here');
  const [zooKeeperPort = 0, port = 0] = await freePorts(2);
  const data = join(scratch, 'legacy');
  const properties = join(scratch, 'legacy.properties');
  writeFileSync(
    properties,
    `broker.id=1\nzookeeper.connect=127.0.0.1:${zooKeeperPort}\nlisteners=PLAINTEXT://127.0.0.1:${port}\nlog.dirs=${data}\noffsets.topic.replication.factor=1\nlog.retention.ms=-1\n`,
  );
  const java = (...args: string[]): ChildProcess =>
    spawn('java', ['-Xmx256m', '-cp', join(jars, '*'), ...args], { stdio: 'ignore' });
  const zooKeeper = java(
    'org.apache.zookeeper.server.ZooKeeperServerMain',
    String(zooKeeperPort),
    join(scratch, 'zookeeper'),
  );
  await untilOpen(zooKeeperPort);
  const broker = java('kafka.Kafka', properties);
  await untilOpen(port);
  try {
    await runSource([jarsOf('3.9.2')], 'MakeSegments.java', [`127.0.0.1:${port}`, 'legacy']);
  } finally {
    await end(broker);
    await end(zooKeeper);
  }
  const directory = join(target, 'kafka-2.8.2');
  collect(data, directory);
  await dumpBeside(directory, async (files, options) => {
    const copy = copyOf(directory);
    const paths = files.map((file) => join(copy, file)).join(',');
    const args = ['-cp', join(jars, '*'), 'kafka.tools.DumpLogSegments', ...options, '--files', paths];
    return execFileSync('java', args, { encoding: 'utf8', maxBuffer: 64 << 20 }).replaceAll(`${copy}/`, '');
  });
}

/** Copies what a stopped broker left: partitions with records, and the files of the root. */
function collect(data: string, directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(data)) {
    const path = join(data, name);
    const isPartition = statSync(path).isDirectory();
    if (name === '.lock' || (isPartition && isEmpty(path))) continue;
    // Empty topics of Kafka's own fill a directory with nothing.
    cpSync(path, join(directory, name), { recursive: true, filter: (each) => !each.endsWith('.deleted') });
  }
}

function isEmpty(partition: string): boolean {
  return readdirSync(partition).every((name) => !name.endsWith('.log') || statSync(join(partition, name)).size === 0);
}

/** `dump-<base offset>.txt` beside every log: what the tool of the release that wrote it says; of large ones without payloads. */
async function dumpBeside(
  directory: string,
  dump: (files: readonly string[], options: readonly string[]) => Promise<string>,
): Promise<void> {
  const text = await dump(filesOf(directory, { files: /\.log$/ }), ['--deep-iteration', '--print-data-log']);
  for (const part of text.split(/^Dumping /m).slice(1)) {
    const end = part.indexOf('\n');
    const path = join(directory, part.slice(0, end)).replace(/([^/]+)\.log$/, 'dump-$1.txt');
    const lines = part.slice(end + 1);
    writeFileSync(path, path.includes('/large-') ? withoutPayloads(lines) : lines);
  }
}

function withoutPayloads(text: string): string {
  const lines = text.split('\n').filter((line) => /^(\||baseOffset|Log starting)/.test(line));
  return `${lines.map((line) => line.replace(/ payload: .*/, '')).join('\n')}\n`;
}

/** What the tool of a release says about a log directory, in all the ways in which it can be asked. */
async function ask(version: ToolVersion, kafka: string): Promise<void> {
  const directory = join(target, kafka);
  mkdirSync(join(target, `tool-${version}`), { recursive: true });
  for (const run of TOOL_RUNS) {
    const files = filesOf(directory, run);
    if (files.length === 0) continue;
    const text = await dumpOf(version, dumpLogSegments(version), copyOf(directory), files, run.options);
    writeFileSync(join(target, `tool-${version}`, `${kafka}-${run.name}.txt.gz`), gzipSync(text, { level: 9 }));
  }
}

/** The tool writes to what it reads: it gets a copy each time. */
function copyOf(directory: string): string {
  const copy = join(scratch, 'copy');
  rmSync(copy, { recursive: true, force: true });
  cpSync(directory, copy, { recursive: true });
  return copy;
}

async function untilOpen(port: number): Promise<void> {
  await until(
    `something listens on port ${port}`,
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(() => resolve(true)));
        socket.once('error', () => resolve(false));
      }),
  );
}

async function end(process: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => process.once('exit', resolve));
  process.kill('SIGTERM');
  await ended;
}
