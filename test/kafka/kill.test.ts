import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { Fetch, Metadata, Produce } from '../../src/protocol/api/index.ts';
import { batches, encodeBatch, lastOffset, records } from '../../src/records/index.ts';
import { seededRandom } from '../broker/virtual.ts';
import { BIN, runBin } from '../e2e/run-bin.ts';
import { until } from '../until.ts';
import { dumpLogSegments, runTool } from './harness.ts';
import { type KafkaVersion, kafkaMissing } from './jars.ts';
import { RawClient } from './raw-client.ts';

/*
 * The built broker, three nodes on a data directory and flushed on every append, is killed with SIGKILL in the middle of
 * writes, again and again. What it acknowledged is there when it is back; its files are sound, by our verify and by Apache's tool.
 */

const missing = kafkaMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const ROUNDS = Number(process.env['KMEDIC_KILL_ROUNDS'] ?? 200);
/** Each so many rounds the files are kept as the restart left them. */
const KEEP_EVERY = Math.max(1, Math.floor(ROUNDS / 8));
const SEED = Number(process.env['KMEDIC_KILL_SEED'] ?? 1);
const FILES_PER_CALL = 500;
const PORT = 22_100;
const TOPIC = 'ledger';
const PARTITIONS = 3;
const IN_FLIGHT = 4;
const FLAGS = [
  ...['--nodes', '3', '--port', String(PORT), '--topic', `${TOPIC}:${PARTITIONS}:3`],
  // log.segment.bytes: kills hit segments that are being rolled, too.
  ...['--config', 'log.flush.interval.messages=1', '--config', 'log.segment.bytes=30000'],
];

/** What was acknowledged: value by offset, for each partition. */
const acknowledged = Array.from({ length: PARTITIONS }, () => new Map<number, string>());
const read = Array.from({ length: PARTITIONS }, () => new Map<number, string>());
const directory = mkdtempSync(join(tmpdir(), 'kmedic-kill-'));
const dataDir = join(directory, 'data');
const copies: string[] = [];
let child: ChildProcessWithoutNullStreams | null = null;

/** Starts the broker and resolves when it says where it listens; with `killAfterMs` it is killed before it may be that far. */
async function start(killAfterMs?: number): Promise<ChildProcessWithoutNullStreams> {
  const started = spawn(process.execPath, [BIN, 'broker', 'start', '--data-dir', dataDir, ...FLAGS]);
  child = started;
  let said = '';
  await new Promise<void>((resolve, reject) => {
    if (killAfterMs !== undefined) setTimeout(resolve, killAfterMs);
    started.stdout.on('data', (text: Buffer) => {
      if (text.includes('listening')) resolve();
    });
    started.stderr.on('data', (text: Buffer) => {
      said += text;
    });
    started.once('exit', (code) => reject(new Error(`the broker ended (${code}) instead of starting: ${said}`)));
  });
  return started;
}

async function kill(broker: ChildProcessWithoutNullStreams): Promise<void> {
  const gone = new Promise((resolve) => broker.once('close', resolve));
  broker.kill('SIGKILL');
  await gone;
}

/** Leader address of each partition, once all have one. */
async function leaders(): Promise<string[]> {
  const client = await RawClient.open(`127.0.0.1:${PORT}`);
  try {
    const ask = async () => {
      const { brokers, topics } = await client.ask(Metadata, 9, { topics: [{ name: TOPIC }] });
      const partitions = [...(topics[0]?.partitions ?? [])].sort((a, b) => a.partitionIndex - b.partitionIndex);
      const found = partitions.flatMap(({ leaderId }) => brokers.find(({ nodeId }) => nodeId === leaderId) ?? []);
      return found.length === PARTITIONS && found.map(({ host, port }) => `${host}:${port}`);
    };
    return await until('every partition has a leader', ask, { everyMs: 10 });
  } finally {
    client.close();
  }
}

/** Writes without pause until the connection dies, with several requests under way; notes and tells what is acknowledged. */
async function write(address: string, index: number, round: number, told: () => void): Promise<void> {
  const client = await RawClient.open(address).catch(() => null);
  if (client === null) return;
  let count = 0;
  const one = async (): Promise<void> => {
    for (;;) {
      const values = Array.from(
        { length: 1 + (count % 4) },
        (_, at) => `${round}/${index}/${count}/${at} ${'.'.repeat(count % 90)}`,
      );
      count++;
      const batch = encodeBatch({ timestamp: Date.now(), records: values.map((value) => ({ value })) });
      const { responses } = await client.ask(Produce, 9, {
        ...{ acks: -1, timeoutMs: 5000 },
        topicData: [{ name: TOPIC, partitionData: [{ index, records: batch }] }],
      });
      const answer = responses[0]?.partitionResponses[0];
      if (answer?.errorCode !== 0) return;
      for (const [at, value] of values.entries()) acknowledged[index]?.set(answer.baseOffset + at, value);
      told();
    }
  };
  // Ends with the connection.
  await Promise.allSettled(Array.from({ length: IN_FLIGHT }, one));
  client.close();
}

