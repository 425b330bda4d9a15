import type { ChildProcess } from 'node:child_process';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupsDocument } from '../../src/health/groups-document.ts';
import type { LagDocument } from '../../src/health/lag-document.ts';
import { createTopics } from '../create-topics.ts';
import { type Ended, runBin } from '../e2e/run-bin.ts';
import { until } from '../until.ts';
import { type RealKafka, spawnTool, startKafka, TOOLS, type ToolResult } from './harness.ts';
import { KAFKA_VERSIONS, kafkaMissing } from './jars.ts';

/*
 * The built bin beside kafka-consumer-groups, on the same real cluster at the same moment: classic and KIP-848 groups, live
 * and empty, commits without a group, a topic that was deleted, a broker that stopped.
 */

const PARTITIONS = { orders: 6, modern: 4, doomed: 2, fragile: 2 } as const;
const RECORDS = 20;

/** Rows of one of the tool's tables as lists of cells; headers, warnings and empty lines left out. */
function cells({ stdout }: ToolResult): string[][] {
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first, second]) => first !== 'GROUP' && second !== undefined)
    .filter(([first]) => first !== 'Consumer' && first !== 'Error:' && first !== 'Warning:');
}

function rowsOfTool(result: ToolResult): string[] {
  return cells(result)
    .map((row) => row.join(' '))
    .sort();
}

/** The rows of a lag document as kafka-consumer-groups --describe prints them. */
function rowsOfLag(document: LagDocument): string[] {
  return document.groups
    .flatMap(({ group, partitions }) =>
      partitions.map((row) =>
        [
          group,
          row.topic,
          row.partition,
          row.committed ?? '-',
          row.end ?? '-',
          row.lag ?? '-',
          row.member ?? '-',
          row.host === null ? '-' : `/${row.host}`,
          row.clientId ?? '-',
        ].join(' '),
      ),
    )
    .sort();
}

