// How many requests, and how many of them one after the other, it takes to read the lag of 1, 50 and 1,000 groups of 20
// partitions on three nodes: the bundled broker, or whatever runs at `-b host:port` (groups named kmedic-bench-… and a
// topic of that name are made there). Setting connections up (ApiVersions, SASL) is not counted.
//
// Then, on the bundled broker alone, how long `record` and `diagnose` take where one broker answers late, counted in that
// delay: a broker answers what comes on one connection one by one.

import { type EmbeddedCluster, startCluster } from '../src/broker/shell/index.ts';
import { parseAddresses } from '../src/client/address.ts';
import { ClusterClient } from '../src/client/cluster-client.ts';
import { openKafkajsChannel } from '../src/client/kafkajs-channel.ts';
import { locate, NOWHERE } from '../src/cluster/groups.ts';
import { observe } from '../src/cluster/observe.ts';
import { record } from '../src/cluster/record.ts';
import type { GroupSelection, Want } from '../src/cluster/selection.ts';
import { CreateTopics, OffsetCommit } from '../src/protocol/api/index.ts';
import { claim } from './measure.ts';

const TOPIC = 'kmedic-bench';
const PARTITIONS = 20;
const NUMBERS = [1, 50, 1_000] as const;
const CHUNK = 100;
/** Versions of the commit API that speak of topics by name. */
const BY_NAME = 9;
const LAG: Want = { members: true, commits: true, offsets: true, logEnd: true };

const nameOf = (group: number) => `${TOPIC}-${String(group).padStart(4, '0')}`;

/** Repeats until `attempt` says that it is done: topics and coordinators take a moment to appear. */
async function until(what: string, attempt: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await attempt())) {
    if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function createTopic(client: ClusterClient): Promise<void> {
  const { body } = await client.metadata([]);
  const topics = [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1 }];
  await client.call(body.controllerId, CreateTopics, { topics, timeoutMs: 30_000 });
  await until('leaders', async () => {
    const { topics: made } = (await client.metadata([TOPIC])).body;
    return made.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leaderId }) => leaderId >= 0));
  });
}

/** Commits offset 0 on every partition; the end of an empty partition, so that nothing is behind. */
async function commit(client: ClusterClient, names: readonly string[]): Promise<void> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partitionIndex) => ({
    partitionIndex,
    committedOffset: 0,
  }));
  await until('commits', async () => {
    const located = await locate(client, names, 0);
    if (located.has(NOWHERE)) return false;
    const answers = await Promise.all(
      [...located].flatMap(([node, groups]) =>
        groups.map(({ group }) =>
          client.call(
            node,
            OffsetCommit,
            { groupId: group, generationIdOrMemberEpoch: -1, topics: [{ name: TOPIC, partitions }] },
            { maxVersion: BY_NAME },
          ),
        ),
      ),
    );
    return answers.every(({ body }) =>
      body.topics.every((topic) => topic.partitions.every((each) => each.errorCode === 0)),
    );
  });
}

async function report(client: ClusterClient, title: string, groups: GroupSelection): Promise<void> {
  const began = performance.now();
  const snapshot = await observe(client, { groups, want: LAG });
  const ms = performance.now() - began;
  const total = Object.values(snapshot.requests).reduce((sum, count) => sum + count, 0);
  const list = Object.entries(snapshot.requests)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
  console.log(`${title}: ${snapshot.groups.length} groups, ${total} requests (${list}), ${ms.toFixed(0)} ms`);
  claim(`${title}, sequential round trips`, snapshot.roundTrips, 5, '');
}

const DELAY_MS = 300;
const SAMPLES = 3;
const EVERYTHING: Want = {
  ...LAG,
  lastStable: true,
  maxTimestamp: true,
  replication: true,
  logDirs: true,
  commitTimestamps: true,
};

/** The first sample opens the connections: it is told apart. */
async function reportSlowBroker(client: ClusterClient, cluster: EmbeddedCluster): Promise<void> {
  await cluster.inject({ fault: 'delay-response', on: 2, delay: DELAY_MS });
  const took: number[] = [];
  let began = performance.now();
  const lap = (): void => {
    took.push((performance.now() - began) / DELAY_MS);
    began = performance.now();
  };
  await record(
    client,
    {
      observe: { groups: 'all', topics: 'all', want: EVERYTHING },
      samples: SAMPLES,
      everyMs: 0,
      scope: { groups: null, topics: null },
      histories: { of: (samples) => samples.at(-1)?.groups.map(({ group }) => group) ?? [], backMs: null },
      keys: { accept: () => true, records: 100 },
    },
    { clock: Date, pause: async () => undefined, stopped: new AbortController().signal, onSample: lap },
  );
  lap();
  const [first = 0, ...others] = took;
  const rest = others.pop() ?? 0;
  console.log(`a broker answers ${DELAY_MS} ms late; in that delay: ${took.map((each) => each.toFixed(1)).join(', ')}`);
  claim('the first sample, with its connections', first, 12, 'delays');
  claim('a sample after it', Math.max(...others), 7, 'delays');
  claim('what is read once', rest, 8, 'delays');
}

async function main(): Promise<void> {
  const given = process.argv[process.argv.indexOf('-b') + 1];
  const own = process.argv.includes('-b') ? null : await startCluster({ nodes: 3 });
  const bootstrap = own ? own.brokers : parseAddresses(given ?? '');
  const settings = {
    clientId: 'kmedic-bench',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    tls: null,
    sasl: null,
  };
  const client = new ClusterClient({ bootstrap, ...settings }, openKafkajsChannel);
  try {
    await createTopic(client);
    let made = 0;
    for (const number of NUMBERS) {
      for (; made < number; made = Math.min(number, made + CHUNK)) {
        const end = Math.min(number, made + CHUNK);
        await commit(
          client,
          Array.from({ length: end - made }, (_, i) => nameOf(made + i)),
        );
      }
      await report(client, `all, ${number}`, { match: (group: string) => group.startsWith(`${TOPIC}-`) });
    }
    await report(client, 'named, 1', { names: [nameOf(0)] });
    await report(client, 'named, 50', { names: Array.from({ length: 50 }, (_, i) => nameOf(i)) });
    if (own !== null) {
      const slow = new ClusterClient({ bootstrap, ...settings }, openKafkajsChannel);
      try {
        await reportSlowBroker(slow, own);
      } finally {
        slow.close();
      }
    }
  } finally {
    client.close();
    await own?.close();
  }
}

await main();