/** Reads on where the last round ended, until everything that was acknowledged must have come. */
async function readOn(address: string, index: number): Promise<void> {
  const into = read[index] ?? new Map<number, string>();
  const expected = acknowledged[index] ?? new Map<number, string>();
  const last = Math.max(-1, ...expected.keys());
  const client = await RawClient.open(address);
  try {
    let next = Math.max(-1, ...into.keys()) + 1;
    for (const end = Date.now() + 30_000; next <= last; ) {
      if (Date.now() > end)
        throw new Error(`partition ${index}: offset ${last} was acknowledged, the log goes to ${next}`);
      const { responses } = await client.ask(Fetch, 11, {
        ...{ maxWaitMs: 200, minBytes: 1, maxBytes: 8 << 20, sessionEpoch: -1 },
        topics: [{ topic: TOPIC, partitions: [{ partition: index, fetchOffset: next, partitionMaxBytes: 8 << 20 }] }],
      });
      const answer = responses[0]?.partitions[0];
      if (answer?.errorCode !== 0) throw new Error(`partition ${index}: error ${answer?.errorCode} at ${next}`);
      const bytes = answer.records ?? Buffer.alloc(0);
      for (const { position } of batches(bytes)) {
        for (const { offset, value } of records(bytes, position)) into.set(offset, value?.toString() ?? '');
        next = lastOffset(bytes, position) + 1;
      }
    }
  } finally {
    client.close();
  }
  expect([...expected].filter(([offset, value]) => into.get(offset) !== value)).toEqual([]);
}

function partitionFiles(root: string, suffix: RegExp): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes(`${TOPIC}-`) && suffix.test(basename(name)))
    .map((name) => join(root, name));
}

afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** What the dump tool prints of all these files: a call for every few hundred, for one argument holds 128 KB at most. */
async function dumped(version: KafkaVersion, flag: string, files: readonly string[]): Promise<string> {
  let told = '';
  for (let at = 0; at < files.length; at += FILES_PER_CALL) {
    const some = files.slice(at, at + FILES_PER_CALL).join(',');
    const { code, stdout } = await runTool(version, dumpLogSegments(version), [flag, '--files', some]);
    expect(code).toBe(0);
    told += stdout;
  }
  return told;
}

describe.skipIf(missing !== null)('kill -9 during writes, flushed on every append', () => {
  it(`loses nothing that was acknowledged, ${ROUNDS} times`, { timeout: 600_000 }, async () => {
    const random = seededRandom(SEED);
    for (let round = 0; round <= ROUNDS; round++) {
      // Some kills hit a broker that is still recovering from the last one.
      if (round % 10 === 5) await kill(await start(random.below(300)));
      const broker = await start();
      const addresses = await leaders();
      if (round % KEEP_EVERY === 0) {
        const copy = join(directory, `copy-${round}`);
        cpSync(dataDir, copy, { recursive: true });
        copies.push(copy);
      }
      await Promise.all(addresses.map((address, index) => readOn(address, index)));
      if (round < ROUNDS) {
        let told = (): void => undefined;
        const first = new Promise<void>((resolve) => {
          told = resolve;
        });
        const writing = Promise.all(addresses.map((address, index) => write(address, index, round, told)));
        // Some kills come before anything is acknowledged; a busy machine may take longer over that than the pause lasts.
        if (round % 4 !== 0) await Promise.race([first, writing]);
        await sleep(20 + random.below(130));
        await kill(broker);
        await writing;
      } else {
        broker.kill('SIGTERM');
        await new Promise((resolve) => broker.once('close', resolve));
      }
    }
    const count = acknowledged.reduce((sum, offsets) => sum + offsets.size, 0);
    expect(count).toBeGreaterThanOrEqual(Math.floor(ROUNDS / 2));
    console.info(`${ROUNDS} kills, ${count} records acknowledged, all of them read`);
  });

  it('leaves files that our own verify finds sound', { timeout: 300_000 }, async () => {
    const { code, out } = await runBin(['segments', 'verify', ...copies, dataDir, '-o', 'json']);
    const findings = (JSON.parse(out) as { files: { findings: { code: string; severity: string }[] }[] }).files.flatMap(
      (file) => file.findings,
    );
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(code).toBe(0);
  });

  it.each(['4.3.1', '3.9.2'] as const)(
    'leaves files in which the dump tool of %s finds nothing, and every record',
    { timeout: 300_000 },
    async (version) => {
      const logs = copies.flatMap((copy) => partitionFiles(copy, /\.log$/));
      expect(await dumped(version, '--deep-iteration', logs)).not.toMatch(
        /isvalid: false|invalid bytes|mismatch|corrupt/i,
      );
      const indexes = copies.flatMap((copy) => partitionFiles(copy, /\.(index|timeindex)$/));
      const sanity = await dumped(version, '--index-sanity-check', indexes);
      expect(sanity.match(/passed sanity check|is empty\./g)).toHaveLength(indexes.length);
      for (const [index, offsets] of acknowledged.entries()) {
        const files = partitionFiles(join(dataDir, 'node-2'), /\.log$/).filter((file) =>
          file.includes(`${TOPIC}-${index}`),
        );
        const stdout = await dumped(version, '--print-data-log', files);
        const payloads = new Map<number, string>();
        for (const [, offset, payload] of stdout.matchAll(/^\| offset: (\d+) .* payload: (.*)$/gm)) {
          payloads.set(Number(offset), payload ?? '');
        }
        const lost = [...offsets].filter(([offset, value]) => payloads.get(offset) !== value);
        expect(lost).toEqual([]);
      }
    },
  );
});