describe.skipIf(kafkaMissing() !== null).each(KAFKA_VERSIONS)('kmedic beside Apache Kafka %s', (version) => {
  let real: RealKafka;
  let live: ChildProcess;
  const consumers: Consumer[] = [];

  const tool = (...args: string[]) =>
    real.tool(TOOLS.consumerGroups, '--bootstrap-server', real.bootstrap, '--timeout', '10000', ...args);
  const kmedic = (...args: string[]): Promise<Ended> => runBin([...args, '-b', real.bootstrap]);
  const lag = async (...args: string[]) => {
    const { code, out } = await kmedic('lag', ...args, '-o', 'json');
    return { code, document: JSON.parse(out) as LagDocument };
  };
  const groups = async (...args: string[]) => {
    const { code, out, err } = await kmedic('groups', ...args, '-o', 'json');
    return { code, err, document: JSON.parse(out) as GroupsDocument };
  };
  const console848 = (group: string, ...args: string[]) =>
    spawnTool(version, TOOLS.consoleConsumer, [
      ...['--bootstrap-server', real.bootstrap, '--topic', 'modern', '--group', group, '--from-beginning'],
      ...['--consumer-property', 'group.protocol=consumer', '--consumer-property', 'auto.commit.interval.ms=100'],
      ...args,
    ]);
  const consumer = async (kafka: Kafka, groupId: string, topics: string[]) => {
    // It would make the deleted topic again.
    const made = kafka.consumer({ groupId, sessionTimeout: 30_000, allowAutoTopicCreation: false });
    consumers.push(made);
    await made.connect();
    await made.subscribe({ topics, fromBeginning: true });
    await made.run({ eachMessage: async () => undefined, autoCommitInterval: 100 });
    return made;
  };
  const hasRead = (group: string, records: number) =>
    until(`${group} has read everything`, async () => {
      const [found] = (await lag(group)).document.groups;
      return found?.partitions.reduce((sum, { committed }) => sum + (committed ?? 0), 0) === records;
    });

  beforeAll(async () => {
    real = await startKafka(version, { nodes: 3 });
    const kafka = new Kafka({ brokers: [...real.addresses], logLevel: logLevel.NOTHING, clientId: 'cli' });
    const admin = kafka.admin();
    await admin.connect();
    const replicaAssignment = [
      { partition: 0, replicas: [3] },
      { partition: 1, replicas: [2] },
    ];
    await createTopics(
      admin,
      Object.entries(PARTITIONS).map(([topic, numPartitions]) =>
        topic === 'fragile'
          ? { topic, numPartitions: -1, replicationFactor: -1, replicaAssignment }
          : { topic, numPartitions, replicationFactor: 3 },
      ),
    );
    const producer = kafka.producer({ idempotent: true });
    await producer.connect();
    for (const [topic, partitions] of Object.entries(PARTITIONS)) {
      const messages = Array.from({ length: partitions * RECORDS }, (_, i) => ({
        value: `${i}`,
        partition: i % partitions,
      }));
      await producer.send({ topic, messages });
    }
    await producer.disconnect();
    await admin.disconnect();

    const leaving = await consumer(kafka, 'classic-empty', ['orders']);
    await hasRead('classic-empty', 6 * RECORDS);
    await leaving.disconnect();
    const short = console848('modern-empty', '--max-messages', String(4 * RECORDS));
    short.stdout?.resume();
    await new Promise((resolve) => short.once('exit', resolve));
    await consumer(kafka, 'classic', ['orders', 'doomed']);
    await consumer(kafka, 'classic', ['orders', 'doomed']);
    live = console848('modern');
    live.stdout?.resume();
    live.stderr?.resume();
    await tool('--reset-offsets', '--group', 'simple', '--topic', 'orders:0,1', '--to-offset', '5', '--execute');
    const both = ['--topic', 'fragile', '--topic', 'orders:2'];
    await tool('--reset-offsets', '--group', 'mixed', ...both, '--to-offset', '7', '--execute');
    await hasRead('classic', 8 * RECORDS);
    await hasRead('modern', 4 * RECORDS);
  }, 180_000);

  afterAll(async () => {
    live?.kill('SIGKILL');
    await Promise.allSettled(consumers.map((made) => made.disconnect()));
    await real?.close();
  });

  it('faults are injected into no real Kafka', async () => {
    const { code, err } = await kmedic('broker', 'fault', 'freeze', '--for', '1s');
    expect(err).toContain('this is not kmedic’s broker');
    expect(code).toBe(4);
    expect((await kmedic('broker', 'status')).code).toBe(0);
  });

  it('lag: every row, owner and client id of all groups', async () => {
    const { code, document } = await lag();
    const rows = rowsOfLag(document);
    expect(rows).toEqual(rowsOfTool(await tool('--describe', '--all-groups')));
    expect(rows).toHaveLength(6 + 4 + 8 + 4 + 2 + 3);
    expect(code).toBe(0);
    const table = await kmedic('lag', 'simple');
    expect(table.out).toMatch(/^simple +orders +0 +5 +0 +20 +15 /m);
  });

  it('groups list: names, types and states', async () => {
    const { code, document } = await groups('list');
    const rows = document.groups.map(({ group, type, state }) => {
      // A group that only has commits is a classic one to Kafka.
      return [group, type === 'simple' ? 'classic' : type, state].join(' ').toLowerCase();
    });
    expect(rows.toSorted()).toEqual(
      rowsOfTool(await tool('--list', '--state', '--type')).map((row) => row.toLowerCase()),
    );
    expect(code).toBe(0);
  });

  it('groups describe: states, coordinators, members and what they own', async () => {
    const names = ['classic', 'classic-empty', 'modern', 'modern-empty'];
    const selected = names.flatMap((name) => ['--group', name]);
    const { document } = await groups('describe', ...names, '--state');
    const states = cells(await tool('--describe', '--state', ...selected)).map((row) => {
      const [group, , coordinator, ...rest] = row;
      return [group, coordinator, ...rest.slice(-2)].join(' ');
    });
    expect(
      document.groups.map(({ group, coordinator, state, members }) =>
        [group, `(${coordinator})`, state, members.length].join(' '),
      ),
    ).toEqual(states.toSorted());

    const described = (await groups('describe', ...names, '--members')).document.groups;
    const members = described.flatMap(({ group, members }) =>
      members.map(({ member, host, clientId, assignment }) => {
        const count = assignment.reduce((sum, { partitions }) => sum + partitions.length, 0);
        return [group, member, `/${host}`, clientId, count].join(' ');
      }),
    );
    const toolMembers = rowsOfTool(await tool('--describe', '--members', ...selected)).filter((row) =>
      row.includes('/'),
    );
    expect(members.toSorted()).toEqual(toolMembers);
    expect(members).toHaveLength(3);
  });

  it('a group that does not exist hides no other', async () => {
    const { code, document } = await lag('nope', 'simple');
    expect(code).toBe(5);
    expect(rowsOfLag(document)).toEqual(rowsOfTool(await tool('--describe', '--group', 'simple')));
    expect((await lag('nope')).code).toBe(1);
  });

  it('a deleted topic: every other row, though the tool has none while it is assigned', async () => {
    const admin = new Kafka({ brokers: [...real.addresses], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: ['doomed'] });
    await admin.disconnect();
    const orders = (document: LagDocument) => rowsOfLag(document).filter((row) => row.startsWith('classic orders'));
    await expect
      .poll(
        async () => {
          const found = (await lag('classic')).document.groups[0]?.partitions ?? [];
          return found
            .filter(({ topic }) => topic === 'doomed')
            .every(({ error }) => error === 'UNKNOWN_TOPIC_OR_PARTITION');
        },
        { timeout: 60_000 },
      )
      .toBe(true);
    const { document } = await lag('classic');
    expect(orders(document)).toHaveLength(6);
    for (const made of consumers) await made.disconnect();
    // The tool again, now that nobody has the topic any more.
    const rows = rowsOfLag((await lag()).document);
    expect(rows).toEqual(rowsOfTool(await tool('--describe', '--all-groups')));
    expect(rows).toHaveLength(6 + 4 + 6 + 4 + 2 + 3);
  });

  it('a stopped broker: every row of every group, the leaderless one as unknown', async () => {
    await real.stopNode(3);
    // What is not known is a value, not a failure to read: the exit code is 0 once every coordinator has moved.
    let seen: unknown;
    const document = await until(
      () => `everything is read, and fragile-0 is unknown: ${JSON.stringify(seen)}`,
      async () => {
        const all = await lag();
        const mixed = all.document.groups.find(({ group }) => group === 'mixed');
        const lags = mixed?.partitions.map(({ topic, partition, lag: behind }) => `${topic}-${partition} ${behind}`);
        seen = { code: all.code, lags, errors: all.document.errors };
        const asItIs = lags?.join() === 'fragile-0 null,fragile-1 13,orders-2 13';
        return all.code === 0 && asItIs ? all.document : undefined;
      },
    );
    // Whoever wants an exit code for it asks for one.
    expect((await kmedic('lag', 'mixed', '--exit-code')).code).toBe(1);
    const rows = rowsOfLag(document);
    expect(rows).toHaveLength(6 + 4 + 6 + 4 + 2 + 3);
    expect(document.groups.find(({ group }) => group === 'mixed')?.unknown).toBe(1);
    const told = await tool('--describe', '--all-groups');
    if (version === '4.3.1') expect(rows).toEqual(rowsOfTool(told));
    else
      expect({
        rows: rowsOfTool(told).filter((row) => row.startsWith('mixed')),
        err: /Timeout/.test(told.stdout + told.stderr),
      }).toEqual({ rows: [], err: true });
    const began = performance.now();
    // Whoever waits for the one that is gone waits for a minute.
    await kmedic('lag', 'mixed', '--timeout', '60s');
    expect(performance.now() - began).toBeLessThan(45_000);
  });
});
