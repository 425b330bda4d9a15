import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { parseAddresses } from '../../src/client/address.ts';
import type { OpenChannel } from '../../src/client/channel.ts';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import { openKafkajsChannel } from '../../src/client/kafkajs-channel.ts';
import { locate } from '../../src/cluster/groups.ts';
import { type ApplyOptions, applyPlan } from '../../src/offsets/apply.ts';
import type { ApplyDocument } from '../../src/offsets/apply-document.ts';
import { readBack } from '../../src/offsets/commit.ts';
import { Journal } from '../../src/offsets/journal.ts';
import { makePlan, type PlanRequest } from '../../src/offsets/make-plan.ts';
import type { Committed, Plan } from '../../src/offsets/plan.ts';
import { parseTarget } from '../../src/offsets/target.ts';
import { OffsetCommit, Produce } from '../../src/protocol/api/index.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import { encodeBatch } from '../../src/records/index.ts';
import { until } from '../until.ts';

export const BY = { user: 'tester', host: 'here' };

export function clientFor(bootstrap: string, open: OpenChannel = openKafkajsChannel): ClusterClient {
  const timeoutMs = 10_000;
  return new ClusterClient(
    {
      bootstrap: parseAddresses(bootstrap),
      clientId: 'kmedic-test',
      connectTimeoutMs: timeoutMs,
      requestTimeoutMs: timeoutMs,
      tls: null,
      sasl: null,
    },
    open,
  );
}

export interface World {
  readonly cluster: EmbeddedCluster;
  readonly client: ClusterClient;
  readonly bootstrap: string;
  readonly journal: Journal;
  readonly state: string;
  close(): Promise<void>;
}

/** A bundled cluster with topics, a client of it, and a journal of its own. */
export async function startWorld(
  topics: readonly { name: string; partitions: number }[],
  nodes = 1,
  config: Readonly<Record<string, string>> = {},
): Promise<World> {
  const replicationFactor = Math.min(nodes, 3);
  const cluster = await startCluster({
    nodes,
    config,
    topics: topics.map((topic) => ({ ...topic, replicationFactor })),
  });
  const bootstrap = cluster.brokers.map(({ host, port }) => `${host}:${port}`).join(',');
  const client = clientFor(bootstrap);
  const state = mkdtempSync(join(tmpdir(), 'kmedic-offsets-'));
  return {
    cluster,
    client,
    bootstrap,
    state,
    journal: new Journal(join(state, 'journal.ndjson')),
    close: async () => {
      client.close();
      await cluster.close();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** Appends one batch; record i has the key `k<i>`, the value `v<i>` and the i-th timestamp. */
export async function produce(
  client: ClusterClient,
  topic: string,
  partition: number,
  timestamps: readonly number[],
): Promise<void> {
  const { body: metadata } = await client.metadata([topic]);
  const leader = metadata.topics[0]?.partitions.find((each) => each.partitionIndex === partition)?.leaderId ?? -1;
  const records = encodeBatch({
    records: timestamps.map((timestamp, i) => ({ key: `k${i}`, value: `v${i}`, timestamp })),
  });
  const { body } = await client.call(
    leader,
    Produce,
    { acks: -1, timeoutMs: 10_000, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] },
    { maxVersion: 9 },
  );
  const code = body.responses[0]?.partitionResponses[0]?.errorCode;
  if (code !== ErrorCode.NONE) throw new Error(`produce: error ${code}`);
}

/** Commits from outside the group, whatever the values. */
export async function commit(
  client: ClusterClient,
  group: string,
  commits: readonly ({ topic: string; partition: number } & Committed)[],
): Promise<void> {
  const topics = commits.map(({ topic, partition, offset, leaderEpoch, metadata }) => ({
    name: topic,
    partitions: [
      {
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: metadata ?? '',
      },
    ],
  }));
  let refused: unknown = 'no coordinator';
  // A coordinator that is only just starting has its own moment to load.
  await until(
    () => `${group} has committed: ${JSON.stringify(refused)}`,
    async () => {
      await client.metadata([]);
      const [node = -1] = (await locate(client, [group], 0)).keys();
      if (node < 0) return false;
      const { body } = await client.call(
        node,
        OffsetCommit,
        { groupId: group, generationIdOrMemberEpoch: -1, memberId: '', topics },
        { maxVersion: 9 },
      );
      refused = body.topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0);
      return refused === undefined;
    },
    { withinMs: 50_000, everyMs: 50 },
  );
}

/** Everything that a group has committed, by `topic-partition`. */
export async function commitsNow(client: ClusterClient, group: string): Promise<Record<string, Committed>> {
  await client.metadata([]);
  const found = await readBack(client, group, null, 0);
  if (!(found instanceof Map)) throw new Error(JSON.stringify(found));
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function planTo(
  client: ClusterClient,
  groups: readonly string[],
  target: string,
  more: Partial<PlanRequest> = {},
): Promise<Plan> {
  return makePlan(client, {
    action: 'reset',
    groups: { names: groups },
    scope: 'committed',
    aim: { kind: 'one', parsed: parseTarget(target, Date.now()) },
    measureMs: 0,
    by: BY,
    ...more,
  });
}

export function applyNow(
  world: Pick<World, 'client' | 'journal'>,
  plan: Plan,
  more: Partial<ApplyOptions> = {},
): Promise<ApplyDocument> {
  return applyPlan(world.client, plan, {
    journal: world.journal,
    by: BY,
    acceptDrift: new Set(),
    partial: false,
    waitEmptyMs: 0,
    sampleMs: 1,
    holdMs: 0,
    signal: new AbortController().signal,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: Date.now,
    ...more,
  });
}
