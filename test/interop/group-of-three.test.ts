import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import type { ClusterClient } from '../../src/client/cluster-client.ts';
import { observe } from '../../src/cluster/observe.ts';
import { spawnTool, TOOLS } from '../kafka/harness.ts';
import { hasCommand, KAFKA_VERSIONS, kafkaMissing } from '../kafka/jars.ts';
import { clientFor } from '../offsets/world.ts';
import { until } from '../until.ts';

/*
 * Three members of one group, processes of other people's clients, come, leave, and die, while records are written to
 * three replicas: everybody always has a share, every record is read, and in the end all of it is committed.
 */

const PYTHON = '/usr/bin/python3';
const TOPIC = 'orders';
const PARTITIONS = 6;
const SESSION = { 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '200', 'auto.commit.interval.ms': '200' };

interface Client {
  readonly name: string;
  readonly missing: boolean;
  readonly join: (bootstrap: string, group: string) => ChildProcess;
}

const java = KAFKA_VERSIONS.map((version): Client => {
  const flag = version === '3.9.2' ? '--consumer-property' : '--command-property';
  const settings = Object.entries(SESSION).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  return {
    name: `Apache Kafka ${version}`,
    missing: kafkaMissing() !== null,
    join: (bootstrap, group) =>
      spawnTool(version, TOOLS.consoleConsumer, [
        ...['--bootstrap-server', bootstrap, '--topic', TOPIC, '--group', group, '--from-beginning', ...settings],
      ]),
  };
});
const python = (['kafka', 'confluent'] as const).map((name): Client => {
  const script = join(import.meta.dirname, 'member.py');
  return {
    name: `python, ${name}`,
    missing: !hasCommand(PYTHON, '-c', name === 'kafka' ? 'import kafka' : 'import confluent_kafka'),
    join: (bootstrap, group) => spawn(PYTHON, [script, name, bootstrap, group, TOPIC]),
  };
});
const kcat: Client = {
  name: 'kcat',
  missing: !hasCommand('kcat', '-V'),
  join: (bootstrap, group) => {
    const settings = Object.entries({ ...SESSION, 'auto.offset.reset': 'earliest' });
    const flags = settings.flatMap(([key, value]) => ['-X', `${key}=${value}`]);
    return spawn('kcat', ['-q', '-u', '-b', bootstrap, ...flags, '-G', group, TOPIC]);
  },
};

let cluster: EmbeddedCluster;
let client: ClusterClient;
let producer: Producer;
let bootstrap: string;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, topics: [{ name: TOPIC, partitions: PARTITIONS, replicationFactor: 3 }] });
  bootstrap = cluster.brokers.map(({ host, port }) => `${host}:${port}`).join();
  client = clientFor(bootstrap);
  producer = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).producer({ idempotent: true });
  await producer.connect();
});

afterAll(async () => {
  await producer.disconnect();
  client.close();
  await cluster.close();
});

const written: string[] = [];

/** Some records more, to every partition and to all replicas. */
async function write(): Promise<void> {
  const values = Array.from({ length: 10 * PARTITIONS }, (_, i) => `record ${written.length + i}`);
  const messages = values.map((value, i) => ({ value, partition: i % PARTITIONS }));
  await producer.send({ topic: TOPIC, acks: -1, messages });
  written.push(...values);
}

describe
  .skipIf(kcat.missing && python[0]?.missing === true && java[0]?.missing === true)
  .each([kcat, ...python, ...java].filter(({ missing }) => !missing))('$name', ({ name, join: member }) => {
  test('a group of three', async () => {
    const group = `three-${name.replaceAll(/[ ,]+/g, '-')}`;
    const read = new Set<string>();
    const members: ChildProcess[] = [];
    const enter = (): void => {
      const child = member(bootstrap, group);
      let rest = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) read.add(line);
      });
      child.stderr?.resume();
      members.push(child);
    };
    const leave = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
      const child = members.shift();
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill(signal);
      await ended;
    };
    const look = async () =>
      (await observe(client, { groups: { names: [group] }, want: { members: true, commits: true } })).groups[0];
    /** Waits until the group has so many members, each partition one owner, and nobody more than the others. */
    const shared = async (count: number): Promise<void> => {
      let seen: unknown;
      await until(
        () => `${count} members with their share: ${JSON.stringify(seen)}`,
        async () => {
          const found = await look();
          const shares = (found?.members ?? []).map(({ assignment }) =>
            assignment.flatMap(({ partitions }) => partitions),
          );
          seen = [found?.state, shares];
          return (
            found?.state === 'Stable' &&
            shares.length === count &&
            shares.every((share) => share.length === PARTITIONS / count) &&
            new Set(shares.flat()).size === PARTITIONS
          );
        },
      );
    };
    const everythingRead = () =>
      until(
        () => `read ${read.size} of ${written.length}`,
        () => written.every((value) => read.has(value)),
      );

    try {
      await write();
      for (const count of [1, 2, 3]) {
        enter();
        await shared(count);
        await write();
        await everythingRead();
      }
      await leave('SIGTERM');
      await shared(2);
      await write();
      await leave('SIGKILL');
      await shared(1);
      enter();
      await shared(2);
      await write();
      await everythingRead();
      await until(
        () => 'all of it is committed',
        async () => (await look())?.commits.reduce((sum, { offset }) => sum + (offset ?? 0), 0) === written.length,
      );
      expect([...read].filter((line) => !written.includes(line))).toEqual([]);
    } finally {
      while (members.length > 0) await leave('SIGKILL');
    }
  }, 180_000);
});
