// The bundled broker beside Apache Kafka 4.3.1 in the same run, driven by Apache's own performance tools: one node, data
// on disk, one partition, acks=1, batches of 262,144 bytes, linger 5 ms, 100-byte and 1-KB records. Then what three
// nodes need until they answer, and what they hold while idle. Needs Java and the jars; `--rounds N` sets how often.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTopics, Metadata } from '../src/protocol/api/index.ts';
import { freePorts, runTool, startKafka, TOOLS } from '../test/kafka/harness.ts';
import { kafkaMissing } from '../test/kafka/jars.ts';
import { claim, inTurn, median, runOnce } from './measure.ts';
import { openWire } from './wire.ts';

const VERSION = '4.3.1';
const BIN = 'bin/kmedic.js';
const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 3;
const SIZES = [
  { recordBytes: 1000, records: 600_000 },
  { recordBytes: 100, records: 3_000_000 },
] as const;

/** Starts the bundled broker and resolves once it has printed that it listens. */
async function startBundled(nodes: number, port: number, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [BIN, 'broker', 'start', '--nodes', `${nodes}`, '--port', `${port}`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the broker ended with ${code}`)));
  });
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function createTopic(port: number, name: string): Promise<void> {
  const wire = await openWire('127.0.0.1', port);
  await wire.call(CreateTopics, 5, { topics: [{ name, numPartitions: 1, replicationFactor: 1 }], timeoutMs: 30_000 });
  wire.close();
}

/** MB/s (10^6 bytes) by Apache's producer tool. */
async function produce(bootstrap: string, topic: string, recordBytes: number, records: number): Promise<number> {
  const args = [
    '--topic',
    topic,
    '--num-records',
    `${records}`,
    '--record-size',
    `${recordBytes}`,
    '--throughput',
    '-1',
  ];
  const properties = [`bootstrap.servers=${bootstrap}`, 'acks=1', 'batch.size=262144', 'linger.ms=5'];
  const { stdout, stderr } = await runTool(VERSION, TOOLS.producerPerformance, [
    ...args,
    '--producer-props',
    ...properties,
  ]);
  const rate = /records sent, ([\d.]+) records\/sec[^\n]*\n?$/m.exec(stdout.trim().split('\n').at(-1) ?? '')?.[1];
  if (rate === undefined) throw new Error(`no rate in: ${stdout}${stderr}`);
  return (Number(rate) * recordBytes) / 1e6;
}

/** MB/s by Apache's consumer tool, fetching only: joining the group is not counted. */
async function consume(bootstrap: string, topic: string, recordBytes: number, records: number): Promise<number> {
  const args = ['--bootstrap-server', bootstrap, '--topic', topic, '--num-records', `${records}`, '--timeout', '60000'];
  const { stdout, stderr } = await runTool(VERSION, TOOLS.consumerPerformance, args);
  const [header = '', row = ''] = stdout.trim().split('\n').slice(-2);
  const column = header.split(', ').indexOf('fetch.nMsg.sec');
  const rate = Number(row.split(', ')[column]);
  if (!(rate > 0)) throw new Error(`no rate in: ${stdout}${stderr}`);
  return (rate * recordBytes) / 1e6;
}

async function throughput(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'kmedic-bench-'));
  const [port = 0] = await freePorts(1);
  const kafka = await startKafka(VERSION, { heapMb: 1024 });
  const ours = await startBundled(1, port, '--data-dir', join(directory, 'data'));
  try {
    const sides = { kmedic: `127.0.0.1:${port}`, apache: kafka.bootstrap };
    for (const { recordBytes, records } of SIZES) {
      let run = 0;
      const produced: Record<keyof typeof sides, string> = { kmedic: '', apache: '' };
      const push = (side: keyof typeof sides) => async (): Promise<number> => {
        const topic = `perf-${recordBytes}-${run++}`;
        await createTopic(Number(sides[side].split(':')[1]), topic);
        produced[side] = topic;
        return produce(sides[side], topic, recordBytes, records);
      };
      const pull = (side: keyof typeof sides) => () => consume(sides[side], produced[side], recordBytes, records);
      const pushes = await inTurn(rounds, push('kmedic'), push('apache'));
      report(`produce ${recordBytes} B`, pushes);
      report(`consume ${recordBytes} B`, await inTurn(rounds, pull('kmedic'), pull('apache')));
    }
  } finally {
    await stop(ours);
    await kafka.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function report(what: string, { a, b }: { readonly a: readonly number[]; readonly b: readonly number[] }): void {
  console.log(`${what}: kmedic ${median(a).toFixed(0)} MB/s, Apache Kafka ${VERSION} ${median(b).toFixed(0)} MB/s`);
  claim(`${what}, Apache’s rate of ours`, median(b) / median(a), 1);
}

/** From exec until the first Metadata answer of each of three nodes. */
async function timeToAnswer(): Promise<number> {
  const [port = 0] = await freePorts(1);
  const begin = performance.now();
  const child = spawn(process.execPath, [BIN, 'broker', 'start', '--nodes', '3', '--port', `${port}`], {
    stdio: 'ignore',
  });
  try {
    for (const node of [0, 1, 2]) await untilAnswered(port + node);
    return performance.now() - begin;
  } finally {
    await stop(child);
  }
}

async function untilAnswered(port: number): Promise<void> {
  for (;;) {
    try {
      const wire = await openWire('127.0.0.1', port);
      const { brokers } = await wire.call(Metadata, 1, { topics: [] });
      wire.close();
      if (brokers.length === 3) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

async function readiness(): Promise<void> {
  const { a, b } = await inTurn(7, timeToAnswer, async () => (await runOnce(process.execPath, ['-e', '0'])).wallMs);
  console.log(`three nodes answer Metadata after ${median(a).toFixed(0)} ms; node -e 0: ${median(b).toFixed(0)} ms`);
  claim('three nodes ready, of a bare node', median(a) / median(b), 4);

  const [port = 0] = await freePorts(1);
  const child = await startBundled(3, port);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const resident =
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? Number.NaN) * 1024;
  await stop(child);
  claim('resident memory of three idle nodes', resident / 1e6, 90, 'MB');
}

await readiness();
const missing = kafkaMissing();
if (missing === null) await throughput();
else console.log(`SKIPPED throughput: ${missing}`);
