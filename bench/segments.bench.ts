// Reading a segment of 1 GiB (1,000-byte records, 240 KB batches; in the page cache), beside Apache's dump tool and `cat`:
// verify (with the native checksum, and with that in TypeScript), batches, records, find; then a segment of 10 MB, where
// start-up counts, and one of 10 GiB that is a hole but for its beginning, where memory does. Both sides run in turn. Needs Java
// and the jars (test/kafka/jars.ts); `--rounds N` sets how often, `--size BYTES` how much.
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32c, crc32cImplementation } from '../src/records/index.ts';
import { threadsFor } from '../src/segments/ahead/helper.ts';
import { dumpLogSegments } from '../test/kafka/harness.ts';
import { kafkaJars, kafkaMissing } from '../test/kafka/jars.ts';
import { type MadeSegment, makeSegment } from './make-segment.ts';
import { claim, inTurn, median, type Run, runOnce } from './measure.ts';

const VERSION = '4.3.1';
const option = (name: string, otherwise: number): number =>
  Number(process.argv[process.argv.indexOf(name) + 1] || otherwise) || otherwise;
const rounds = option('--rounds', 3);
const size = option('--size', 1 << 30);
const BIN = process.env['KMEDIC_BIN'] ?? 'bin/kmedic.js';
const MB = 1e6;

const bareNode = (): Promise<Run> => runOnce(process.execPath, ['-e', '0']);
const kmedic = (...args: string[]): (() => Promise<Run>) => kmedicAt(BIN, ...args);
const kmedicAt =
  (bin: string, ...args: string[]) =>
  (): Promise<Run> =>
    runOnce(process.execPath, [bin, 'segments', ...args]);
function apache(...args: string[]): () => Promise<Run> {
  const jars = join(kafkaJars(VERSION) ?? '', '*');
  // Without a size of its own for the heap, as its script starts it (-Xmx256M).
  return () => runOnce('java', ['-Xmx256m', '-cp', jars, dumpLogSegments(VERSION), ...args]);
}

const seconds = (runs: readonly Run[]): number => median(runs.map(({ wallMs }) => wallMs)) / 1000;
const peak = (runs: readonly Run[]): number => Math.max(...runs.map(({ peakBytes }) => peakBytes)) / MB;
const told = (runs: readonly Run[]): string => `${seconds(runs).toFixed(3)} s, ${peak(runs).toFixed(0)} MB`;

/** How much faster we are: claimed as "at most 1/n of their time". */
async function against(
  name: string,
  ours: () => Promise<Run>,
  theirs: () => Promise<Run>,
  times: number,
): Promise<readonly Run[]> {
  const { a, b } = await inTurn(rounds, ours, theirs);
  for (const run of a) if (run.code !== 0) throw new Error(`${name}: exit ${run.code}`);
  console.log(`  ${name}: ${told(a)}; Apache ${told(b)}: ${(seconds(b) / seconds(a)).toFixed(1)} × as fast`);
  claim(`${name}, of Apache’s time`, seconds(a) / seconds(b), 1 / times);
  return a;
}

async function large(segment: MadeSegment, codec: string): Promise<void> {
  console.log(
    `${codec}: ${(segment.bytes / MB).toFixed(0)} MB, ${segment.batches} batches, ${segment.records} records`,
  );
  const { directory, log } = segment;
  const verified = await against('verify', kmedic('verify', directory), apache('--files', log), 4);
  claim('verify, resident memory', peak(verified), 120, 'MB');
  const { a, b } = await inTurn(rounds, kmedic('verify', directory), () =>
    runOnce('sh', ['-c', `cat ${log} > /dev/null`]),
  );
  console.log(`  verify ${told(a)}; cat ${told(b)}; ${await leastTime(log, threadsFor(segment.bytes))}`);
  claim('verify, of cat’s time', seconds(a) / seconds(b), 2.5);
  await against('dump --batches --no-crc', kmedic('dump', log, '--no-crc'), apache('--files', log), 15);
  if (codec === 'none') {
    const records = await against(
      'dump --records (Kafka’s format)',
      kmedic('dump', '--format', 'kafka', '--deep-iteration', '--files', log),
      apache('--deep-iteration', '--files', log),
      2.5,
    );
    claim('dump --records, resident memory', peak(records), 120, 'MB');
    const data = await against(
      'dump with the data printed',
      kmedic('dump', '--format', 'kafka', '--print-data-log', '--files', log),
      apache('--deep-iteration', '--print-data-log', '--files', log),
      2,
    );
    claim('dump with the data printed, resident memory', peak(data), 120, 'MB');
  }
}

