import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBin } from '../e2e/run-bin.ts';
import { type RealKafka, startKafka, TOOLS } from './harness.ts';
import { kafkaJars } from './jars.ts';

/**
 * The incidents of drills, produced on a real Apache Kafka by clients of librdkafka and Java: the verdicts are the same.
 * All of them happen on one broker at once, and are recorded once; each is then looked at by itself.
 */
let kafka: RealKafka;
const clients: ChildProcess[] = [];
const directory = mkdtempSync(join(tmpdir(), 'kmedic-incidents-'));
const recording = join(directory, 'incidents.kmedic');

interface Incident {
  readonly name: string;
  readonly leaf: string;
  readonly diagnose: readonly string[];
  readonly begin: () => Promise<void>;
}

const INCIDENTS: readonly Incident[] = [
  {
    name: 'stuck-partition, a python consumer',
    leaf: 'BEH-09',
    diagnose: ['lag', '-g', 'g-stuck'],
    begin: async () => {
      await createTopic('stuck', 3);
      await play('producer', { topic: 'stuck', partitions: 3, records: 2 });
      await play('consumer', { group: 'g-stuck', topic: 'stuck', stuck: [2, 5] });
    },
  },
  {
    name: 'slow-consumer, a python consumer',
    leaf: 'BEH-17',
    diagnose: ['lag', '-g', 'g-slow'],
    begin: async () => {
      await createTopic('slow', 2);
      await play('producer', { topic: 'slow', partitions: 2, records: 8 });
      await play('consumer', { group: 'g-slow', topic: 'slow', seconds: 0.05 });
    },
  },
  {
    name: 'hidden-committer, a python job on a group whose members left',
    leaf: 'COM-09',
    diagnose: ['commits', '-g', 'g-hidden'],
    begin: async () => {
      await createTopic('hidden', 2);
      await play('producer', { topic: 'hidden', partitions: 2, count: 2_000 }, 'done');
      await play('consumer', { group: 'g-hidden', topic: 'hidden', count: 10 }, 'done');
      await play('committer', { group: 'g-hidden', topic: 'hidden', partitions: 2, offset: 20, step: 5 });
    },
  },
  {
    name: 'retention-overtakes-consumer, records deleted by Kafka’s own tool',
    leaf: 'COM-03',
    diagnose: ['commits', '-g', 'g-overtaken'],
    begin: async () => {
      await createTopic('overtaken', 1);
      await play('producer', { topic: 'overtaken', partitions: 1, count: 1_000 }, 'done');
      await play('consumer', { group: 'g-overtaken', topic: 'overtaken', count: 50 }, 'done');
      await deleteRecords('overtaken', 0, 600);
    },
  },
  {
    name: 'topic-recreated, old offsets restored by a python job',
    leaf: 'COM-01',
    diagnose: ['commits', '-g', 'g-recreated'],
    begin: async () => {
      await createTopic('recreated', 1);
      await play('producer', { topic: 'recreated', partitions: 1, count: 1_000 }, 'done');
      await play('consumer', { group: 'g-recreated', topic: 'recreated', count: 50 }, 'done');
      await topics('--delete', '--topic', 'recreated');
      await createTopic('recreated', 1);
      await play('producer', { topic: 'recreated', partitions: 1, count: 20 }, 'done');
      await play('committer', { group: 'g-recreated', topic: 'recreated', partitions: 1, offset: 1_000 });
    },
  },
  {
    name: 'compaction-stuck, a compacted topic that never rolls',
    leaf: 'CMP-06',
    diagnose: ['compaction', '-t', 'profiles'],
    begin: async () => {
      await createTopic('profiles', 1, '--config', 'cleanup.policy=compact');
      await play('producer', { topic: 'profiles', partitions: 1, count: 20_000, keys: 20 }, 'done');
    },
  },
  {
    name: 'rebalance-storm, a Java consumer over max.poll.interval.ms beside a python one',
    leaf: 'REB-01',
    diagnose: ['rebalance', '-g', 'g-storm'],
    begin: async () => {
      await createTopic('storm', 4);
      await play('producer', { topic: 'storm', partitions: 4, records: 2 });
      await heard(javaClient('SlowMember.java', kafka.bootstrap, 'g-storm', 'storm'), 'working', 3);
    },
  },
];

