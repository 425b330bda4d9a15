import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { type ElectionDocument, electionDocumentSchema } from '../../src/health/elect-plan.ts';
import { type IsrDocument, isrDocumentSchema } from '../../src/health/isr-document.ts';
import { DescribeLogDirs, FindCoordinator, OffsetCommit, Produce } from '../../src/protocol/api/index.ts';
import { encodeBatch } from '../../src/records/index.ts';
import { RawClient } from '../kafka/raw-client.ts';
import { runOffsets } from './offsets-cli.ts';

/* Incidents that a fault of the bundled broker makes happen, in order and whatever the machine's pace. */

const TOPIC = 'ledger';
const RECORDS = 5;
const BEHIND = 3;

let cluster: EmbeddedCluster;
let bootstrap: string;
const state = mkdtempSync(join(tmpdir(), 'kmedic-isr-faults-'));

const run = (...argv: string[]) => runOffsets({ bootstrap, state }, argv);
const isr = async (): Promise<IsrDocument['partitions'][number] | undefined> =>
  isrDocumentSchema.parse(JSON.parse((await run('isr', TOPIC, '-o', 'json')).out)).partitions[0];
const elect = async (...flags: string[]): Promise<{ code: number; document: ElectionDocument }> => {
  const { code, out } = await run('isr', 'elect', `${TOPIC}:0`, '--unclean', ...flags, '-o', 'json');
  return { code, document: electionDocumentSchema.parse(JSON.parse(out)) };
};
const address = (id: number): string => {
  const { host, port } = cluster.brokers[id - 1] ?? { host: '', port: 0 };
  return `${host}:${port}`;
};

async function withClient<T>(id: number, use: (client: RawClient) => Promise<T>): Promise<T> {
  const client = await RawClient.open(address(id));
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** One record, acknowledged by the leader alone. */
async function write(value: string): Promise<void> {
  const records = encodeBatch({ timestamp: Date.now(), records: [{ value }] });
  const errorCode = await withClient(1, async (client) => {
    const { responses } = await client.ask(Produce, 9, {
      ...{ acks: 1, timeoutMs: 5000 },
      topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }],
    });
    return responses[0]?.partitionResponses[0]?.errorCode;
  });
  expect(errorCode).toBe(0);
}

/** A group that has read everything. */
async function commit(groupId: string, committedOffset: number): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: '' }];
  await vi.waitFor(
    async () => {
      const coordinator = await withClient(4, (client) => client.ask(FindCoordinator, 2, { key: groupId }));
      expect(coordinator.errorCode).toBe(0);
      const { topics } = await withClient(coordinator.nodeId, (client) =>
        client.ask(OffsetCommit, 7, {
          ...{ groupId, generationIdOrMemberEpoch: -1, memberId: '' },
          topics: [{ name: TOPIC, partitions }],
        }),
      );
      expect(topics[0]?.partitions[0]?.errorCode).toBe(0);
    },
    { timeout: 30_000, interval: 50 },
  );
}

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 5,
    config: { 'replica.lag.time.max.ms': '600', 'offsets.topic.replication.factor': '5' },
  });
  bootstrap = [4, 5].map(address).join(',');
  const admin = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({
    topics: [
      {
        ...{ topic: TOPIC, numPartitions: -1, replicationFactor: -1 },
        replicaAssignment: [{ partition: 0, replicas: [1, 2] }],
      },
    ],
  });
  await admin.disconnect();
}, 60_000);

afterAll(async () => {
  await cluster.close();
  rmSync(state, { recursive: true, force: true });
});

describe('a follower that hangs, and the leader that dies then', { timeout: 60_000 }, () => {
  it('is behind by exactly what was written since, where DescribeLogDirs says 0', async () => {
    for (let count = 0; count < RECORDS - BEHIND; count++) await write(`both ${count}`);
    await vi.waitFor(
      async () => {
        const { out } = await run('isr', TOPIC, '-o', 'json');
        expect(isrDocumentSchema.parse(JSON.parse(out)).partitions).toMatchObject([{ isr: [1, 2], hidden: 0 }]);
      },
      { timeout: 30_000 },
    );
    await cluster.inject({ fault: 'cut-link', on: 2, to: [1], only: 'replication' });
    for (let count = 0; count < BEHIND; count++) await write(`leader only ${count}`);
    await vi.waitFor(async () => expect(await isr()).toMatchObject({ verdict: 'AT-MIN-ISR', isr: [1] }), {
      timeout: 30_000,
    });
    expect(await isr()).toMatchObject({ missing: [{ broker: 2, state: 'behind', behind: BEHIND }], hidden: 0 });
    const { results } = await withClient(2, (client) =>
      client.ask(DescribeLogDirs, 4, { topics: [{ topic: TOPIC, partitions: [0] }] }),
    );
    // A follower measures itself against the high watermark that it was told.
    expect(results[0]?.topics[0]?.partitions[0]?.offsetLag).toBe(0);
  });

  it('nobody may lead when the leader is gone; the plan of an unclean election knows what it would lose', async () => {
    await commit('readers', RECORDS);
    await cluster.stopNode(1);
    await cluster.clear();
    await vi.waitFor(async () => expect(await isr()).toMatchObject({ verdict: 'OFFLINE', leader: null }), {
      timeout: 30_000,
    });
    const { code, document } = await elect();
    expect(code).toBe(0);
    expect(document).toMatchObject({
      executed: false,
      partitions: [{ target: 2, result: 'would-elect', targetEnd: RECORDS - BEHIND, knownLost: BEHIND }],
    });
  });

  it('is elected only when the loss is accepted, and the records are gone as the plan said', async () => {
    expect((await run('isr', 'elect', `${TOPIC}:0`, '--unclean', '--execute')).code).not.toBe(0);
    expect(await isr()).toMatchObject({ leader: null });
    const { code, document } = await elect('--execute', '--accept-data-loss', '--yes');
    expect(code).toBe(0);
    expect(document).toMatchObject({ executed: true, partitions: [{ target: 2, result: 'elected' }] });
    await cluster.startNode(1);
    await vi.waitFor(async () => expect(await isr()).toMatchObject({ leader: 2, missing: [] }), { timeout: 30_000 });
    const { out } = await run('lag', 'readers', '-o', 'json');
    const { groups } = JSON.parse(out) as { groups: { partitions: { end: number; committed: number }[] }[] };
    expect(groups[0]?.partitions).toMatchObject([{ committed: RECORDS, end: RECORDS - BEHIND }]);
  });
});