/** What verify cannot go below: Node's start, and on each thread a share of reading the file and computing its checksums. */
async function leastTime(log: string, threads: number): Promise<string> {
  const starts: number[] = [];
  const readings: number[] = [];
  readThrough(log);
  for (let round = 0; round < rounds; round++) {
    starts.push((await bareNode()).wallMs);
    readings.push(readThrough(log));
  }
  const [start, reading] = [median(starts) / 1000, median(readings) / 1000];
  const least = (start + reading / threads).toFixed(3);
  const work = `reading and ${crc32cImplementation()} checksums ${reading.toFixed(3)} s in one thread, of ${threads}`;
  return `no less than ${least} s here: Node's start ${start.toFixed(3)} s; ${work}`;
}

/** Milliseconds. */
function readThrough(log: string): number {
  const block = Buffer.allocUnsafeSlow(1 << 20);
  const fd = openSync(log, 'r');
  const begin = performance.now();
  for (let got = readSync(fd, block); got > 0; got = readSync(fd, block)) crc32c(block, 0, got);
  closeSync(fd);
  return performance.now() - begin;
}

/** The built program where the optional package is not installed: checksums by tables. */
async function withTables(segment: MadeSegment, place: string): Promise<void> {
  const copy = join(place, 'without-native');
  mkdirSync(copy);
  for (const part of ['bin', 'dist', 'package.json']) cpSync(part, join(copy, part), { recursive: true });
  const bin = join(copy, 'bin', 'kmedic.js');
  await against('verify, tables', kmedicAt(bin, 'verify', segment.directory), apache('--files', segment.log), 1.5);
}

/** 10 GiB of which all but the beginning is a hole: it costs time, and no memory. */
async function sparse(segment: MadeSegment): Promise<void> {
  truncateSync(segment.log, 10 * 1024 ** 3);
  for (const args of [
    ['verify', segment.directory],
    ['stats', segment.directory],
    ['dump', segment.log, '--records'],
  ]) {
    const run = await kmedic(...args)();
    console.log(`  ${args[0]} of 10 GiB: ${told([run])}`);
    claim(`${args[0]} of 10 GiB, resident memory`, peak([run]), 120, 'MB');
  }
}

async function finding(segment: MadeSegment): Promise<void> {
  const middle = String(Math.floor(segment.records / 2) + 7);
  const searches = [
    ['--offset', middle],
    ['--time', String(1_700_000_000_000 + Math.floor(segment.batches / 2) * 1000)],
    ['--producer', '1', '--limit', '1'],
  ];
  for (const search of searches) {
    const { a, b } = await inTurn(rounds, kmedic('find', segment.directory, ...search), bareNode);
    console.log(`  find ${search[0]}: ${told(a)}; node -e 0 ${told(b)}`);
    claim(`find ${search[0]}, of node’s start`, seconds(a) / seconds(b), 1.5);
  }
  const { stdout } = spawnSync(process.execPath, [
    BIN,
    'segments',
    'find',
    segment.directory,
    '--offset',
    middle,
    '-o',
    'json',
  ]);
  const read: unknown = JSON.parse(stdout.toString()).found[0].bytesRead;
  claim('find --offset, read of the log', Number(read) / MB, 2, 'MB');
}

async function main(): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'kmedic-bench-segments-'));
  try {
    const none = makeSegment(join(place, 'none-0'), size, 0);
    await large(none, 'none');
    await finding(none);
    await withTables(none, place);
    rmSync(none.directory, { recursive: true });
    const lz4 = makeSegment(join(place, 'lz4-0'), size, 3);
    await large(lz4, 'lz4');
    rmSync(lz4.directory, { recursive: true });
    const small = makeSegment(join(place, 'small-0'), 10 * MB, 0);
    console.log('10 MB');
    await against('verify', kmedic('verify', small.directory), apache('--files', small.log), 3);
    await sparse(small);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const missing = kafkaMissing();
if (missing === null) await main();
else console.log(`SKIPPED: ${missing}`);