beforeAll(async () => {
  kafka = await startKafka('4.3.1');
  for (const { begin } of INCIDENTS) await begin();
  const args = ['record', '--out', recording, '--samples', '6', '--every', '3s', '--keys', '-b', kafka.bootstrap];
  const recorded = await runBin(args);
  expect(recorded, recorded.err).toMatchObject({ code: 0 });
}, 300_000);

afterAll(async () => {
  for (const client of clients) client.kill('SIGKILL');
  await kafka?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('incidents on a real Apache Kafka 4.3.1', () => {
  it.each(INCIDENTS)('$name: $leaf', async ({ leaf, diagnose }) => {
    const { code, out } = await runBin(['diagnose', ...diagnose, '--no-input', '-o', 'json', '--from', recording]);
    const { verdicts } = JSON.parse(out) as { verdicts: readonly { leaf: string; outcome: string }[] };
    const faults = verdicts.filter(({ outcome }) => outcome === 'fault').map((verdict) => verdict.leaf);
    expect({ faults, code }).toEqual({ faults: [leaf], code: 1 });
  });

  it('all of them are found without being asked for', async () => {
    const { out } = await runBin(['diagnose', '--no-input', '-o', 'json', '--from', recording]);
    const { verdicts } = JSON.parse(out) as { verdicts: readonly { leaf: string; outcome: string }[] };
    const faults = verdicts.filter(({ outcome }) => outcome === 'fault').map((verdict) => verdict.leaf);
    expect(faults.sort()).toEqual(INCIDENTS.map(({ leaf }) => leaf).sort());
  });
});

/** Starts a python client; resolves when it says the word. */
async function play(role: string, options: Record<string, unknown>, word = 'working'): Promise<void> {
  const script = join(import.meta.dirname, 'incidents.py');
  const child = spawn('/usr/bin/python3', [script, role, JSON.stringify({ bootstrap: kafka.bootstrap, ...options })]);
  clients.push(child);
  await heard(child, word, 1);
}

function javaClient(file: string, ...args: readonly string[]): ChildProcess {
  const jars = kafkaJars('4.3.1');
  if (jars === null) throw new Error('the jars of Apache Kafka 4.3.1 are not here');
  const child = spawn('java', ['-Xmx256m', '-cp', join(jars, '*'), join(import.meta.dirname, file), ...args]);
  clients.push(child);
  return child;
}

/** Resolves when the client has said the word so often; rejects where it ends before. */
function heard(child: ChildProcess, word: string, times: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    let failed = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      failed += text;
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.split(word).length > times) resolve();
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it said ${word}: ${said}${failed}`)));
  });
}

async function topics(...args: readonly string[]): Promise<void> {
  const { code, stderr, stdout } = await kafka.tool(TOOLS.topics, '--bootstrap-server', kafka.bootstrap, ...args);
  expect(code, stderr + stdout).toBe(0);
}

function createTopic(name: string, partitions: number, ...more: readonly string[]): Promise<void> {
  return topics('--create', '--topic', name, '--partitions', String(partitions), ...more);
}

/** What retention does, at once: the records before that offset go. */
async function deleteRecords(topic: string, partition: number, offset: number): Promise<void> {
  const file = join(directory, 'delete.json');
  writeFileSync(file, JSON.stringify({ version: 1, partitions: [{ topic, partition, offset }] }));
  const tool = 'org.apache.kafka.tools.DeleteRecordsCommand';
  const args = ['--bootstrap-server', kafka.bootstrap, '--offset-json-file', file];
  const { code, stderr, stdout } = await kafka.tool(tool, ...args);
  expect(code, stderr + stdout).toBe(0);
}
